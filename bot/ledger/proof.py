"""The proof file that tools we did not write can read: C2SP tlog-proof.

Refuses what does not round-trip. It judges nothing: reading is here, verifying in `verify`.
Source: C2SP tlog-proof; docs/spec/ledger.md section 6.
"""

from dataclasses import dataclass

from bot.ledger.checkpoint import Checkpoint, parse_checkpoint
from bot.ledger.encoding import FormatError, from_base64, from_decimal, sized, to_base64
from bot.ledger.tree import HASH_SIZE

MAX_PATH = 63
PROOF_MAGIC = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where an entry stands and the path to a checkpoint; `extra` is empty or the leaf."""

    extra: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def text(self) -> str:
        """Return the whole .tlog-proof file."""
        extra = [_EXTRA + to_base64(self.extra)] if self.extra else []
        steps = [to_base64(step) for step in self.path]
        head = "\n".join([PROOF_MAGIC, *extra, f"{_INDEX}{self.index}", *steps])
        return f"{head}\n\n{self.checkpoint.text()}"


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a .tlog-proof file; FormatError unless it round-trips."""
    head, separator, note = text.partition("\n\n")
    magic, *lines = head.split("\n")
    if not separator or magic != PROOF_MAGIC or not lines:
        raise FormatError("the proof part is not a tlog-proof file")
    extra = b""
    if lines[0].startswith(_EXTRA):
        extra = from_base64(lines.pop(0).removeprefix(_EXTRA))
    if not lines or not lines[0].startswith(_INDEX) or len(lines) > 1 + MAX_PATH:
        raise FormatError("the proof part names no index or has too many steps")
    proof = TlogProof(
        extra=extra,
        index=from_decimal(lines[0].removeprefix(_INDEX)),
        path=tuple(sized(from_base64(line), HASH_SIZE) for line in lines[1:]),
        checkpoint=parse_checkpoint(note),
    )
    if proof.text() != text:
        raise FormatError("the proof part does not round-trip")
    return proof
