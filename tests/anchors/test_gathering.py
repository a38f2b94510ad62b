"""Gathering cosignatures, over real sockets: one honest witness is never stopped by a hostile one."""

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from typing_extensions import override

from bot.anchors.gathering import CONTRADICTION, FIRST_PAUSE_S, LONGEST_PAUSE_S, TRIES, Named
from bot.ledger.checkpoint import NoteLine, cosign, parse_checkpoint, sign_checkpoint
from bot.ledger.witness import parse_submission
from bot.ports import Answer, Asked
from bot.storage.memory import MemoryStore
from tests.anchors.standing import (
    NOWHERE,
    Answering,
    Bench,
    Honest,
    conflict,
    named,
    saying,
    serving,
    witnessing,
)
from tests.conftest import Run
from tests.ledger.building import key
from tests.storage.samples import NOON, steady
from tests.support.fake_sync import TooManyPauses

W7, W8, W9 = "w7.example", "w8.example", "w9.example"


def fresh() -> MemoryStore:
    """Return a store with one checkpoint, the same in every test."""
    made = MemoryStore(steady("anchors"))
    made.checkpoint(NOON)
    return made


@pytest.fixture
def store() -> MemoryStore:
    return fresh()


def signed(store: MemoryStore, size: int, root: bytes) -> str:
    """Sign anything with the log's own key, as an operator can."""
    return sign_checkpoint(store.log_key().name, size, root, store._keys.log).text()


def size_of(store: MemoryStore) -> int:
    return parse_checkpoint(store.last_checkpoint() or "").size


def line(text: str, name: str = W8, by: str = "", time_s: int = 7) -> str:
    """Return the line of a witness under a checkpoint."""
    return cosign(parse_checkpoint(text), name, time_s, key(by or name)).text().splitlines()[-1]


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # what is waited for happens in another task
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bench.gathering.run())
        yield
        task.cancel()


async def with_servers(
    bench: Bench, servers: dict[str, Answering], then: Callable[[], Awaitable[None]]
) -> None:
    async with AsyncExitStack() as stack:
        for name, post in servers.items():
            bench.named.append(named(name, await stack.enter_async_context(serving(post))))
        await then()


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


def test_no_witness_learns_that_there_are_others(run: Run, store: MemoryStore) -> None:
    one, other = Honest(store.log_vkey(), W8), Honest(store.log_vkey(), W9)
    bench = Bench(store)

    async def then() -> None:
        await bench.ask()
        await bench.ask()
        store.take_cosignature(size_of(store), line(store.last_checkpoint() or "", W7) + "\n")
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


def raising_409() -> Answering:
    sizes = iter(range(1, 10_000))

    async def answer(request: web.Request) -> web.StreamResponse:
        return await conflict(next(sizes) % 16)(request)

    return answer


def hostile(store: MemoryStore) -> dict[str, Answering]:
    """Return servers of which none ever gives what is asked for."""
    note = store.last_checkpoint() or ""
    other = signed(store, size_of(store), bytes(32))
    return {
        "slow": hanging,
        "garbage": saying(b"\xff\x00"),
        "ten megabytes": saying(b"x" * 10_000_000),
        "redirect": saying(status=302),
        "another's line": saying(line(note, W9) + "\n"),
        "its name, another key": saying(line(note, W8, by=W9) + "\n"),
        "over another checkpoint": saying(line(other) + "\n"),
        "a line that is none beside a good one": saying(
            line(note) + "\n" + line(other, time_s=8) + "\n"
        ),
        "a checkpoint in a line's place": saying("\n" + note),
        "the log's line": saying(note.splitlines()[-1] + "\n"),
        "409 and the size we said": conflict(0),
        "409, always a smaller size": raising_409(),
        "409 without a size": saying("9\n", 409),
        "400": saying(status=400),
        "403": saying(status=403),
        "404": saying(status=404),
        "500": saying(status=500),
        "503": saying(status=503),
    }


HOSTILE = hostile(fresh())


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


# -- claims --------------------------------------------------------------------------------------


CLAIMS: dict[str, Callable[[int], Answering]] = {
    "a larger size": lambda ours: conflict(ours + 16),
    "a larger size, and other nonsense later": lambda ours: conflict(2**62 + ours),
    "no path from what it signed": lambda _: saying(status=422),
    "another root of this size": conflict,
}


@pytest.mark.parametrize("case", CLAIMS)
def test_a_bare_claim_stops_nothing_for_good(run: Run, store: MemoryStore, case: str) -> None:
    claiming = CLAIMS[case](size_of(store))
    bench = Bench(store)

    async def alone() -> None:
        await bench.ask()
        assert bench.gathering.paused

    run(with_servers(bench, {W8: claiming}, alone))
    assert (bench.contradictions, store.doubted()) == ([], None)
    assert store.checkpoint(NOON) is not None


def test_one_that_agrees_outweighs_any_number_of_claims(run: Run, store: MemoryStore) -> None:
    claims = conflict(size_of(store) + 16)
    bench = Bench(store)
    good = Honest(store.log_vkey(), W9)
    run(with_servers(bench, {W7: claims, W8: claims, W9: good}, bench.ask))
    assert not bench.gathering.paused


def test_who_is_silent_does_not_outweigh_a_claim_and_takes_none_back(
    run: Run, store: MemoryStore
) -> None:
    bench = Bench(store, [named(W7, NOWHERE)])
    claims, lines = conflict(size_of(store) + 16), Honest(store.log_vkey(), W8)
    now: list[Answering] = [claims]

    async def answering(request: web.Request) -> web.StreamResponse:
        return await now[0](request)

    async def then() -> None:
        await bench.ask()
        assert bench.gathering.paused
        now[0] = saying(status=503)
        await bench.ask()
        assert bench.gathering.paused
        now[0] = lines
        await bench.ask()
        assert not bench.gathering.paused

    run(with_servers(bench, {W8: answering}, then))


def test_a_pause_ends_when_who_claims_is_dismissed(run: Run, store: MemoryStore) -> None:
    bench = Bench(store)
    run(with_servers(bench, {W8: conflict(size_of(store) + 16)}, bench.ask))
    assert bench.gathering.paused
    bench.named.clear()
    assert not bench.gathering.paused


def test_a_proof_that_our_own_tree_leads_to_proves_nothing(run: Run, store: MemoryStore) -> None:
    first = store.last_checkpoint() or ""
    store.checkpoint(NOON)
    bench = Bench(store)
    stranger = sign_checkpoint("x.example", 99, bytes(32), key("x")).text()
    thief = sign_checkpoint(store.log_key().name, 99, bytes(32), key("thief")).text()
    real = parse_checkpoint(signed(store, 99, bytes(32)))
    false = NoteLine(real.origin, store.log_key().key_id(), bytes(64))
    spoilt = replace(real, lines=(*real.lines, false)).text()
    foreign = replace(real, lines=(NoteLine("x.example", b"abcd", b"e"),)).text()

    async def scenario() -> None:
        for proof in (first, stranger, thief, spoilt, foreign, "junk"):
            async with serving(saying(status=422), saying(proof)) as url:
                bench.named[:] = [named(W8, url)]
                await bench.ask()

    run(scenario())
    assert (bench.contradictions, store.doubted()) == ([], None)


# -- contradictions ------------------------------------------------------------------------------


def grown(store: MemoryStore) -> MemoryStore:
    """Return a copy of the store in which the log went on."""
    later = copy.deepcopy(store)
    later.checkpoint(NOON)
    return later


@pytest.mark.parametrize("status", [409, 422, 403])
def test_a_larger_checkpoint_of_our_own_key_stops_signing_for_good(
    run: Run, store: MemoryStore, status: int
) -> None:
    later = grown(store)
    note = later.last_checkpoint() or ""
    refusing = conflict(size_of(later)) if status == 409 else saying(status=status)
    bench = Bench(store)

    async def scenario() -> None:
        good = Honest(store.log_vkey(), W9)
        async with (
            serving(refusing, saying(note + line(note) + "\n")) as url,
            serving(good) as other,
        ):
            bench.named += [named(W8, url), named(W9, other)]
            await bench.ask()
            await bench.ask()
            asked = len(good.bodies)
            await bench.ask()
            assert len(good.bodies) == asked

    run(scenario())
    (found,) = bench.contradictions
    assert (found.why, found.ours, found.theirs.text()) == ("larger", size_of(store), note)
    assert store.get(CONTRADICTION) == note.encode()
    assert store.doubted() == "larger"
    assert store.checkpoint(NOON) is None


@pytest.mark.parametrize("size", [5, 16])
def test_a_fork_that_our_own_key_signed_stops_signing_for_good(
    run: Run, store: MemoryStore, size: int
) -> None:
    note = signed(store, size, bytes(32))
    bench = Bench(store)

    async def scenario() -> None:
        async with serving(saying(status=422), saying(note)) as url:
            bench.named.append(named(W8, url))
            async with running(bench):
                await until(lambda: bool(bench.contradictions))
                await asyncio.sleep(0.1)

    run(scenario())
    (found,) = bench.contradictions
    assert (found.why, found.theirs.text()) == ("fork", note)
    assert (store.doubted(), store.checkpoint(NOON)) == ("fork", None)
    assert bench.pauses.taken == []


def test_what_was_kept_before_a_crash_is_told_at_the_next_start(
    run: Run, store: MemoryStore
) -> None:
    note = signed(store, 99, bytes(32))
    store.put(CONTRADICTION, note.encode())
    for _ in range(2):
        bench = Bench(store)
        run(bench.ask())
        run(bench.ask())
        (found,) = bench.contradictions
        assert (found.why, found.theirs.text()) == ("larger", note)
        assert store.doubted() == "larger"


def test_the_first_contradiction_is_the_one_that_is_kept(run: Run, store: MemoryStore) -> None:
    first, second = signed(store, 99, bytes(32)), signed(store, 98, bytes(32))
    bench = Bench(store)
    run(bench.gathering._doubt(first, 16))
    run(bench.gathering._doubt(second, 16))
    assert store.get(CONTRADICTION) == first.encode()
    assert [found.theirs.size for found in bench.contradictions] == [99, 98]
