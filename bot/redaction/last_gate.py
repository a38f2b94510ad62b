"""The last look at finished words, for what their reader must not see.

Body, formatted body, the text of a PDF and of a chart, as they will be sent; also over the joint of
two parts, where a name was split. It says of which kind and where, never what: its report goes to
people who may not read it either. A verdict only; whoever asks stops the sending, also when this
raises or is late.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final

from bot.redaction.folding import fold
from bot.redaction.hits import Hit, Kind
from bot.redaction.identifiers import identifiers
from bot.redaction.protected import Protected
from bot.redaction.views import views
from bot.redaction.views_printed import as_printed

_REACH: Final = 160
"""Characters to each side of a joint that are read together."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something protected of a kind stands in part `part` (from 0), from `start` to `end`.

    Over a joint, `end` counts in the part where it ends, which is `last`.
    """

    part: int
    start: int
    last: int
    end: int
    kind: Kind


def scan(parts: Iterable[str], protected: Protected) -> tuple[Finding, ...]:
    """Return every place where finished parts show what is protected, none when they may be sent.

    Parts are in the order in which their reader sees them.
    """
    texts = list(parts)
    found = {
        Finding(at, hit.start, at, hit.end, hit.kind)
        for at, text in enumerate(texts)
        for hit in _hits(text, protected)
    }
    if len(texts) > 1:
        found.update(_over_joints(texts, protected))
    return tuple(sorted(found))


def _hits(text: str, protected: Protected) -> Iterator[Hit]:
    for view in chain(views(text), as_printed(text)):
        folded = fold(view.text)
        for hit in protected.hits(folded):
            yield view.home(hit)
        if protected.keys:
            for hit in identifiers(folded):
                if protected.is_kept(hit):
                    yield view.home(hit)
            for hit in protected.inside_hits(folded):
                yield view.home(hit)


def _over_joints(texts: list[str], protected: Protected) -> Iterator[Finding]:
    """Yield what only shows when parts are read one after another, with and without a space."""
    for joint in (" ", ""):
        ends = list(accumulate(len(text) + len(joint) for text in texts))
        begins = [0, *ends[:-1]]
        whole = joint.join(texts)
        for low, high in _neighbourhoods(ends[:-1], len(whole)):
            for hit in _hits(whole[low:high], protected):
                start, end = low + hit.start, low + hit.end
                first, last = bisect_right(ends, start), bisect_right(ends, end - 1)
                if first < last < len(texts):
                    yield Finding(first, start - begins[first], last, end - begins[last], hit.kind)


def _neighbourhoods(joints: list[int], length: int) -> Iterator[tuple[int, int]]:
    """Yield the text around each joint, joints that lie close together as one."""
    start = end = -1
    for joint in joints:
        low, high = max(0, joint - _REACH), min(length, joint + _REACH)
        if start >= 0 and low <= end:
            end = high
            continue
        if start >= 0:
            yield start, end
        start, end = low, high
    if start >= 0:
        yield start, end
