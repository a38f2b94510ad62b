"""Faults in what carries a decision out: the alarm, the clock, the store, the way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.domain.ids import RoomId
from bot.policy.release import Cleared
from bot.ports import NotSent, OutboxRow
from bot.runner.speaking import Speaking
from bot.scheduling.alarm import Alarm
from bot.scheduling.clock import Clock
from bot.words.message import Message
from tests.soak import life
from tests.soak.reading import read
from tests.soak.simtime import Ids
from tests.soak.world import OnMemory, SoakSpeaker

Planted = tuple[tuple[object, str, object], ...]

SELDOM = 5
FIVE_MINUTES_S = 300.0

_returned = Alarm.returned
_say, _speaker_say = vars(Speaking)["_say"], SoakSpeaker.say
_send, _take = vars(Speaking)["_send"], vars(SoakSpeaker)["_take"]


def what_fell_due_meanwhile_is_dropped() -> Planted:
    """The fault of many schedulers: what was missed while the process was down is not made up for."""

    async def returned(alarm: Alarm) -> None:
        store = vars(alarm)["_store"]
        now = vars(alarm)["_clock"].now()
        if isinstance(store, OnMemory):
            for row in store.due(now):
                del vars(store)["_due"][row.case, row.key]
        await _returned(alarm)

    return ((Alarm, "returned", returned),)


def looks_every_five_minutes() -> Planted:
    return ((life, "TICK_S", FIVE_MINUTES_S),)


def a_step_of_the_clock_is_not_noticed() -> Planted:
    return ((Clock, "stepped", lambda _clock: None),)


def each_try_is_a_new_transaction() -> Planted:
    """What was accepted without an answer is sent again under another name."""
    tries = Ids()

    async def say(speaker: SoakSpeaker, message: Cleared[Message], txn: str) -> str:
        return await _speaker_say(speaker, message, tries.next(txn))

    return ((SoakSpeaker, "say", say),)


def said_again_in_other_words() -> Planted:
    async def take(speaker: SoakSpeaker, room: RoomId, txn: str, text: str) -> str:
        event: str = await _take(speaker, room, txn, text)
        if text.startswith("Overdue"):
            await _take(speaker, room, f"{txn}.again", f"{text} Please answer.")
        return event

    return ((SoakSpeaker, "_take", take),)


def said_in_another_room() -> Planted:
    count = Ids()

    async def take(speaker: SoakSpeaker, room: RoomId, txn: str, text: str) -> str:
        here = count.next("text")
        elsewhere = RoomId("!shuttle-north")
        seldom = int(here.rpartition("-")[2]) % SELDOM == 0
        event: str = await _take(speaker, elsewhere if seldom else room, txn, text)
        return event

    return ((SoakSpeaker, "_take", take),)


def an_answered_check_is_noticed_again() -> Planted:
    """Where a fault held an answer back, the last notice of its check comes again before it."""
    held: set[str] = set()
    notices: dict[tuple[RoomId, str], str] = {}

    async def take(speaker: SoakSpeaker, room: RoomId, txn: str, text: str) -> str:
        for said in read(text):
            before = notices.get((room, said.code), "")
            if said.kind == "reported" and txn in held and before:
                await _take(speaker, room, f"{txn}.again", f"{before} Please answer.")
        try:
            event: str = await _take(speaker, room, txn, text)
        except (NotSent, OSError):
            held.add(txn)
            raise
        notices.update({(room, one.code): text for one in read(text) if one.kind == "notice"})
        return event

    return ((SoakSpeaker, "_take", take),)


def marked_as_sent_before_it_is() -> Planted:
    async def say(speaking: Speaking, row: OutboxRow, *rest: object) -> bool:
        vars(speaking)["_store"].sent(row.id, "$soon")
        done: bool = await _say(speaking, row, *rest)
        return done

    return ((Speaking, "_say", say),)


def what_fails_is_given_up() -> Planted:
    async def send(speaking: Speaking, row: OutboxRow) -> bool:
        try:
            done: bool = await _send(speaking, row)
        except (NotSent, OSError):
            vars(speaking)["_store"].sent(row.id, "$never")
            return True
        return done

    return ((Speaking, "_send", send),)


SHELL: Final[Mapping[str, Callable[[], Planted]]] = {
    made.__name__.replace("_", " "): made
    for made in (
        what_fell_due_meanwhile_is_dropped,
        looks_every_five_minutes,
        a_step_of_the_clock_is_not_noticed,
        each_try_is_a_new_transaction,
        said_again_in_other_words,
        said_in_another_room,
        an_answered_check_is_noticed_again,
        marked_as_sent_before_it_is,
        what_fails_is_given_up,
    )
}
