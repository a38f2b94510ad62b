"""Many items opened at once: one claim on disk for all, and nothing else is different."""

import json
from collections.abc import Sequence

import pytest
from typing_extensions import override

from bot.domain.ids import EventId, RoomId, UserId
from bot.matrix.http import HomeserverUnreachable
from bot.matrix.inbound import Inbound, KeyCame, Line, Nothing
from bot.matrix.machine import Ignored, Opened, RoomKeyTaken
from bot.matrix.strict_json import JsonObject
from bot.ports import InboxItem
from bot.storage.memory import MemoryStore
from bot.storage.verdicts import StoreFailed
from tests.conftest import Run
from tests.matrix.test_inbound import ANNA, BOT, ROOM, Opening, Watch, encrypted
from tests.support.fake_sync import at_once


class Ledger(MemoryStore):
    """Counts the claims that reach the disk, and can be full."""

    claims = 0
    full = False

    @override
    def first_uses(self, uses: Sequence[tuple[str, int, str]]) -> tuple[bool, ...]:
        if self.full:
            raise StoreFailed("no room")
        self.claims += 1
        return super().first_uses(uses)


class Desk:
    """An `Inbound` over numbered items."""

    def __init__(self) -> None:
        self.opening = Opening()
        self.store = Ledger()
        self.away = False
        self.inbound = Inbound(
            self.opening, self.store, Watch(), bot=BOT, offload=at_once, ask_keys=self.ask,
            fetch=self.fetch,
        )  # fmt: skip

    async def ask(self, _user: UserId) -> None:
        if self.away:
            raise HomeserverUnreachable("network")
        self.opening.dirty = frozenset()

    async def fetch(self, _room: RoomId, _event: EventId) -> JsonObject:
        raise AssertionError

    def typed(self, number: int, event: str, index: int) -> InboxItem:
        said: JsonObject = {"msgtype": "m.text", "body": f"!confirm {event}"}
        self.opening.answers[event] = Opened(
            event_id=event, room_id=ROOM, sender=ANNA, device_id="PHONE", curve25519="curve",
            ed25519="ed", master="MK", type="m.room.message", content=said, origin_ts=7,
            session_id="S", index=index,
        )  # fmt: skip
        return InboxItem(number, "timeline", event, ROOM, json.dumps(encrypted(event)))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_many_messages_are_one_claim(run: Run, desk: Desk) -> None:
    items = [desk.typed(n, f"$e{n}", n) for n in range(20)]
    run(desk.inbound.look_ahead(items))
    assert desk.store.claims == 1
    for item in items:
        heard = run(desk.inbound.read(item))
        assert isinstance(heard, Line)
        assert heard.text == f"!confirm {item.key}"
    assert desk.store.claims == 1
    assert desk.opening.opened == 20


def test_a_repeat_among_them_is_a_replay(run: Run, desk: Desk) -> None:
    items = [desk.typed(1, "$first", 4), desk.typed(2, "$again", 4)]
    run(desk.inbound.look_ahead(items))
    assert isinstance(run(desk.inbound.read(items[0])), Line)
    assert run(desk.inbound.read(items[1])) == Nothing("replay")


def test_what_cannot_be_opened_now_is_met_in_its_turn(run: Run, desk: Desk) -> None:
    first, second = desk.typed(1, "$e1", 1), desk.typed(2, "$e2", 2)
    desk.away = True
    desk.opening.dirty = frozenset({ANNA})
    run(desk.inbound.look_ahead([first, second]))
    with pytest.raises(HomeserverUnreachable):
        run(desk.inbound.read(first))
    desk.away = False
    assert isinstance(run(desk.inbound.read(first)), Line)
    assert isinstance(run(desk.inbound.read(second)), Line)


def test_a_room_key_is_taken_once_however_often_it_is_looked_at(run: Run, desk: Desk) -> None:
    key = InboxItem(1, "to_device", "k", None, '{"type":"m.room.encrypted"}')
    desk.opening.to_device = RoomKeyTaken(ROOM, "S", ANNA)
    run(desk.inbound.look_ahead([key]))
    # The step failed before the key was acted on; the ratchet opens nothing twice.
    desk.opening.to_device = Ignored("undecryptable")
    run(desk.inbound.look_ahead([key, desk.typed(2, "$e2", 2)]))
    assert run(desk.inbound.read(key)) == KeyCame(ROOM, "S")


def test_a_full_disk_loses_no_room_key(run: Run, desk: Desk) -> None:
    key = InboxItem(1, "to_device", "k", None, '{"type":"m.room.encrypted"}')
    desk.opening.to_device = RoomKeyTaken(ROOM, "S", ANNA)
    typed = desk.typed(2, "$e2", 2)
    desk.store.full = True
    with pytest.raises(StoreFailed):
        run(desk.inbound.look_ahead([key, typed]))
    desk.store.full = False
    desk.opening.to_device = Ignored("undecryptable")
    run(desk.inbound.look_ahead([key, typed]))
    assert run(desk.inbound.read(key)) == KeyCame(ROOM, "S")
    assert isinstance(run(desk.inbound.read(typed)), Line)
