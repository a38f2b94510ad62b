"""The keeper of the dead-man switch, on the real road with the demonstration's case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from bot import deadman
from bot.deadman import NAME, DeadMan, Patience
from bot.domain.ids import CaseId, RoomId
from bot.engine.events import SwitchFault, SwitchSeen
from bot.matrix.outbound import Prepared
from bot.matrix.session import MatrixSession
from bot.matrix.strict_json import JsonObject
from bot.matrix.transport import HomeserverUnreachable
from bot.ports import Cleared, NotSent
from bot.scheduling.alarm import event_of
from bot.scheduling.clock import Clock
from bot.words.message import Message
from tests.hostile.running import CASE, Running, played
from tests.hostile.test_road import line
from tests.support.fake_delays import FakeDelays
from tests.support.fake_speaker import FakeSpeaker
from tests.support.fake_sync import at_once
from tests.support.orchid import UNSEEN

ADD = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"
DESK, HUMANITARIAN = "desk", "humanitarian"
SILENT = 300.0
DUE = timedelta(hours=26)
"""A day until the watch is due, two hours of grace."""


class Sealing(FakeSpeaker):
    """Prepares texts; `lineages` is who would get a room's key now."""

    def __init__(self, made: FakeSpeaker) -> None:
        super().__init__(made.rooms)
        self.lineages: dict[RoomId, str] = {}
        self.keyless_rooms: set[RoomId] = set()

    async def prepare(self, message: Cleared[Message]) -> Prepared:
        if message.room in self.keyless_rooms:
            raise NotSent("nobody_reached")
        sealed: JsonObject = {
            "text": message.value.body.translate(UNSEEN),
            "notice": message.value.notice,
            "mentions": list(message.value.mentions),
        }
        return Prepared(sealed, self._lineage(message.room))

    async def stands(self, message: Cleared[Message], lineage: str) -> bool:
        return lineage != "" and lineage == self._lineage(message.room)

    def _lineage(self, room: RoomId) -> str:
        return self.lineages.get(room, "first")


@dataclass
class Bench:
    """A keeper of the running case's switch. Two clocks: the case's and the world's."""

    running: Running
    server: FakeDelays = field(default_factory=FakeDelays)
    told: list[SwitchSeen] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.speaker = Sealing(self.running.speaker)
        self.running.speaker = self.speaker
        self.running.speaking._speaker = self.speaker
        self.running.speaking._rooms._speaker = self.speaker
        self.keeper = self.starts()

    def starts(self) -> DeadMan:
        clock = Clock(1, lambda: self.running.now, lambda: self.seconds)
        session = SimpleNamespace(server=self.server, speaker=self.speaker)
        keeper = DeadMan(
            self.running.store,
            at_once,
            cast("MatrixSession", session),
            self.running.cases,
            clock,
            ahead=self.running.speaking.ahead,
            patience=Patience(),
        )
        self.keeper = keeper
        return keeper

    async def restarts(self) -> None:
        self.starts()
        await self.keeper._remember()

    async def looks(self) -> None:
        self.running.cases.kept = []
        try:
            await self.keeper.look()
        finally:
            events = [arrived.event for arrived in self.running.cases.kept]
            self.told += [event for event in events if isinstance(event, SwitchSeen)]
            self.running.cases.kept = None

    def faults(self) -> list[SwitchFault | None]:
        return [event.fault for event in self.told]

    def passes(self, after: timedelta) -> None:
        self.running.now += after
        self.seconds += after.total_seconds()
        self.server.pass_time(after.total_seconds())

    def at(self, place: str) -> list[str]:
        return [str(one.content["text"]) for one in self.server.in_room(self.running.room(place))]


async def says(running: Running, typed: str) -> None:
    """Let the verifier type a line."""
    name = f"$said-{typed}"
    await running.take(line(running, typed, seat="brenner", place=HUMANITARIAN, name=name))


async def bench() -> Bench:
    running = Running()
    await running.opens()
    return Bench(running)


async def watched() -> tuple[Bench, str]:
    """A bench with a sign of life that is looked for a day later."""
    b = await bench()
    await says(b.running, ADD)
    (code,) = b.running.case.watches
    b.passes(timedelta(hours=3))
    await b.looks()
    return b, code


@played
async def test_each_desk_has_a_text_that_is_put_off_and_not_made_anew() -> None:
    b = await bench()
    await b.looks()
    (text,) = b.at(DESK)
    assert "not been heard of for 5 min" in text
    before = set(b.server.left)
    for _ in range(20):
        b.passes(timedelta(minutes=4))
        await b.looks()
    assert set(b.server.left) == before
    assert b.server.said == []
    assert b.told == []


@played
async def test_a_desks_text_rings_and_names_the_mediators() -> None:
    b = await bench()
    await b.looks()
    (left,) = b.server.in_room(b.running.room(DESK))
    seated = b.running.case.seats_in(b.running.case.desks()[0].id)
    assert left.content["mentions"] == [seat.user for seat in seated]
    assert left.delay_ms == SILENT * 1000


@played
async def test_a_bot_that_comes_back_takes_its_text_back_and_leaves_one_new() -> None:
    b = await bench()
    await b.looks()
    first = set(b.server.left)
    await b.restarts()
    await b.looks()
    assert len(b.server.left) == 1
    assert not first & set(b.server.left)
    assert b.server.said == []
    assert b.told == []


@played
async def test_what_was_said_meanwhile_is_told_once_and_not_left_twice() -> None:
    b = await bench()
    await b.looks()
    b.passes(timedelta(minutes=6))
    assert len(b.server.said) == 1
    await b.restarts()
    await b.looks()
    await b.looks()
    await b.restarts()
    await b.looks()
    assert b.faults() == [SwitchFault.SPOKE]
    assert len(b.server.left) == 1


@played
async def test_a_text_that_is_lost_is_left_again_and_nobody_says_the_bot_was_away() -> None:
    b = await bench()
    await b.looks()
    b.server.left.clear()
    b.passes(timedelta(minutes=1))
    await b.looks()
    assert len(b.at(DESK)) == 1
    assert b.told == []


@played
async def test_an_answer_that_was_lost_leaves_no_second_text() -> None:
    b = await bench()
    b.server.loses_answers = 1
    with pytest.raises(HomeserverUnreachable):
        await b.looks()
    assert len(b.server.left) == 1
    await b.looks()
    assert len(b.at(DESK)) == len(b.server.left) == 1


@played
async def test_a_process_that_ends_before_it_noted_the_id_leaves_no_second_text() -> None:
    b = await bench()
    await b.looks()
    b.running.store.put(NAME, b'{"kept": {}, "told": {}}')
    await b.restarts()
    await b.looks()
    assert len(b.server.left) == 1


@played
async def test_other_readers_get_another_text_and_the_old_one_is_gone_before() -> None:
    b = await bench()
    await b.looks()
    (old,) = b.server.left
    b.speaker.lineages[b.running.room(DESK)] = "second"
    b.speaker.keyless_rooms.add(b.running.room(DESK))
    await b.looks()
    assert b.server.left == {}
    b.speaker.keyless_rooms.clear()
    await b.looks()
    assert len(b.server.left) == 1
    assert old not in b.server.left


@played
async def test_a_room_that_fails_the_gate_keeps_no_text() -> None:
    b = await bench()
    await b.looks()
    room = b.running.room(DESK)
    sound = b.speaker.rooms[room]
    b.speaker.rooms[room] = replace(sound, join_rule="public")
    await b.looks()
    assert b.server.left == {}
    b.speaker.rooms[room] = sound
    await b.looks()
    assert len(b.at(DESK)) == 1


@played
async def test_a_deadline_within_a_day_is_left_in_its_own_room_and_nowhere_else() -> None:
    b, code = await watched()
    (text,) = b.at(HUMANITARIAN)
    assert f"the bot did not raise it itself: sign of life `{code}`" in text
    assert len(b.server.left) == 2
    (left,) = b.server.in_room(b.running.room(HUMANITARIAN))
    watch = b.running.case.watches[next(iter(b.running.case.watches))]
    late = watch.occurrence + watch.grace + timedelta(minutes=2) - b.running.now
    assert left.delay_ms == late / timedelta(milliseconds=1)


@played
async def test_a_deadline_further_away_is_left_later() -> None:
    b = await bench()
    b.server.longest_ms *= 10
    await says(b.running, ADD)
    await b.looks()
    assert b.at(HUMANITARIAN) == []
    b.passes(timedelta(hours=3))
    await b.looks()
    assert len(b.at(HUMANITARIAN)) == 1


async def raised(b: Bench) -> None:
    """Let the watch come to its first level; what it says waits in the outbox."""
    for _ in range(2):
        due = b.running.store.next_at()
        assert due is not None
        while b.running.now < due:
            b.passes(min(timedelta(minutes=4), due - b.running.now))
            await b.looks()
        for row in b.running.store.due(b.running.now):
            await b.running.take(event_of(row, b.running.now))


@played
async def test_a_deadlines_text_goes_when_the_bots_own_notice_is_out_and_not_before() -> None:
    b, _ = await watched()
    await raised(b)
    await b.looks()
    assert len(b.at(HUMANITARIAN)) == 1
    await b.running.says()
    await b.looks()
    assert b.at(HUMANITARIAN) == []
    assert b.server.said == []


@played
async def test_a_deadline_that_came_while_the_bot_was_gone_is_not_left_again() -> None:
    b, _ = await watched()
    b.passes(DUE)
    assert [one.room for one in b.server.said].count(b.running.room(HUMANITARIAN)) == 1
    await b.restarts()
    await b.looks()
    assert b.at(HUMANITARIAN) == []
    assert b.faults() == [SwitchFault.SPOKE]


@played
async def test_a_deadline_met_in_time_is_taken_back() -> None:
    b, code = await watched()
    before = set(b.server.left)
    b.passes(timedelta(hours=20))
    await says(b.running, f"!report {code} visit: seen")
    await b.running.says()
    await b.looks()
    b.passes(timedelta(hours=4))
    await b.looks()
    assert not any("Overdue" in str(one.content["text"]) for one in b.server.said)
    # What lies there now is for the next time.
    assert not before & set(b.server.left)


@played
async def test_after_the_clock_was_set_every_deadline_is_counted_anew() -> None:
    b, _ = await watched()
    (before,) = b.server.in_room(b.running.room(HUMANITARIAN))
    b.running.now += timedelta(hours=2)
    b.keeper.clock_was_set()
    await b.looks()
    (after,) = b.server.in_room(b.running.room(HUMANITARIAN))
    assert after.delay_ms == before.delay_ms - 2 * 3600 * 1000


def absent(server: FakeDelays) -> None:
    server.supported = False


def short(server: FakeDelays) -> None:
    server.longest_ms = 60_000


def limited(server: FakeDelays) -> None:
    server.tokens = 10


def full(server: FakeDelays) -> None:
    server.most = 1


def mend(server: FakeDelays) -> None:
    server.supported, server.longest_ms, server.tokens, server.most = True, 86_400_000, None, 100


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (absent, SwitchFault.ABSENT),
        (short, SwitchFault.SHORT),
        (limited, SwitchFault.LIMITED),
        (full, SwitchFault.FULL),
    ],
)
def test_a_switch_that_does_not_hold_is_told_once_and_that_it_holds_again_too(
    spoil: Callable[[FakeDelays], None], fault: SwitchFault
) -> None:
    @played
    async def scenario() -> None:
        b, _ = await watched()
        spoil(b.server)
        await b.restarts()
        for _ in range(3):
            try:
                await b.looks()
            except HomeserverUnreachable:
                assert fault is SwitchFault.LIMITED
        await b.restarts()
        if fault is SwitchFault.LIMITED:
            b.server.tokens = 10
            with pytest.raises(HomeserverUnreachable):
                await b.looks()
        else:
            await b.looks()
        assert b.faults() == [fault]
        mend(b.server)
        b.seconds += 3601
        await b.looks()
        await b.looks()
        assert b.faults() == [fault, None]
        assert len(b.at(DESK)) == len(b.at(HUMANITARIAN)) == 1

    scenario()


@played
async def test_being_held_back_once_is_enough_to_try_the_limit_before_its_hour() -> None:
    b = await bench()
    await b.looks()
    b.speaker.lineages[b.running.room(DESK)] = "second"
    b.server.tokens = 0
    with pytest.raises(HomeserverUnreachable):
        await b.looks()
    b.server.tokens = 10
    with pytest.raises(HomeserverUnreachable):
        await b.looks()
    assert b.faults() == [SwitchFault.LIMITED]


@played
async def test_where_not_all_can_be_left_the_desk_and_the_next_deadline_come_first() -> None:
    b = await bench()
    await says(b.running, ADD)
    await says(b.running, ADD.replace("24h", "12h"))
    b.server.most = 2
    b.passes(timedelta(hours=3))
    await b.looks()
    first = min(b.running.case.watches.values(), key=lambda watch: watch.occurrence)
    assert len(b.at(DESK)) == 1
    (text,) = b.at(HUMANITARIAN)
    assert first.item.code in text


@played
async def test_of_very_many_deadlines_the_next_ones_are_left_and_the_desk_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadman, "MOST", 2)
    b = await bench()
    for hours in (20, 12, 16):
        await says(b.running, ADD.replace("24h", f"{hours}h"))
    await b.looks()
    late = sorted(left.delay_ms for left in b.server.in_room(b.running.room(HUMANITARIAN)))
    assert [round(ms / 3_600_000) for ms in late] == [14, 18]
    assert b.faults() == [SwitchFault.FULL]


@played
async def test_one_rooms_trouble_costs_no_other_room_its_word() -> None:
    b = await bench()
    await says(b.running, ADD)
    b.passes(timedelta(hours=3))
    b.server.refused_rooms.add(b.running.room(DESK))
    await b.looks()
    assert len(b.at(HUMANITARIAN)) == 1


@played
async def test_a_homeserver_that_is_away_changes_nothing_and_is_asked_again() -> None:
    b = await bench()
    await b.looks()
    before = dict(b.server.left)
    b.server.away = True
    with pytest.raises(HomeserverUnreachable):
        await b.looks()
    b.server.away = False
    await b.looks()
    assert b.server.left == before
    assert b.told == []


@played
async def test_every_case_hears_of_it_also_one_that_is_opened_later() -> None:
    b = await bench()
    absent(b.server)
    await b.looks()
    later = CaseId("later")
    b.running.cases.all[later] = replace(b.running.case, id=later)
    await b.looks()
    await b.looks()
    assert [event.id.split(":")[1] for event in b.told] == [CASE, later]


@played
async def test_the_desk_reads_what_does_not_hold() -> None:
    b = await bench()
    absent(b.server)
    await b.looks()
    for event in b.told:
        await b.running.take(event)
    await b.running.says()
    assert "The dead-man switch does not hold" in b.running.heard(DESK)[-1]
    for place in b.running.case.compartments:
        if place != DESK:
            assert not any("dead-man" in text for text in b.running.heard(place))
