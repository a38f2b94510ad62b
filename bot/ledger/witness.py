"""A witness: it signs that a log only ever grew, so that a log that forks is caught.

A party runs one for itself. It refuses to go back, to sign two histories, to sign before what
it signs is kept, and to trust a log again that once showed it two histories.
Pure: the clock is handed in, and keeping is done behind `Memory`. Source: C2SP tlog-witness and
tlog-cosignature; docs/spec/ledger.md section 12.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from nacl.signing import SigningKey

from bot.ledger.checkpoint import (
    MAX_NOTE,
    Checkpoint,
    NoteLine,
    cosign,
    cosignature_time,
    log_signature_holds,
    parse_checkpoint,
    signatures_by,
)
from bot.ledger.encoding import FormatError, from_base64, from_decimal, sized, to_base64
from bot.ledger.keys import LOG_KEY, WITNESS_KEY, PublicKey, parse_vkey, witness_key
from bot.ledger.proof import MAX_PATH
from bot.ledger.tree import EMPTY_ROOT, HASH_SIZE, ProofError, verify_consistency

STATE_MAGIC = "parley-witness/v1"
MAX_SUBMISSION = MAX_NOTE + 8192
MAX_LOGS = 1000


@dataclass(frozen=True, slots=True)
class Submission:
    """The body of add-checkpoint: the size the sender believes we know, a path from there."""

    old: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def text(self) -> str:
        """Return the body as it is sent."""
        steps = "".join(f"{to_base64(step)}\n" for step in self.path)
        return f"old {self.old}\n{steps}\n{self.checkpoint.text()}"


def parse_submission(text: str) -> Submission:
    """Read the body of add-checkpoint; FormatError unless it round-trips."""
    if len(text) > MAX_SUBMISSION:
        raise FormatError("the submission is too long")
    head, separator, note = text.partition("\n\n")
    first, *steps = head.split("\n")
    if not separator or not first.startswith("old ") or len(steps) > MAX_PATH:
        raise FormatError("the submission is not an old size, a path and a checkpoint")
    return Submission(
        old=from_decimal(first.removeprefix("old ")),
        path=tuple(sized(from_base64(step), HASH_SIZE) for step in steps),
        checkpoint=parse_checkpoint(note),
    )


class Refusal(StrEnum):
    """Why a witness does not sign. The value is what the sender is told."""

    MALFORMED = "this is not an add-checkpoint request"
    UNKNOWN_LOG = "this witness does not watch that log"
    UNSIGNED = "the log did not sign this checkpoint"
    SIZES = "the old size is above the size of the checkpoint"
    OTHER_SIZE = "the old size is not the size this witness signed last"
    FORKED = "the log signed two histories of the same size"
    INCONSISTENT = "the path does not lead from the old history to the new one"
    DISTRUSTED = "the log once signed two histories: this witness trusts it no more"
    CLOCK = "this witness's clock went back"


STATUS: dict[Refusal, int] = {
    Refusal.MALFORMED: 400,
    Refusal.UNKNOWN_LOG: 404,
    Refusal.UNSIGNED: 403,
    Refusal.SIZES: 400,
    Refusal.OTHER_SIZE: 409,
    Refusal.FORKED: 409,
    Refusal.INCONSISTENT: 422,
    Refusal.DISTRUSTED: 403,
    Refusal.CLOCK: 503,
}
"""HTTP status of each refusal (C2SP tlog-witness; 503 and the second 403 are ours)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No signature, and why; `size` is that of the last checkpoint signed, 0 if none."""

    why: Refusal
    size: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The last checkpoint signed for a log, with the log's signature, at which POSIX time.

    `fork` is another one of the same size, if the log ever signed one.
    """

    checkpoint: Checkpoint
    time: int
    fork: Checkpoint | None = None


class Memory(Protocol):
    """Where a witness keeps what it signed."""

    def last(self, origin: str) -> Seen | None:
        """Return what was kept last for a log, None if nothing ever was."""
        ...

    def keep(self, origin: str, seen: Seen) -> None:
        """Keep it, safe from a power cut, before this returns; raise if that failed."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What a submission leads to: what to keep (None: nothing new), and whether to refuse."""

    keep: Seen | None = None
    refused: Refused | None = None


def step(seen: Seen | None, submission: Submission, log: PublicKey, now: int) -> Step:
    """Judge a submission against what was signed last, at POSIX second `now`.

    The order of the checks is the one of C2SP tlog-witness, with two of our own: a fork is
    noticed before a wrong old size, and a clock that went back last.
    """
    new = submission.checkpoint
    size, root = (seen.checkpoint.size, seen.checkpoint.root) if seen else (0, EMPTY_ROOT)
    if not log_signature_holds(new, log):
        return Step(refused=Refused(Refusal.UNSIGNED, size))
    if seen and seen.fork:
        return Step(refused=Refused(Refusal.DISTRUSTED, size))
    if seen and new.size == size and new.root != root:
        return Step(replace(seen, fork=_bare(new, log)), Refused(Refusal.FORKED, size))
    if submission.old > new.size:
        return Step(refused=Refused(Refusal.SIZES, size))
    if submission.old != size:
        return Step(refused=Refused(Refusal.OTHER_SIZE, size))
    try:
        verify_consistency(size, root, new.size, new.root, submission.path)
    except ProofError:
        return Step(refused=Refused(Refusal.INCONSISTENT, size))
    if seen and now < seen.time:
        return Step(refused=Refused(Refusal.CLOCK, size))
    return Step(Seen(_bare(new, log), now))


def _bare(checkpoint: Checkpoint, log: PublicKey) -> Checkpoint:
    """Keep the log's signature and no other line: anybody can add lines, to fill our disk."""
    signature = signatures_by(checkpoint, log)[0]
    return replace(checkpoint, lines=(NoteLine(log.name, log.key_id(), signature),))


class Witness:
    """A witness of some logs. Calls must come one after another: whoever shares it locks it."""

    def __init__(
        self, name: str, signer: SigningKey, logs: Iterable[PublicKey], memory: Memory
    ) -> None:
        self.public = witness_key(name, signer)
        self._signer = signer
        self._memory = memory
        self._logs = checked_logs(self.public, logs)

    def add_checkpoint(self, text: str, now: int) -> str | Refused:
        """Answer one add-checkpoint body: a signature line, or why there is none.

        What is signed is kept before it is signed; if keeping fails, that is raised.
        """
        try:
            submission = parse_submission(text)
        except FormatError:
            return Refused(Refusal.MALFORMED)
        origin = submission.checkpoint.origin
        if origin not in self._logs:
            return Refused(Refusal.UNKNOWN_LOG)
        judged = step(self._memory.last(origin), submission, self._logs[origin], now)
        if judged.keep:
            self._memory.keep(origin, judged.keep)
        if judged.refused:
            return judged.refused
        bare = replace(submission.checkpoint, lines=())
        signed = cosign(bare, self.public.name, now, self._signer)
        return signed.text().rpartition("\n\n")[2]


def checked_logs(witness: PublicKey, logs: Iterable[PublicKey]) -> dict[str, PublicKey]:
    """Return the logs by origin; FormatError for what a witness cannot watch."""
    found: dict[str, PublicKey] = {}
    for log in logs:
        if log.kind != LOG_KEY:
            raise FormatError("a key given for a log is not a log's")
        if log.public == witness.public:
            raise FormatError("a log cannot be its own witness")
        if found.setdefault(log.name, log) != log:
            raise FormatError("one log is given with two keys")
    if not 0 < len(found) <= MAX_LOGS:
        raise FormatError(f"a witness watches between 1 and {MAX_LOGS} logs")
    return found


def with_cosignature(checkpoint: Checkpoint, answer: str, witness: PublicKey) -> Checkpoint:
    """Take a witness's answer over into the checkpoint that was sent.

    Lines of other keys in the answer are left out. FormatError if the witness did not sign.
    """
    answered = parse_checkpoint(checkpoint.text() + answer)
    mine = (witness.name, witness.key_id())
    added = dict.fromkeys(line for line in answered.lines if (line.name, line.key_id) == mine)
    others = tuple(line for line in checkpoint.lines if line not in added)
    found = replace(checkpoint, lines=(*others, *added))
    if cosignature_time(found, witness) is None:
        raise FormatError("the witness did not sign this checkpoint")
    return found


@dataclass(frozen=True, slots=True)
class State:
    """All a witness knows: its own key, and for each log its key and what was signed last."""

    witness: PublicKey
    logs: tuple[tuple[PublicKey, Seen], ...] = ()

    def text(self) -> str:
        """Return the state file; its last line is a checksum of all others."""
        rows = [_row(log, seen) for log, seen in sorted(self.logs, key=lambda row: row[0].name)]
        body = "\n".join([STATE_MAGIC, f"witness {self.witness.vkey()}", *rows, ""])
        return f"{body}sum {_sum(body)}\n"

    def with_seen(self, log: PublicKey, seen: Seen) -> "State":
        """Return the state after a step for one log."""
        others = tuple(row for row in self.logs if row[0].name != log.name)
        return replace(self, logs=(*others, (log, seen)))

    def seen(self, origin: str) -> Seen | None:
        """Return what was signed last for a log."""
        return next((seen for log, seen in self.logs if log.name == origin), None)


def parse_state(text: str) -> State:
    """Read a state file; FormatError unless every byte is as it was written."""
    body, separator, digest = text.rpartition("sum ")
    if not separator or digest != _sum(body) + "\n":
        raise FormatError("the witness's state was changed or is not whole")
    magic, witness, *rows = body.split("\n")
    if magic != STATE_MAGIC or not witness.startswith("witness ") or rows.pop() != "":
        raise FormatError("the file is not a witness's state of version 1")
    public = parse_vkey(witness.removeprefix("witness "))
    state = State(public, tuple(_parse_row(row) for row in rows))
    if public.kind != WITNESS_KEY or len({log.name for log, _ in state.logs}) != len(state.logs):
        raise FormatError("the witness's state contradicts itself")
    if state.text() != text:
        raise FormatError("the witness's state does not round-trip")
    return state


def _row(log: PublicKey, seen: Seen) -> str:
    notes = [seen.checkpoint, *([seen.fork] if seen.fork else [])]
    return " ".join(["log", log.vkey(), str(seen.time), *(_packed(note) for note in notes)])


def _parse_row(row: str) -> tuple[PublicKey, Seen]:
    word, *rest = row.split(" ")
    if word != "log" or len(rest) not in (3, 4):
        raise FormatError("a line of the witness's state is malformed")
    log = parse_vkey(rest[0])
    notes = [_unpacked(text) for text in rest[2:]]
    if not all(log_signature_holds(note, log) for note in notes):
        raise FormatError("the witness's state holds a checkpoint its log did not sign")
    fork = notes[1] if len(notes) > 1 else None
    if fork and (fork.size != notes[0].size or fork.root == notes[0].root):
        raise FormatError("the witness's state calls something a fork that is none")
    return log, Seen(notes[0], from_decimal(rest[1]), fork)


def _packed(note: Checkpoint) -> str:
    return to_base64(note.text().encode())


def _unpacked(text: str) -> Checkpoint:
    try:
        return parse_checkpoint(from_base64(text).decode())
    except UnicodeDecodeError:
        raise FormatError("a checkpoint of the witness's state is not text") from None


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()
