"""A witness that is asked in a room: what it is told, whose word is taken, and how long."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from bot.domain.ids import EventId, MasterKey, RoomId, UserId
from bot.ledger.encoding import FormatError
from bot.matrix.witness_line import MatrixWitness, MatrixWitnesses, answer_text, read_answer
from bot.policy.guard import ENCRYPTION, SeenRoom
from bot.ports import Answer, Cleared, Line, Unanswered
from bot.words.message import Message, content
from tests.conftest import Run
from tests.ledger.test_witness import LOG, PUBLIC, asking, made
from tests.support.fake_speaker import FakeSpeaker
from tests.support.orchid import BOT

WITNESS = UserId("@witness:localhost")
ROOM = RoomId(f"!direct-{WITNESS}")
PATIENCE_S = 0.05


def signed(old: int, new: int) -> str:
    judge = made()
    if old:
        judge.add_checkpoint(asking(0, old), 1000)
    found = judge.add_checkpoint(asking(old, new), 1000)
    assert isinstance(found, str)
    return found


def line(
    text: str,
    reply_to: str | None = None,
    *,
    sender: UserId = WITNESS,
    room: RoomId = ROOM,
    notice: bool = True,
) -> Line:
    master, event = MasterKey("MK"), EventId("$answer")
    to = EventId(reply_to) if reply_to else None
    return Line(event, room, sender, master, "ed", text, 0, to, notice=notice)


class Bench:
    """A witness in a room; `says` is what comes back at once when something is sent there."""

    def __init__(self, *says: Line) -> None:
        self.speaker = Answered(self, says)
        self.witness = MatrixWitness(
            self.speaker, bot=BOT, user=WITNESS, key=PUBLIC, patience_s=PATIENCE_S
        )

    async def ask(self, body: str) -> Answer:
        return await self.witness.ask(body)


class Answered(FakeSpeaker):
    def __init__(self, bench: Bench, says: tuple[Line, ...]) -> None:
        super().__init__()
        self.bench, self.says = bench, says
        self.taken: list[bool] = []
        self.contents: list[dict[str, object]] = []

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        event = await super().say(message, txn)
        self.contents.append(content(message.value))
        # Before the sender knows the id: so fast an answer must not be lost.
        self.taken += [self.bench.witness.heard(one) for one in self.says]
        return event


def test_the_bytes_that_are_sent_are_those_of_the_body(run: Run) -> None:
    bench = Bench(line(signed(5, 9), "$sent-0"))
    assert run(bench.ask(asking(5, 9))) == Answer(200, lines=signed(5, 9))
    (said,) = bench.speaker.contents
    assert said == {"msgtype": "m.notice", "body": asking(5, 9), "m.mentions": {}}
    assert bench.speaker.taken == [True]


def test_the_same_question_is_sent_again_and_answered_again(run: Run) -> None:
    bench = Bench(line(signed(5, 9)))
    for _ in range(2):
        assert run(bench.ask(asking(5, 9))).status == 200
    assert len(bench.speaker.sent) == 2


def test_a_refusal_comes_with_the_checkpoint_that_proves_it(run: Run) -> None:
    kept = LOG.checkpoint(9).text()
    bench = Bench(line(f"409 9\n\n{kept}"))
    found = run(bench.ask(asking(0, 5)))
    assert found == Answer(409, size=9, checkpoint=kept)


@pytest.mark.parametrize(
    "other",
    [
        line("409 7\n", sender=UserId("@mallory:localhost")),
        line("409 7\n", room=RoomId("!elsewhere")),
        line("409 7\n", notice=False),
        line("409 7\n", "$older"),
        line(signed(5, 9), "$older"),
        line(signed(5, 8)),
        line("what is this?"),
        line("409 07\n"),
        line("200 7\n"),
        line("409 7\n\n"),
    ],
)
def test_what_is_no_answer_to_this_question_is_waited_past(run: Run, other: Line) -> None:
    alone = Bench(other)
    with pytest.raises(Unanswered) as silent:
        run(alone.ask(asking(5, 9)))
    assert silent.value.reason == "silent"
    both = Bench(other, line(signed(5, 9)))
    assert run(both.ask(asking(5, 9))).status == 200


def test_only_the_notices_of_the_witness_are_taken_from_the_rest_of_the_bot() -> None:
    witness = Bench().witness
    assert witness.heard(line("409 7\n"))
    assert witness.heard(line("good morning", room=RoomId("!elsewhere")))
    assert not witness.heard(line("ABCD-EFGH", notice=False))
    assert not witness.heard(line("409 7\n", sender=UserId("@anna:localhost")))


def test_an_answer_finds_its_way_to_whoever_asked_at_that_account(run: Run) -> None:
    async def scenario() -> None:
        told: list[set[UserId]] = []
        speaker, other = FakeSpeaker(), UserId("@w8:localhost")
        witnesses = MatrixWitnesses(speaker, bot=BOT, hear=lambda users: told.append(set(users)))
        first, second = witnesses.at(WITNESS, LOG.public), witnesses.at(WITNESS, PUBLIC)
        assert witnesses.at(WITNESS, PUBLIC) is second is not first
        witnesses.at(other, PUBLIC)
        assert told == [{WITNESS}, {WITNESS}, {WITNESS, other}]
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(second.ask(asking(5, 9)))
            await asyncio.sleep(0.01)
            assert speaker.sent
            # Two keys behind one account: each reads all that the account says.
            assert witnesses.heard(line(signed(5, 9), "$sent-0"))
        assert asked.result().status == 200
        assert not witnesses.heard(line("409 7\n", sender=UserId("@anna:localhost")))

    run(scenario())


def test_nothing_is_said_to_a_room_that_the_witness_has_not_entered(run: Run) -> None:
    async def scenario() -> None:
        bench = Bench(line(signed(5, 9)))
        members = frozenset({(BOT, "join"), (WITNESS, "invite")})
        room = SeenRoom(ROOM, ENCRYPTION, members, "invite", "forbidden", "joined")
        bench.speaker.rooms[ROOM] = room
        with pytest.raises(Unanswered, match="absent"):
            await bench.ask(asking(5, 9))
        assert bench.speaker.sent == []

    run(scenario())


def test_it_is_told_as_soon_as_it_is_there(run: Run) -> None:
    async def scenario() -> None:
        bench = Bench(line(signed(5, 9)))
        speaker = bench.speaker
        there = SeenRoom(
            ROOM, ENCRYPTION, frozenset({(BOT, "join"), (WITNESS, "join")}), "invite", "forbidden",
            "joined",
        )  # fmt: skip
        speaker.rooms[ROOM] = SeenRoom(
            ROOM, ENCRYPTION, frozenset({(BOT, "join")}), "invite", "forbidden", "joined"
        )

        async def enters(_seconds: float) -> None:
            speaker.rooms[ROOM] = there

        witness = bench.witness = MatrixWitness(
            speaker, bot=BOT, user=WITNESS, key=PUBLIC, patience_s=1, pause=enters
        )
        assert (await witness.ask(asking(5, 9))).status == 200

    run(scenario())


@pytest.mark.parametrize("trouble", ["stranger", "away"])
def test_a_room_that_is_not_fit_or_not_reached_is_a_word_of_why(run: Run, trouble: str) -> None:
    async def scenario() -> str:
        bench = Bench(line(signed(5, 9)))
        joined = {(BOT, "join"), (WITNESS, "join"), (UserId("@mallory:localhost"), "join")}
        if trouble == "stranger":
            bench.speaker.rooms[ROOM] = SeenRoom(
                ROOM, ENCRYPTION, frozenset(joined), "invite", "forbidden", "joined"
            )
        if trouble == "away":
            bench.speaker.away[ROOM] = "refused"
        with pytest.raises(Unanswered) as no:
            await bench.ask(asking(5, 9))
        assert bench.speaker.sent == []
        return no.value.reason

    assert run(scenario()) == {"stranger": "breach", "away": "refused"}[trouble]


def test_what_is_no_add_checkpoint_body_is_never_sent(run: Run) -> None:
    bench = Bench()
    with pytest.raises(FormatError):
        run(bench.ask("the convoy leaves at dawn"))
    assert bench.speaker.sent == []


def test_one_question_at_a_time(run: Run) -> None:
    async def scenario() -> None:
        bench = Bench()
        async with asyncio.TaskGroup() as group:
            asking_both = [group.create_task(refused(bench, asking(5, new))) for new in (8, 9)]
            await asyncio.sleep(PATIENCE_S / 2)
            assert len(bench.speaker.sent) == 1
        assert [task.result() for task in asking_both] == ["silent", "silent"]
        assert len(bench.speaker.sent) == 2

    async def refused(bench: Bench, body: str) -> str:
        with pytest.raises(Unanswered) as no:
            await bench.ask(body)
        return no.value.reason

    run(scenario())


@given(
    st.integers(300, 599),
    st.integers(0, 2**62),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_an_answer_is_read_as_it_was_written(status: int, size: int, proof: str | None) -> None:
    answer = Answer(status, size=size, checkpoint=proof)
    assert read_answer(answer_text(answer)) == answer


def test_a_signature_is_read_as_it_was_written() -> None:
    answer = Answer(200, lines=signed(5, 9))
    assert read_answer(answer_text(answer)) == answer
