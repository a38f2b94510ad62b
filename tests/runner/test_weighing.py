"""Answers are hashed and compared beside everything else, and each is counted once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import pytest
from typing_extensions import override

from bot.domain import bodies as b
from bot.domain.ids import Code, CompartmentId, EventId, Prose, RecordId, SeatId
from bot.domain.question_states import QuestionState
from bot.domain.questions import Cost, Outcome, sealed_of
from bot.engine.effects import Hash, Weigh
from bot.engine.events import CommandReceived, DeadlineReached
from bot.policy.label import Label
from bot.ports import NewItem
from bot.runner import weighing
from bot.runner.cases import Arrived
from bot.runner.weighing import COST, compare, hashed, weighed
from bot.storage.memory import MemoryStore
from bot.storage.verdicts import StoreFailed
from tests.hostile.running import CASE, Running, played
from tests.support.orchid import codes_in
from tests.support.playbook import CHEAP

ROOM = "humanitarian"
DEPOSIT = '!question deposit for H-TEAL: "Who sang?" answer "Aunt Zahra" duress "the old well"'


def line(running: Running, name: str, text: str, seat: str = "brenner") -> CommandReceived:
    return CommandReceived(
        EventId(name), running.now, CompartmentId(ROOM), SeatId(seat), text, running.now
    )


async def settle(running: Running, *arrived: Arrived) -> None:
    """Let the consumers take these, then stop them."""
    async with asyncio.TaskGroup() as group:
        consuming = group.create_task(running.cases.run())
        for one in arrived:
            assert running.cases.submit(one)
        async with asyncio.timeout(20):
            while not running.cases.idle():  # noqa: ASYNC110  # a test has nothing to be woken by
                await asyncio.sleep(0.001)
        consuming.cancel()


async def types(running: Running, *lines: str) -> list[str]:
    """Lines that arrive at the same moment; returns what the room hears."""
    before = len(running.heard(ROOM))
    names = (f"$line-{running.case.head}-{n}" for n in range(len(lines)))
    events = (line(running, name, text) for name, text in zip(names, lines, strict=True))
    await settle(running, *(Arrived(CASE, event) for event in events))
    await running.says()
    return list(running.heard(ROOM)[before:])


async def asked(running: Running, *, cheap: bool = True) -> str:
    """A case with a question that was put; returns its code."""
    await running.opens()
    if cheap:
        running.cases.weighing._cost = CHEAP
    code = codes_in((await types(running, DEPOSIT))[-1])[0]
    await types(running, f"!question ask {code}")
    return code


def given(running: Running) -> list[bool]:
    bodies = (record.body for record in running.store.load(CASE))
    return [body.right for body in bodies if isinstance(body, b.AnswerGiven)]


def state(running: Running, code: str) -> QuestionState:
    return running.case.questions[Code(code)].state


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[Weigh]:
    """Every comparison that was really made."""
    made: list[Weigh] = []
    real = weighing.weighed

    def counted(wish: Weigh, *rest: object) -> object:
        made.append(wish)
        return real(wish, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(weighing, "weighed", counted)
    return made


@played
async def test_a_right_answer_comes_back_through_the_cases_own_queue() -> None:
    running = Running()
    code = await asked(running)
    (said, _) = await types(running, f"!question answer {code}: aunt zahra")
    assert "the answer matches" in said
    assert given(running) == [True]


def test_two_wrong_answers_in_a_race_count_twice_and_a_flood_costs_no_more(
    compared: list[Weigh],
) -> None:
    @played
    async def race() -> None:
        running = Running()
        code = await asked(running)
        answers = [f"!question answer {code}: wrong {n}" for n in range(6)]
        said = await types(running, *answers, f"!question answer {code}: aunt zahra")
        assert [("One more try" in s, "second time" in s) for s in said[:2]] == [
            (True, False),
            (False, True),
        ]
        assert all("two wrong answers, used up" in s for s in said[2:])
        assert given(running) == [False, False]
        assert state(running, code) is QuestionState.FAILED

    race()
    assert len(compared) == 2


@played
async def test_two_right_answers_in_a_race_are_evidence_once() -> None:
    running = Running()
    code = await asked(running)
    await types(running, *[f"!question answer {code}: aunt zahra"] * 2)
    assert given(running) == [True]


@played
async def test_a_crash_in_between_loses_no_answer_and_counts_none_twice() -> None:
    running = Running()
    code = await asked(running)
    running.store.take("token", [NewItem("event", "$answer", None, "{}")])
    (item,) = running.store.pending()
    wrong = Arrived(CASE, line(running, "$answer", f"!question answer {code}: wrong"), item.number)
    # Taken up and handed to the hashing, and then the process is gone.
    assert await running.cases.take(wrong) is None
    assert given(running) == []
    assert running.store.pending() == (item,)
    again = Running(running.store)
    await again.cases.load()
    again.speaker.rooms = running.speaker.rooms
    await settle(again, wrong)
    assert given(again) == [False]
    assert again.store.pending() == ()
    # It came a second time, because nobody heard that it was done.
    await settle(again, wrong)
    assert given(again) == [False]
    assert state(again, code) is QuestionState.ONE_WRONG


class Forgetful(MemoryStore):
    """Fails to open words while it is told to."""

    failing: type[Exception] | None = None

    @override
    def prose(self, record: RecordId) -> tuple[Label, Mapping[str, str]] | None:
        if self.failing is not None:
            raise self.failing
        return super().prose(record)


@pytest.mark.parametrize("failure", [StoreFailed, MemoryError, RuntimeError])
def test_what_could_not_be_compared_is_not_counted_and_is_typed_again(
    failure: type[Exception],
) -> None:
    @played
    async def fails() -> None:
        store = Forgetful()
        running = Running(store)
        code = await asked(running)
        store.failing = failure
        event = line(running, "$fails", f"!question answer {code}: aunt zahra")
        await settle(running, Arrived(CASE, event))
        store.failing = None
        assert given(running) == []
        await running.says()
        assert "Nothing was kept or counted: type it again." in running.heard(ROOM)[-1]
        assert "matches" in (await types(running, f"!question answer {code}: aunt zahra"))[0]

    fails()


@played
async def test_while_it_hashes_the_loop_runs_and_a_deadline_of_the_case_is_taken() -> None:
    running = Running()
    code = await asked(running, cheap=False)
    stalls: list[float] = []
    words = "one two three four five six seven eight nine ten eleven"
    event = line(running, "$slow", f"!question answer {code}: {words}")
    due = DeadlineReached(EventId("due"), running.now, "watch:Q7QQ:0-0:0", running.now)
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        consuming = group.create_task(running.cases.run())
        assert running.cases.submit(Arrived(CASE, event))
        await asyncio.sleep(0.05)
        assert running.cases.submit(Arrived(CASE, due))
        taken_after = 0.0
        while not running.cases.idle():
            before = time.monotonic()
            await asyncio.sleep(0.001)
            stalls.append(time.monotonic() - before)
            if not taken_after and running.store.handled(due.id):
                taken_after = time.monotonic() - started
        consuming.cancel()
    took = time.monotonic() - started
    assert took > 0.5
    assert 0 < taken_after < took / 2
    # Other work on this machine may hold us up now and then; a hash on the loop would each time.
    assert sum(stall for stall in stalls if stall > 0.1) < took / 4


# -- the comparing itself ------------------------------------------------------------------------


def kept(*answers: str, duress: str = "") -> dict[str, str]:
    return {"person": "H-TEAL", "hashes": hashed(Hash(answers, duress), CHEAP).sealed}


def test_there_is_one_salt_for_each_question_and_every_hash_is_of_its_own() -> None:
    one, other = (sealed_of(kept("zahra", "zahra", duress="old well")["hashes"]) for _ in "ab")
    assert one.salt != other.salt
    assert one.answers[0] == one.answers[1] != other.answers[0]
    assert one.duress != one.answers[0]
    assert COST.memory == 64 << 20


def test_whether_there_is_a_duress_phrase_cannot_be_seen() -> None:
    without = [sealed_of(kept("zahra")["hashes"]) for _ in range(20)]
    assert (
        len({len(s.text()) for s in without} - {len(kept("zahra", duress="old well")["hashes"])})
        <= 2
    )
    assert all(len(s.duress) == 32 and s.length >= 4 for s in without)
    assert len({s.length for s in without}) > 1


def test_comparing_costs_the_same_whatever_it_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = sealed_of(kept("aunt zahra", "zahra", duress="old well")["hashes"])
    made: list[str] = []
    real = weighing._hash

    def counted(key: str, salt: bytes, cost: Cost) -> bytes:
        made.append(key)
        return real(key, salt, cost)

    monkeypatch.setattr(weighing, "_hash", counted)
    costs = {}
    for text in ("aunt zahra", "old well", "uncle basim", "zahra well"):
        made.clear()
        costs[text] = compare(sealed, text), len(made)
    assert costs == {
        "aunt zahra": (Outcome.RIGHT, 3),
        "old well": (Outcome.DURESS, 3),
        "uncle basim": (Outcome.WRONG, 3),
        "zahra well": (Outcome.WRONG, 3),
    }


def test_spoiled_or_erased_hashes_are_gone_and_never_right() -> None:
    wish = Weigh(RecordId("r"), "zahra")
    assert weighed(wish, None, {}).outcome is Outcome.GONE
    assert weighed(wish, {}, {}).outcome is Outcome.GONE
    assert weighed(wish, {"person": "H-TEAL", "hashes": ""}, {}).outcome is Outcome.GONE
    assert weighed(wish, kept("zahra"), {}).outcome is Outcome.RIGHT


def test_nothing_that_is_typed_shows_in_a_repr() -> None:
    assert "zahra" not in repr(Hash(("zahra",), "zahra"))
    assert "zahra" not in repr(Weigh(RecordId("r"), "zahra"))
    assert Prose("zahra") not in repr(hashed(Hash(("zahra",), ""), CHEAP))
