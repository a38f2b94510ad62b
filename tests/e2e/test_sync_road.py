"""The whole road of a message on a real Synapse: room, keys, sync, inbox, line, and back."""

import asyncio
import secrets
from pathlib import Path

import pytest

from bot.demo.homeserver import EmbeddedHomeserver
from bot.domain.ids import CompartmentId, RoomId, UserId
from bot.matrix.http import HomeserverRefused
from bot.matrix.inbound import Heard, KeyCame, Line, StateChanged
from bot.matrix.outbound import NotSent
from bot.matrix.rooms import create
from bot.matrix.session import Account, Ears, MatrixSession, Waiting
from bot.matrix.strict_json import JsonObject
from bot.policy.guard import WantedRoom, breaches, inspect
from bot.policy.label import UNOWNED
from bot.policy.release import Cleared, Labelled, Room, release
from bot.storage.memory import MemoryStore
from bot.words.message import Message, Para, line, render
from tests.conftest import Run
from tests.matrix.test_machine_on_synapse import Seat, seat
from tests.support.fake_sync import at_once

pytestmark = pytest.mark.e2e

WORDS = render([Para(line("Overdue 30 min."))])
DESK = CompartmentId("desk")


class Bot:
    """A session, its store, and what was heard so far."""

    def __init__(self, session: MatrixSession, store: MemoryStore) -> None:
        self.session = session
        self.store = store
        self.user = UserId(session.machine.user_id)

    async def listen(self) -> list[Heard]:
        """Sync once, tend, read everything pending."""
        assert await self.session.sync.step(timeout_ms=0)
        await self.session.tend()
        heard: list[Heard] = []
        for item in self.store.pending(10_000):
            heard.append(await self.session.inbound.read(item))
            self.store.done([item.number])
        return heard

    async def lines(self) -> list[str]:
        return [heard.text for heard in await self.listen() if isinstance(heard, Line)]

    async def clear(self, wanted: WantedRoom) -> Cleared[Message]:
        seen = await self.session.speaker.seen(wanted.room)
        assert seen is not None
        assert breaches(inspect(wanted, seen)) == ()
        made = release(Labelled(WORDS, UNOWNED), Room(DESK, held=False, wanted=wanted, seen=seen))
        assert isinstance(made, Cleared)
        return made

    async def say(self, wanted: WantedRoom) -> str:
        cleared = await self.clear(wanted)
        return await self.session.speaker.say(cleared, secrets.token_hex(8))


async def start(homeserver: EmbeddedHomeserver, folder: Path) -> Bot:
    localpart = f"parley{secrets.token_hex(4)}"
    user = UserId(await homeserver.register(localpart, "invented password"))
    state = folder / localpart
    state.mkdir()
    store = MemoryStore()
    session = await MatrixSession.open(
        Account(homeserver.url, user, "invented password", state),
        store,
        secrets.token_bytes(32),
        at_once,
        waiting=Waiting(asyncio.sleep, lambda: 0.5),
        ears=Ears(lambda _new: None, lambda _room, _devices: None),
    )
    return Bot(session, store)


async def say(person: Seat, room: str, bot: str, *texts: str) -> None:
    person.machine.track([bot])
    await person.machine.share(person.server, room, [bot])
    for said in texts:
        content: JsonObject = {"msgtype": "m.text", "body": said}
        sealed = person.machine.seal(room, "m.room.message", content)
        await person.server.send_event(room, "m.room.encrypted", secrets.token_hex(8), sealed)


async def follow(person: Seat, bot: Bot) -> None:
    person.machine.set_pins({bot.user: bot.session.master})
    await person.machine.refresh(person.server, [bot.user])


def bodies(person: Seat) -> list[object]:
    return [opened.content.get("body") for opened in person.said]


def test_two_people_and_the_bot_talk_until_one_is_removed(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        bot = await start(homeserver, tmp_path)
        anna = await seat(homeserver, tmp_path, "anna")
        boris = await seat(homeserver, tmp_path, "boris")
        people = [UserId(p.machine.user_id) for p in (anna, boris)]
        masters = {
            user: judged.master or ""
            for user, judged in (
                await bot.session.machine.refresh(bot.session.server, people)
            ).items()
        }
        bot.session.pins.pin({UserId(user): master for user, master in masters.items()})

        room = await create(bot.session.server, "Room 7")
        both = WantedRoom(room, bot.user, frozenset(people))
        bot.session.keeper.want(both)
        assert await bot.session.keeper.tend(room)
        for person in (anna, boris):
            await follow(person, bot)
            await person.server.join(room)
        assert StateChanged(room) in await bot.listen()

        # The bot speaks; both read; the wire shows nothing.
        first = await bot.say(both)
        for person in (anna, boris):
            await person.sync()
            assert bodies(person) == ["Overdue 30 min."]
        assert "Overdue" not in str(await bot.session.server.messages(room, "", None, "b", 50))

        # A person speaks; the bot hears a line, once.
        await say(anna, room, bot.user, "!help")
        heard = await bot.listen()
        assert [one for one in heard if isinstance(one, KeyCame)]
        (said,) = [one for one in heard if isinstance(one, Line)]
        assert (said.text, said.sender, said.master) == ("!help", people[0], masters[people[0]])
        assert await bot.lines() == []

        # A burst wider than the timeline loses nothing and keeps its order.
        bot.session.sync._limit = 10
        burst = [f"line {n}" for n in range(18)]
        await say(anna, room, bot.user, *burst)
        assert await bot.lines() == burst

        # Nobody but the bot may change anything.
        with pytest.raises(HomeserverRefused):
            await anna.server.put_state(room, "m.room.join_rules", "", {"join_rule": "public"})
        with pytest.raises(HomeserverRefused):
            await anna.server.kick(room, boris.machine.user_id)

        # One person is no longer seated: out, and the next text is under a new key.
        one = WantedRoom(room, bot.user, frozenset(people[:1]))
        bot.session.keeper.want(one)
        assert await bot.session.keeper.tend(room)
        second = await bot.say(one)
        sealed = {
            str(event["event_id"]): event["content"]
            for event in (await _events(bot, room))
            if event.get("event_id") in {first, second}
        }
        sessions = {str(c["session_id"]) for c in sealed.values() if isinstance(c, dict)}
        assert len(sessions) == 2
        await anna.sync()
        await boris.sync()
        assert bodies(anna)[-1] == "Overdue 30 min."
        assert len([b for b in bodies(anna) if b == "Overdue 30 min."]) == 2
        assert bodies(boris) == ["Overdue 30 min."]

        # The bot itself is out: noticed, and nothing more is said there.
        cleared = await bot.clear(one)
        await bot.session.server.leave(room)
        assert StateChanged(room) in await bot.listen()
        assert await bot.session.speaker.seen(room) is None
        with pytest.raises(NotSent, match="room_gone"):
            await bot.session.speaker.say(cleared, "t")

        await bot.session.close()
        for person in (anna, boris):
            await person.server.close()
            person.machine.close()

    run(scenario())


async def _events(bot: Bot, room: RoomId) -> list[JsonObject]:
    answer = await bot.session.server.messages(room, "", None, "b", 100)
    chunk = answer.get("chunk")
    return [e for e in chunk if isinstance(e, dict)] if isinstance(chunk, list) else []


def test_a_person_nobody_knows_is_reached_in_a_direct_room(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        bot = await start(homeserver, tmp_path)
        anna = await seat(homeserver, tmp_path, "anna")
        user = UserId(anna.machine.user_id)
        room = await bot.session.speaker.direct_room(user)
        await follow(anna, bot)
        await anna.server.join(room)
        await bot.listen()
        await bot.say(WantedRoom(room, bot.user, frozenset({user})))
        await anna.sync()
        assert bodies(anna) == ["Overdue 30 min."]
        await say(anna, room, bot.user, "!enrol 7Q4K-X2MN")
        assert await bot.lines() == ["!enrol 7Q4K-X2MN"]
        await bot.session.close()
        await anna.server.close()
        anna.machine.close()

    run(scenario())
