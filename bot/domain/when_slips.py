"""Forms people type that have two readings or none of ours, and what to type instead.

Only asked after the grammar has refused a text. Nothing here is ever taken as a time: a slip
yields hints, and each hint is checked to be readable before it is shown.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from bot.domain.when_types import (
    MONTH,
    MONTHS,
    WEEKDAY,
    Ambiguous,
    NotATime,
    Why,
    month_number,
    weekday_number,
)

_Found = re.Match[str]
_Hints = Callable[[_Found, date], Iterator[str]]


def diagnose(
    text: str, *, today: date, readable: Callable[[str], bool]
) -> Ambiguous | NotATime | None:
    """The first slip that fits `text` (from `plain`), or None. `today` is a local date.

    Ambiguous if at least one hint is readable, NotATime with the same reason otherwise.
    """
    for pattern, why, hints in _SLIPS:
        found = pattern.search(text)
        if found is None:
            continue
        offered = (_in_place(found, hint) for hint in hints(found, today))
        good = tuple(dict.fromkeys(hint for hint in offered if readable(hint)))
        if good:
            return Ambiguous(good, why)
        if hints is _nothing:
            return NotATime(why)
    return None


def _in_place(found: _Found, hint: str) -> str:
    return found.string[: found.start()] + hint + found.string[found.end() :]


def _nothing(_found: _Found, _today: date) -> Iterator[str]:
    return iter(())


def _which_week(found: _Found, today: date) -> Iterator[str]:
    ahead = (weekday_number(found["weekday"]) - today.weekday() - 1) % 7 + 1
    for days in (ahead, ahead + 7):
        yield (today + timedelta(days=days)).isoformat()


def _twelve_hour(found: _Found, _today: date) -> Iterator[str]:
    hour = int(found["hour"]) % 12 + (12 if found["half"] == "p" else 0)
    yield f"{hour:02}:{found['minute'] or '00'}"


def _short_hour(found: _Found, _today: date) -> Iterator[str]:
    for hour in (int(found["hour"]), int(found["hour"]) + 12):
        yield f"{hour:02}:{found['minute']}"


def _joined_clock(found: _Found, _today: date) -> Iterator[str]:
    yield f"{found['hour']}:{found['minute']}{'Z' if found['zulu'] else ''}"


def _written(day: int, month: int, year: int, today: date) -> str:
    """Month in letters; ISO for a year that could be a clock (`3 apr 2030`)."""
    if year > today.year + 1:
        return f"{year}-{month:02}-{day:02}"
    return f"{day} {MONTHS[month - 1]} {year}"


def _numeric_date(found: _Found, today: date) -> Iterator[str]:
    year = int(found["year"]) % 100 + 2000 if found["year"] else None
    first, second = int(found["first"]), int(found["second"])
    for day, month in ((first, second), (second, first)):
        if 1 <= month <= len(MONTHS):
            # The year is written out: a day just past would otherwise be a question again.
            coming = today.year + ((month, day) < (today.month, 1))
            yield _written(day, month, year or coming, today)
    if found["mark"] == ".":
        yield f"{first:02}:{found['second']}"


def _year_first(found: _Found, _today: date) -> Iterator[str]:
    yield f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}"


def _short_year(found: _Found, today: date) -> Iterator[str]:
    month = month_number(found["month"])
    yield _written(int(found["day"]), month, 2000 + int(found["year"]), today)


def _month_first(found: _Found, today: date) -> Iterator[str]:
    number, year = int(found["number"]), found["year"]
    if year:
        yield _written(number, month_number(found["month"]), int(year), today)
    else:
        yield f"{number} {found['month']}"


def _either_end(_found: _Found, _today: date) -> Iterator[str]:
    yield from ("00:00", "23:59")


def _offset(found: _Found, _today: date) -> Iterator[str]:
    yield f"{found['sign']}{found['hours']:0>2}:{found['minutes'] or '00'}"


def _leap_day(_found: _Found, today: date) -> Iterator[str]:
    for year in range(today.year, today.year + 9):
        if year % 4 == 0 and (year % 100 or year % 400 == 0):
            yield f"{year}-02-29"
            return


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


_SLIPS: Final[tuple[tuple[re.Pattern[str], Why, _Hints], ...]] = (
    (
        _compile(r" ?(?:utc|gmt) ?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?$"),
        Why.ZONE_ABBREVIATION,
        _offset,
    ),
    (_compile(rf"^(?:next|this|coming) (?P<weekday>{WEEKDAY})\b"), Why.WHICH_WEEK, _which_week),
    (
        _compile(
            r"\b(?P<hour>0?[1-9]|1[0-2])(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.?m\b\.?"
        ),
        Why.TWELVE_HOUR,
        _twelve_hour,
    ),
    (
        _compile(r"(?<![\d:.+-])(?P<hour>[1-9]):(?P<minute>[0-5]\d)(?![\d:])"),
        Why.TWELVE_HOUR,
        _short_hour,
    ),
    (_compile(r"\b(?:midnight|24:00)"), Why.MIDNIGHT, _either_end),
    (_compile(r"^in (?:an? |\d+ ?)(?:m|mo|months?|y|yrs?|years?)\b"), Why.MONTH_LENGTH, _nothing),
    (_compile(rf"^\d{{6}} ?(?:[a-y] ?)?(?:{MONTH})\b"), Why.MILITARY_ZONE, _nothing),
    (
        _compile(
            r"(?<![\d./-])(?P<year>\d{4})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\d./-])"
        ),
        Why.NUMERIC_DATE,
        _year_first,
    ),
    (
        _compile(
            r"(?<![\d:./+-])(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second>\d{1,2})"
            r"(?:(?P=mark)(?P<year>\d{4}|\d{2}))?\.?(?![\d:/-])"
        ),
        Why.NUMERIC_DATE,
        _numeric_date,
    ),
    (
        _compile(
            r"(?<![\d:./+-])(?P<hour>[01]\d|2[0-3])[:h.]?(?P<minute>[0-5]\d) ?(?:h|hrs?|hours?)?\.?(?P<zulu> ?z)?$"
        ),
        Why.CLOCK_FORM,
        _joined_clock,
    ),
    (_compile(r"^29 feb\b"), Why.NO_SUCH_DATE, _leap_day),
    (
        _compile(rf"(?P<day>\b\d{{1,2}}) (?P<month>{MONTH}) '?(?P<year>\d\d)\b(?!:)"),
        Why.SHORT_YEAR,
        _short_year,
    ),
    (
        _compile(
            rf"\b(?P<month>{MONTH}) (?P<number>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?: (?P<year>\d{{4}})\b)?"
        ),
        Why.MONTH_FIRST,
        _month_first,
    ),
)
