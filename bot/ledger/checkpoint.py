"""The log's signed word about its whole history: a C2SP checkpoint in a signed note.

Refuses extension lines and any note that does not round-trip, byte for byte. Signatures by
unknown keys are kept and ignored, as the note format demands. Source: C2SP signed-note,
tlog-checkpoint, tlog-cosignature; docs/spec/ledger.md sections 4.2 and 4.3.
"""

from dataclasses import dataclass, replace

from nacl.signing import SigningKey

from bot.ledger.encoding import MAX_DECIMAL, FormatError, from_base64, from_decimal, to_base64
from bot.ledger.keys import (
    KEY_ID_SIZE,
    LOG_KEY,
    SIGNATURE_SIZE,
    WITNESS_KEY,
    PublicKey,
    checked_name,
    log_key,
    signature_holds,
    witness_key,
)
from bot.ledger.tree import EMPTY_ROOT, HASH_SIZE

MAX_NOTE = 64 * 1024
MAX_LINES = 16 + 16
_DASH = "\u2014 "
_BODY_LINES = 3
_TIME_SIZE = 8


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One signature line: key name, 4-byte key id, and the raw signature (1 byte or more)."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin, number of leaves, 32-byte root, and the signature lines in their order."""

    origin: str
    size: int
    root: bytes
    lines: tuple[NoteLine, ...] = ()

    def body(self) -> bytes:
        """Return the three lines that are signed, with the final newline."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n".encode()

    def text(self) -> str:
        """Return the whole signed note."""
        lines = (
            f"{_DASH}{line.name} {to_base64(line.key_id + line.signature)}\n" for line in self.lines
        )
        return self.body().decode() + "\n" + "".join(lines)


def sign_checkpoint(origin: str, size: int, root: bytes, signer: SigningKey) -> Checkpoint:
    """Make the log's checkpoint; its key's name is the origin."""
    key = log_key(origin, signer)
    unsigned = _checked(Checkpoint(origin, size, root))
    signature = signer.sign(unsigned.body()).signature
    return replace(unsigned, lines=(NoteLine(key.name, key.key_id(), signature),))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a signed note whose body is a checkpoint; FormatError unless it round-trips."""
    if len(text) > MAX_NOTE:
        raise FormatError("the checkpoint is too long")
    body, separator, tail = text.rpartition("\n\n")
    body_lines = body.split("\n")
    if not separator or len(body_lines) != _BODY_LINES or not tail.endswith("\n"):
        raise FormatError("the checkpoint is not three lines, a blank line and signatures")
    signature_lines = tail[:-1].split("\n")
    if len(signature_lines) > MAX_LINES:
        raise FormatError("the checkpoint carries too many signatures")
    origin, size, root = body_lines
    checkpoint = _checked(
        Checkpoint(
            origin=origin,
            size=from_decimal(size),
            root=from_base64(root),
            lines=tuple(_parse_line(line) for line in signature_lines),
        )
    )
    if checkpoint.text() != text:
        raise FormatError("the checkpoint does not round-trip")
    return checkpoint


def signatures_by(checkpoint: Checkpoint, key: PublicKey) -> list[bytes]:
    """Raw signatures on the lines that carry this key's name and id, not yet verified."""
    mine = (key.name, key.key_id())
    return [line.signature for line in checkpoint.lines if (line.name, line.key_id) == mine]


def log_signature_holds(checkpoint: Checkpoint, key: PublicKey) -> bool:
    """Tell whether the log with this type 01 key signed.

    A line that carries the key's name and id and does not verify spoils the note, even
    beside one that does. The origin must be the key's name.
    """
    found = signatures_by(checkpoint, key)
    return (
        key.kind == LOG_KEY
        and checkpoint.origin == key.name
        and bool(found)
        and all(signature_holds(key.public, s, checkpoint.body()) for s in found)
    )


def cosign(checkpoint: Checkpoint, name: str, time: int, signer: SigningKey) -> Checkpoint:
    """Add a witness's cosignature/v1 of POSIX `time` (seconds) as the last line."""
    key = witness_key(name, signer)
    signature = signer.sign(_cosigned(checkpoint, time)).signature
    blob = time.to_bytes(_TIME_SIZE, "big") + signature
    return replace(checkpoint, lines=(*checkpoint.lines, NoteLine(key.name, key.key_id(), blob)))


def cosignature_time(checkpoint: Checkpoint, key: PublicKey) -> int | None:
    """POSIX seconds at which this witness (type 04) cosigned, or None if it did not.

    FormatError if a line with the witness's name and id does not verify: a known key's bad
    signature spoils the note. Of several valid lines the earliest time counts.
    """
    if key.kind != WITNESS_KEY:
        return None
    times = []
    for blob in signatures_by(checkpoint, key):
        time = int.from_bytes(blob[:_TIME_SIZE], "big")
        good = len(blob) == _TIME_SIZE + SIGNATURE_SIZE and time <= MAX_DECIMAL
        if not good or not signature_holds(
            key.public, blob[_TIME_SIZE:], _cosigned(checkpoint, time)
        ):
            raise FormatError("a known witness's cosignature does not verify")
        times.append(time)
    return min(times, default=None)


def _cosigned(checkpoint: Checkpoint, time: int) -> bytes:
    if not 0 <= time <= MAX_DECIMAL:
        raise ValueError("a cosignature time lies outside 0 .. 2^63-1")
    return f"cosignature/v1\ntime {time}\n".encode() + checkpoint.body()


def _parse_line(line: str) -> NoteLine:
    name, space, blob = line.removeprefix(_DASH).partition(" ")
    raw = from_base64(blob)
    if not line.startswith(_DASH) or not space or len(raw) <= KEY_ID_SIZE:
        raise FormatError("a signature line is malformed")
    return NoteLine(checked_name(name), raw[:KEY_ID_SIZE], raw[KEY_ID_SIZE:])


def _checked(checkpoint: Checkpoint) -> Checkpoint:
    checked_name(checkpoint.origin)
    if not 0 <= checkpoint.size <= MAX_DECIMAL or len(checkpoint.root) != HASH_SIZE:
        raise FormatError("the checkpoint has an impossible size or root")
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise FormatError("the checkpoint of an empty tree has a root of a filled one")
    return checkpoint
