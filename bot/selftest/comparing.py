"""What is outside, and the first thing in it that differs between two twins.

Everything that left the bot for a room outside the domain is compared: text, formatted text,
mentions, kind, file, instant, transaction, order and number. Left out is what is meant to be seen,
each with its reason: the table `MEANT`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Final

from bot.domain.ids import RoomId
from bot.engine.effects import GiveReceipt, Say
from bot.ledger.encoding import FormatError
from bot.ledger.receipt import parse_receipt
from bot.selftest import stage
from bot.selftest.history import History
from bot.selftest.homeserver import Sent
from bot.selftest.life import Cause, Played
from bot.selftest.naming import is_hidden
from bot.words.phrase import Phrase, listed

MEANT: Final[Mapping[str, str]] = {
    "watch.desk": "the last level of a ladder reaches the desk",
    "watch.desk_many": "as watch.desk, of several at once",
    "watch.nobody": "a level that nobody can answer is told to the desk",
    "watch.skipped": "a level that nobody can answer is told to the desk",
    "watch.flapping": "a watch that flaps is told to the desk",
    "watch.resumed_desk": "the desk ends what the desk began",
    "watch.ended": "an erased watch ends where the desk can see it",
    "question.duress": "who is threatened says so to the desk, and to nobody else",
    "question.failed_desk": "an answer that could not be compared is the desk's to deal with",
    "digest.unread": "a digest that nobody confirms is told to the desk",
    "digest.missed": "a digest that could not be given is told to the desk",
    "digest.stopped": "a digest that the gate denied is told to the desk",
}
"""What the desk is told of any compartment, by catalogue key: code and compartment, never words."""

FAULTS: Final[Mapping[str, str]] = {
    "wrong.bug": "a line broke the bot",
    "wrong.deadline": "a deadline broke the bot",
    "denied.label": "the engine meant to say what the gate denies",
    "denied.bug": "a text broke the bot on its way out",
}
"""What no history should bring about, whatever its twin shows."""
HASHES: Final = re.compile(r"[A-Za-z0-9+/]{42,}={0,2}")
"""A root or a signature: it commits to everything, and shows nothing."""
VOICE: Final = re.compile(r"(?:\d{5} ){7}\d{5}")
"""The same in digits, to be compared by voice."""
RECEIPTS_AT_S: Final = 5
"""A receipt comes within seconds of its checkpoint, not at an instant: see docs/THREATS.md."""
STUCK: Final = "stuck:"
"""What could not go is noticed when it is tried again, which is when any room has something to say."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing as its room could observe it."""

    at: float
    place: str
    kind: str
    body: str
    formatted: str = ""
    mentions: tuple[str, ...] = ()
    name: str = ""
    content: str = ""
    txn: str = ""


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first thing that differs: `what` of it, and how it was in each twin (None: not there)."""

    place: str
    what: str
    one: Seen | None
    other: Seen | None


def observed(history: History, played: Played) -> dict[str, list[Seen]]:
    """Return what each place outside could observe, in order."""
    places = {stage.room_of(place): place for place in stage.SITTING}
    found: dict[str, list[Seen]] = {p: [] for p in stage.SITTING if p not in history.domain}
    for sent in played.sent:
        place = places.get(RoomId(sent.room), sent.room)
        if place in history.domain or _meant(history, played, place, sent):
            continue
        found.setdefault(place, []).append(_seen(played, place, sent))
    for steps in found.values():
        steps.sort(key=lambda seen: seen.at)
    return found


def _seen(played: Played, place: str, sent: Sent) -> Seen:
    cause = played.cause(sent.txn)
    at = _instant(cause, place, sent)
    return Seen(
        at,
        place,
        sent.kind,
        _without_hashes(sent.body),
        _without_hashes(sent.formatted),
        sent.mentions,
        sent.name,
        _content(sent.content),
        sent.txn if cause is None or not cause.named else cause.event,
    )


def _instant(cause: Cause | None, place: str, sent: Sent) -> float:
    """Return when it was sent; at the desk when it was decided: what is meant for it goes before."""
    if cause is not None and isinstance(cause.effect, GiveReceipt):
        return sent.at - sent.at % RECEIPTS_AT_S
    if cause is not None and cause.event.startswith(STUCK):
        return cause.made_at - cause.made_at % RECEIPTS_AT_S
    return cause.made_at if cause is not None and stage.KIND.get(place) == "desk" else sent.at


def _without_hashes(text: str) -> str:
    return VOICE.sub("<digits>", HASHES.sub("<hash>", text))


def _content(content: bytes) -> str:
    """Return what a file shows; of a receipt the fields it discloses."""
    text = content.decode("utf-8", "replace")
    try:
        receipt = parse_receipt(text)
    except FormatError:
        return text
    shown = [f"{d.name} = {d.value!r}" for d in receipt.disclosures]
    return "\n".join([*shown, f"{len(receipt.parties)} signatures"])


def _meant(history: History, played: Played, place: str, sent: Sent) -> bool:
    cause = played.cause(sent.txn)
    row = cause.effect if cause is not None else None
    if not isinstance(row, Say) or stage.KIND.get(place) != "desk":
        return False
    if row.phrase.key not in MEANT or row.phrase.key == "refused":
        return False
    named = set(_texts(row.phrase))
    compartments = named & set(stage.SITTING)
    return compartments <= history.domain and (
        bool(compartments) or not any(_is_code(text) and not is_hidden(text) for text in named)
    )


def _keys(said: Phrase) -> set[str]:
    inner = (value for _, value in said.args if isinstance(value, Phrase))
    return {said.key}.union(*map(_keys, inner))


def _texts(said: Phrase) -> Iterator[str]:
    for _, value in said.args:
        for inner in listed(value) or (value,):
            if isinstance(inner, Phrase):
                yield from _texts(inner)
            elif isinstance(inner, str):
                yield inner


def _is_code(text: str) -> bool:
    return len(text) == 4 and text.isupper()


def fault_in(played: Played) -> Divergence | None:
    """Return the first sign of a fault of the bot's own: an error, or a text that the gate denied."""
    for sent in played.sent:
        cause = played.cause(sent.txn)
        effect = cause.effect if cause is not None else None
        found = FAULTS.keys() & _keys(effect.phrase) if isinstance(effect, Say) else set()
        for key in sorted(found):
            return Divergence(sent.room, FAULTS[key], _seen(played, "", sent), None)
    return None


def first_difference(history: History, one: Played, other: Played) -> Divergence | None:
    """Return the earliest observable that differs; None if there is none."""
    left, right = observed(history, one), observed(history, other)
    found: list[tuple[float, Divergence]] = []
    for place in sorted(left.keys() | right.keys()):
        for a, b in zip_longest(left.get(place, []), right.get(place, [])):
            if a != b:
                at = min(s.at for s in (a, b) if s is not None)
                found.append((at, Divergence(place, _what(a, b), a, b)))
                break
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _what(one: Seen | None, other: Seen | None) -> str:
    if one is None or other is None:
        return "number"
    names = [f.name for f in fields(Seen) if getattr(one, f.name) != getattr(other, f.name)]
    return ", ".join(names)


__all__ = ["MEANT", "Divergence", "Seen", "fault_in", "first_difference", "observed"]
