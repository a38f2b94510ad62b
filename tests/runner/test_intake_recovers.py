"""What the way in does after a crash, a bad item, or a room that cannot be seen just now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from typing_extensions import override

from bot.domain.ids import CaseId, EventId, MasterKey, RoomId, SeatId, UserId
from bot.engine.events import CommandReceived, Event, MessageUnreadable, PersonEntered, RoomSeen
from bot.policy.guard import Rule, SeenRoom
from bot.ports import (
    Heard,
    InboxItem,
    KeyCame,
    Line,
    NewItem,
    Nothing,
    NotSent,
    StateChanged,
    Unreadable,
)
from bot.runner.cases import Arrived, Cases
from bot.runner.intake import Intake, said_at
from bot.storage.memory import MemoryStore
from tests.support.fake_sync import at_once
from tests.support.orchid import BOT, master_of
from tests.support.playbook import Play, opened

T = TypeVar("T")

HADDAD, YAZAN = UserId("@haddad:localhost"), UserId("@yazan:localhost")
CAUCUS, SHUTTLE = RoomId("!caucus-north"), RoomId("!shuttle-north")


class Collecting(Cases):
    """Real cases whose events are only kept."""

    def __init__(self, play: Play) -> None:
        super().__init__(MemoryStore(), at_once, BOT, lambda _: asyncio.sleep(0))
        self.all[play.case.id] = play.case
        self.events: list[Event] = []

    @override
    def submit(self, arrived: Arrived) -> bool:
        if any(event.id == arrived.event.id for event in self.events):
            return False
        self.events.append(arrived.event)
        return True


class Ears:
    """Understands an item as the test says, again at each reading."""

    def __init__(self) -> None:
        self.heard: dict[str, Heard | Exception] = {}
        self.read_keys: list[str] = []

    async def look_ahead(self, items: Sequence[InboxItem]) -> None:
        assert items

    async def read(self, item: InboxItem) -> Heard:
        self.read_keys.append(item.key)
        heard = self.heard.get(item.key, Nothing("talk"))
        if isinstance(heard, Exception):
            raise heard
        return heard

    async def quoted(self, room: RoomId, event_id: EventId) -> Line | None:
        raise AssertionError(room, event_id)


class Eyes:
    """Sees rooms as the test says; the rest of the way out is not used here."""

    def __init__(self, rooms: dict[RoomId, SeenRoom | None]) -> None:
        self.rooms: dict[RoomId, SeenRoom | None | Exception] = dict(rooms)

    async def seen(self, room: RoomId) -> SeenRoom | None:
        found = self.rooms[room]
        if isinstance(found, Exception):
            raise found
        return found

    async def direct_room(self, user: UserId) -> RoomId:
        raise AssertionError(user)

    async def say(self, message: object, txn: str) -> str:
        raise AssertionError(message, txn)

    async def give(self, file: object, txn: str) -> str:
        raise AssertionError(file, txn)

    async def drop_session(self, room: RoomId) -> None:
        raise AssertionError(room)


class Bench:
    """An intake between a store in memory and collected events."""

    def __init__(self) -> None:
        play = opened()
        self.cases, self.ears, self.store = Collecting(play), Ears(), MemoryStore()
        places = play.case.compartments.values()
        self.eyes = Eyes({c.room: play.room(c.id) for c in places if c.room is not None})
        self.now = datetime(2027, 3, 1, 8, tzinfo=UTC)
        self.changed: list[RoomId] = []
        self.intake = self.started()

    def started(self) -> Intake:
        return Intake(
            self.store,
            at_once,
            self.ears,
            self.eyes,
            self.cases,
            now=lambda: self.now,
            person_of=lambda _: None,
            room_changed=self._changed,
            patience=timedelta(minutes=2),
        )

    async def _changed(self, room: RoomId) -> None:
        self.changed.append(room)

    def comes(self, key: str, heard: Heard | Exception, room: RoomId | None = CAUCUS) -> None:
        raw = json.dumps({"sender": HADDAD, "event_id": key})
        self.ears.heard[key] = heard
        self.store.take("s", [NewItem("timeline", key, room, raw)])

    def step(self) -> None:
        asyncio.run(self._step())

    async def _step(self) -> None:
        await self.intake.step()

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.cases.events if isinstance(event, kind)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def unreadable(key: str) -> Unreadable:
    return Unreadable(EventId(key), CAUCUS, HADDAD, "session", "no_key", may_heal=True)


def line(key: str, text: str = "!help", origin_ts: int = 0) -> Line:
    return Line(
        EventId(key), CAUCUS, HADDAD, MasterKey(master_of("haddad")), "f", text, origin_ts, None
    )


def with_people(seen: SeenRoom | Exception | None, *people: UserId) -> SeenRoom:
    assert isinstance(seen, SeenRoom)
    return replace(seen, present=frozenset((user, "join") for user in (BOT, *people)))


def test_a_message_is_read_again_although_its_key_came_in_the_very_same_step(bench: Bench) -> None:
    bench.comes("$said", unreadable("$said"))
    bench.comes("key", KeyCame(CAUCUS, "session"), None)
    bench.step()
    bench.ears.heard["$said"] = line("$said")
    bench.step()
    assert [event.id for event in bench.of(CommandReceived)] == ["$said"]


def test_what_waited_for_a_key_when_the_bot_ended_is_read_again_at_the_start(bench: Bench) -> None:
    bench.comes("$said", unreadable("$said"))
    bench.step()
    bench.step()
    assert bench.ears.read_keys == ["$said"]
    bench.intake = bench.started()
    asyncio.run(bench.intake.begin([]))
    bench.ears.heard["$said"] = line("$said")
    bench.step()
    assert [event.id for event in bench.of(CommandReceived)] == ["$said"]


def test_an_item_that_reads_as_a_bug_costs_itself_and_is_told_of(bench: Bench) -> None:
    bench.comes("$bad", TypeError("no such thing"))
    bench.comes("$good", line("$good"))
    bench.step()
    assert [event.id for event in bench.of(CommandReceived)] == ["$good"]
    (told,) = bench.of(MessageUnreadable)
    assert told.id == "unreadable:$bad"
    bench.step()
    assert bench.ears.read_keys == ["$bad", "$good"]


def test_a_frozen_persons_message_is_told_of_too(bench: Bench) -> None:
    case = bench.cases.all[CaseId("orchid")]
    haddad = replace(case.seats[SeatId("haddad")], frozen=True)
    bench.cases.all[case.id] = replace(case, seats={**case.seats, haddad.id: haddad})
    bench.comes("$said", unreadable("$said"))
    bench.step()
    bench.now += timedelta(minutes=3)
    bench.step()
    assert [event.seat for event in bench.of(MessageUnreadable)] == ["haddad"]


def test_a_failing_store_is_no_bug_and_costs_no_item(bench: Bench) -> None:
    bench.comes("$said", OSError("disk"))
    with pytest.raises(OSError, match="disk"):
        bench.step()
    bench.ears.heard["$said"] = line("$said")
    bench.step()
    assert [event.id for event in bench.of(CommandReceived)] == ["$said"]


@pytest.mark.parametrize("origin_ts", [-(10**17), -1, 0, 253_402_300_800_000, 10**17])
def test_no_time_stamp_of_the_homeserver_is_too_odd_to_be_an_instant(origin_ts: int) -> None:
    assert said_at(origin_ts).tzinfo is UTC


def test_an_honest_time_stamp_is_kept_to_the_millisecond() -> None:
    assert said_at(1_700_000_000_123).isoformat() == "2023-11-14T22:13:20.123000+00:00"


def test_whoever_entered_just_before_a_text_was_sent_there_is_greeted(bench: Bench) -> None:
    alone = with_people(bench.eyes.rooms[CAUCUS], HADDAD)
    both = with_people(alone, HADDAD, YAZAN)
    bench.eyes.rooms[CAUCUS] = alone
    bench.comes("$1", StateChanged(CAUCUS))
    bench.step()
    # The way out looked at the room first, and keeps what it saw.
    bench.eyes.rooms[CAUCUS] = bench.cases.seen[CAUCUS] = both
    bench.comes("$2", StateChanged(CAUCUS))
    bench.step()
    assert [event.user for event in bench.of(PersonEntered)] == [HADDAD, YAZAN]


def test_after_a_start_nobody_who_is_in_a_room_already_is_greeted(bench: Bench) -> None:
    bench.eyes.rooms[CAUCUS] = with_people(bench.eyes.rooms[CAUCUS], HADDAD)
    asyncio.run(bench.intake.begin([CAUCUS]))
    bench.step()
    assert bench.of(PersonEntered) == []
    bench.eyes.rooms[CAUCUS] = with_people(bench.eyes.rooms[CAUCUS], HADDAD, YAZAN)
    bench.comes("$1", StateChanged(CAUCUS))
    bench.step()
    assert [event.user for event in bench.of(PersonEntered)] == [YAZAN]


def test_at_the_start_every_room_is_looked_at(bench: Bench) -> None:
    stranger = UserId("@mallory:localhost")
    bench.eyes.rooms[CAUCUS] = with_people(bench.eyes.rooms[CAUCUS], HADDAD, stranger)
    asyncio.run(bench.intake.begin([CAUCUS, SHUTTLE]))
    bench.step()
    assert [event.compartment for event in bench.of(RoomSeen)] == ["caucus-north"]
    assert bench.changed == [CAUCUS, SHUTTLE]


def test_a_room_that_cannot_be_seen_now_delays_no_other_and_is_looked_at_later(
    bench: Bench,
) -> None:
    intruded = with_people(bench.eyes.rooms[CAUCUS], HADDAD, UserId("@mallory:localhost"))
    bench.eyes.rooms[CAUCUS] = NotSent("network")
    bench.comes("$1", StateChanged(CAUCUS))
    bench.comes("$2", StateChanged(SHUTTLE), SHUTTLE)
    bench.step()
    assert bench.changed == [SHUTTLE]
    bench.eyes.rooms[CAUCUS] = intruded
    bench.step()
    assert [event.compartment for event in bench.of(RoomSeen)] == ["caucus-north"]
    bench.step()
    assert bench.changed == [SHUTTLE, CAUCUS]


def test_a_room_that_the_bot_is_out_of_is_a_breach(bench: Bench) -> None:
    bench.comes("$0", StateChanged(CAUCUS))
    bench.step()
    assert CAUCUS in bench.cases.seen
    bench.eyes.rooms[CAUCUS] = None
    bench.comes("$1", StateChanged(CAUCUS))
    bench.step()
    assert CAUCUS not in bench.cases.seen
    (seen,) = bench.of(RoomSeen)
    assert [finding.rule for finding in seen.findings if not finding.holds] == [Rule.BOT_PRESENT]
