import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from bot.matrix.http import Homeserver, HomeserverUnreachable
from bot.matrix.strict_json import JsonObject, JsonValue, loads, loads_envelope
from bot.matrix.sync import (
    GAP_TRIES,
    LONGEST_WAIT_S,
    TIMELINE_LIMIT,
    SignedOut,
    SyncLoop,
    cut_up,
    sync_filter,
)
from bot.matrix.transport import LONGEST_WAIT_S as LONGEST_REQUEST_WAIT_S
from bot.policy.guard import RoomId
from bot.ports import NewItem
from bot.storage.memory import MemoryStore
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver
from tests.support.fake_sync import Pauses, TooManyPauses, at_once

ROOM, BOT, ANNA = "!room:fake.example", "@bot:fake.example", "@anna:fake.example"


@dataclass
class Machine:
    """Notes what a machine would be told."""

    counts: list[tuple[int | None, list[str] | None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    heard: Callable[[], None] = lambda: None

    def note_counts(self, one_time: int | None, unused_fallback: Sequence[str] | None) -> None:
        kept = None if unused_fallback is None else list(unused_fallback)
        self.counts.append((one_time, kept))
        self.heard()

    def changed(self, users: Iterable[str]) -> None:
        self.told += users


class Bench:
    """A sync loop on the fake homeserver, with a store in memory and no real waiting."""

    def __init__(self, fake: FakeHomeserver, *, most: int = 1_000) -> None:
        self.fake = fake
        self.store = MemoryStore()
        self.machine = Machine()
        self.pauses = Pauses(most)
        self.request_pauses = Pauses()
        self.new: list[int] = []
        self.gaps: list[RoomId] = []
        self.server = Homeserver(
            fake.url, token=fake.account(BOT, "D"), pause=self.request_pauses, jitter=lambda: 0.5
        )
        self.loop = SyncLoop(
            self.server,
            self.store,
            self.machine,
            at_once,
            pause=self.pauses,
            jitter=lambda: 0.5,
            arrived=self.new.append,
            gap_left=self.gaps.append,
        )

    async def step(self) -> bool:
        return await self.loop.step(timeout_ms=0)

    def texts(self, kind: str = "timeline") -> list[str]:
        """The n of every pending message, in order."""
        found = [loads(item.raw) for item in self.store.pending(10_000) if item.kind == kind]
        return [str(c["n"]) for r in found if isinstance(c := r["content"], dict) and "n" in c]


def say(fake: FakeHomeserver, *numbers: int) -> None:
    for n in numbers:
        fake.add_event(ROOM, ANNA, "m.room.encrypted", {"n": n})


async def joined(fake: FakeHomeserver, **options: int) -> Bench:
    """The bot is in the room and has read everything."""
    fake.set_member(ROOM, BOT, "join", BOT)
    bench = Bench(fake, **options)
    assert await bench.step()
    bench.store.done(item.number for item in bench.store.pending())
    return bench


def test_items_and_position_are_stored_before_anything_is_looked_at(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            order: list[str] = []

            class Store(MemoryStore):
                @override
                def take(self, token: str, items: Sequence[NewItem]) -> int:
                    order.append(f"stored {len(items)} with {token}")
                    return super().take(token, items)

            store = Store()
            bench.loop._inbox = store
            bench.loop._arrived = lambda new: order.append(f"told of {new}")
            bench.machine.heard = lambda: order.append("machine")
            await bench.step()
            say(fake, 1)
            order.clear()
            await bench.step()
            assert order == [f"stored 1 with s{fake.at}", "machine", "told of 1"]
            await bench.server.close()

    run(scenario())


def test_a_store_that_fails_keeps_the_old_position(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            before = bench.store.token()

            class Full(MemoryStore):
                @override
                def token(self) -> str | None:
                    return before

                @override
                def take(self, token: str, items: Sequence[NewItem]) -> int:
                    raise OSError("disk full")

            good, bench.loop._inbox = bench.store, Full()
            say(fake, 1)
            with pytest.raises(OSError, match="disk full"):
                await bench.step()
            assert bench.machine.counts[1:] == []
            bench.loop._inbox = good
            await bench.step()
            assert bench.texts() == ["1"]
            await bench.server.close()

    run(scenario())


def test_a_poisoned_item_costs_only_itself(run: Run) -> None:
    poison = [
        '{"type":"m.room.encrypted","event_id":"$bad","content":' + '{"a":' * 500 + "1" + "}" * 501,
        '{"type":"m.room.encrypted","event_id":"$bad","content":{"n":' + "9" * 5000 + "}}",
        '{"type":"m.room.encrypted","event_id":"$bad","event_id":"$twice","content":{}}',
        '{"type":"m.room.encrypted","event_id":"$bad\\ud800","content":{}}',
        '{"type":"m.room.encrypted","event_id":"$bad","content":{"n":NaN}}',
        "5",
        "null",
        "[]",
    ]

    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            say(fake, 1)
            fake.rooms[ROOM].events.append((fake.tick(), {"poison": True}))
            say(fake, 2)
            for odd in poison:
                fake.bend["sync"] = lambda made, odd=odd: (  # type: ignore[misc]
                    json.dumps(made).replace('{"poison": true}', odd).encode()
                )
                bench.store._token = "s1"
                await bench.step()
                assert bench.store.token() == f"s{fake.at}"
            assert bench.texts() == ["1", "2"]
            await bench.server.close()

    run(scenario())


def test_raw_bytes_that_are_no_text_cost_only_their_item() -> None:
    raw = (
        b'{"next_batch":"s2","to_device":{"events":[{"type":"a\xff"},{"type":"b"}]},'
        b'"rooms":{"join":{"!r\xff":{},"!ok":{"timeline":{"events":[{"event_id":"$1"}]}}}}}'
    )
    batch = cut_up(loads_envelope(raw))
    assert [(i.kind, i.raw) for i in batch.items()] == [
        ("to_device", '{"type":"b"}'),
        ("timeline", '{"event_id":"$1"}'),
    ]
    assert batch.skipped == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"next_batch": "s", "rooms": 5, "to_device": [], "device_lists": "x"},
        {"next_batch": "s", "rooms": {"join": [], "leave": {"!r": 7}, "invite": {"!r": None}}},
        {"next_batch": "s", "rooms": {"join": {"!r": {"timeline": {"events": {}}, "state": 1}}}},
        {"next_batch": "s", "to_device": {"events": [[], 1, None, "x"]}},
        {"next_batch": "s", "device_lists": {"changed": [1, None], "left": {}}},
    ],
)
def test_an_oddly_shaped_answer_yields_no_items_and_no_crash(answer: JsonObject) -> None:
    assert cut_up(answer).items() == []


@pytest.mark.parametrize("answer", [{}, {"next_batch": 5}, {"next_batch": ""}])
def test_an_answer_without_a_position_is_no_answer(answer: JsonObject) -> None:
    with pytest.raises(HomeserverUnreachable):
        cut_up(answer)


def test_keys_come_before_messages_and_unsigned_is_dropped() -> None:
    event: JsonObject = {"event_id": "$1", "unsigned": {"age": 1}}
    timeline: JsonObject = {"events": [event], "limited": False}
    batch = cut_up(
        {
            "next_batch": "s",
            "rooms": {"join": {"!r": {"timeline": timeline}}},
            "to_device": {"events": [{"type": "m.room.encrypted"}]},
        }
    )
    assert [item.kind for item in batch.items()] == ["to_device", "timeline"]
    assert batch.items()[1].raw == '{"event_id":"$1"}'
    assert batch.cuts == []


def test_a_state_event_that_comes_back_counts_again() -> None:
    def keys(token: str) -> set[str]:
        state: JsonObject = {"events": [{"event_id": "$1", "type": "m.room.member"}]}
        answer: JsonObject = {"next_batch": token, "rooms": {"join": {"!r": {"state": state}}}}
        return {item.key for item in cut_up(answer).items()}

    assert keys("s1") == keys("s1")
    assert keys("s1") != keys("s2")


def test_the_filter_asks_for_wide_timelines_and_every_member() -> None:
    room = json.loads(sync_filter(TIMELINE_LIMIT))["room"]
    assert room["timeline"]["limit"] >= 1_000
    assert room["timeline"]["lazy_load_members"] is False
    assert "m.room.encrypted" in room["timeline"]["types"]
    assert "m.room.power_levels" in room["state"]["types"]


def test_a_cut_off_timeline_is_filled_in_order(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            bench.loop._limit = 10
            say(fake, *range(1_300))
            await bench.step()
            assert bench.texts() == [str(n) for n in range(1_300)]
            assert bench.gaps == []
            await bench.step()
            assert len(bench.texts()) == 1_300
            await bench.server.close()

    run(scenario())


def test_nothing_is_stored_while_a_gap_cannot_be_filled_and_nothing_waits_for_ever(
    run: Run,
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            bench.loop._limit = 10
            say(fake, *range(30))
            fake.faults.append(Fault("/messages", times=1_000))
            for _ in range(GAP_TRIES - 1):
                bench.loop._limit = 10
                assert not await bench.step()
                assert bench.texts() == []
            bench.loop._limit = 10
            assert await bench.step()
            assert bench.texts() == [str(n) for n in range(20, 30)]
            assert bench.gaps == [ROOM]
            await bench.server.close()

    run(scenario())


def test_two_broken_gaps_do_not_hold_each_other_up(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            fake.set_member("!other:fake.example", BOT, "join", BOT)
            for n in range(30):
                say(fake, n)
                fake.add_event("!other:fake.example", ANNA, "m.room.encrypted", {"n": n})
            fake.faults.append(Fault("/messages", times=10_000))
            for _ in range(2 * GAP_TRIES):
                bench.loop._limit = 10
                if await bench.step():
                    break
            assert len(bench.texts()) == 20
            await bench.server.close()

    run(scenario())


def test_a_looping_gap_is_told_and_the_rest_is_kept(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            bench.loop._limit = 10
            say(fake, *range(30))
            fake.bend["messages"] = lambda made: made | {"end": made["start"]}
            assert await bench.step()
            assert bench.gaps == [ROOM]
            assert bench.texts() == [str(n) for n in range(30)]
            await bench.server.close()

    run(scenario())


def test_a_failing_server_is_not_hammered(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake, most=40)
            fake.requests.clear()
            fake.faults.append(Fault("/sync", times=100_000))
            with pytest.raises(TooManyPauses):
                await bench.loop.run()
            waited = sum(bench.pauses.taken) + sum(bench.request_pauses.taken)
            assert waited > 1_000
            assert len(fake.requests) / waited < 0.2
            assert max(bench.pauses.taken) <= LONGEST_WAIT_S
            assert len(set(bench.pauses.taken)) > 4
            await bench.server.close()

    run(scenario())


def test_after_an_outage_nothing_is_missing(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            fake.faults.append(Fault("/sync", status=502, times=6))
            say(fake, 1, 2)
            while not await bench.step():
                say(fake, 3)
            assert bench.texts()[:2] == ["1", "2"]
            assert bench.loop._failures == 0
            await bench.server.close()

    run(scenario())


@pytest.mark.parametrize("asked_ms", [1_000, 10**12])
def test_a_rate_limit_is_honoured_and_capped(run: Run, asked_ms: int) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            limited: JsonObject = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": asked_ms}
            fake.faults.append(Fault("/sync", status=429, body=limited))
            assert await bench.step()
            (waited,) = bench.request_pauses.taken
            assert waited == min(asked_ms / 1000, LONGEST_REQUEST_WAIT_S)
            await bench.server.close()

    run(scenario())


def test_a_revoked_token_ends_the_loop(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            fake.tokens.clear()
            with pytest.raises(SignedOut):
                await bench.loop.run()
            await bench.server.close()

    run(scenario())


def test_an_answer_too_large_to_read_is_asked_for_in_smaller_pieces(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            say(fake, *range(600))

            def bend(made: JsonObject) -> JsonObject | bytes:
                return b"{" if len(json.dumps(made)) > 60_000 else made

            fake.bend["sync"] = bend
            tries = 0
            while not await bench.step():
                tries += 1
                assert tries < 5
            assert len(bench.texts()) == 600
            assert bench.loop._limit == TIMELINE_LIMIT
            await bench.server.close()

    run(scenario())


def test_a_kick_is_noticed_with_what_was_said_before(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            say(fake, 1)
            fake.set_member(ROOM, BOT, "leave", ANNA)
            await bench.step()
            pending = bench.store.pending()
            assert [item.kind for item in pending] == ["timeline", "timeline", "left"]
            assert pending[-1].room == ROOM
            await bench.server.close()

    run(scenario())


def test_an_invitation_is_stored_and_not_followed(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            fake.set_member("!trap:fake.example", BOT, "invite", ANNA)
            fake.requests.clear()
            await bench.step()
            (invite,) = bench.store.pending()
            assert (invite.kind, invite.room) == ("invite", "!trap:fake.example")
            assert all("join" not in path for _, path in fake.requests)
            await bench.server.close()

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "noted"),
    [
        (
            {
                "device_one_time_keys_count": {"signed_curve25519": 7},
                "device_unused_fallback_key_types": ["signed_curve25519"],
            },
            (7, ["signed_curve25519"]),
        ),
        ({"device_one_time_keys_count": {}, "device_unused_fallback_key_types": []}, (0, [])),
        ({"device_one_time_keys_count": {"signed_curve25519": "many"}}, (0, None)),
        ({}, (None, None)),
    ],
)
def test_a_count_of_nothing_is_a_count(
    run: Run, answer: JsonObject, noted: tuple[int | None, list[JsonValue] | None]
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            fake.bend["sync"] = lambda _made: {"next_batch": "s9", **answer}
            await bench.step()
            assert bench.machine.counts[-1] == noted
            await bench.server.close()

    run(scenario())


def test_device_changes_reach_the_machine(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bench = await joined(fake)
            fake.device_changes.append((fake.tick(), ANNA))
            await bench.step()
            assert bench.machine.told == [ANNA]
            await bench.server.close()

    run(scenario())
