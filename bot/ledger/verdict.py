"""What a verifier says: proved, or the one precise reason why not, in plain sentences.

Every way a receipt can be wrong has a sentence of its own. It refuses to repeat anything from
a receipt that failed, and to print a character that could forge a line on a terminal.
docs/spec/ledger.md section 8.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.ledger.disclosure import Value

_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that a calendar prints
_JOINERS = frozenset("\u200c\u200d")  # Persian and Indic words need them; they reorder nothing


class Level(StrEnum):
    """How strongly a record is acknowledged; the words are shown to people."""

    RECORDED = "recorded"
    ACKNOWLEDGED = "acknowledged by the counterpart"
    SIGNED = "signed by the obligor"


class Fault(StrEnum):
    """Why a receipt proves nothing. The value is stable and goes into machine output."""

    TOO_LARGE = "too-large"
    NOT_TEXT = "not-text"
    LINE_ENDINGS = "line-endings"
    NOT_A_RECEIPT = "not-a-receipt"
    MALFORMED = "malformed"
    FOREIGN_LOG = "foreign-log"
    FOREIGN_SUBMITTER = "foreign-submitter"
    RECORD_SIGNATURE = "record-signature"
    FOREIGN_FIELD = "foreign-field"
    MISSING_FIELD = "missing-field"
    LEAF_OF_OTHER_RECORD = "leaf-of-other-record"
    LEAF_SIGNATURE = "leaf-signature"
    LOG_SIGNATURE = "log-signature"
    STALE_CHECKPOINT = "stale-checkpoint"
    PATH_SHAPE = "path-shape"
    PATH_ROOT = "path-root"
    WITNESS_SIGNATURE = "witness-signature"
    WITNESS_QUORUM = "witness-quorum"
    BEFORE_SIGNATURE = "before-signature"
    BEFORE_HOLDS_ENTRY = "before-holds-entry"
    BEFORE_QUORUM = "before-quorum"
    TIMES_CROSSED = "times-crossed"
    PARTY_SIGNATURE = "party-signature"
    NO_TRUSTED_KEY = "no-trusted-key"
    STAMP_MALFORMED = "stamp-malformed"
    STAMP_REFUSED = "stamp-refused"
    STAMP_DIGEST = "stamp-digest"
    STAMP_OTHER = "stamp-of-other-checkpoint"
    STAMP_AUTHORITY = "stamp-authority"
    STAMP_PURPOSE = "stamp-purpose"
    STAMP_EXPIRED = "stamp-expired"
    STAMP_SIGNATURE = "stamp-signature"
    STAMP_TIMES = "stamp-times-crossed"
    FORK_MALFORMED = "fork-malformed"
    FORK_FOREIGN_LOG = "fork-foreign-log"
    FORK_UNSIGNED = "fork-unsigned"
    FORK_PATH = "fork-path"
    NO_FORK = "fork-none"
    FORK_UNTRUSTED = "fork-no-trusted-key"


SENTENCES: dict[Fault, str] = {
    Fault.TOO_LARGE: "This file is larger than any receipt.",
    Fault.NOT_TEXT: "This file is not text in UTF-8.",
    Fault.LINE_ENDINGS: "A program on the way changed the line endings or added a mark at the start "
    "of this file. Fetch the receipt again as a file, not as pasted text.",
    Fault.NOT_A_RECEIPT: "This file does not begin as a receipt of version 1 does.",
    Fault.MALFORMED: "This receipt is damaged and cannot be read",
    Fault.FOREIGN_LOG: "The receipt comes from another log than the one you trust.",
    Fault.FOREIGN_SUBMITTER: "The record was submitted under another key than the one you trust.",
    Fault.RECORD_SIGNATURE: "The record was changed, or was never signed by the key it names.",
    Fault.FOREIGN_FIELD: "A field shown is not part of the record.",
    Fault.MISSING_FIELD: "A field you require is not shown.",
    Fault.LEAF_OF_OTHER_RECORD: "The entry in the log belongs to another record.",
    Fault.LEAF_SIGNATURE: "The entry in the log was not made by the key that signed the record.",
    Fault.LOG_SIGNATURE: "The log did not sign this checkpoint.",
    Fault.STALE_CHECKPOINT: "The checkpoint is older than the entry: it cannot contain it.",
    Fault.PATH_SHAPE: "The path has too many or too few steps for its place in that checkpoint.",
    Fault.PATH_ROOT: "The path does not lead from the entry to the checkpoint: "
    "the log it is shown from does not contain this entry at this place.",
    Fault.WITNESS_SIGNATURE: "A signature under the name of a witness you trust is false.",
    Fault.WITNESS_QUORUM: "Fewer witnesses than you require have seen this checkpoint.",
    Fault.BEFORE_SIGNATURE: "The earlier checkpoint was not signed by this log.",
    Fault.BEFORE_HOLDS_ENTRY: "The earlier checkpoint is not earlier than the entry.",
    Fault.BEFORE_QUORUM: "Fewer witnesses than you require have seen the earlier checkpoint.",
    Fault.TIMES_CROSSED: "The witnesses' times contradict each other: "
    "the earlier checkpoint was seen after the later one.",
    Fault.PARTY_SIGNATURE: "A party's signature is not a signature of this record.",
    Fault.NO_TRUSTED_KEY: "The receipt agrees with itself, but no key of a log you trust was given, "
    "so anybody could have made it.",
    Fault.STAMP_MALFORMED: "The time stamp is damaged, or is no answer of a time-stamping authority",
    Fault.STAMP_REFUSED: "The file holds no time stamp: the authority refused to give one.",
    Fault.STAMP_DIGEST: "The time stamp is made over a digest that no longer proves anything.",
    Fault.STAMP_OTHER: "The time stamp is of another checkpoint than this receipt's.",
    Fault.STAMP_AUTHORITY: "The time stamp cannot be traced to a certificate you gave.",
    Fault.STAMP_PURPOSE: "The certificate that signed the time stamp is not one for time stamps.",
    Fault.STAMP_EXPIRED: "A certificate behind the time stamp was not valid at the time it states.",
    Fault.STAMP_SIGNATURE: "The time stamp was changed, or was never signed by the authority it names.",
    Fault.STAMP_TIMES: "The times contradict each other: the authority stamped the checkpoint "
    "before your witnesses saw the earlier one.",
    Fault.FORK_MALFORMED: "This evidence is damaged and cannot be read",
    Fault.FORK_FOREIGN_LOG: "The evidence is about another log than the one you trust.",
    Fault.FORK_UNSIGNED: "The log did not sign both checkpoints of this evidence.",
    Fault.FORK_PATH: "A path in this evidence does not lead from its entry to its checkpoint.",
    Fault.NO_FORK: "The two do not contradict each other: an honest log could have signed both. "
    "Nothing is proved against it.",
    Fault.FORK_UNTRUSTED: "One key signed two histories that cannot both be true, "
    "but no key of a log you trust was given: whose key that is, this file cannot show.",
}

UNREADABLE = frozenset(
    {
        Fault.TOO_LARGE,
        Fault.NOT_TEXT,
        Fault.LINE_ENDINGS,
        Fault.NOT_A_RECEIPT,
        Fault.MALFORMED,
        Fault.STAMP_MALFORMED,
        Fault.FORK_MALFORMED,
    }
)


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a time-stamping authority says: it saw the checkpoint.

    `at` is its clock in POSIX seconds, `not_after` that time with its stated accuracy added,
    rounded up. `nonce` is what was sent along with the question, if anything was.
    """

    authority: str
    at: int
    not_after: int
    nonce: int | None = None


class StampFalse(Exception):
    """A time stamp dates nothing; `fault` says why. Never contains anything of the stamp."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(SENTENCES[fault])
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome. `ok` only if everything holds under a key the verifier already trusted.

    `not_before` and `not_after` are POSIX seconds seen by trusted witnesses, or None.
    `withheld` counts the places of the record that are not shown; padding looks the same.
    `kind` is what was judged, a receipt or a fork: whoever waits for a receipt must look at it.
    `missing` are the key ids of those of the `witnesses` asked about that did not cosign.
    `stamped` is what a trusted time-stamping authority says, where its word was brought along.
    """

    ok: bool
    sentences: tuple[str, ...]
    fault: Fault | None = None
    level: Level | None = None
    fields: tuple[tuple[str, Value], ...] = ()
    withheld: int = 0
    not_before: int | None = None
    not_after: int | None = None
    log: str = ""
    kind: str = "receipt"
    witnesses: int = 0
    missing: tuple[str, ...] = ()
    stamped: Stamped | None = None

    @property
    def readable(self) -> bool:
        """Whether the file was a receipt at all, true or false."""
        return self.fault not in UNREADABLE


def rejected(fault: Fault, detail: str = "") -> Verdict:
    """Make the verdict on a receipt that proves nothing; `detail` is ours, never the file's."""
    opening = "Not readable. " if fault in UNREADABLE else "Not proved. "
    sentence = opening + SENTENCES[fault] + (f": {detail}." if detail else "")
    return Verdict(ok=False, sentences=(sentence,), fault=fault)


def quoted(value: Value) -> str:
    """Show a value between quotation marks, with nothing in it that moves a cursor or a line."""
    if not isinstance(value, str):
        return "nothing" if value is None else str(value)
    return "\u201c" + "".join(_visible(c) for c in value) + "\u201d"


def instant(seconds: int) -> str:
    """POSIX seconds as an RFC 3339 time in UTC."""
    if not 0 <= seconds <= _LAST_SECOND:
        return f"second {seconds} after 1970"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does."""
    return ", ".join(words) if words else "none"


def _visible(char: str) -> str:
    if char in _JOINERS or unicodedata.category(char)[0] not in "CZ" or char == " ":
        return "\\" + char if char in "\\\u201c\u201d" else char
    return {"\n": "\\n", "\t": "\\t"}.get(char, f"\\u{{{ord(char):x}}}")
