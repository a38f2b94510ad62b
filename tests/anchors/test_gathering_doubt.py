"""What stops the log, and what does not: a claim is nothing, our own key's word is all."""

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from aiohttp import web

from bot.anchors.gathering import CONTRADICTION
from bot.ledger.checkpoint import NoteLine, parse_checkpoint, sign_checkpoint
from bot.storage.memory import MemoryStore
from tests.anchors.standing import (
    HOSTILE,
    NOWHERE,
    W7,
    W8,
    W9,
    Answering,
    Bench,
    Honest,
    conflict,
    fresh,
    line,
    named,
    running,
    saying,
    serving,
    signed,
    size_of,
    until,
    with_servers,
)
from tests.conftest import Run
from tests.ledger.building import key
from tests.storage.samples import NOON

T = TypeVar("T")


@pytest.fixture
def store() -> MemoryStore:
    return fresh()


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


@pytest.mark.parametrize(
    "case", [name for name in HOSTILE if name not in ("slow", "ten megabytes")]
)
def test_what_is_no_claim_pauses_nothing(run: Run, store: MemoryStore, case: str) -> None:
    bench = Bench(store)
    run(with_servers(bench, {W8: HOSTILE[case]}, bench.ask))
    assert not bench.gathering.paused


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
            # Nobody is shown a log in doubt, whoever is named now.
            late = Honest(store.log_vkey(), W7)
            async with serving(late) as third:
                bench.named.append(named(W7, third))
                await bench.ask()
            assert late.bodies == []

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
        bench, one = Bench(store), Honest(store.log_vkey())
        run(with_servers(bench, {W8: one}, bench.ask))
        assert one.bodies == []
        run(bench.ask())
        (found,) = bench.contradictions
        assert (found.why, found.theirs.text()) == ("larger", note)
        assert store.doubted() == "larger"


def test_what_was_found_as_the_time_ended_is_told_all_the_same(
    run: Run, store: MemoryStore
) -> None:
    note = signed(store, 99, bytes(32))

    async def slow_once_in_doubt(call: Callable[[], T], /) -> T:
        found = call()
        if store.doubted() is not None:
            await asyncio.sleep(0.5)
        return found

    bench = Bench(store, before_signing_s=0.3, offload=slow_once_in_doubt)

    async def scenario() -> None:
        async with serving(saying(status=422), saying(note)) as url:
            bench.named.append(named(W8, url))
            await bench.ask()

    run(scenario())
    assert [found.why for found in bench.contradictions] == ["larger"]


def test_the_first_contradiction_is_the_one_that_is_kept(run: Run, store: MemoryStore) -> None:
    first, second = signed(store, 99, bytes(32)), signed(store, 98, bytes(32))
    bench = Bench(store)
    run(bench.gathering._doubt(first, 16))
    run(bench.gathering._doubt(second, 16))
    assert store.get(CONTRADICTION) == first.encode()
    assert [found.theirs.size for found in bench.contradictions] == [99, 98]
