"""A notice that came before an answer that was decided earlier, and is to be judged after it.

Notices are urgent and leave first. When a fault held both back, the notice of the next check, or
of the level after an acknowledgement, comes before the answer to what was typed. Only what the two
texts say tells that: the answer names the due time, or the end of the quiet, that the notice counts
from. Whether it was time for it, and for that level, is judged afterwards as of any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tests.soak.people import Deed
from tests.soak.reading import EXPIRED, Read, read
from tests.soak.track import Track
from tests.soak.world import Received

ANSWERS = frozenset({"reported", "acked", "weak", "refused"})
MINUTE = timedelta(minutes=1)
_DAY = r"\d+ [A-Z][a-z]{2}"
_MOMENT = (
    rf"\w{{3}} (?P<here>{_DAY})(?: \d{{4}})? (?P<clock>\d\d:\d\d) "
    rf"(?:[^(\n]*\((?:(?P<there>{_DAY})(?: \d{{4}})? )?(?P<utc>\d\d:\d\d) )?UTC"
)
_NEXT_DUE = re.compile(rf"Next due {_MOMENT}")
_QUIET = re.compile(rf"is quiet until {_MOMENT}")
_OVERDUE_FROM = re.compile(rf"Overdue from {_MOMENT}")
_FROM = re.compile(rf"from {_MOMENT}")
_LATE = re.compile(r"(\d+) (d|h|min)\b")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": MINUTE}


def overtaken(
    track: Track, at: float, said: Read, later: Iterable[Deed | Received], room: str
) -> tuple[Received, Read] | None:
    """Return the answer that a notice came before, if it is to be judged after it.

    `later` is what happened after the notice, in order. In a world in which all works, nothing
    overtakes anything; and an answer that comes too late is none.
    """
    known = track.known
    if not track.pending or known.calm(track.pending[0].at, at):
        return None
    deed = track.pending[0]
    by = known.must_be_by(known.began, deed.at)
    for got in later:
        if got.at > by:
            return None
        if not isinstance(got, Received) or got.room != room:
            continue
        for one in read(got.text):
            if one.code != said.code:
                continue
            if one.kind == "notice" and one.level < said.level:
                # Within one alarm no level falls: the next check begins after this notice.
                return None
            if one.kind in ANSWERS:
                latest = known.walls(deed.at, at)[1]
                return (got, one) if _counts_from(one, said, track, latest) else None
    return None


def _counts_from(answer: Read, said: Read, track: Track, latest: datetime) -> bool:
    """Tell whether a notice is of what comes after an answer: the next check, or the next level."""
    if answer.kind == "acked":
        until = _instant(_QUIET, answer.text, latest)
        return EXPIRED in said.text and not track.acked and until is not None and until <= latest
    due = _instant(_NEXT_DUE, answer.text, latest)
    if answer.kind != "reported" or due is None:
        return False
    if said.level:
        # Counted from the check before it, it would be later than the next one can be by now.
        late = sum((int(n) * _UNITS[unit] for n, unit in _LATE.findall(said.late)), timedelta(0))
        return due + late <= latest
    form, text = (_FROM, said.late) if said.listed else (_OVERDUE_FROM, said.text)
    return _instant(form, text, latest) == due + timedelta(seconds=track.wish.grace)


def _instant(form: re.Pattern[str], text: str, near: datetime) -> datetime | None:
    """Return the instant that a text shows in UTC; of the years that it can be of, the nearest."""
    found = form.search(text)
    if found is None:
        return None
    day = found["there"] or found["here"]
    clock = found["utc"] or found["clock"]
    shown: list[datetime] = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            moment = datetime.strptime(f"{day} {year} {clock}", "%d %b %Y %H:%M")  # noqa: DTZ007
        except ValueError:  # there is no 29 February in it
            continue
        shown.append(moment.replace(tzinfo=UTC))
    return min(shown, key=lambda moment: abs(moment - near))
