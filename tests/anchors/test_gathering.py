"""Gathering cosignatures, over real sockets: one honest witness is never stopped by a hostile one."""

import asyncio
import time
from pathlib import Path

import pytest
from aiohttp import web
from typing_extensions import override

from bot.anchors.gathering import CONTRADICTION, FIRST_PAUSE_S, LONGEST_PAUSE_S, TRIES, Named
from bot.ledger.witness import parse_submission
from bot.ports import Answer, Asked
from bot.storage.memory import MemoryStore
from tests.anchors.standing import (
    HOSTILE,
    NOWHERE,
    W7,
    W8,
    W9,
    Bench,
    Honest,
    fresh,
    hanging,
    line,
    named,
    running,
    saying,
    serving,
    until,
    with_servers,
    witnessing,
)
from tests.conftest import Run
from tests.storage.samples import NOON, steady
from tests.support.fake_sync import TooManyPauses


@pytest.fixture
def store() -> MemoryStore:
    return fresh()


def _lines_of(store: MemoryStore) -> str:
    return (store.last_checkpoint() or "").rpartition("\n\n")[2]


# -- honest witnesses ----------------------------------------------------------------------------


def test_two_real_witnesses_cosign_every_checkpoint(
    run: Run, store: MemoryStore, tmp_path: Path
) -> None:
    bench = Bench(store)
    vkey = store.log_vkey()
    with witnessing(tmp_path / "1", vkey, W7) as one, witnessing(tmp_path / "2", vkey, W8) as two:
        bench.named += [one, two]

        async def scenario() -> None:
            async with running(bench):
                await until(lambda: bench.cosigners() == 2)
                for count in (4, 6):
                    store.checkpoint(NOON)
                    bench.gathering.wake()
                    await until(lambda c=count: bench.cosigned == c)  # type: ignore[misc]
                    assert bench.cosigners() == 2

        run(scenario())
        # A new process does not know what they signed last, and they do.
        again = Bench(store, [one, two])
        store.checkpoint(NOON)
        run(again.ask())
        assert (again.cosigned, again.cosigners()) == (2, 2)
    assert bench.pauses.taken == []
    assert not bench.gathering.paused
    assert bench.contradictions == again.contradictions == []
    assert store.doubted() is None


def test_a_witness_is_named_while_we_run_and_dismissed_again(run: Run, store: MemoryStore) -> None:
    bench, one = Bench(store), Honest(store.log_vkey())

    async def scenario() -> None:
        async with running(bench), serving(one) as url:
            bench.named.append(named(W8, url))
            bench.gathering.wake()
            await until(lambda: bench.cosigned == 1)
            bench.named.clear()
            bench.gathering.wake()
            await until(lambda: not bench.gathering._wakes)
            store.checkpoint(NOON)
            bench.gathering.wake()
            await asyncio.sleep(0.1)

    run(scenario())
    assert len(one.bodies) == 1


def test_no_witness_learns_that_there_are_others(run: Run) -> None:
    class Talkative(MemoryStore):
        """A store whose submissions carry every line it has."""

        @override
        def submission(self, old: int) -> str | None:
            text = super().submission(old)
            return text and text.rpartition("\n\n")[0] + "\n\n" + _lines_of(self)

    store = Talkative(steady("anchors"))
    store.checkpoint(NOON)
    one, other = Honest(store.log_vkey(), W8), Honest(store.log_vkey(), W9)
    bench = Bench(store)

    async def then() -> None:
        await bench.ask()
        await Bench(store, bench.named).ask()

    run(with_servers(bench, {W8: one, W9: other}, then))
    for body in (*one.bodies, *other.bodies):
        (only,) = parse_submission(body).checkpoint.lines
        assert only.name == store.log_key().name


def test_one_line_of_a_witness_is_kept_and_nothing_is_asked_twice(
    run: Run, store: MemoryStore
) -> None:
    one = Honest(store.log_vkey())
    bench = Bench(store)

    async def then() -> None:
        for _ in range(3):
            await bench.ask()
        assert len(one.bodies) == 1
        again = Bench(store, bench.named)
        await again.ask()
        # It is asked again after a restart, to see that it still agrees; one line is enough.
        assert (len(one.bodies), bench.cosigned, again.cosigned) == (2, 1, 0)

    run(with_servers(bench, {W8: one}, then))
    assert len(bench.newest().lines) == 2


def test_a_start_and_a_new_checkpoint_at_once_are_one_question(
    run: Run, store: MemoryStore
) -> None:
    one = Honest(store.log_vkey())

    async def slowly(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.1)
        return await one(request)

    bench = Bench(store)

    async def then() -> None:
        async with running(bench):
            await bench.ask()

    run(with_servers(bench, {W8: slowly}, then))
    assert len(one.bodies) == 1


def test_of_many_lines_in_one_answer_one_is_kept(run: Run, store: MemoryStore) -> None:
    note = store.last_checkpoint() or ""
    many = "".join(f"{line(note, time_s=t)}\n" for t in range(20))
    others = f"{line(note, W9)}\n{note.splitlines()[-1]}\n"
    bench = Bench(store)
    run(with_servers(bench, {W8: saying(others + many)}, bench.ask))
    assert (bench.cosigned, len(bench.newest().lines), bench.cosigners()) == (1, 2, 1)


def test_without_a_checkpoint_nobody_is_asked(run: Run) -> None:
    empty = MemoryStore(steady("empty"))
    one = Honest(empty.log_vkey())
    bench = Bench(empty)

    async def then() -> None:
        async with running(bench):
            await asyncio.sleep(0.1)

    run(with_servers(bench, {W8: one}, then))
    assert (one.bodies, bench.pauses.taken) == ([], [])


# -- hostile and broken witnesses ----------------------------------------------------------------


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_witness_costs_nobody_anything(run: Run, store: MemoryStore, case: str) -> None:
    asked: list[str] = []
    answering = HOSTILE[case]

    async def counting(request: web.Request) -> web.StreamResponse:
        asked.append(await request.text())
        return await answering(request)

    good = Honest(store.log_vkey(), W9)
    bench = Bench(store, patience_s=0.4)
    before = time.monotonic()
    run(with_servers(bench, {W8: counting, W9: good}, bench.ask))
    assert time.monotonic() - before < 5
    assert (bench.cosigned, bench.cosigners()) == (1, 1)
    assert 1 <= len(asked) <= TRIES
    assert not bench.gathering.paused
    assert (bench.contradictions, store.doubted(), store.get(CONTRADICTION)) == ([], None, None)


def test_who_fails_is_asked_ever_more_seldom_and_delays_nobody(
    run: Run, store: MemoryStore
) -> None:
    good = Honest(store.log_vkey(), W9)
    bench = Bench(store, [named(W7, NOWHERE)])

    async def then() -> None:
        async with running(bench):
            await asyncio.sleep(20)

    with pytest.RaisesGroup(TooManyPauses, flatten_subgroups=True):
        run(with_servers(bench, {W9: good}, then))
    assert bench.pauses.taken[0] == FIRST_PAUSE_S
    assert bench.pauses.taken[:4] == [1, 2, 4, 8]
    assert bench.pauses.taken[-1] == LONGEST_PAUSE_S
    assert (bench.cosigned, len(good.bodies)) == (1, 1)


def test_who_answered_in_between_is_forgiven_its_failures(run: Run, store: MemoryStore) -> None:
    good, fails = Honest(store.log_vkey()), [3]
    bench = Bench(store)

    async def answering(request: web.Request) -> web.StreamResponse:
        if fails[0]:
            fails[0] -= 1
            return web.Response(status=503)
        return await good(request)

    async def then() -> None:
        async with running(bench):
            await until(lambda: bench.cosigned == 1)
            fails[0] = 2
            store.checkpoint(NOON)
            bench.gathering.wake()
            await until(lambda: bench.cosigned == 2)

    run(with_servers(bench, {W8: answering}, then))
    assert bench.pauses.taken == [1, 2, 4, 1, 2]


def test_one_that_hangs_does_not_hold_up_the_next_checkpoints(run: Run, store: MemoryStore) -> None:
    good = Honest(store.log_vkey(), W9)
    bench = Bench(store, patience_s=30)

    async def then() -> None:
        async with running(bench):
            for count in (1, 2, 3):
                bench.gathering.wake()
                await until(lambda c=count: bench.cosigned == c)  # type: ignore[misc]
                store.checkpoint(NOON)

    before = time.monotonic()
    run(with_servers(bench, {W8: hanging, W9: good}, then))
    assert time.monotonic() - before < 5


def test_the_start_waits_for_a_dead_witness_no_longer_than_it_may(
    run: Run, store: MemoryStore
) -> None:
    good = Honest(store.log_vkey(), W9)
    bench = Bench(store, patience_s=30, before_signing_s=0.5)
    before = time.monotonic()
    run(with_servers(bench, {W8: hanging, W9: good}, bench.ask))
    assert 0.5 <= time.monotonic() - before < 5
    assert bench.cosigned == 1


def test_a_road_with_a_bug_ends_one_question_and_not_the_bot(run: Run, store: MemoryStore) -> None:
    class Broken(Asked):
        @override
        async def ask(self, body: str) -> Answer:
            raise ZeroDivisionError(body)

    bench = Bench(store, [named(W8, "broken")])
    bench.gathering._road = lambda _: Broken()
    run(bench.ask())
    assert bench.cosigned == 0


def test_a_key_that_is_no_witness_is_not_asked(run: Run, store: MemoryStore) -> None:
    one = Honest(store.log_vkey())
    bench = Bench(store)

    async def scenario() -> None:
        async with serving(one) as url:
            bench.named += [Named(text, url) for text in ("", "junk", store.log_vkey())]
            await bench.ask()

    run(scenario())
    assert one.bodies == []
