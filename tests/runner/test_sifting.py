"""Names looked for on the real road: aside from the loop, failing closed, the same after a restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.ids import CompartmentId, EventId, RecordId, SeatId
from bot.engine.effects import Propose, Sift
from bot.engine.events import CommandReceived, Proposed, Sifted
from bot.runner import sifting
from bot.runner.cases import Arrived
from bot.runner.sifting import Sifting, opened_for, proposed, sifted
from bot.storage.memory import MemoryStore
from bot.words.phrase import Ref
from tests.hostile.running import Running, played
from tests.support.orchid import codes_in

ROOM = "caucus-north"
KARIM = RecordId("a1")
WORDS = Ref(RecordId("b2"), "text")


def typed(running: Running, number: int, text: str) -> CommandReceived:
    now = running.now
    place, seat = CompartmentId(ROOM), SeatId("haddad")
    return CommandReceived(EventId(f"$typed-{number}"), now, place, seat, text, now)


@pytest.mark.parametrize(
    "words", ["Karim Haddad", "KARIM  HADDAD", "K a r i m Haddad", "كريم حداد"]
)
def test_a_name_is_found_in_every_spelling(words: str) -> None:
    wish = Sift(f"{words} came home", ((KARIM, "Karim Haddad"),), ())
    assert sifted(wish, {}) == Sifted((KARIM,))


def test_a_code_name_is_found() -> None:
    assert sifted(Sift("H-TEAL is well", ((KARIM, "H-TEAL"),), ()), {}) == Sifted((KARIM,))
    assert sifted(Sift("the teal is well", ((KARIM, "H-TEAL"),), ()), {}) == Sifted(())


def test_a_name_that_the_recipient_knows_anyway_does_not_count() -> None:
    wish = Sift("Karim Haddad", ((KARIM, "Karim Haddad"),), ("KARIM HADDAD",))
    assert sifted(wish, {}) == Sifted(())


def test_erased_words_and_names_find_nothing() -> None:
    assert sifted(Sift(WORDS, ((KARIM, Ref(KARIM, "name")),), ()), {}) == Sifted(())


def test_another_recipient_has_other_stand_ins_and_nothing_tells_them_apart() -> None:
    words = {WORDS: "Karim Haddad, +964 770 123 4567"}
    wishes = [
        Propose(WORDS, ((KARIM, "Karim Haddad"),), (), to, None) for to in ("south", "relief")
    ]
    one, other = (proposed(wish, words, b"k" * 32) for wish in wishes)
    assert one.text == other.text == "[person 1], [phone 1]"
    assert one.numbers != other.numbers
    for made in (one, other):
        assert "Karim" not in made.numbers
        assert "Karim" not in repr(made)


def test_the_secret_of_stand_ins_is_made_once_and_kept() -> None:
    store = MemoryStore()
    wish = Sift("words", (), ())
    first = opened_for(store, wish)[1]
    assert len(first) == 32
    assert opened_for(store, wish)[1] == first


@played
async def test_a_line_whose_words_cannot_be_looked_at_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = Running()
    await running.opens()
    await running.take(typed(running, 1, "!record ten are ill"))
    await running.says()
    (code,) = codes_in(running.heard(ROOM)[-1])[:1]

    def fails(*_: object) -> Sifted:
        raise RuntimeError("a bug of ours")

    head = running.case.head
    for name, line in (("sifted", f"!release {code} to shuttle-south"), ("proposed", f"!tear {code} for shuttle-south")):  # fmt: skip
        with monkeypatch.context() as broken:
            broken.setattr(sifting, name, fails)
            await running.take(typed(running, 2 if name == "sifted" else 3, line))
            await running.says()
        assert running.heard(ROOM)[-1].startswith("Nothing done")
    assert running.case.head == head
    assert running.heard("shuttle-south") == []


@played
async def test_while_it_looks_the_loop_runs_and_the_lines_come_back_in_order() -> None:
    back: list[tuple[str, Sifted | Proposed]] = []

    async def read(_: Sift | Propose) -> tuple[sifting.Opened, bytes]:
        await asyncio.sleep(0)
        return {WORDS: "Karim Haddad"}, b"k" * 32

    looking: Sifting[str] = Sifting(read, lambda line, found: back.append((line, found)))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(looking.run())
        looking.put("first", Sift(WORDS, ((KARIM, "Karim Haddad"),), ()))
        looking.put("second", Propose(WORDS, ((KARIM, "Karim Haddad"),), (), "south", None))
        async with asyncio.timeout(10):
            while len(back) < 2:  # noqa: ASYNC110 - the thread tells nobody
                await asyncio.sleep(0.01)
        task.cancel()
    assert back[0] == ("first", Sifted((KARIM,)))
    assert back[1][0] == "second"
    assert isinstance(back[1][1], Proposed)
    assert back[1][1].text == "[person 1]"


@played
async def test_a_line_that_was_looked_at_is_decided_by_the_case_itself() -> None:
    running = Running()
    await running.opens()
    await running.take(typed(running, 1, "!record ten are ill"))
    await running.says()
    (code,) = codes_in(running.heard(ROOM)[-1])[:1]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(running.cases.run())
        running.cases.submit(
            Arrived(running.case.id, typed(running, 2, f"!release {code} to shuttle-south"))
        )
        async with asyncio.timeout(10):
            while not running.case.requests or not running.cases.idle():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        task.cancel()
    assert running.cases.idle()


async def _torn(*recorded: tuple[str, str, str]) -> str:
    """What the North's room is proposed for the last of what was recorded."""
    running = Running()
    await running.opens()
    code = ""
    for at, (seat, place, text) in enumerate(recorded):
        now = running.now
        await running.take(
            CommandReceived(
                EventId(f"$said-{at}"), now, CompartmentId(place), SeatId(seat), text, now
            )
        )
        await running.says()
        (code,) = codes_in(running.heard(place)[-1])[:1]
    await running.take(typed(running, 9, f"!tear {code} for shuttle-south"))
    await running.says()
    return running.heard(ROOM)[-1]


NUMBER = "!record his service number 7318845 is on the tag"
UNTOLD = "!record SN: 7318845"


@played
async def test_a_number_that_the_room_knows_is_masked_in_a_form_that_tells_nothing() -> None:
    said = await _torn(("haddad", ROOM, NUMBER), ("haddad", ROOM, UNTOLD))
    assert "SN: [service number 1]" in said
    assert "7318845" not in said


@played
async def test_a_number_known_elsewhere_is_not_masked_where_that_would_tell_of_it() -> None:
    said = await _torn(("merrow", "caucus-south", NUMBER), ("haddad", ROOM, UNTOLD))
    assert "SN: 7318845" in said


@played
async def test_an_erased_number_is_not_looked_for() -> None:
    running = Running()
    await running.opens()
    await running.take(typed(running, 1, NUMBER))
    closed = running.speaking._printing.closed
    known = await closed.said_in(running.case, CompartmentId(ROOM))
    assert [key for _, key in known] == ["7318845"]
    assert await closed.said_in(running.case, CompartmentId("caucus-south")) == frozenset()
    record = next(iter(running.case.items.values())).record
    gone = replace(running.case, erased=running.case.erased | {record})
    assert await closed.said_in(gone, CompartmentId(ROOM)) == frozenset()
