"""A script of one case, played through `mediator.decide` with everything else in memory.

It exists so that a test reads as what people type and what the rooms say. It plays the shell:
it folds, opens prose, renders, and checks at every sentence that whoever reads it may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.casefile import parse
from bot.domain.casefile_change import Change, difference, seats_needing_codes
from bot.domain.enrolment import code_digest
from bot.domain.fold import evolve
from bot.domain.geneva import names_person
from bot.domain.ids import (
    CaseId,
    CompartmentId,
    EventId,
    MasterKey,
    RecordId,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.ladder import Ladder
from bot.domain.questions import Cost, Hashed, Weighed
from bot.domain.records import PLANS, Record
from bot.domain.sittings import sittings
from bot.domain.vocabulary import ErasureKind
from bot.engine.effects import (
    Alert,
    Append,
    Arm,
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
from bot.engine.events import (
    BothSaid,
    BotReturned,
    CaseFileTaken,
    CommandReceived,
    DeadlineReached,
    DigestGiven,
    DirectReceived,
    Draw,
    Event,
    FileOffered,
    FileRead,
    FileRefused,
    Proposed,
    RoomMade,
    RoomSeen,
    Scene,
    Sifted,
)
from bot.engine.guard import wanted_room
from bot.engine.mediator import decide
from bot.engine.pen import Pen
from bot.ledger.party import party_signature_holds
from bot.policy.guard import ENCRYPTION, SeenRoom, inspect
from bot.policy.label import Label
from bot.policy.wall import Sitting
from bot.runner.sifting import proposed, sifted, wanted
from bot.runner.sources import Opening, needed
from bot.runner.weighing import hashed, weighed
from bot.words.catalogues import catalogue
from bot.words.message import Message, render
from bot.words.phrase import Phrase, listed
from bot.words.render import Renderer
from tests.support.orchid import (
    BOT,
    MEDIATORS,
    MONDAY,
    ORCHID,
    UNSEEN,
    codes_in,
    digest,
    fingerprint_of,
    long_code,
    master_of,
    short_code,
    with_keys,
)

CHEAP = Cost(passes=1, memory=8192)
"""What a hash costs here: as little as Argon2id can."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as a room shows it. `text` is the plain body without invisible marks."""

    compartment: str
    text: str
    message: Message
    say: Say
    at: datetime


@dataclass(slots=True)
class Play:
    """One case and its virtual clock. `heard` is everything ever said, in order."""

    case: Case = field(default_factory=lambda: Case(CaseId("orchid")))
    now: datetime = MONDAY
    history: frozenset[Sitting] = frozenset()
    heard: list[Heard] = field(default_factory=list)
    fresh: list[Heard] = field(default_factory=list)
    direct: list[tuple[UserId, str]] = field(default_factory=list)
    receipts: list[GiveReceipt] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    due: dict[str, datetime] = field(default_factory=dict)
    alerts: list[tuple[datetime, Alert]] = field(default_factory=list)
    written: list[tuple[datetime, b.Body]] = field(default_factory=list)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    log_key: str = ""
    checkpoint: str = ""
    effects: tuple[Effect, ...] = ()
    keys_used: set[str] = field(default_factory=set)
    _fired: set[str] = field(default_factory=set)
    _opened: dict[RecordId, tuple[Label, Mapping[str, str]]] = field(default_factory=dict)
    _places: dict[RecordId, CompartmentId] = field(default_factory=dict)
    _rooms: dict[CompartmentId, SeenRoom] = field(default_factory=dict)
    _given: list[DigestGiven] = field(default_factory=list)
    loses_digests: bool = False
    _parked: list[Say | SayBoth] = field(default_factory=list)
    apart: timedelta = timedelta(milliseconds=84)
    waits: bool = False
    _counts: dict[str, int] = field(default_factory=dict)
    one_time: dict[SeatId, str] = field(default_factory=dict)
    file_found: FileRead | FileRefused | None = None
    files_kept: list[RecordId] = field(default_factory=list)
    files_given: list[GiveFile] = field(default_factory=list)

    # -- what happens ----------------------------------------------------------------------

    def types(self, seat: str, compartment: str, text: str, *, quoting: str | None = None) -> str:
        """A person types a line; returns what is then said in that very room."""
        self.take(self.line(seat, compartment, text, quoting=quoting))
        return self.said_in(compartment)

    def line(
        self, seat: str, compartment: str, text: str, *, quoting: str | None = None
    ) -> CommandReceived:
        said_at = self.now - timedelta(seconds=3)
        place, who = CompartmentId(compartment), SeatId(seat)
        event = CommandReceived(self._id(compartment), self.now, place, who, text, said_at)
        if quoting is None:
            return event
        return replace(event, quoted=EventId("$quoted"), quoted_text=quoting, quoted_by=who)

    def sends_file(
        self,
        seat: str,
        compartment: str,
        text: str,
        found: FileRead | FileRefused,
        offered: FileOffered | None = None,
    ) -> str:
        """A person types a line with a file, which the shell then finds to be so."""
        self.file_found = found
        offered = offered or FileOffered(own=True, sealed=True, by=SeatId(seat))
        self.take(replace(self.line(seat, compartment, text), file=offered))
        return self.said_in(compartment)

    def writes_to_the_bot(
        self,
        user: str,
        text: str,
        *,
        master: MasterKey | None = None,
        fingerprint: str = "",
        vouched: bool = True,
    ) -> str:
        """Somebody types in the own direct room with the bot; returns the bot's answer."""
        before = len(self.direct)
        name = user.removeprefix("@").split(":")[0]
        self.take(
            DirectReceived(
                self._id(f"direct-{user}"),
                self.now,
                UserId(user),
                master or master_of(name),
                fingerprint or fingerprint_of(name).replace(" ", ""),
                text,
                vouched,
            )
        )
        return "\n".join(text for _, text in self.direct[before:])

    def takes_case_file(self, text: str) -> Change:
        """The operator hands in a case file."""
        file = parse(text)
        known = self.case if self.case.head else None
        for seat in seats_needing_codes(file, known):
            self.one_time[seat] = long_code(f"file-{seat}")
        digests = {seat: code_digest(code, seat) for seat, code in self.one_time.items()}
        change = difference(
            file, known, code_digests=digests, history=self.history | sittings(self.case)
        )
        self.take(
            CaseFileTaken(
                self._id("file"),
                self.now,
                change.bodies,
                change.widens,
                change.digest,
                change.lines,
            )
        )
        return change

    def sees(self, compartment: str, room: SeenRoom) -> None:
        """The homeserver shows another state of a compartment's room."""
        place = self.case.compartments[CompartmentId(compartment)]
        self._rooms[place.id] = room
        wanted = wanted_room(self.case, place, BOT)
        assert wanted is not None
        findings = inspect(wanted, room)
        self.take(RoomSeen(self._id(f"seen-{compartment}"), self.now, place.id, findings))

    def passes(self, **length: float) -> None:
        """Time goes by; what is due fires, in order."""
        until = self.now + timedelta(**length)
        self.fresh = []
        while ready := [(at, key) for key, at in self.due.items() if at <= until]:
            at, key = min(ready)
            self.now = max(self.now, at)
            self._fire(key, at)
        self.now = until

    def is_away(self, **length: float) -> None:
        """The bot is down for a while; what fell due meanwhile fires on return, oldest first."""
        since, self.now = self.now, self.now + timedelta(**length)
        self.take(BotReturned(self._id("returned"), self.now, since))
        while ready := [(at, key) for key, at in self.due.items() if at <= self.now]:
            at, key = min(ready)
            self._fire(key, at)

    def _fire(self, key: str, at: datetime) -> None:
        del self.due[key]
        self._fired.add(key)
        self._apply(DeadlineReached(EventId(f"due:{key}"), self.now, key, at))

    # -- what was said ---------------------------------------------------------------------

    def said_in(self, compartment: str) -> str:
        """What the last act caused to be said there."""
        return "\n\n".join(h.text for h in self.fresh if h.compartment == compartment)

    def all_said_in(self, compartment: str) -> list[str]:
        return [h.text for h in self.heard if h.compartment == compartment]

    def nothing_elsewhere(self, *places: str) -> None:
        """The last act caused words nowhere but there."""
        spoken = {h.compartment for h in self.fresh}
        assert spoken <= set(places), spoken - set(places)

    def code_of(self, text: str) -> str:
        """The first code that a text names."""
        return codes_in(text)[0]

    # -- the shell -------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """One event from outside; what it causes to be said is `fresh`."""
        self.fresh = []
        self._apply(event)

    def _apply(self, event: Event) -> None:
        event = self._decide(event)
        self.effects = self._checked()
        before = self.case
        self.alerts += [(self.now, effect) for effect in self.effects if isinstance(effect, Alert)]
        for effect in self.effects:
            if isinstance(effect, Append):
                self._keep(effect, event)
        self._carry_out()
        self._unpark(before)
        effects, given = self.effects, self._given
        self._given = []
        for said in given:
            self._apply(said)
        self.effects = effects

    def _decide(self, event: Event) -> Event:
        """Decide, and decide again with what the decision asked the shell to look up first."""
        self.effects = decide(event, self.case, self.scene(), self._draw(event.id)).effects
        if self.effects and isinstance(self.effects[0], Fetch):
            assert isinstance(event, CommandReceived)
            event = replace(event, fetched=self.file_found)
            self.effects = decide(event, self.case, self.scene(), self._draw(event.id)).effects
        if self.effects and isinstance(self.effects[0], Hash | Weigh):
            assert isinstance(event, CommandReceived)
            event = replace(event, weighed=self._weighed(self.effects[0]))
            self.effects = decide(event, self.case, self.scene(), self._draw(event.id)).effects
        if self.effects and isinstance(self.effects[0], Sift | Propose):
            assert isinstance(event, CommandReceived)
            event = replace(event, sifted=self._sifted(self.effects[0]))
            self.effects = decide(event, self.case, self.scene(), self._draw(event.id)).effects
        return event

    def _sifted(self, wish: Sift | Propose) -> Sifted | Proposed:
        words = {
            ref: self._opened[ref.record][1][ref.field]
            for ref in wanted(wish)
            if ref.field in self._opened[ref.record][1]
        }
        return sifted(wish, words) if isinstance(wish, Sift) else proposed(wish, words, b"k" * 32)

    def _checked(self) -> tuple[Effect, ...]:
        for effect in self.effects:
            if isinstance(effect, Verify) and not party_signature_holds(
                self.jwt(effect.record), effect.signature
            ):
                return (effect.otherwise,)
            if isinstance(effect, UnlessNamed) and names_person(
                self._opened[effect.source.record][1].get(effect.source.field, ""), effect.person
            ):
                return (effect.otherwise,)
            if isinstance(effect, Recall) and not self._recalled(effect):
                return (effect.otherwise,)
        return self.effects

    def _recalled(self, effect: Recall) -> bool:
        """Take back what a held room has not heard yet; False if any of it was heard."""
        waiting = {one.recall for one in self._parked if one.recall}
        given = [one for one in self.receipts if one.recall in effect.names]
        if not waiting & set(effect.names):
            return False
        self._parked = [one for one in self._parked if one.recall not in effect.names]
        self.receipts = [one for one in self.receipts if one not in given]
        return True

    def _say_both(self, both: SayBoth) -> None:
        """Both rooms hear it, or it waits as a whole; also while the homeserver is away (`waits`)."""
        if self.waits or any(
            self.case.compartments[s.compartment].held for s in (both.first, both.second)
        ):
            self._parked.append(both)
            return
        self._say(both.first)
        self._say(both.second)
        name = EventId(f"both:{both.recall}")
        said = self.fresh
        self._apply(BothSaid(name, self.now, both.recall, self.apart, at_most=False))
        self.fresh = said

    def _arm(self, effect: Arm | Lay) -> None:
        for key in (effect.key,) if isinstance(effect, Arm) else effect.keys:
            if key not in self._fired:
                self.due.setdefault(key, effect.at)

    def _carry_out(self) -> None:
        for effect in self.effects:
            match effect:
                case Say():
                    self._say(effect)
                case SayBoth():
                    self._say_both(effect)
                case SayDirect():
                    self._say_direct(effect)
                case GiveReceipt():
                    label = self._opened[effect.record][0]
                    assert label.admits(effect.compartment), effect
                    self.receipts.append(effect)
                case Arm() | Lay():
                    self._arm(effect)
                case Disarm():
                    self.due = {
                        k: v for k, v in self.due.items() if not k.startswith(effect.prefix)
                    }
                case Verify() | UnlessNamed() | Recall():
                    pass
                case DropSession():
                    self.dropped.append(effect.compartment)
                case KeepFile():
                    self.files_kept.append(effect.record)
                case GiveFile():
                    label = self._opened[effect.record][0]
                    assert label.admits(effect.compartment), effect
                    self.files_given.append(effect)
                case Append() | Alert() | Erase() | Hash() | Weigh() | Fetch() | Sift() | Propose():
                    pass

    def _keep(self, effect: Append, event: Event) -> None:
        body = effect.body
        for name, ref in effect.copy:
            assert name in PLANS[type(body)].prose
            copied = self._opened[ref.record][1].get(ref.field, "")
            body = replace(body, **{name: copied})  # type: ignore[arg-type]
        if isinstance(body, b.Erased):
            body = replace(body, records=body.records or self._erases(effect.record))
            for gone in body.records:
                self._opened[gone] = (self._opened[gone][0], {})
        prose = {name: str(getattr(body, name)) for name in PLANS[type(body)].prose}
        assert effect.record not in self._opened
        self._places[effect.record] = effect.compartment
        self._opened[effect.record] = (effect.label, prose)
        record = Record(
            effect.record,
            self.case.id,
            effect.compartment,
            event.at,
            effect.label,
            event.id,
            body,
        )
        self.written.append((event.at, body))
        self.case = evolve(self.case, record)

    def _weighed(self, wish: Hash | Weigh) -> Hashed | Weighed:
        """Hash or compare at once, at the least cost."""
        if isinstance(wish, Hash):
            return hashed(wish, CHEAP)
        watched = {code: self._opened[record][1] for code, record in wish.watches}
        return weighed(wish, self._opened[wish.question][1], watched)

    def _erases(self, by: RecordId) -> tuple[RecordId, ...]:
        """Find what an erasure is about, as the store does."""
        wish = next((e for e in self.effects if isinstance(e, Erase) and e.by == by), None)
        if wish is None:
            return ()
        if wish.compartment is not None:
            return tuple(r for r, place in self._places.items() if place == wish.compartment)
        if wish.kind is not ErasureKind.PERSON:
            return wish.records
        also = self._opened[wish.also.record][1].get(wish.also.field, "") if wish.also else ""
        names = [n.strip() for n in (wish.what, *also.split(",")) if n.strip()]
        named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names), re.IGNORECASE)
        return tuple(
            record
            for record, (_, prose) in self._opened.items()
            if any(named.search(words) for words in prose.values())
        )

    def _say(self, say: Say) -> None:
        place = self.case.compartments[say.compartment]
        message, label = self._rendered(say.phrase, say)
        assert label.admits(place.id), f"{place.id} may not read {say.phrase.key}: {label}"
        assert label.caveats.admits(self.case.users_in(place.id)), say.phrase.key
        if place.held:
            self._parked.append(say)
            return
        text = message.body.translate(UNSEEN)
        said = Heard(place.id, text, message, say, self.now)
        self.heard.append(said)
        self.fresh.append(said)
        if say.digest is not None and not self.loses_digests:
            name = EventId(f"given:{say.digest.code}")
            self._given.append(
                DigestGiven(name, self.now, place.id, say.digest.code, say.digest.as_of)
            )

    def _say_direct(self, say: SayDirect) -> None:
        message, label = self._rendered(say.phrase, None)
        assert not label.owners, say.phrase.key
        self.direct.append((say.user, message.body.translate(UNSEEN)))

    def _unpark(self, before: Case) -> None:
        cleared = {
            c.id
            for c in self.case.compartments.values()
            if not c.held and c.id in before.compartments and before.compartments[c.id].held
        }
        waiting, self._parked = self._parked, []
        for say in waiting:
            if isinstance(say, SayBoth):
                self._say_both(say)
            elif say.compartment in cleared:
                self._say(say)
            else:
                self._parked.append(say)

    def _rendered(self, said: Phrase, how: Say | None) -> tuple[Message, Label]:
        self.keys_used |= set(_keys(said))
        opened = {r: self._opened[r] for r in needed(said, self.case)}
        party = self.case.compartments[how.compartment].party if how else None
        own = self.case.parties.get(party) if party else None
        renderer = Renderer(
            catalogue(own.language if own else self.case.language),
            own.zone if own else self.case.zone,
            self.now,
            Opening(self.case, opened, {r: label for r, (label, _) in opened.items()}),
        )
        blocks = renderer.blocks(said)
        mentions = tuple(self.case.seats[s].user for s in how.mention) if how else ()
        notice = how is None or not how.answer
        return render(blocks, notice=notice, mentions=mentions), renderer.label

    def scene(self) -> Scene:
        rooms = {c: self._rooms.get(c) or self.room(c) for c in self.case.compartments}
        history = self.history | sittings(self.case)
        known = self.log_key, self.checkpoint
        return Scene(self.case.id, BOT, rooms, history, *known, self.ladders)

    def jwt(self, record: RecordId) -> bytes:
        """What a party signs of a record; here any bytes that are its own."""
        return f"jwt of {record}".encode()

    def room(self, compartment: str) -> SeenRoom:
        """The room as it should be: everybody enrolled has joined, every rule holds."""
        place = self.case.compartments[CompartmentId(compartment)]
        people = {s.user for s in self.case.seats_in(place.id) if s.enrolled}
        return SeenRoom(
            place.room or RoomId(f"!{compartment}"),
            ENCRYPTION,
            frozenset({(BOT, "join")} | {(user, "join") for user in people}),
            "invite",
            "forbidden",
            "joined",
            powers=frozenset({(BOT, 100)}),
        )

    def _id(self, kind: str) -> EventId:
        """Ids follow from what happened in one place only, so that twins can be compared."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return EventId(f"${kind}-{self._counts[kind]}")

    def _draw(self, event: EventId) -> Draw:
        return Draw(
            tuple(RecordId(digest(f"{event} record {n}").hex()) for n in range(300)),
            tuple(short_code(f"{event} code {n}") for n in range(16)),
            tuple(long_code(f"{event} long {n}") for n in range(4)),
        )

    # -- setting the stage -----------------------------------------------------------------

    def makes_rooms(self) -> None:
        """The bot makes the rooms that are missing."""
        for place in tuple(self.case.compartments.values()):
            if place.room is None:
                room = RoomId(f"!{place.id}")
                self.take(RoomMade(self._id(f"made-{place.id}"), self.now, place.id, room))

    def enrols(self, *seats: str) -> None:
        """People type their one-time codes."""
        for seat in seats:
            user = self.case.seats[SeatId(seat)].user
            self.writes_to_the_bot(user, f"!enrol {self.one_time[SeatId(seat)]}")
            assert self.case.seats[SeatId(seat)].enrolled

    def verifies(self, *seats: str) -> None:
        """A mediator compares fingerprints."""
        for seat in seats:
            self.types("lindqvist", "desk", f"!verify {seat} {fingerprint_of(seat)}")
            assert self.case.seats[SeatId(seat)].verified

    def appends(self, *bodies: b.Body) -> None:
        """Records that come from elsewhere, with the label of the case as a whole."""
        cause = BotReturned(self._id("appended"), self.now, self.now)
        pen = Pen(self.case, self.now, cause.id, self._draw(cause.id))
        for body in bodies:
            pen.append(CompartmentId("case"), body)
            if isinstance(body, b.SeatWithdrawn):
                self.dropped.append(body.compartment)
        self.fresh, self.effects = [], tuple(pen.effects)
        for effect in self.effects:
            if isinstance(effect, Append):
                self._keep(effect, cause)


def opened(*, enrolled: Iterable[str] | None = None, text: str = ORCHID) -> Play:
    """The demonstration's case with its rooms, and everybody (or only some) verified."""
    play = Play()
    play.takes_case_file(with_keys(text, *MEDIATORS))
    play.makes_rooms()
    everybody = [s for s in sorted(play.case.seats) if s not in MEDIATORS]
    people = everybody if enrolled is None else list(enrolled)
    play.enrols(*people)
    play.verifies(*people)
    play.heard.clear()
    play.fresh.clear()
    play.direct.clear()
    return play


def _keys(said: Phrase) -> Iterable[str]:
    yield said.key
    for _, value in said.args:
        for inner in listed(value) or (value,):
            if isinstance(inner, Phrase):
                yield from _keys(inner)
