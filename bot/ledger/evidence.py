"""Fork proof: one file that shows a log signed two histories that cannot both be true.

It stands alone: no bot, no operator and no witness is needed to check it. It holds no record
and no field, so it can be shown to anybody. It refuses to accuse a log of anything that an
honest log could have signed. docs/spec/ledger.md section 13.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from bot.ledger.checkpoint import Checkpoint, log_signature_holds, parse_checkpoint
from bot.ledger.encoding import FormatError, from_base64, to_base64
from bot.ledger.keys import LOG_KEY, PublicKey, parse_vkey
from bot.ledger.leaf import LEAF_SIZE
from bot.ledger.proof import PROOF_MAGIC, TlogProof, parse_tlog_proof
from bot.ledger.quorum import attest
from bot.ledger.tree import ProofError, leaf_hash, node_hash, root_from_path, split
from bot.ledger.verdict import SENTENCES, Fault, Verdict, rejected
from bot.ledger.verify import Trust, readable

FORK_MAGIC = "parley-fork/v1"
Statement = Checkpoint | TlogProof
"""What a log signed: how long its history is and its root; perhaps also an entry of it."""

Range = tuple[int, int]
"""Entries from the first number up to, not including, the second."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two statements of one log; they are kept in the order of their texts."""

    log: PublicKey
    one: Statement
    two: Statement

    def text(self) -> str:
        """Return the evidence file."""
        one, two = sorted([self.one.text(), self.two.text()])
        words = (FORK_MAGIC, f"log {self.log.vkey()}", f"one {_packed(one)}", f"two {_packed(two)}")
        return "\n".join(words) + "\n"


def parse_evidence(text: str) -> Evidence:
    """Read an evidence file; FormatError unless it round-trips. Judges nothing."""
    lines = text.split("\n")
    words = (FORK_MAGIC, "log ", "one ", "two ", "")
    if len(lines) != len(words) or not all(map(str.startswith, lines, words)):
        raise FormatError("the evidence is not a log's key and two statements")
    log = parse_vkey(lines[1].removeprefix(words[1]))
    one, two = (_unpacked(line[len("one ") :]) for line in lines[2:4])
    evidence = Evidence(log, one, two)
    if log.kind != LOG_KEY or evidence.text() != text:
        raise FormatError("the evidence does not round-trip")
    return evidence


def parse_statement(text: str) -> Statement:
    """Read a checkpoint, or a proof file whose `extra` is the leaf; FormatError."""
    if not text.startswith(PROOF_MAGIC):
        return parse_checkpoint(text)
    proof = parse_tlog_proof(text)
    if len(proof.extra) != LEAF_SIZE:
        raise FormatError("a proof does not carry the entry it is of")
    return proof


def checkpoint_of(statement: Statement) -> Checkpoint:
    """Return the checkpoint of a statement."""
    return statement.checkpoint if isinstance(statement, TlogProof) else statement


def contradiction(one: Statement, two: Statement) -> Range | None:
    """Find the fewest entries that two statements give differently, None if they agree.

    A hash in a path stands for a range of entries and depends on those alone (RFC 6962 section
    2.1), whatever the size of the tree. So two honest paths agree wherever both say anything.
    ProofError if a path does not lead to its root.
    """
    mine, theirs = _known(one), _known(two)
    for found in sorted({*mine, *theirs}, key=lambda r: (r[1] - r[0], r)):
        left, right = _hash_of(mine, *found), _hash_of(theirs, *found)
        if left is not None and right is not None and left != right:
            return found
    return None


def find_fork(log: PublicKey, statements: Iterable[Statement]) -> Evidence | None:
    """Look for two statements of this log that contradict each other, None if there are none.

    Statements that the log did not sign are left out, and so is a path that leads nowhere.
    Bare checkpoints are preferred: they say nothing but that there are two histories.
    """
    mine = [s for s in statements if log_signature_holds(checkpoint_of(s), log)]
    bare: list[Statement] = [checkpoint_of(s) for s in mine]
    whole = [s for s in mine if isinstance(s, TlogProof) and _leads_to_its_root(s)]
    for one, two in [*combinations(bare, 2), *combinations([*bare, *whole], 2)]:
        if contradiction(one, two):
            return Evidence(log, one, two)
    return None


def verify_evidence(text: str | bytes, *, trust: Trust | None = None) -> Verdict:
    """Judge an evidence file; never raises on its content."""
    text = readable(text)
    if isinstance(text, Fault):
        return rejected(text)
    try:
        evidence = parse_evidence(text)
    except FormatError as wrong:
        return rejected(Fault.FORK_MALFORMED, str(wrong))
    if trust and evidence.log != trust.log:
        return rejected(Fault.FORK_FOREIGN_LOG)
    both = (evidence.one, evidence.two)
    if not all(log_signature_holds(checkpoint_of(s), evidence.log) for s in both):
        return rejected(Fault.FORK_UNSIGNED)
    try:
        where = contradiction(*both)
    except ProofError:
        return rejected(Fault.FORK_PATH)
    if where is None:
        return rejected(Fault.NO_FORK)
    try:
        accused = _witnesses_of_both(both, trust)
    except FormatError:
        return rejected(Fault.WITNESS_SIGNATURE)
    return Verdict(
        ok=trust is not None,
        sentences=(*_headline(evidence, trust), _told(both, where), *accused, _LIMITS),
        fault=None if trust else Fault.FORK_UNTRUSTED,
        log=evidence.log.vkey(),
        kind="fork",
    )


_LIMITS = (
    "It accuses no party, and it does not say which of the two histories is the true one: "
    "nothing that rests on this log alone can settle that any more."
)


def _headline(evidence: Evidence, trust: Trust | None) -> tuple[str, ...]:
    key = evidence.log.vkey()
    if trust is None:
        advice = (
            f"If {key} is the key you were given when you were enrolled, give it and check again."
        )
        return ("Not proved yet. " + SENTENCES[Fault.FORK_UNTRUSTED], advice)
    return (
        "Proved: the log signed two histories that cannot both be true.",
        f"Against whom: whoever holds the log's key, {key}.",
    )


def _told(both: tuple[Statement, Statement], where: Range) -> str:
    one, two = sorted(checkpoint_of(s).size for s in both)
    start, end = where
    if start == 0 and one == two == end:
        return f"What: two different histories of the same {end} entries, each signed."
    sizes = f"in the signed history of {one} entries than in the signed one of {two}"
    if end - start == 1:
        return f"What: entry {start} (counted from 0) is another one {sizes}."
    among = f"among the entries from {start} to {end - 1} (counted from 0)"
    return f"What: {among}, at least one is another one {sizes}."


def _witnesses_of_both(both: tuple[Statement, Statement], trust: Trust | None) -> list[str]:
    """Accuse each trusted witness that cosigned both; FormatError for a false line of one."""
    if trust is None:
        return []
    one, two = (attest(checkpoint_of(s), trust.witnesses).witnesses for s in both)
    pairs = zip(one, two, strict=True)
    ids = [key.key_id().hex() for (key, a), (_, b) in pairs if None not in (a, b)]
    return [f"Your witness {id_} cosigned both: it is accused too." for id_ in ids]


def _known(statement: Statement) -> dict[Range, bytes]:
    """Return the hashes of all ranges of entries that a statement gives; ProofError."""
    checkpoint = checkpoint_of(statement)
    known = {(0, checkpoint.size): checkpoint.root}
    if isinstance(statement, Checkpoint):
        return known
    digest, index = leaf_hash(statement.extra), statement.index
    if root_from_path(digest, index, checkpoint.size, statement.path) != checkpoint.root:
        raise ProofError("the path does not lead to the root")
    known[index, index + 1] = digest
    here = (index, index + 1)
    for step, beside in zip(statement.path, _beside(index, checkpoint.size), strict=True):
        known[beside] = step
        on_the_left = beside[0] < here[0]
        digest = node_hash(step, digest) if on_the_left else node_hash(digest, step)
        here = (min(here[0], beside[0]), max(here[1], beside[1]))
        known[here] = digest
    return known


def _beside(index: int, size: int) -> list[Range]:
    """Return the ranges that the steps of a path stand for, from the leaf upwards."""
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        left, right = (start, middle), (middle, end)
        found.append(right if index < middle else left)
        start, end = left if index < middle else right
    return found[::-1]


def _hash_of(known: dict[Range, bytes], start: int, end: int) -> bytes | None:
    """Put the hash of a range together from what is known, None if that does not suffice."""
    if (start, end) in known:
        return known[start, end]
    if end - start <= 1:
        return None
    middle = start + split(end - start)
    # The left half first: where nothing is known, one way down shows it and ends the search.
    left = _hash_of(known, start, middle)
    right = None if left is None else _hash_of(known, middle, end)
    return None if left is None or right is None else node_hash(left, right)


def _leads_to_its_root(proof: TlogProof) -> bool:
    try:
        return bool(_known(proof))
    except ProofError:
        return False


def _packed(text: str) -> str:
    return to_base64(text.encode())


def _unpacked(text: str) -> Statement:
    try:
        return parse_statement(from_base64(text).decode())
    except UnicodeDecodeError:
        raise FormatError("a statement of the evidence is not text") from None
