"""What a reading of a typed time can come to, and the typography that phones put around it.

Refuses to judge: a reading says what the words mean or why they mean nothing, the caller decides
whether a deadline may lie in the past. Reasons are keys; the sentences live in the catalogue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """Why a text was not taken as a time; the catalogue has one sentence for each."""

    UNREADABLE = "unreadable"
    NUMERIC_DATE = "numeric-date"
    CLOCK_FORM = "clock-form"
    TWELVE_HOUR = "twelve-hour"
    MIDNIGHT = "midnight"
    WHICH_WEEK = "which-week"
    SHORT_YEAR = "short-year"
    YEAR_OR_CLOCK = "year-or-clock"
    JUST_PAST = "just-past"
    MONTH_FIRST = "month-first"
    MONTH_LENGTH = "month-length"
    MILITARY_ZONE = "military-zone"
    NO_SUCH_DATE = "no-such-date"
    NO_SUCH_CLOCK = "no-such-clock"
    YEAR_RANGE = "year-range"
    WEEKDAY_DISAGREES = "weekday-disagrees"
    UTC_DISAGREES = "utc-disagrees"
    CLOCK_SKIPPED = "clock-skipped"
    CLOCK_REPEATED = "clock-repeated"
    DAY_SKIPPED = "day-skipped"
    UNKNOWN_ZONE = "unknown-zone"
    ZONE_ABBREVIATION = "zone-abbreviation"
    NO_CLOCK = "no-clock"
    RULE_PART = "rule-part"
    RULE_VALUE = "rule-value"
    RULE_ENDS = "rule-ends"
    RULE_LACKS = "rule-lacks"
    RULE_START = "rule-start"
    ANCHOR_FORM = "anchor-form"
    ANCHOR_NAME = "anchor-name"
    ANCHOR_DAYS = "anchor-days"


class Note(StrEnum):
    """What a read-back must say aloud because the words left it open."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    END_OF_DAY = "end-of-day"
    NEXT_YEAR = "next-year"


@dataclass(frozen=True, slots=True)
class Instant:
    """One instant: `at` is aware UTC on a whole minute, `zone` the IANA zone it was said in."""

    at: datetime
    zone: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """More than one reading: `normal_form_hints` are texts that can be typed as they stand."""

    normal_form_hints: tuple[str, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class NotATime:
    """No reading. For an unknown zone the hints are zone names, otherwise texts to type.

    `part` names what was refused in a rule or before an offset.
    """

    why: Why = Why.UNREADABLE
    normal_form_hints: tuple[str, ...] = ()
    part: str = ""


MAX_TYPED: Final = 80
"""Characters; the longest form the bot itself shows stays far below."""

_DIGIT_SETS: Final = (0x0660, 0x06F0, 0xFF10)
"""Arabic-Indic, Persian, full width. Other scripts have digits that look like other digits
(a Bengali four is drawn as 8), so they are refused rather than read."""

_TABLE: Final[dict[int, str]] = {
    **{first + value: str(value) for first in _DIGIT_SETS for value in range(10)},
    # Every kind of space a keyboard or a copied web page brings.
    **dict.fromkeys((0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " "),
    # Invisible marks: zero width, bidi marks and isolates (the bot's own messages carry those).
    **dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD, 0x061C, 0x200E, 0x200F), ""),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), ""),
    # Hyphens, dashes and the minus sign.
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFF0D), "-"),
    # Colon, comma and slash, full width and Arabic.
    0xFF1A: ":",
    0xFF0C: ",",
    0x060C: ",",
    0xFF0F: "/",
    0xFF0B: "+",
    0xFF08: "(",
    0xFF09: ")",
}


def plain(text: str) -> str:
    """`text` in lower case with ASCII digits, single spaces, plain hyphens, nothing invisible."""
    return " ".join(word for word in text.translate(_TABLE).casefold().split(" ") if word)


def up_to_minute(instant: datetime) -> datetime:
    """The first whole minute at or after `instant`: what is shown is then what is recorded."""
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + timedelta(minutes=1)


MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MONTH: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
WEEKDAY: Final = (
    "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?"
    "|sat(?:urday)?|sun(?:day)?"
)
"""Patterns for `plain` text; the first three letters index the tables above."""


def month_number(word: str) -> int:
    """1 to 12 for a word that `MONTH` matched."""
    return MONTHS.index(word[:3]) + 1


def weekday_number(word: str) -> int:
    """0 (Monday) to 6 for a word that `WEEKDAY` matched."""
    return WEEKDAYS.index(word[:3])


def iso_z(instant: datetime) -> str:
    """An aware UTC instant as `2027-04-03T15:00Z`, the form that leaves nothing open."""
    return f"{instant:%Y-%m-%dT%H:%MZ}"
