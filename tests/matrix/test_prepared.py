"""A text sealed for later: who can read it, and when it is no longer for the right ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.ids import RoomId, UserId
from bot.matrix.machine import Opened
from bot.matrix.outbound import NotSent
from bot.matrix.sharing import MESSAGES_PER_SESSION
from bot.matrix.strict_json import JsonObject
from tests.conftest import Run
from tests.matrix.test_outbound import WORDS, Bench, bench, opened
from tests.support.machines import ANNA, BORIS, BOT, Party


async def two(b: Bench) -> tuple[Party, Party, RoomId]:
    anna, boris = await b.person(ANNA), await b.person(BORIS)
    b.pins.pin({UserId(p.user): p.master for p in (anna, boris)})
    return anna, boris, await b.room(ANNA, BORIS)


async def read_later(b: Bench, reader: Party, room: RoomId, sealed: JsonObject) -> str | None:
    """Say what was prepared, as the homeserver would, and open it as that person."""
    b.fake.add_event(room, BOT, "m.room.encrypted", sealed)
    return opened(await b.read(reader, room))


def test_what_was_prepared_is_read_by_whoever_may_read_now(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris, room = await two(b)
            cleared = await b.clear(WORDS, room, ANNA, BORIS)
            prepared = await b.speaker.prepare(cleared)
            assert b.sent(room) == []
            assert "Overdue" not in str(prepared.content)
            assert await b.speaker.stands(cleared, prepared.lineage)
            assert await read_later(b, anna, room, prepared.content) == "Overdue 30 min."
            found = await b.read(boris, room)
            assert isinstance(found, Opened)

    run(scenario())


def test_it_stands_while_sessions_are_merely_used_up(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, _, room = await two(b)
            cleared = await b.clear(WORDS, room, ANNA, BORIS)
            prepared = await b.speaker.prepare(cleared)
            for number in range(2 * MESSAGES_PER_SESSION):
                await b.say(room, ANNA, BORIS, txn=f"t{number}")
            sessions = {str(event["content"]["session_id"]) for event in b.sent(room)}  # type: ignore[index,call-overload]
            assert len(sessions) > 1
            assert await b.speaker.stands(cleared, prepared.lineage)
            assert await read_later(b, anna, room, prepared.content) == "Overdue 30 min."

    run(scenario())


HOWS = ["left", "back", "dropped", "enrolled", "frozen", "device", "restarted"]


@pytest.mark.parametrize("said", [False, True], ids=["at once", "after a message"])
@pytest.mark.parametrize("how", HOWS)
def test_it_falls_as_soon_as_others_would_get_the_key(
    run: Run, tmp_path: Path, how: str, *, said: bool
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris, room = await two(b)
            cleared = await b.clear(WORDS, room, ANNA, BORIS)
            if how == "enrolled":
                b.pins.pin({UserId(ANNA): anna.master})
            lineage = (await b.speaker.prepare(cleared)).lineage
            match how:
                case "left":
                    b.put(room, BORIS, "leave")
                case "back":
                    b.put(room, BORIS, "leave")
                    b.put(room, BORIS, "join")
                case "dropped":
                    await b.speaker.drop_session(room)
                case "enrolled":
                    b.pins.pin({UserId(ANNA): anna.master, UserId(BORIS): boris.master})
                case "frozen":
                    b.pins.pin({UserId(ANNA): "", UserId(BORIS): boris.master})
                case "device":
                    del b.fake.device_keys[BORIS]["PHONE"]
                    b.bot.machine.changed([BORIS])
                    await b.bot.machine.tend(b.bot.server)
                case _:
                    assert how == "restarted"
                    lineage = ""
            if said:
                await b.speaker.say(cleared, "after")
            assert not await b.speaker.stands(cleared, lineage)
            await b.speaker.drop_session(room)
            assert not await b.speaker.stands(cleared, "")
            # And what is prepared next is not for the one who is out.
            if how == "left":
                again = await b.speaker.prepare(cleared)
                assert again.lineage != lineage
                assert await read_later(b, boris, room, again.content) == "no_key"

    run(scenario())


def test_nothing_is_prepared_for_nobody_or_for_a_room_that_is_gone(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            _, _, room = await two(b)
            cleared = await b.clear(WORDS, room, ANNA, BORIS)
            b.pins.pin({})
            with pytest.raises(NotSent, match="nobody_reached"):
                await b.speaker.prepare(cleared)
            b.rooms.left(room)
            with pytest.raises(NotSent, match="room_gone"):
                await b.speaker.prepare(cleared)
            with pytest.raises(NotSent, match="room_gone"):
                await b.speaker.stands(cleared, "x")

    run(scenario())
