"""The checker: reads only what clients received, what people typed, and what the nemesis did.

Each watch has its `Track`; here is what goes beyond one of them: the order of it all, the rooms,
the desk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from tests.soak.known import Known
from tests.soak.overtaking import overtaken
from tests.soak.people import Deed, Wish
from tests.soak.reading import Read, read
from tests.soak.track import Track
from tests.soak.world import Received


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may not be, and how often each kind of obligation was looked at."""

    faults: list[str]
    counts: Counter[str]


def check(
    wishes: Sequence[Wish],
    deeds: Sequence[Deed],
    received: Sequence[Received],
    known: Known,
    rooms: dict[str, str],
) -> Verdict:
    """Return everything that may not be, each as a line."""
    faults: list[str] = []
    tracks = {w.number: Track(known, w, faults) for w in wishes}
    by_code: dict[str, Track] = {}
    happened: list[tuple[float, int, Deed | Received]] = [
        *((deed.at, 0, deed) for deed in deeds),
        *((got.at, 1, got) for got in received),
    ]
    happened.sort(key=lambda one: one[:2])
    early: set[tuple[str, str]] = set()
    for number, (at, _, what) in enumerate(happened, start=1):
        for track in tracks.values():
            track.still_silent(at)
        if isinstance(what, Deed):
            tracks[what.number].typed(what)
            continue
        several = read(what.text)
        for said in several:
            if said.kind == "set":
                track = next(t for t in tracks.values() if t.wish.person == said.person)
                by_code[said.code] = track
        _right_room(what, tracks, by_code, rooms, faults)
        for said in several:
            if said.code not in by_code or (what.event, said.code) in early:
                continue
            track = by_code[said.code]
            own = rooms[track.wish.room]
            if said.kind == "notice" and what.room == own:
                later = (one for _, _, one in islice(happened, number, None))
                found = overtaken(track, at, said, later, own)
                if found is not None:
                    got, answer = found
                    track.counts["notice before an answer that was held up"] += 1
                    track.answered(at, answer)
                    early.add((got.event, answer.code))
            _take(at, what.room, said, track, rooms)
    for track in tracks.values():
        track.still_silent(known.end)
        _desk(track)
    if len({got.event for got in received}) != len(received):
        faults.append("an event came twice")
    return Verdict(faults, sum((track.counts for track in tracks.values()), Counter()))


def _take(at: float, room: str, said: Read, track: Track, rooms: dict[str, str]) -> None:
    """Note what a text says of one watch."""
    if said.kind == "desk":
        track.at_desk.append((at, said.level))
        track.told(at, said)
    elif room == rooms[track.wish.room]:
        if said.kind == "notice":
            track.noticed(at, said)
        else:
            track.answered(at, said)


def _right_room(
    got: Received,
    tracks: dict[int, Track],
    by_code: dict[str, Track],
    rooms: dict[str, str],
    faults: list[str],
) -> None:
    """No name of a watch's person outside its own room, no code outside that and the desk."""
    faults.extend(
        f"t={got.at:.0f}: {track.wish.person} named in {got.room}"
        for track in tracks.values()
        if track.wish.person in got.text and got.room != rooms[track.wish.room]
    )
    for code, track in by_code.items():
        if f"`{code}`" in got.text and got.room not in (rooms[track.wish.room], rooms["desk"]):
            faults.append(f"t={got.at:.0f}: {code} named in {got.room}")


def _desk(track: Track) -> None:
    """The desk got exactly the levels that name it, in order, each when the room got it."""
    ours, theirs = track.to_desk, track.at_desk
    for number, (at, level) in enumerate(ours):
        if number >= len(theirs):
            if track.known.must_be_by(track.known.began, at) < track.known.end:
                track.fault(at, f"level {level} was never said at the desk")
            break
        there, told = theirs[number]
        early, late = min(at, there), max(at, there)
        if told != level or track.known.must_be_by(track.known.began, early) < late:
            track.fault(at, f"level {level} at the desk: level {told} at t={there:.0f}")
            break
    if len(theirs) > len(ours):
        track.fault(theirs[len(ours)][0], "the desk was told of what the room was not")
