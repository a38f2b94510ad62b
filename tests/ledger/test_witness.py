"""A witness signs that a log only grew. The log here is real, and so is every fork of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from nacl.signing import SigningKey

from bot.ledger.checkpoint import Checkpoint, NoteLine, cosign, cosignature_time
from bot.ledger.encoding import FormatError, to_base64
from bot.ledger.tree import consistency_path
from bot.ledger.witness import (
    STATUS,
    Refusal,
    Refused,
    Seen,
    State,
    Submission,
    Witness,
    parse_state,
    parse_submission,
    with_cosignature,
)
from tests.ledger.building import FIELDS, SmallLog, key, witness

NAME = "w7.example"
PUBLIC = witness(NAME)
SIZE = 12


def forked(at: int) -> SmallLog:
    """The same log with the same keys, in which one entry is another one."""
    log = SmallLog()
    for number in range(SIZE):
        log.append({**FIELDS, "code": f"{'X' if number == at else 'C'}{number}"})
    return log


LOG = SmallLog().grow(SIZE)
FORK = forked(3)
OTHER = SmallLog("other.example/bot").grow(SIZE)


class Kept:
    """A memory that can be told to fail, and remembers the order of things."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.full = False

    def last(self, origin: str) -> Seen | None:
        return self.seen.get(origin)

    def keep(self, origin: str, seen: Seen) -> None:
        if self.full:
            raise OSError("disk full")
        self.seen[origin] = seen


def made(kept: Kept | None = None, logs: tuple[SmallLog, ...] = (LOG, OTHER)) -> Witness:
    return Witness(NAME, key(NAME), [log.public for log in logs], kept or Kept())


def asking(old: int, new: int, log: SmallLog = LOG) -> str:
    return Submission(old, consistency_path(log.nodes, old, new), log.checkpoint(new)).text()


def refused(answer: str | Refused) -> Refusal:
    assert isinstance(answer, Refused)
    return answer.why


@given(st.lists(st.integers(0, SIZE), min_size=1, max_size=6))
def test_a_history_that_only_grows_is_signed_at_every_size(sizes: list[int]) -> None:
    judge, old, now = made(), 0, 1000
    for new in sorted(sizes):
        answer = judge.add_checkpoint(asking(old, new), now)
        assert isinstance(answer, str)
        assert answer.startswith(f"— {NAME} ")
        assert answer.count("\n") == 1
        checkpoint = with_cosignature(LOG.checkpoint(new), answer, PUBLIC)
        assert cosignature_time(checkpoint, PUBLIC) == now
        old, now = new, now + 1


def test_what_is_signed_was_kept_before_and_what_cannot_be_kept_is_not_signed() -> None:
    kept = Kept()
    judge = made(kept)
    judge.add_checkpoint(asking(0, 5), 1000)
    before = dict(kept.seen)
    kept.full = True
    with pytest.raises(OSError, match="disk full"):
        judge.add_checkpoint(asking(5, 7), 1001)
    assert kept.seen == before
    kept.full = False
    assert isinstance(judge.add_checkpoint(asking(5, 7), 1002), str)
    assert kept.seen[LOG.name] == Seen(LOG.checkpoint(7), 1002)


def test_each_refusal_has_its_reason_and_its_status() -> None:
    unsigned = replace(LOG.checkpoint(7), lines=(NoteLine("x", bytes(4), bytes(64)),))
    path = consistency_path(LOG.nodes, 5, 7)
    wrong: dict[Refusal, tuple[str, int]] = {
        Refusal.MALFORMED: ("old 5\n" + LOG.checkpoint(7).text(), 1000),
        Refusal.UNKNOWN_LOG: (asking(0, 7, SmallLog("third.example").grow(7)), 1000),
        Refusal.UNSIGNED: (Submission(5, path, unsigned).text(), 1000),
        Refusal.SIZES: (Submission(7, path, LOG.checkpoint(6)).text(), 1000),
        Refusal.OTHER_SIZE: (asking(4, 7), 1000),
        Refusal.FORKED: (asking(5, 5, FORK), 1000),
        Refusal.INCONSISTENT: (asking(5, 7, FORK), 1000),
        Refusal.CLOCK: (asking(5, 7), 999),
    }
    for why, (body, now) in wrong.items():
        judge = made()
        judge.add_checkpoint(asking(0, 5), 1000)
        assert refused(judge.add_checkpoint(body, now)) is why
    assert {*wrong, Refusal.DISTRUSTED} == set(STATUS) == set(Refusal)
    assert len({*Refusal}) == len(Refusal)


def test_a_wrong_old_size_is_answered_with_the_right_one() -> None:
    judge = made()
    assert judge.add_checkpoint(asking(3, 7), 1000) == Refused(Refusal.OTHER_SIZE, 0)
    judge.add_checkpoint(asking(0, 5), 1000)
    for old in (0, 3, 6, 7):
        assert judge.add_checkpoint(asking(old, 7), 1000) == Refused(Refusal.OTHER_SIZE, 5)


def test_it_never_goes_back() -> None:
    judge = made()
    judge.add_checkpoint(asking(0, 9), 1000)
    for old, new in ((0, 5), (5, 5), (0, 0), (5, 9)):
        assert refused(judge.add_checkpoint(asking(old, new), 1001)) is Refusal.OTHER_SIZE
    back = Submission(9, (), LOG.checkpoint(5)).text()
    assert refused(judge.add_checkpoint(back, 1001)) is Refusal.SIZES


def test_a_log_that_showed_two_histories_is_never_trusted_again_and_both_are_kept() -> None:
    kept = Kept()
    judge = made(kept)
    judge.add_checkpoint(asking(0, 5), 1000)
    assert refused(judge.add_checkpoint(asking(0, 5, FORK), 1001)) is Refusal.FORKED
    assert kept.seen[LOG.name] == Seen(LOG.checkpoint(5), 1000, FORK.checkpoint(5))
    for log in (LOG, FORK):
        for old, new in ((5, 5), (5, 7)):
            answer = judge.add_checkpoint(asking(old, new, log), 1002)
            assert refused(answer) is Refusal.DISTRUSTED
    assert kept.seen[LOG.name].fork == FORK.checkpoint(5)
    assert isinstance(judge.add_checkpoint(asking(0, 7, OTHER), 1002), str)


def test_nobody_but_the_log_can_make_it_distrusted() -> None:
    judge = made()
    judge.add_checkpoint(asking(0, 5), 1000)
    thief = forked(3)
    thief.signer = key("thief")
    assert refused(judge.add_checkpoint(asking(5, 5, thief), 1001)) is Refusal.UNSIGNED
    assert isinstance(judge.add_checkpoint(asking(5, 7), 1001), str)


def test_lines_that_anybody_can_add_are_neither_kept_nor_answered() -> None:
    kept = Kept()
    junk = tuple(NoteLine(f"j{n}", bytes(4), bytes(900)) for n in range(20))
    note = LOG.checkpoint(5)
    noisy = replace(note, lines=(*junk, *note.lines))
    answer = made(kept).add_checkpoint(Submission(0, (), noisy).text(), 1000)
    assert isinstance(answer, str)
    assert answer.count("— ") == 1
    assert kept.seen[LOG.name].checkpoint == note


def test_a_witness_is_given_logs_and_each_with_one_key() -> None:
    two_keys = replace(LOG.public, public=bytes(key("else").verify_key))
    for logs, why in (
        ([], "between 1 and"),
        ([PUBLIC], "not a log's"),
        ([LOG.public, two_keys], "two keys"),
        ([replace(LOG.public, public=PUBLIC.public)], "its own witness"),
    ):
        with pytest.raises(FormatError, match=why):
            Witness(NAME, key(NAME), logs, Kept())


def test_the_sender_takes_over_only_what_the_witness_signed() -> None:
    note = LOG.checkpoint(5)
    answer = made().add_checkpoint(asking(0, 5), 1000)
    assert isinstance(answer, str)
    stranger = cosign(replace(note, lines=()), "w9.example", 7, key("w9.example"))
    line = stranger.text().rpartition("\n\n")[2]
    taken = with_cosignature(note, line + answer, PUBLIC)
    assert [found.name for found in taken.lines] == [LOG.name, NAME]
    assert with_cosignature(taken, answer, PUBLIC) == taken
    for wrong in ("", line, answer[:-1], "junk\n", answer.replace(NAME, "w8.example")):
        with pytest.raises(FormatError):
            with_cosignature(note, wrong, PUBLIC)
    with pytest.raises(FormatError):
        with_cosignature(LOG.checkpoint(6), answer, PUBLIC)


# -- the machine: whatever is asked in whatever order, two histories are never both signed -------


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.kept = Kept()
        self.judge = made(self.kept)
        self.signed: list[Checkpoint] = []
        self.now = 1000

    @rule(
        old=st.integers(0, SIZE),
        new=st.integers(0, SIZE),
        fork=st.booleans(),
        path_of_fork=st.booleans(),
        later=st.integers(-2, 3),
    )
    def ask(self, old: int, new: int, fork: bool, path_of_fork: bool, later: int) -> None:
        log, prover = (FORK if fork else LOG), (FORK if path_of_fork else LOG)
        path = consistency_path(prover.nodes, old, new) if old <= new else ()
        self.now += later
        body = Submission(old, path, log.checkpoint(new)).text()
        if isinstance(self.judge.add_checkpoint(body, self.now), str):
            self.signed.append(log.checkpoint(new))

    @rule()
    def start_again(self) -> None:
        state = State(PUBLIC, tuple((LOG.public, seen) for seen in self.kept.seen.values()))
        self.kept = Kept()
        again = parse_state(state.text()).seen(LOG.name)
        if again:
            self.kept.seen[LOG.name] = again
        self.judge = made(self.kept)

    @invariant()
    def it_signed_one_history(self) -> None:
        sizes = [note.size for note in self.signed]
        assert sizes == sorted(sizes)
        assert len({(n.size, n.root) for n in self.signed}) == len({n.size for n in self.signed})
        one_log = [
            {(n.size, n.root) for n in self.signed}
            <= {(size, log.checkpoint(size).root) for size in range(SIZE + 1)}
            for log in (LOG, FORK)
        ]
        assert any(one_log)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)


# -- mutations of the formats --------------------------------------------------------------------

BODY = asking(5, 11)
STATE = State(
    PUBLIC,
    (
        (LOG.public, Seen(LOG.checkpoint(5), 1000, FORK.checkpoint(5))),
        (OTHER.public, Seen(OTHER.checkpoint(7), 1001)),
    ),
).text()


def unread(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except FormatError:
        return True
    return False


@given(st.integers(0, SIZE), st.integers(0, SIZE))
def test_a_submission_is_read_as_it_was_written(one: int, two: int) -> None:
    text = asking(min(one, two), max(one, two))
    assert parse_submission(text).text() == text


@given(st.integers(0, len(BODY) - 1), st.characters(max_codepoint=0x2FFF))
@settings(max_examples=200)
def test_no_letter_of_a_submission_can_be_changed(place: int, letter: str) -> None:
    changed = BODY[:place] + letter + BODY[place + 1 :]
    judge = made()
    judge.add_checkpoint(asking(0, 5), 1000)
    assert isinstance(judge.add_checkpoint(changed, 1000), str) is (changed == BODY)


@given(st.integers(0, len(BODY) - 1), st.text(min_size=1, max_size=3))
@settings(max_examples=150)
def test_a_submission_that_is_cut_or_longer_is_not_signed(place: int, junk: str) -> None:
    for changed in (BODY[:place], BODY[:place] + junk + BODY[place:], BODY + junk):
        judge = made()
        judge.add_checkpoint(asking(0, 5), 1000)
        assert isinstance(judge.add_checkpoint(changed, 1000), Refused)


@given(st.text() | st.text().map(lambda t: f"old 0\n\n{t}"))
def test_no_text_makes_the_witness_fail(text: str) -> None:
    assert isinstance(made().add_checkpoint(text, 1000), Refused)


def test_a_path_longer_than_any_is_refused_before_it_is_read() -> None:
    step = to_base64(bytes(32)) + "\n"
    for steps, why in ((63, Refusal.INCONSISTENT), (64, Refusal.MALFORMED)):
        body = f"old 0\n{step * steps}\n{LOG.checkpoint(5).text()}"
        assert refused(made().add_checkpoint(body, 1000)) is why
    assert refused(made().add_checkpoint("old 0\n" * 30_000, 1000)) is Refusal.MALFORMED


def test_the_state_is_read_as_it_was_written() -> None:
    assert parse_state(STATE).text() == STATE
    assert parse_state(State(PUBLIC).text()) == State(PUBLIC)
    assert parse_state(STATE).seen(LOG.name) == Seen(LOG.checkpoint(5), 1000, FORK.checkpoint(5))
    assert parse_state(STATE).seen("third.example") is None


@given(st.integers(0, len(STATE) - 1), st.characters(max_codepoint=0x2FFF))
@settings(max_examples=200)
def test_no_letter_of_the_state_can_be_changed(place: int, letter: str) -> None:
    changed = STATE[:place] + letter + STATE[place + 1 :]
    assert unread(parse_state, changed) is (changed != STATE)


@given(st.integers(0, len(STATE) - 1), st.text(min_size=1, max_size=3))
@settings(max_examples=150)
def test_a_state_that_is_cut_or_longer_is_damaged(place: int, junk: str) -> None:
    for changed in (STATE[:place], STATE[:place] + junk + STATE[place:], STATE + junk):
        assert unread(parse_state, changed)


def test_a_state_with_a_right_checksum_must_still_make_sense() -> None:
    seen = Seen(LOG.checkpoint(5), 1000)
    strange = (
        State(LOG.public, ((LOG.public, seen),)),
        State(PUBLIC, ((OTHER.public, seen),)),
        State(PUBLIC, ((LOG.public, seen), (LOG.public, seen))),
        State(PUBLIC, ((LOG.public, replace(seen, fork=FORK.checkpoint(6))),)),
        State(PUBLIC, ((LOG.public, replace(seen, fork=LOG.checkpoint(5))),)),
        State(PUBLIC, ((LOG.public, replace(seen, time=2**63)),)),
    )
    for state in strange:
        assert unread(parse_state, state.text())


def test_two_witnesses_of_one_log_answer_with_keys_of_their_own() -> None:
    other = Witness("w8.example", SigningKey(bytes(32)), [LOG.public], Kept())
    answers = {made().add_checkpoint(asking(0, 5), 1), other.add_checkpoint(asking(0, 5), 1)}
    assert len(answers) == 2
