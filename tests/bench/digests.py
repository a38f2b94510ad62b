"""Composing a digest over a long case: the phrase alone, and the finished message.

Beside it a bare look at every label, which no way to compose by inclusion can do without. Refuses
an easy case: every record may be read by the reader.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.digest.compose import compose
from bot.digest.neutrality import neutrality
from bot.domain import bodies as b
from bot.domain.case import Case, Compartment
from bot.domain.fold import replay
from bot.domain.ids import (
    CODE_ALPHABET,
    Code,
    CompartmentId,
    EventId,
    PartyId,
    Prose,
    RecordId,
    SeatId,
)
from bot.domain.records import Record
from bot.domain.vocabulary import Strength, WatchKind
from bot.policy.label import Label
from bot.runner.sources import needed
from bot.runner.wording import worded
from bot.words.document import Para
from bot.words.parts import parts, plan
from tests.bench.figures import in_turn, quantile
from tests.bench.table import Line, Part, ratio
from tests.support.orchid import QUIET
from tests.support.playbook import opened

WITHIN_S = 0.2
_CAUCUS, _BENCH = CompartmentId("caucus-north"), CompartmentId("bench-north")
_HADDAD = SeatId("haddad")
_NORTH, _SOUTH = PartyId("north"), PartyId("south")
_WORDS = "ten wounded prisoners at the northern crossing"


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of CPU of each call, and how many records and bytes it was about."""

    composed: list[float]
    finished: list[float]
    looked: list[float]
    counted: list[float]
    records: int
    size: int


def measure(records: int, rounds: int) -> Found:
    """Compose the digest of a case of so many records, over and over."""
    case, reader, now = _grown(records)
    prose = {"text": _WORDS, "person": "H-TEAL", "name": "North"}

    def finished() -> int:
        said = compose(case, reader, now)
        opened_ = dict.fromkeys(needed(said, case), (_ANYBODY, prose))
        whole, _ = worded(case, opened_, said, reader.party, None, now=now)
        made = parts(whole, plan(whole), lambda place, of: Para(f"{place} of {of}"))
        return sum(len(part.message.body.encode()) for part in made)

    found = in_turn(
        {
            "composed": lambda: compose(case, reader, now),
            "finished": finished,
            "looked": lambda: [case.shows(item, reader.id) for item in case.items.values()],
            "counted": lambda: neutrality(case, reader.id),
        },
        rounds,
        clock=time.thread_time,
    )
    return Found(**found, records=case.head, size=finished())


def digests_part(found: Found) -> Part:
    """Return the lines of the table."""
    composed, finished, looked, counted = (
        quantile(taken, 0.5)
        for taken in (found.composed, found.finished, found.looked, found.counted)
    )
    goal = f"at most {1e3 * WITHIN_S:.0f} ms"
    return Part(
        "digests",
        "a look at every label",
        [
            Line(
                f"compose (CPU), {found.records:,} records", goal, _ms(composed), _ms(looked),
                ratio(composed, looked), composed <= WITHIN_S,
            ),
            Line(
                f"and word it (CPU), {found.size / 1e3:.0f} kB", goal, _ms(finished), _ms(looked),
                ratio(finished, looked), finished <= WITHIN_S,
            ),
            Line("neutrality report", "", _ms(counted), ""),
        ],
    )  # fmt: skip


_ANYBODY = Label()


def _grown(records: int) -> tuple[Case, Compartment, datetime]:
    play = opened(text=QUIET)
    label = play.case.label_in(_CAUCUS)
    made = []
    for number, body in enumerate(_bodies(records - play.case.head)):
        at = play.now + timedelta(minutes=number)
        name = RecordId(f"{number:032x}")
        made.append(Record(name, play.case.id, _CAUCUS, at, label, f"$cause-{number}", body))
    case = replay(play.case, made)
    return case, case.compartments[_BENCH], play.now + timedelta(minutes=records)


def _bodies(count: int) -> Iterator[b.Body]:
    """Of ten records six are words, two a promise in force, two a watch and its report."""
    start = datetime.fromisoformat("2027-03-01T08:00:00+00:00")
    for number in range(count // 10):
        codes = [_code(10 * number + part) for part in range(8)]
        for code in codes[:6]:
            yield b.ItemRecorded(code, _HADDAD, start, EventId(f"${code}"), Prose(""))
        due = start + timedelta(days=number % 30)
        yield b.CommitmentProposed(codes[6], _HADDAD, _NORTH, _SOUTH, due, start, Prose(""))
        yield b.CommitmentConfirmed(codes[6], _HADDAD)
        hours = timedelta(hours=number % 200)
        yield b.WatchSet(
            codes[7], WatchKind.WELFARE, _HADDAD, "every 24 h", start + hours,
            timedelta(hours=2), timedelta(hours=1), Prose(""),
        )  # fmt: skip
        yield b.WatchSatisfied(
            codes[7], _HADDAD, start, Strength.MEDIA, start + hours + timedelta(days=1), Prose("")
        )


def _code(number: int) -> Code:
    letters = ""
    for _ in range(4):
        number, letter = divmod(number, len(CODE_ALPHABET))
        letters += CODE_ALPHABET[letter]
    return Code(letters)


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.1f} ms"
