"""The pen: writes down what one decision causes, and folds each record as it is written.

Later lines of the same decision see the case as the earlier ones made it. A pen lives for
one event and is dropped, with everything on it, when the decision ends in a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.domain.bodies import Body
from bot.domain.case import Case
from bot.domain.fold import evolve
from bot.domain.ids import Code, CompartmentId, RecordId, SeatId, UserId
from bot.domain.records import Record
from bot.engine.effects import (
    Alert,
    Append,
    Arm,
    DigestMark,
    Disarm,
    DropSession,
    Effect,
    Erase,
    Fetch,
    GiveFile,
    GiveReceipt,
    Hash,
    KeepFile,
    Lay,
    Propose,
    Recall,
    Say,
    SayBoth,
    SayDirect,
    Sift,
    UnlessNamed,
    Verify,
    Weigh,
)
from bot.engine.events import Draw
from bot.ledger.party import PartySignature
from bot.policy.label import UNOWNED, Label
from bot.words.phrase import Insertion, Phrase, Ref, phrase


class Pen:
    """Collects effects in order. `before` is the case as it was, `case` as written so far."""

    def __init__(self, case: Case, at: datetime, cause: str, draw: Draw) -> None:
        self.before = self.case = case
        self.at = at
        self.effects: list[Effect] = []
        self._cause = cause
        self._records: Iterator[RecordId] = iter(draw.records)
        self._codes: Iterator[Code] = iter(draw.codes)
        self._long_codes: Iterator[str] = iter(draw.long_codes)

    def code(self) -> Code:
        """Return a fresh short code that this case does not use."""
        return next(code for code in self._codes if not self.case.knows_code(code))

    def long_code(self) -> str:
        """Return a fresh one-time code."""
        return next(self._long_codes)

    def append(
        self,
        compartment: CompartmentId,
        body: Body,
        label: Label | None = None,
        copy: tuple[tuple[str, Ref], ...] = (),
    ) -> RecordId:
        """Put a body on the journal; its label is that of the compartment unless given."""
        if label is None:
            known = compartment in self.case.compartments
            label = self.case.label_in(compartment) if known else UNOWNED
        record = next(self._records)
        self.effects.append(Append(record, compartment, label, body, copy))
        self.case = evolve(
            self.case,
            Record(record, self.case.id, compartment, self.at, label, self._cause, body),
        )
        return record

    def answer(self, compartment: CompartmentId, key: str, /, **args: Insertion) -> None:
        """Answer the command that is being decided."""
        self.effects.append(Say(compartment, phrase(key, **args), answer=True))

    def tell(
        self,
        compartment: CompartmentId,
        what: Phrase,
        *,
        mention: tuple[SeatId, ...] = (),
        urgent: bool = False,
    ) -> None:
        """Say something that nobody asked for, and name who must act."""
        self.effects.append(Say(compartment, what, mention=mention, urgent=urgent))

    def give_digest(
        self,
        compartment: CompartmentId,
        what: Phrase,
        mark: DigestMark,
        mention: tuple[SeatId, ...],
    ) -> None:
        """Say a digest; what becomes of it comes back as an event."""
        self.effects.append(Say(compartment, what, mention=mention, digest=mark))

    def send(self, *made: Say | GiveReceipt | SayBoth) -> None:
        """Send what was made apart, because it can be taken back or goes with something else."""
        self.effects += made

    def tell_desks(self, what: Phrase, *, urgent: bool = True) -> None:
        """Tell the mediators that something happened."""
        for desk in self.case.desks():
            seats = tuple(s.id for s in self.case.seats_in(desk.id)) if urgent else ()
            self.tell(desk.id, what, mention=seats, urgent=urgent)

    def tell_person(self, user: UserId, what: Phrase) -> None:
        """Say something that belongs to nobody in a person's direct room."""
        self.effects.append(SayDirect(user, what))

    def give_receipt(self, compartment: CompartmentId, record: RecordId, name: str) -> None:
        """Give a room the receipt of a record once a checkpoint covers it."""
        self.effects.append(GiveReceipt(compartment, record, name))

    def recall(self, names: tuple[str, ...], here: CompartmentId, otherwise: Phrase) -> None:
        """Take back what has not left; if it has, only answer `otherwise`."""
        self.effects.append(Recall(names, Say(here, otherwise, answer=True)))

    def keep_file(self, record: RecordId) -> None:
        """Seal the file that came with this line, with a record."""
        self.effects.append(KeepFile(record))

    def give_file(self, compartment: CompartmentId, record: RecordId, name: str) -> None:
        """Give a room the file of a record without its metadata."""
        self.effects.append(GiveFile(compartment, record, name))

    def alert(self, channel: str, code: Code) -> None:
        """Tell a channel outside that somebody is needed."""
        self.effects.append(Alert(channel, code))

    def erase(self, wish: Erase) -> None:
        """Have words destroyed in the commit of this very decision."""
        self.effects.append(wish)

    def verify(
        self,
        compartment: CompartmentId,
        record: RecordId,
        signature: PartySignature,
        otherwise: Phrase,
    ) -> None:
        """Let what this decision causes stand only if a signature holds; else answer `otherwise`."""
        said = Say(compartment, otherwise, answer=True)
        self.effects.append(Verify(record, signature, said))

    def unless_named(
        self, compartment: CompartmentId, source: Ref, person: str, otherwise: Phrase
    ) -> None:
        """Let what this decision causes stand only if recorded words do not name a person."""
        said = Say(compartment, otherwise, answer=True)
        self.effects.append(UnlessNamed(source, person, said))

    def ask_shell(self, wish: Hash | Weigh | Sift | Propose | Fetch) -> None:
        """Put this line off until the shell has found something out; it is then decided anew."""
        self.effects.append(wish)

    def arm(self, key: str, at: datetime) -> None:
        """Be woken at a time."""
        self.effects.append(Arm(key, at))

    def lay(self, place: CompartmentId, at: datetime, keys: Iterable[str]) -> None:
        """Be woken at a time with all these, and with what else a place waits for then."""
        self.effects.append(Lay(place, at, tuple(keys)))

    def disarm(self, prefix: str, bundle: tuple[str, datetime] | None = None) -> None:
        """Forget waiting keys, also those in the bundles of a place and time."""
        self.effects.append(Disarm(prefix, bundle))

    def drop_session(self, compartment: CompartmentId) -> None:
        """Discard a room's group session."""
        self.effects.append(DropSession(compartment))
