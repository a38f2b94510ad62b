"""What the runner needs of the world, as Protocols; every port has an in-memory twin.

No library type or exception crosses a port. Storage calls are synchronous and run on the
storage thread; Matrix calls are coroutines.
"""

from bot.policy.guard import Why as Why
from bot.policy.release import Cleared as Cleared
from bot.policy.release import Denied as Denied
from bot.policy.release import Labelled as Labelled
from bot.policy.release import Room as Room
from bot.policy.release import release as release
from bot.ports.asked import Answer as Answer
from bot.ports.asked import Asked as Asked
from bot.ports.asked import Unanswered as Unanswered
from bot.ports.filed import Attached as Attached
from bot.ports.filed import Files as Files
from bot.ports.filed import Media as Media
from bot.ports.filed import NotFetched as NotFetched
from bot.ports.filed import Safe as Safe
from bot.ports.filed import Unfit as Unfit
from bot.ports.printed import Curve as Curve
from bot.ports.printed import NotPrinted as NotPrinted
from bot.ports.printed import Paper as Paper
from bot.ports.printed import Picture as Picture
from bot.ports.printed import Press as Press
from bot.ports.spoken import File as File
from bot.ports.spoken import Heard as Heard
from bot.ports.spoken import KeyCame as KeyCame
from bot.ports.spoken import Line as Line
from bot.ports.spoken import Listener as Listener
from bot.ports.spoken import Nothing as Nothing
from bot.ports.spoken import NotSent as NotSent
from bot.ports.spoken import Outsider as Outsider
from bot.ports.spoken import Speaker as Speaker
from bot.ports.spoken import StateChanged as StateChanged
from bot.ports.spoken import Unreadable as Unreadable
from bot.ports.stored import Batch as Batch
from bot.ports.stored import Deadlines as Deadlines
from bot.ports.stored import DueRow as DueRow
from bot.ports.stored import HasLeft as HasLeft
from bot.ports.stored import HeadMoved as HeadMoved
from bot.ports.stored import Inbox as Inbox
from bot.ports.stored import InboxItem as InboxItem
from bot.ports.stored import Journal as Journal
from bot.ports.stored import NewItem as NewItem
from bot.ports.stored import Outbox as Outbox
from bot.ports.stored import OutboxRow as OutboxRow
from bot.ports.stored import Receipt as Receipt
from bot.ports.stored import Store as Store
from bot.ports.stored import Vault as Vault
