from pathlib import Path

import pytest

from bot.domain.ids import RoomId, UserId
from bot.matrix.directs import BINDINGS, Directs
from bot.matrix.http import HomeserverRefused
from bot.matrix.strict_json import loads
from tests.conftest import Run
from tests.matrix.test_outbound import BOT_ID, Bench, bench
from tests.support.fake_homeserver import Fault
from tests.support.fake_sync import at_once
from tests.support.machines import ANNA, BORIS, BOT

ANNA_ID, BORIS_ID = UserId(ANNA), UserId(BORIS)


def restarted(b: Bench) -> Directs:
    return Directs(b.bot.server, b.rooms, b.bot.machine, b.store, bot=BOT_ID, offload=at_once)


def test_a_direct_room_is_encrypted_and_holds_only_the_person(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            room = await b.directs.room(ANNA_ID)
            assert b.fake.rooms[room].members == {BOT: "join", ANNA: "invite"}
            kinds = [event["type"] for _, event in b.fake.rooms[room].events]
            invited = max(at for at, kind in enumerate(kinds) if kind == "m.room.member")
            assert kinds.index("m.room.encryption") < invited
            assert b.directs.person(room) == ANNA_ID
            assert await b.directs.room(BORIS_ID) != room

    run(scenario())


def test_the_binding_outlives_a_restart_and_is_not_the_servers_word(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            room = await b.directs.room(ANNA_ID)
            again = restarted(b)
            await again.load()
            assert await again.room(ANNA_ID) == room
            assert loads(b.store.get(BINDINGS) or b"") == {ANNA: room}
            assert not any(m == "GET" and "account_data" in p for m, p in b.fake.requests)

    run(scenario())


def test_people_with_a_direct_room_are_followed_from_the_start(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            b.store.put(BINDINGS, b'{"@carl:fake.example":"!r:fake.example"}')
            await restarted(b).load()
            assert "@carl:fake.example" in b.bot.machine.dirty

    run(scenario())


def test_damaged_bindings_do_not_stop_the_start(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            b.store.put(BINDINGS, b"[not json")
            again = restarted(b)
            await again.load()
            assert await again.room(ANNA_ID)

    run(scenario())


@pytest.mark.parametrize(
    ("user", "membership"), [(BORIS, "join"), (BORIS, "knock"), (BOT, "leave")]
)
def test_a_room_that_is_no_longer_fit_is_abandoned(
    run: Run, tmp_path: Path, user: str, membership: str
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            room = await b.directs.room(ANNA_ID)
            b.put(room, user, membership)
            fresh = await b.directs.room(ANNA_ID)
            assert fresh != room
            assert b.directs.person(room) is None

    run(scenario())


def test_a_person_who_left_is_invited_again(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            room = await b.directs.room(ANNA_ID)
            b.put(room, ANNA, "leave")
            assert await b.directs.room(ANNA_ID) == room
            assert b.fake.rooms[room].members[ANNA] == "invite"

    run(scenario())


def test_a_room_that_could_not_be_made_is_not_bound(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            b.fake.faults.append(Fault("/createRoom", status=403))
            with pytest.raises(HomeserverRefused):
                await b.directs.room(ANNA_ID)
            assert b.store.get(BINDINGS) is None
            assert b.directs.person(RoomId("!any")) is None

    run(scenario())


def test_what_is_lent_never_counts_as_pinned(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            async with b.pins.lend(ANNA_ID):
                assert b.pins.pinned(frozenset({ANNA_ID})) == frozenset()
                assert b.bot.machine.readers([ANNA])
                b.pins.pin({})
                assert b.bot.machine.readers([ANNA])
            assert not b.bot.machine.readers([ANNA])
            b.pins.pin({})
            assert not b.bot.machine.readers([ANNA])
            assert anna.user == ANNA

    run(scenario())
