from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import groupby, zip_longest

from bot.domain.case import Case
from bot.domain.ids import CaseId, CompartmentId, EventId, SeatId
from bot.engine.alike import MOST as LOT
from bot.engine.events import BotReturned, ClockSet, CommandReceived, DeadlineReached, Event
from bot.runner.arrived import Arrived
from bot.runner.together import lots_of
from bot.runner.turns import ALONE, BETWEEN, TOGETHER, Turns, weight

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)


def deadline(number: int) -> Event:
    return DeadlineReached(EventId(f"d{number}"), NOW, f"watch:{number}:0:0", NOW)


def command(number: int) -> Event:
    return CommandReceived(
        EventId(f"c{number}"), NOW, CompartmentId("desk"), SeatId("seat"), "!help", NOW
    )


def taken(*events: Event) -> list[list[str]]:
    """Add these, then take turns until nothing is left."""

    async def turns() -> list[list[str]]:
        queue, found, left = Turns(), [], len(events)
        for event in events:
            queue.add(Arrived(CaseId("case"), event))
        while left:
            run = await queue.next()
            left -= len(run)
            found.append([str(one.event.id) for one in run])
        return found

    return asyncio.run(turns())


def test_deadlines_go_first_and_together() -> None:
    assert taken(command(1), deadline(1), deadline(2), command(2)) == [
        ["d1", "d2"],
        ["c1"],
        ["c2"],
    ]


def test_an_outage_and_a_step_of_the_clock_go_alone_in_their_order() -> None:
    away, step = BotReturned(EventId("away"), NOW, NOW), ClockSet(EventId("step"), NOW, NOW)
    assert taken(command(1), away, deadline(1), step, deadline(2), deadline(3)) == [
        ["away"],
        ["d1"],
        ["step"],
        ["d2", "d3"],
        ["c1"],
    ]


def test_a_few_others_go_between_two_runs_of_a_mass_of_deadlines() -> None:
    mass = [deadline(n) for n in range(2 * TOGETHER + 1)]
    flood = [command(n) for n in range(BETWEEN + 2)]
    found = taken(*flood, *mass)
    assert [len(run) for run in found if run[0][0] == "d"] == [TOGETHER, TOGETHER, 1]
    assert [n for run in found for n in run if n[0] == "d"] == [f"d{n}" for n in range(len(mass))]
    assert [n for run in found for n in run if n[0] == "c"] == [f"c{n}" for n in range(len(flood))]
    kinds = [run[0][0] for run in found]
    assert kinds == ["d", *"c" * BETWEEN, "d", *"c" * 2, "d"]


def test_a_mass_in_one_place_delays_no_other_place_and_none_is_overtaken_in_its_own() -> None:
    mass = 3 * TOGETHER
    last = {f"d{mass}", f"d{mass + 1}"}

    def place(event: DeadlineReached) -> str:
        return "other" if event.id in last else "flooded"

    async def scenario() -> list[list[str]]:
        queue, found, left = Turns(place), [], mass + 2
        for n in range(left):
            queue.add(Arrived(CaseId("case"), deadline(n)))
        while left:
            run = await queue.next()
            left -= len(run)
            found.append([str(one.event.id) for one in run])
        return found

    runs = asyncio.run(scenario())
    flooded = [n for run in runs for n in run if n not in last]
    assert flooded == [f"d{n}" for n in range(mass)]
    assert set(runs[0][-2:]) == last
    assert len(runs) == 3
    assert all(TOGETHER <= len(run) < TOGETHER + LOT for run in runs[:-1])


def lots(*events: DeadlineReached) -> list[list[str]]:
    """Take all of one place in one run; return its lots."""

    async def scenario() -> tuple[Arrived, ...]:
        queue = Turns(lambda _: "here")
        for event in events:
            queue.add(Arrived(CaseId("case"), event))
        return await queue.next()

    run = asyncio.run(scenario())
    assert [one.event for one in run] == list(events)
    found = [[str(one.event.id) for one, _ in lot] for lot in cut_into_lots(run)]
    assert [name for lot in found for name in lot] == [event.id for event in events]
    return found


def cut_into_lots(run: tuple[Arrived, ...]) -> list[list[tuple[Arrived, bool]]]:
    case = Case(CaseId("case"))
    return list(lots_of(run, [False] * len(run), case))


def bundle(name: str, size: int) -> DeadlineReached:
    keys = tuple(f"watch:{name}{n}:0:0" for n in range(size))
    return DeadlineReached(EventId(name), NOW, f"bundle:here:0:{name}", NOW, keys)


def test_a_lot_is_whole_bundles_of_as_many_checks_as_one_record_holds() -> None:
    half, more = LOT // 2, LOT // 2 + 1
    assert lots(bundle("a", half), bundle("b", half), bundle("c", 1)) == [["a", "b"], ["c"]]
    assert lots(bundle("a", half), bundle("b", more), bundle("c", 1)) == [["a"], ["b", "c"]]
    assert lots(bundle("a", LOT), bundle("b", LOT)) == [["a"], ["b"]]


def test_what_is_raised_alone_takes_more_of_a_lot_than_what_is_listed() -> None:
    ends = DeadlineReached(EventId("e"), NOW, "watch:AAAA:0-r:ack:r", NOW)
    assert weight(ends) == ALONE
    assert weight(bundle("a", 3)) == 3
    listed = DeadlineReached(EventId("l"), NOW, "watch:AAAA:0-r:3:2", NOW)
    assert (weight(listed), weight(command(1))) == (1, 1)
    assert lots(bundle("a", LOT - 4), bundle("b", 4)) == [["a", "b"]]


def cut(others: int) -> list[list[str]]:
    """Let three hundred wait in one place, and so many in another; return how ours are cut."""

    async def scenario() -> list[list[str]]:
        queue, found = Turns(lambda event: event.key.split(":")[2]), list[list[str]]()
        ours = [f"ours{n}" for n in range(300)]
        names = [name for pair in zip_longest(ours, ["other"] * others) for name in pair if name]
        for n, name in enumerate(names):
            event = DeadlineReached(EventId(f"{name} {n}"), NOW, f"watch:{n}:{name[:4]}:0", NOW)
            queue.add(Arrived(CaseId("case"), event))
        left = len(names)
        while left:
            run = await queue.next()
            left -= len(run)
            places = groupby((str(one.event.id).split()[0] for one in run), lambda name: name[:4])
            found += [list(lot) for place, lot in places if place == "ours"]
        return found

    return asyncio.run(scenario())


def test_a_lot_is_of_one_place_and_depends_on_nothing_that_waits_elsewhere() -> None:
    alone = [name for lot in cut(0) for name in lot]
    for others in (1, 40, 300, 1000):
        found = cut(others)
        assert [name for lot in found for name in lot] == alone
        assert {len(lot) % LOT for lot in found[:-1]} == {0}, "a notice names as many as ever"


def test_lots_go_oldest_first() -> None:
    async def scenario() -> list[str]:
        queue = Turns(lambda event: event.id[-1])
        for n in range(100, 140):
            queue.add(Arrived(CaseId("case"), deadline(n)))
        return [str(one.event.id) for one in await queue.next()]

    assert asyncio.run(scenario()) == [
        f"d{n}" for place in range(100, 110) for n in range(place, 140, 10)
    ]


def test_a_turn_that_was_not_used_is_not_kept() -> None:
    async def scenario() -> list[str]:
        queue = Turns()
        for n in range(TOGETHER + 1):
            queue.add(Arrived(CaseId("case"), deadline(n)))
        queue.add(Arrived(CaseId("case"), command(0)))
        for _ in range(3):
            await queue.next()
        queue.add(Arrived(CaseId("case"), command(1)))
        queue.add(Arrived(CaseId("case"), BotReturned(EventId("away"), NOW, NOW)))
        return [str((await queue.next())[0].event.id) for _ in range(2)]

    assert asyncio.run(scenario()) == ["away", "c1"]


def test_who_waits_for_a_turn_is_woken() -> None:
    async def scenario() -> int:
        queue = Turns()
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            waiting = group.create_task(queue.next())
            await asyncio.sleep(0)
            queue.add(Arrived(CaseId("case"), deadline(1)))
        return len(waiting.result())

    assert asyncio.run(scenario()) == 1
