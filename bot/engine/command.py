"""What a command is: one row that says who may type what where, and two functions.

`read` parses the rest of the line, `act` decides. Both are pure; both may refuse with a
phrase, and a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from bot.domain.case import Approval, Case, Compartment, Item, Seat
from bot.domain.ids import UNSAID, Code, Prose
from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.events import CommandReceived, Scene
from bot.engine.parsing import take_code
from bot.engine.pen import Pen
from bot.words.phrase import Insertion, Phrase, phrase

T = TypeVar("T")

EVERYBODY = frozenset(Role)
EVERYWHERE = frozenset(CompartmentKind)
SPEAKERS = frozenset({Role.PRINCIPAL, Role.NEGOTIATOR})
"""Who can bind a party."""
MEDIATORS = frozenset({Role.MEDIATOR})
DESK = frozenset({CompartmentKind.DESK})
APPROVAL_LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done; `why` says what is wrong and shows the right form."""

    why: Phrase


def refuse(key: str, /, **args: Insertion) -> Refused:
    """Return a refusal."""
    return Refused(phrase(key, **args))


@dataclass(frozen=True, slots=True)
class Ctx:
    """What a command is given: the line, the person, the room, and a pen.

    `approval` is set while an approved line is carried out; `seat` is then the person who
    asked, and `approver` the one who approved.
    """

    event: CommandReceived
    seat: Seat
    here: Compartment
    scene: Scene
    pen: Pen
    verb: str = ""
    approval: Approval | None = None
    approver: Seat | None = None

    @property
    def case(self) -> Case:
        """The case as the pen has it."""
        return self.pen.case

    def item(self, code: Code) -> Item | None:
        """Return an item that may be used here; unknown, unreadable and erased are the same None."""
        found = self.case.items.get(code)
        return found if found is not None and self.case.shows(found, self.here.id) else None

    def gone(self, code: Code) -> Refused | None:
        """Refuse a code that was erased or whose time is over, where it could be read.

        None for every other code, and for words that were taken back: they never came.
        """
        found = self.case.items.get(code)
        if found is None or self.case.stands(found) or not found.label.admits(self.here.id):
            return None
        if found.record in self.case.erased:
            return refuse("erase.gone", code=code)
        until = found.label.caveats.until
        over = until is not None and until <= self.event.at
        return refuse("release.is_over", code=code) if over else None

    def no_item(self, typed: str) -> Refused:
        """Refuse a code that may not be used here."""
        code = take_code(typed).code
        unknown = refuse("wrong.no_item", code=code or typed.strip()[:16], verb=self.verb)
        return (self.gone(code) if code is not None else None) or unknown

    def answer(self, key: str, /, **args: Insertion) -> None:
        """Answer in the room the command was typed in."""
        self.pen.answer(self.here.id, key, **args)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a line that waits for a second person.

    `line` stays for ever, so no words stand in it; `quoted` and `names` are prose.
    """

    line: str
    quoted: Prose = UNSAID
    names: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class Command(Generic[T]):
    """One row of the table.

    `binds`: only a verified person's line counts. `four_eyes`: the line waits for another
    person's `!approve`, as `keep` parts it, and `warn` says what that
    person should know.
    """

    verb: str
    usage: str
    says: str
    examples: tuple[str, ...]
    roles: frozenset[Role]
    kinds: frozenset[CompartmentKind]
    read: Callable[[Ctx, str], T | Refused]
    act: Callable[[Ctx, T], Refused | None]
    binds: bool = False
    four_eyes: bool = False
    hidden: bool = field(default=False)
    keep: Callable[[str], Kept] = Kept
    warn: Callable[[Ctx, T], Phrase] | None = None

    def open_to(self, seat: Seat, here: Compartment) -> bool:
        """Tell whether this seat may type this command in this compartment."""
        return seat.role in self.roles and here.kind in self.kinds

    def run(self, ctx: Ctx, rest: str) -> Refused | None:
        """Parse and decide; None when done."""
        read = self.read(ctx, rest)
        return read if isinstance(read, Refused) else self.act(ctx, read)

    def check(self, ctx: Ctx, rest: str) -> Refused | Phrase:
        """Parse only; what to know before it is approved."""
        read = self.read(ctx, rest)
        if isinstance(read, Refused):
            return read
        return self.warn(ctx, read) if self.warn is not None else phrase("nothing")


def nothing_to_read(ctx: Ctx, rest: str) -> Refused | None:
    """Refuse anything after a verb that takes nothing."""
    return refuse("wrong.form", usage=f"!{ctx.verb}") if rest.strip() else None
