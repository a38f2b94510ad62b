"""Taking back and delivering both on the real road: the outbox, the gate, a crash in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from typing_extensions import override

from bot.domain.ids import CompartmentId, EventId, SeatId, UserId
from bot.domain.release_bodies import BothDelivered
from bot.engine.events import BothSaid, CommandReceived
from bot.ports import Cleared
from bot.words.message import Message
from tests.hostile.running import Running, played
from tests.support.fake_speaker import FakeSpeaker, quiet_room
from tests.support.orchid import codes_in

NORTH, SOUTH, DESK = "shuttle-north", "shuttle-south", "desk"


class Road:
    """A running case whose people type, and whose deliveries can be stopped."""

    def __init__(self) -> None:
        self.running = Running()
        self.count = 0

    async def types(self, seat: str, place: str, text: str, *, says: bool = True) -> str:
        self.count += 1
        name, now = EventId(f"$typed-{self.count}"), self.running.now
        before = len(self.running.heard(place))
        await self.running.take(
            CommandReceived(name, now, CompartmentId(place), SeatId(seat), text, now)
        )
        if says:
            await self.running.says()
        return "\n".join(self.running.heard(place)[before:])

    async def ready(self) -> tuple[str, str]:
        """Two held requests of the mediators' own, each consented to by another of them."""
        found = []
        for place, words in ((NORTH, "ten for North"), (SOUTH, "nine for South")):
            code = codes_in(await self.types("lindqvist", DESK, f"!record {words}"))[0]
            asked = await self.types("lindqvist", DESK, f"!release {code} to {place} held")
            found.append(codes_in(asked)[0])
            await self.types("adeyemi", DESK, f"!consent {found[-1]}")
        return found[0], found[1]

    async def told(self) -> Sequence[BothSaid]:
        """Let the case take what came back of the outbox; return it."""
        events = [a.event for a in self.running.cases.kept or ()]
        found = [e for e in events if isinstance(e, BothSaid)]
        for arrived in tuple(self.running.cases.kept or ()):
            await self.running.cases.take(arrived)
        return found

    def both(self, one: str, other: str) -> str:
        return f"!deliver both {one} to {NORTH}, {other} to {SOUTH}"

    def away(self, place: str, *, reason: str = "server_away") -> None:
        self.running.speaker.away[self.running.room(place)] = reason

    def back(self) -> None:
        self.running.speaker.away.clear()
        self.running.passed += 60


async def opened() -> Road:
    road = Road()
    await road.running.opens()
    road.running.cases.kept = []
    return road


@played
async def test_a_release_that_waits_for_its_room_is_taken_back_and_never_said() -> None:
    road = await opened()
    code = codes_in(await road.types("haddad", "caucus-north", "!record ten are ill"))[0]
    request = codes_in(await road.types("haddad", "caucus-north", f"!release {code} to {SOUTH}"))[0]
    road.running.speaker.rooms[road.running.room(SOUTH)] = quiet_room(road.running.room(SOUTH))
    await road.types("yazan", "caucus-north", f"!consent {request}")
    said = await road.types("yazan", "caucus-north", f"!revoke {request}")
    assert "It had not left" in said
    people = [s.user for s in road.running.case.seats_in(CompartmentId(SOUTH))]
    room = road.running.room(SOUTH)
    road.running.speaker.rooms[room] = quiet_room(room, *people)
    road.back()
    await road.running.says()
    assert road.running.heard(SOUTH) == []


@played
async def test_a_release_that_may_have_left_is_not_said_to_be_taken_back() -> None:
    road = await opened()
    code = codes_in(await road.types("haddad", "caucus-north", "!record ten are ill"))[0]
    request = codes_in(await road.types("haddad", "caucus-north", f"!release {code} to {SOUTH}"))[0]
    # The homeserver took it, perhaps; no answer came.
    road.away(SOUTH)
    await road.types("yazan", "caucus-north", f"!consent {request}")
    head = road.running.case.head
    said = await road.types("yazan", "caucus-north", f"!revoke {request}")
    assert said.startswith("Too late")
    assert "> ten are ill" in said
    assert road.running.case.head == head
    road.back()
    await road.running.says()
    assert "ten are ill" in "\n".join(road.running.heard(SOUTH))


@played
async def test_both_are_said_once_and_the_case_has_the_time_between() -> None:
    road = await opened()
    one, other = await road.ready()
    await road.types("lindqvist", DESK, road.both(one, other))
    (event,) = await road.told()
    road.running.passed += 60
    await road.running.says()
    assert not event.at_most
    assert "ten for North" in "\n".join(road.running.heard(NORTH))
    assert "nine for South" in "\n".join(road.running.heard(SOUTH))
    assert len([t for t in road.running.heard(SOUTH) if "nine" in t]) == 1
    assert any("apart." in text for text in road.running.heard(DESK))
    assert not [r for r in road.running.store.waiting() if "Both" in type(r.effect).__name__]


@played
async def test_while_one_room_does_not_pass_the_gate_neither_is_said() -> None:
    road = await opened()
    one, other = await road.ready()
    await road.types("lindqvist", DESK, road.both(one, other), says=False)
    room = road.running.room(SOUTH)
    sound = road.running.speaker.rooms[room]
    people = [s.user for s in road.running.case.seats_in(CompartmentId(SOUTH))]
    road.running.speaker.rooms[room] = quiet_room(room, *people, UserId("@stranger:x"))
    await road.running.says()
    assert road.running.heard(NORTH) == road.running.heard(SOUTH) == []
    assert not await road.told()
    road.running.now += timedelta(minutes=6)
    road.running.passed += 60
    await road.running.says()
    assert [type(a.event).__name__ for a in road.running.cases.kept or ()] == ["SendDenied"]
    road.running.speaker.rooms[room] = sound
    road.running.passed += 60
    await road.running.says()
    assert len(road.running.heard(NORTH)) == len(road.running.heard(SOUTH)) == 1


class Crash(BaseException):
    """The process ends here."""


class Crashing(FakeSpeaker):
    """Says so many things, and then the process ends."""

    left: int = 1

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        if self.left == 0:
            raise Crash
        self.left -= 1
        return await super().say(message, txn)


@played
async def test_a_crash_between_the_two_is_gone_on_with_and_the_time_is_told_as_a_bound() -> None:
    road = await opened()
    one, other = await road.ready()
    await road.types("lindqvist", DESK, road.both(one, other), says=False)
    (row,) = [r for r in road.running.store.waiting() if type(r.effect).__name__ == "SayBoth"]
    whole = road.running.speaker
    crashing = Crashing(whole.rooms, sent=whole.sent)
    road.running.speaking._delivering._speaker = crashing
    try:
        await road.running.speaking._send(row)
    except Crash:
        pass
    else:
        raise AssertionError("it did not crash")
    assert len(road.running.heard(NORTH)) == 1
    assert road.running.heard(SOUTH) == []
    # Too late to take it back: one of them has been read.
    said = await road.types("adeyemi", DESK, f"!revoke {one}", says=False)
    assert said == ""
    road.running.speaking._delivering._speaker = whole
    road.running.now += timedelta(minutes=3)
    await road.running.says()
    (event,) = await road.told()
    assert event.at_most
    assert event.apart >= timedelta(minutes=3)
    assert len(road.running.heard(NORTH)) == 1
    assert "nine for South" in road.running.heard(SOUTH)[0]
    assert any(text.startswith("Too late") for text in road.running.heard(DESK))
    road.running.passed += 60
    await road.running.says()
    assert any("at most" in text for text in road.running.heard(DESK))


@played
async def test_a_second_room_that_fails_after_the_first_text_went_gets_its_own_later() -> None:
    road = await opened()
    one, other = await road.ready()
    await road.types("lindqvist", DESK, road.both(one, other), says=False)
    road.away(SOUTH)
    await road.running.says()
    assert len(road.running.heard(NORTH)) == 1
    road.running.now += timedelta(seconds=40)
    road.back()
    await road.running.says()
    (event,) = await road.told()
    assert event.at_most
    assert event.apart >= timedelta(seconds=40)
    assert len(road.running.heard(NORTH)) == len(road.running.heard(SOUTH)) == 1


@played
async def test_the_record_of_both_is_made_once_however_often_it_is_told() -> None:
    road = await opened()
    one, other = await road.ready()
    await road.types("lindqvist", DESK, road.both(one, other))
    head = road.running.case.head
    await road.told()
    await road.told()
    records = road.running.store.load(road.running.case.id, head)
    assert [type(r.body) for r in records] == [BothDelivered]
