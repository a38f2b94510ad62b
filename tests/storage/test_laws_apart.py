"""Need-to-know of the log: whoever is not in a compartment sees nothing of it, by simulation.

All that others can see of a history is compared byte for byte with what they would have seen had
nothing happened in the compartment, and had the padding leaves come out as its leaves are. Those
are equally likely: a padding leaf is made of 32 random bytes, and a record's leaf of SHA-256 of a
text with 32 random bytes of its own (`rk`) in it, which nobody outside has. So what others see is
a function of random bytes and of their own history, whatever the compartment does.

It ends where more waits than a batch holds: then the others' receipts come later, and above
`PADDING * PATIENCE` a batch is larger. Both are stated here as exactly as they show.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.ids import CompartmentId, PartyId, RecordId
from bot.domain.records import Record
from bot.ledger.checkpoint import parse_checkpoint
from bot.ledger.leaf import message_of
from bot.ledger.witness import Witness
from bot.policy.label import owned_by
from bot.ports import Receipt
from bot.storage.log import PADDING, PATIENCE
from bot.storage.store import SqlStore
from tests.contract.test_proofs import Kept
from tests.ledger.building import key, witness
from tests.storage.filled import cells
from tests.storage.samples import CASE, MASTER, NOON, batch, erasing, item, party

MINE, THEIRS = CompartmentId("caucus-lowland"), CompartmentId("caucus-upland")
SEEN_AT = 1_800_000_000
WITNESS = witness("w1.example")


class Script:
    """Random bytes by what they are for: to leave one thing out changes nothing of another.

    Padding leaves are first made of the messages handed in.
    """

    def __init__(self) -> None:
        self._what, self._drawn = "opening", 0
        self._handed: list[bytes] = []

    def begin(self, what: str, handed: Iterable[bytes] = ()) -> None:
        self._what, self._drawn, self._handed = what, 0, list(handed)

    def __call__(self, size: int) -> bytes:
        if self._handed:
            return self._handed.pop()
        self._drawn += 1
        return hashlib.shake_256(f"{self._what} {self._drawn}".encode()).digest(size)


@dataclass
class History:
    """A store, what was done, and all that can be seen of it outside THEIRS."""

    place: Path
    script: Script = field(default_factory=Script)
    mine: list[RecordId] = field(default_factory=list)
    theirs: list[RecordId] = field(default_factory=list)
    seen: list[tuple[str | None, str | None, str, tuple[Receipt, ...]]] = field(
        default_factory=list
    )

    def __post_init__(self) -> None:
        self.store = SqlStore.open(self.place / "store.db", MASTER, self.script)
        self.witness = Witness(WITNESS.name, key(WITNESS.name), [self.store.log_key()], Kept())
        self.size = 0
        self.take(party("the case is opened"))

    def take(self, *records: Record, erase: tuple[RecordId, ...] = ()) -> None:
        """Record something, with random bytes of its own."""
        name = records[0].id
        self.script.begin(name)
        head = len(self.store.load(CASE))
        self.store.commit(replace(batch(name, head, *records), erase=erase))

    def my_record(self, name: str) -> None:
        self.take(item(name, f"{name} in ours"))
        self.mine.append(RecordId(name))

    def their_records(self, *names: str) -> None:
        label = owned_by(PartyId("party-upland"), frozenset({THEIRS}))
        said = (replace(item(n, f"{n} in theirs"), compartment=THEIRS, label=label) for n in names)
        self.take(*said)
        self.theirs += [RecordId(name) for name in names]

    def their_erasure(self, name: str) -> None:
        gone = tuple(self.theirs[:1])
        (said,) = erasing(name, 0, *gone).records
        self.take(replace(said, compartment=THEIRS), erase=gone)
        self.theirs.append(said.id)

    def sign(self, handed: Iterable[bytes] = ()) -> None:
        """Sign the next batch; note down what anybody outside THEIRS gets to see."""
        number = len(self.seen)
        self.script.begin(f"checkpoint {number}", handed)
        note = self.store.checkpoint(NOON + timedelta(minutes=number))
        body = self.store.submission(self.size)
        line = self.witness.add_checkpoint(body or "", SEEN_AT + number)
        assert isinstance(line, str), line
        self.size = parse_checkpoint(note or "").size
        self.store.take_cosignature(self.size, line)
        receipts = tuple(self.store.receipt(name, [WITNESS]) for name in self.mine)
        self.seen.append((note, body, line, receipts))

    def placed(self) -> dict[RecordId, int]:
        """Return by which checkpoint, counted from 0, each record is in the tree."""
        path = self.place / "store.db"
        leaves = dict(cells(path, "SELECT number, leaf FROM places"))
        names = [r.id for r in self.store.load(CASE)]
        ends = [parse_checkpoint(note or "").size for note, _, _, _ in self.seen]
        return {
            names[number - 1]: sum(end <= leaf for end in ends) for number, leaf in leaves.items()
        }

    def sizes(self) -> list[int]:
        """Return how many leaves each batch has."""
        ends = [0, *(parse_checkpoint(note or "").size for note, _, _, _ in self.seen)]
        return [end - start for start, end in pairwise(ends)]

    def tree(self) -> tuple[list[bytes], bytes]:
        """Return all leaves as they are stored, and the tree's file."""
        leaves = cells(self.place / "store.db", "SELECT leaves FROM batches ORDER BY size")
        return [row[0] for row in leaves], (self.place / "store.tree").read_bytes()

    def close(self) -> None:
        self.store.close()


Step = tuple[str, int]
"""("mine", 1), ("theirs", how many at once), ("erase", 1) in theirs, or ("sign", 0)."""
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.sampled_from([("mine", 1), ("sign", 0), ("erase", 1)])
    | st.tuples(st.just("theirs"), st.integers(1, PADDING - 1)),
    max_size=24,
)


def kept_within(steps: Iterable[Step], most: int) -> list[Step]:
    """Sign before more would wait than `most`, and at the end; 120 records at most."""
    found: list[Step] = []
    waiting, total = 1, 0
    for what, count in steps:
        total += count
        if total > 120:
            break
        if waiting + count > most:
            found.append(("sign", 0))
            waiting = max(0, waiting - PADDING)
        waiting = max(0, waiting - PADDING) if what == "sign" else waiting + count
        if waiting <= most:
            found.append((what, count))
        else:
            waiting -= count
    return [*found, *[("sign", 0)] * (1 + waiting // PADDING)]


def lived(place: Path, steps: Sequence[Step]) -> History:
    """Return the history in which both compartments do what the steps say."""
    place.mkdir()
    made = History(place)
    for number, (what, count) in enumerate(steps):
        if what == "sign":
            made.sign()
        elif what == "mine":
            made.my_record(f"mine {number}")
        elif what == "erase" and made.theirs:
            made.their_erasure(f"erased {number}")
        elif what == "theirs":
            made.their_records(*(f"theirs {number}.{n}" for n in range(count)))
    return made


def their_messages(made: History, by: int) -> list[bytes]:
    """Return the messages of the leaves that a checkpoint has of theirs."""
    placed = made.placed()
    return [
        message_of(made.store.jwt(name) or b"") for name in made.theirs if placed.get(name) == by
    ]


def without_theirs(place: Path, other: History, steps: Sequence[Step]) -> History:
    """Return the history of the same steps without theirs, whose leaves are padding in it."""
    place.mkdir()
    made = History(place)
    for number, (what, _) in enumerate(steps):
        if what == "sign":
            made.sign(their_messages(other, len(made.seen)))
        elif what == "mine":
            made.my_record(f"mine {number}")
    return made


def delayed(place: Path, other: History) -> History:
    """Return the history without theirs in which ours waited for as long as it had to in `other`."""
    place.mkdir()
    made = History(place)
    placed = other.placed()
    for number in range(len(other.seen)):
        for name in other.mine:
            if placed.get(name) == number:
                made.my_record(name)
        made.sign(their_messages(other, number))
    return made


@settings(max_examples=40, deadline=None)
@given(STEPS)
@example([("theirs", 15), ("sign", 0), ("mine", 1), ("theirs", 15), ("sign", 0), ("mine", 1)])
def test_what_one_compartment_does_changes_no_byte_that_another_sees(steps: list[Step]) -> None:
    steps = kept_within(steps, PADDING)
    with tempfile.TemporaryDirectory() as root:
        busy = lived(Path(root) / "busy", steps)
        quiet = without_theirs(Path(root) / "quiet", busy, steps)
        with closing(busy), closing(quiet):
            assert len(quiet.store.load(CASE)) == len(busy.store.load(CASE)) - len(busy.theirs)
            assert quiet.seen == busy.seen
            assert quiet.tree() == busy.tree()
            assert set(busy.sizes()) == {PADDING}
            assert all(receipt.text for receipt in busy.seen[-1][3])


@settings(max_examples=25, deadline=None)
@given(STEPS)
@example([("theirs", 15)] * 4 + [("mine", 1)] * 3)
def test_a_rush_shows_in_nothing_but_how_long_others_wait(steps: list[Step]) -> None:
    steps = kept_within(steps, PADDING * PATIENCE)
    with tempfile.TemporaryDirectory() as root:
        busy = lived(Path(root) / "busy", steps)
        quiet = delayed(Path(root) / "quiet", busy)
        with closing(busy), closing(quiet):
            assert quiet.tree() == busy.tree()
            assert [seen[:3] for seen in quiet.seen] == [seen[:3] for seen in busy.seen]
            for one, other in zip(quiet.seen, busy.seen, strict=True):
                assert [r for r in one[3] if r.text] == [r for r in other[3] if r.text]
            assert quiet.seen[-1][3] == busy.seen[-1][3]
            assert set(busy.sizes()) == {PADDING}


@pytest.mark.parametrize(
    ("theirs", "batches", "waits"),
    [
        (0, [16], 1),
        (15, [16], 1),
        (16, [16, 16], 2),
        (63, [16] * 4, 4),
        (64, [32, 16, 16, 16], 4),
        (150, [48, 32, 32, 16, 16, 16], 6),
        (1000, [256, 192, 144, 112, 80, 64, 48, 32, 32, 16, 16, 16], 12),
    ],
)
def test_a_rush_ahead_of_a_record_makes_it_wait_and_a_great_one_shows_in_the_sizes(
    tmp_path: Path, theirs: int, batches: list[int], waits: int
) -> None:
    made = History(tmp_path)
    made.sign()
    if theirs:
        made.their_records(*(f"theirs {n}" for n in range(theirs)))
    made.my_record("mine")
    while made.placed().get(RecordId("mine")) is None:
        made.sign()
    assert made.placed()[RecordId("mine")] == waits
    assert made.sizes()[1:] == batches
    made.close()


@pytest.mark.parametrize("theirs", [0, 1])
def test_who_fills_a_batch_alone_sees_that_another_wrote(tmp_path: Path, theirs: int) -> None:
    """Known, and told in docs/THREATS.md: what waits is one queue."""
    made = History(tmp_path)
    made.sign()
    if theirs:
        made.their_records("theirs")
    for n in range(PADDING):
        made.my_record(f"mine {n}")
    made.sign()
    late = [
        name for name, receipt in zip(made.mine, made.seen[-1][3], strict=True) if not receipt.text
    ]
    assert late == ["mine 15"] * theirs
    made.close()
