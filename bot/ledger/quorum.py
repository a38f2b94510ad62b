"""How many of the witnesses one trusts have seen a checkpoint, and which have not.

In a dispute of two parties the quorum is both: what one side's witness has not seen binds
nobody. It refuses to count one key twice, whatever names it goes by, and to say a witness's
name: an unlucky name would tell who else sits at the table. docs/spec/ledger.md section 8.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.ledger.checkpoint import Checkpoint, cosignature_time
from bot.ledger.encoding import FormatError
from bot.ledger.keys import WITNESS_KEY, PublicKey

MAX_WITNESSES = 16


@dataclass(frozen=True, slots=True)
class Attested:
    """The witnesses asked about, with the POSIX second at which each cosigned, or None."""

    witnesses: tuple[tuple[PublicKey, int | None], ...] = ()

    @property
    def times(self) -> list[int]:
        """When they cosigned, in no order of theirs."""
        return sorted(time for _, time in self.witnesses if time is not None)

    @property
    def missing(self) -> tuple[str, ...]:
        """Key ids of those that did not, as they stand in their keys."""
        return tuple(key.key_id().hex() for key, time in self.witnesses if time is None)

    def says(self) -> str:
        """Tell how many of how many, and which are missing."""
        count = f"{len(self.times)} of {len(self.witnesses)}"
        return f"{count}; missing: {', '.join(self.missing)}" if self.missing else count


def quorum_of(
    witnesses: Sequence[PublicKey], needed: int | None = None
) -> tuple[tuple[PublicKey, ...], int]:
    """Check a quorum: the witnesses, and how many of them are needed (None: all).

    FormatError for one that could never be met or that counts somebody twice.
    """
    if any(witness.kind != WITNESS_KEY for witness in witnesses):
        raise FormatError("a key given for a witness is not a witness's")
    if len({witness.public for witness in witnesses}) != len(witnesses):
        raise FormatError("one witness is given twice")
    if len(witnesses) > MAX_WITNESSES:
        raise FormatError(f"more than {MAX_WITNESSES} witnesses are given")
    needed = len(witnesses) if needed is None else needed
    if not 0 <= needed <= len(witnesses):
        raise FormatError(f"{needed} of {len(witnesses)} witnesses can never be met")
    return tuple(witnesses), needed


def attest(checkpoint: Checkpoint, witnesses: Sequence[PublicKey]) -> Attested:
    """Ask which of these witnesses cosigned; FormatError if a line of one of them is false."""
    return Attested(tuple((key, cosignature_time(checkpoint, key)) for key in witnesses))


def latest_lower_bound(attested: Attested, needed: int) -> int | None:
    """Return the time from which as many as needed vouch that it was still so, or None."""
    times, needed = attested.times, max(1, needed)
    return times[-needed] if len(times) >= needed else None


def earliest_upper_bound(attested: Attested, needed: int) -> int | None:
    """Return the time at which as many as needed had seen it, or None."""
    times, needed = attested.times, max(1, needed)
    return times[needed - 1] if len(times) >= needed else None
