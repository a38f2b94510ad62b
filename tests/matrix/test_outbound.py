import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from nio.crypto.attachments import decrypt_attachment

from bot.domain.ids import CompartmentId, RoomId, UserId
from bot.matrix.directs import Directs, Pins
from bot.matrix.machine import Opened, Unreadable
from bot.matrix.outbound import SHARE_TRIES, Excluded, MatrixSpeaker, NotSent
from bot.matrix.rooms import SeenRooms, create
from bot.matrix.strict_json import JsonObject, obj, text
from bot.policy.guard import WantedRoom
from bot.policy.label import UNOWNED
from bot.policy.release import Cleared, Labelled, Room, release
from bot.ports import File
from bot.storage.memory import MemoryStore
from bot.words.message import Para, line, render
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver
from tests.support.fake_sync import Pauses, at_once, with_creator
from tests.support.machines import ANNA, BORIS, BOT, Party, enter

T = TypeVar("T")
WORDS = render([Para(line("Overdue 30 min."))])
BOT_ID = UserId(BOT)


@dataclass
class Bench:
    """The bot with a speaker on the fake homeserver."""

    fake: FakeHomeserver
    folder: Path
    bot: Party
    rooms: SeenRooms
    pins: Pins
    directs: Directs
    speaker: MatrixSpeaker
    store: MemoryStore
    pauses: Pauses
    excluded: list[tuple[RoomId, Excluded]] = field(default_factory=list)
    people: list[Party] = field(default_factory=list)

    async def person(self, user: str, device: str = "PHONE", *, reset: bool = False) -> Party:
        if reset:
            for table in (self.fake.cross, self.fake.device_keys):
                table.pop(user, None)
        party = await enter(self.fake, self.folder, user, device)
        party.machine.track([BOT])
        self.people.append(party)
        self.bot.machine.changed([user])
        return party

    async def room(self, *users: str) -> RoomId:
        made = await create(self.bot.server, "Room 7")
        for user in users:
            self.put(made, user, "join")
        return made

    def put(self, room: RoomId, user: str, membership: str) -> None:
        self.fake.set_member(room, user, membership, BOT)
        self.rooms.take(room, self.fake.rooms[room].events[-1][1])

    async def clear(self, value: T, room: RoomId, *roster: str) -> Cleared[T]:
        wanted = WantedRoom(room, BOT_ID, frozenset(UserId(user) for user in roster))
        seen = await self.speaker.seen(room)
        made = release(
            Labelled(value, UNOWNED),
            Room(CompartmentId("desk"), held=False, wanted=wanted, seen=seen),
        )
        assert isinstance(made, Cleared)
        return made

    async def say(self, room: RoomId, *roster: str, txn: str = "t1") -> str:
        return await self.speaker.say(await self.clear(WORDS, room, *roster), txn)

    def sent(self, room: RoomId) -> list[JsonObject]:
        events = [event for _, event in self.fake.rooms[room].events]
        return [event for event in events if event["type"] == "m.room.encrypted"]

    async def read(self, reader: Party, room: RoomId) -> Opened | Unreadable:
        """Open the newest event of the room as that person would."""
        reader.take_mail()
        await reader.machine.refresh(reader.server, [BOT])
        return reader.machine.decrypt(self.sent(room)[-1], room)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    async with fake_homeserver() as fake:
        with_creator(fake, BOT)
        bot = await enter(fake, folder, BOT, "BOTDEV")
        store, pauses, excluded = MemoryStore(), Pauses(), list[tuple[RoomId, Excluded]]()
        rooms, pins = SeenRooms(bot.server), Pins(bot.server, bot.machine)
        directs = Directs(bot.server, rooms, bot.machine, store, bot=BOT_ID, offload=at_once)
        speaker = MatrixSpeaker(
            bot.server,
            bot.machine,
            rooms,
            directs=directs,
            pins=pins,
            pause=pauses,
            on_excluded=lambda room, devices: excluded.append((room, devices)),
        )
        made = Bench(fake, folder, bot, rooms, pins, directs, speaker, store, pauses, excluded)
        try:
            yield made
        finally:
            for party in (bot, *made.people):
                await party.close()


def opened(found: Opened | Unreadable) -> str | None:
    return text(found.content, "body") if isinstance(found, Opened) else found.reason


def test_a_pinned_reader_reads_and_the_server_does_not(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA)
            event = await b.say(room, ANNA)
            (sent,) = b.sent(room)
            assert sent["event_id"] == event
            assert "Overdue" not in str(b.fake.rooms[room].events)
            found = await b.read(anna, room)
            assert opened(found) == "Overdue 30 min."
            assert isinstance(found, Opened)
            assert found.content["m.mentions"] == {}

    run(scenario())


def test_who_was_out_for_a_moment_reads_on_under_a_new_key(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(p.user): p.master for p in (anna, boris)})
            room = await b.room(ANNA, BORIS)
            for number in range(2):
                await b.say(room, ANNA, BORIS, txn=f"before{number}")
            b.put(room, BORIS, "leave")
            b.put(room, BORIS, "invite")
            await b.say(room, ANNA, BORIS, txn="after")
            contents = (obj(event, "content") or {} for event in b.sent(room))
            first, second, third = (text(content, "session_id") for content in contents)
            assert first == second != third
            assert opened(await b.read(boris, room)) == "Overdue 30 min."

    run(scenario())


def test_a_seated_person_who_is_not_pinned_gets_no_key(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA, BORIS)
            await b.say(room, ANNA, BORIS)
            assert opened(await b.read(anna, room)) == "Overdue 30 min."
            assert opened(await b.read(boris, room)) == "no_key"

    run(scenario())


def test_whoever_came_after_the_clearing_gets_no_key(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(ANNA): anna.master, UserId(BORIS): boris.master})
            room = await b.room(ANNA)
            cleared = await b.clear(WORDS, room, ANNA)
            b.put(room, BORIS, "join")
            await b.speaker.say(cleared, "t1")
            assert opened(await b.read(boris, room)) == "no_key"

    run(scenario())


def test_a_reader_on_the_way_in_can_read_what_overtakes_the_invitation(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(ANNA): anna.master, UserId(BORIS): boris.master})
            room = await b.room(ANNA)
            await b.say(room, ANNA, BORIS)
            assert opened(await b.read(boris, room)) != "no_key"

    run(scenario())


def test_after_somebody_left_the_next_text_has_a_new_session(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(ANNA): anna.master, UserId(BORIS): boris.master})
            room = await b.room(ANNA, BORIS)
            await b.say(room, ANNA, BORIS, txn="t1")
            assert opened(await b.read(boris, room)) == "Overdue 30 min."
            b.put(room, BORIS, "leave")
            await b.say(room, ANNA, BORIS, txn="t2")
            assert opened(await b.read(boris, room)) == "no_key"
            assert opened(await b.read(anna, room)) == "Overdue 30 min."

    run(scenario())


def test_dropping_the_session_makes_a_new_one(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA)
            await b.say(room, ANNA, txn="t1")
            await b.say(room, ANNA, txn="t2")
            await b.speaker.drop_session(room)
            await b.say(room, ANNA, txn="t3")
            sessions = [(obj(e, "content") or {})["session_id"] for e in b.sent(room)]
            assert sessions[0] == sessions[1] != sessions[2]

    run(scenario())


def test_the_same_transaction_never_sends_twice_even_after_a_rotation(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA)
            first = await b.say(room, ANNA)
            await b.speaker.drop_session(room)
            assert await b.say(room, ANNA) == first
            assert len(b.sent(room)) == 1
            assert opened(await b.read(anna, room)) == "Overdue 30 min."

    run(scenario())


def test_one_unreachable_device_silences_nobody_and_is_told_once(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(ANNA): anna.master, UserId(BORIS): boris.master})
            room = await b.room(ANNA, BORIS)
            b.fake.one_time[BORIS, "PHONE"].clear()
            b.fake.fallback.pop((BORIS, "PHONE"), None)
            await b.say(room, ANNA, BORIS, txn="t1")
            assert opened(await b.read(anna, room)) == "Overdue 30 min."
            assert b.excluded == [(room, ((UserId(BORIS), "PHONE"),))]
            assert len(b.pauses.taken) == SHARE_TRIES - 1
            await b.say(room, ANNA, BORIS, txn="t2")
            assert len(b.excluded) == 1
            assert len(b.pauses.taken) == SHARE_TRIES - 1

    run(scenario())


def test_a_share_that_fails_once_is_tried_again(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA)
            b.fake.faults.append(Fault("/sendToDevice", status=400))
            await b.say(room, ANNA)
            assert opened(await b.read(anna, room)) == "Overdue 30 min."
            assert b.excluded == []

    run(scenario())


def test_a_text_nobody_can_open_is_not_sent(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            room = await b.room(ANNA)
            with pytest.raises(NotSent, match="nobody_reached"):
                await b.say(room, ANNA)
            b.pins.pin({UserId(ANNA): anna.master})
            b.fake.faults.append(Fault("/sendToDevice", status=400, times=100))
            with pytest.raises(NotSent, match="nobody_reached"):
                await b.say(room, ANNA)
            assert b.sent(room) == []

    run(scenario())


def test_an_uncertified_device_is_excluded_and_shown(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            stray = await b.person(BORIS, "STRAY")
            b.fake.device_keys[ANNA]["STRAY"] = stray.machine.device_keys_signed
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA)
            await b.say(room, ANNA)
            assert b.excluded == [(room, ((UserId(ANNA), "STRAY"),))]
            seen = await b.speaker.seen(room)
            assert seen is not None
            assert seen.unchained == {(UserId(ANNA), "STRAY")}

    run(scenario())


def test_a_changed_identity_gets_nothing_more(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(ANNA): anna.master, UserId(BORIS): boris.master})
            room = await b.room(ANNA, BORIS)
            fake_anna = await b.person(ANNA, "EVIL", reset=True)
            await b.say(room, ANNA, BORIS)
            assert opened(await b.read(fake_anna, room)) == "no_key"
            assert opened(await b.read(boris, room)) == "Overdue 30 min."
            assert b.pins.changed() == {UserId(ANNA): fake_anna.master}

    run(scenario())


def test_a_refusing_or_absent_server_is_one_verdict_without_the_text(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA)
            cleared = await b.clear(WORDS, room, ANNA)
            b.fake.faults.append(Fault("/send/", status=403, body={"errcode": "M_FORBIDDEN"}))
            with pytest.raises(NotSent, match="refused"):
                await b.speaker.say(cleared, "t1")
            b.fake.faults.append(Fault("/send/", status=500, times=20))
            with pytest.raises(NotSent, match="server_error") as caught:
                await b.speaker.say(cleared, "t1")
            assert "Overdue" not in str(caught.value)
            b.rooms.left(room)
            with pytest.raises(NotSent, match="room_gone"):
                await b.speaker.say(cleared, "t1")

    run(scenario())


def test_a_file_is_uploaded_encrypted_and_opens_with_the_sent_key(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            b.pins.pin({UserId(ANNA): anna.master})
            room = await b.room(ANNA)
            file = File("receipt.txt", "text/plain", b"the receipt of a promise")
            await b.speaker.give(await b.clear(file, room, ANNA), "t1")
            ((_, stored),) = b.fake.media.items()
            assert b"receipt" not in stored
            found = await b.read(anna, room)
            assert isinstance(found, Opened)
            assert (found.content["msgtype"], found.content["filename"]) == (
                "m.file",
                "receipt.txt",
            )
            keys = obj(found.content, "file") or {}
            assert str(keys["url"]).startswith("mxc://")
            assert keys["v"] == "v2"
            key, hashes = obj(keys, "key") or {}, obj(keys, "hashes") or {}
            plain = decrypt_attachment(stored, key["k"], hashes["sha256"], keys["iv"])
            assert plain == file.content
            assert hashlib.sha256(stored).digest() != hashlib.sha256(plain).digest()

    run(scenario())


def test_an_unpinned_person_is_reached_in_their_own_direct_room_only(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            room = await b.speaker.direct_room(UserId(ANNA))
            assert await b.speaker.direct_room(UserId(ANNA)) == room
            await b.say(room, ANNA)
            assert opened(await b.read(anna, room)) == "Overdue 30 min."
            other = await b.room(ANNA)
            with pytest.raises(NotSent, match="nobody_reached"):
                await b.say(other, ANNA)

    run(scenario())


def test_what_is_lent_for_a_direct_room_opens_no_compartment_meanwhile(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(BORIS): boris.master})
            room = await b.room(ANNA, BORIS)
            async with b.pins.lend(UserId(ANNA)):
                await b.say(room, ANNA, BORIS)
            assert opened(await b.read(boris, room)) == "Overdue 30 min."
            assert opened(await b.read(anna, room)) == "no_key"

    run(scenario())


def test_in_the_direct_room_a_new_identity_counts_until_one_is_pinned(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna = await b.person(ANNA)
            room = await b.speaker.direct_room(UserId(ANNA))
            await b.say(room, ANNA, txn="t1")
            again = await b.person(ANNA, "NEW", reset=True)
            await b.say(room, ANNA, txn="t2")
            assert opened(await b.read(again, room)) == "Overdue 30 min."
            b.pins.pin({UserId(ANNA): anna.master})
            with pytest.raises(NotSent, match="nobody_reached"):
                await b.say(room, ANNA, txn="t3")

    run(scenario())


def test_the_key_of_a_direct_room_reaches_nobody_else(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as b:
            anna, boris = await b.person(ANNA), await b.person(BORIS)
            b.pins.pin({UserId(BORIS): boris.master})
            room = await b.speaker.direct_room(UserId(ANNA))
            cleared = await b.clear(WORDS, room, ANNA, BORIS)
            b.put(room, BORIS, "join")
            await b.speaker.say(cleared, "t1")
            assert opened(await b.read(anna, room)) == "Overdue 30 min."
            assert opened(await b.read(boris, room)) == "no_key"

    run(scenario())
