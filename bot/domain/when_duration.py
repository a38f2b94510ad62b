"""Lengths of time as people type them: "14d", "1h30m", "2 weeks 3 days".

No months and years: their length is not one length.
"""

import re
from datetime import timedelta
from typing import Final

from bot.domain.when_types import MAX_TYPED, plain

LONGEST: Final = timedelta(days=3660)

_DURATION: Final = re.compile(
    r"(?:(?P<weeks>\d{1,4}) ?(?:w|weeks?))? ?"
    r"(?:(?P<days>\d{1,4}) ?(?:d|days?))? ?"
    r"(?:(?P<hours>\d{1,5}) ?(?:h|hrs?|hours?) ?"
    # A lone `m` could be months; after hours it cannot.
    r"(?:(?P<minutes_of_hour>\d{1,2}) ?(?:m|mins?|minutes?))?)?"
    r"(?:(?P<minutes>\d{1,7}) ?(?:mins?|minutes?))?",
    re.ASCII,
)


def read_duration(text: str) -> timedelta | None:
    """A positive length of time up to ten years, whole minutes; None if not one.

    Forms: `14d`, `7 days`, `90 min`, `1h30m`, `2 weeks 3 days`. A day is 24 hours here.
    """
    found = _DURATION.fullmatch(plain(text)) if len(text) <= MAX_TYPED else None
    if found is None:
        return None
    parts = {name: int(value) for name, value in found.groupdict(default="0").items()}
    length = timedelta(
        weeks=parts["weeks"],
        days=parts["days"],
        hours=parts["hours"],
        minutes=parts["minutes"] + parts["minutes_of_hour"],
    )
    return length if timedelta(0) < length <= LONGEST else None


def largest_unit(length: timedelta) -> tuple[int, str]:
    """A length of whole minutes as a count of days, hours or minutes, whichever fits first."""
    minutes = length // timedelta(minutes=1)
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes % size == 0:
            return minutes // size, unit
    return minutes, "min"
