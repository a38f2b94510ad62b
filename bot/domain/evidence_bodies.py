"""Record bodies of evidence and of well-being. Same rules as `bodies`.

What could recognise a file (its digest, its length) is sealed and erasable like words. `person` is
a copy of the watch's: so the erasure of a person finds these records, and the file with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.evidence import Verdict
from bot.domain.ids import UNSAID, Code, Prose, RecordId, SeatId
from bot.domain.vocabulary import Strength


@dataclass(frozen=True, slots=True)
class EvidenceGiven:
    """A report as evidence, beside the record of its words.

    `grade` is the source (A to F) and the information (1 to 6), each where it was given; `sha256`
    that of the file as its sender had it, in hexadecimal, `size` its bytes, `sent_by` who sent it.
    """

    TAG: ClassVar = "evidence.given/1"
    code: Code
    watch: Code
    by: SeatId
    report: RecordId
    strength: Strength
    occurrence: datetime
    person: Prose = UNSAID
    grade: str = ""
    kind: str = ""
    cleanable: bool = False
    sent_by: SeatId | None = None
    sha256: Prose = UNSAID
    size: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class EvidenceJudged:
    TAG: ClassVar = "evidence.judged/1"
    code: Code
    by: SeatId
    verdict: Verdict
    reason: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class IndexGiven:
    """A held person's well-being, 1 to 10, and what is needed."""

    TAG: ClassVar = "index.given/1"
    watch: Code
    by: SeatId
    value: int
    physical: int | None = None
    psychological: int | None = None
    person: Prose = UNSAID
    needs: Prose = UNSAID
    named_needs: bool = False


EvidenceBody: TypeAlias = EvidenceGiven | EvidenceJudged | IndexGiven
