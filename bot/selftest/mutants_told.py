"""Leaks in what is said: counts, totals, times and codes of what the reader may not read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain.bodies import ConsentRefused, ItemRecorded, ReleaseAsked
from bot.domain.case import Case, ReleaseRequest
from bot.engine.effects import Append, Say
from bot.engine.events import CommandReceived, Event
from bot.selftest.faults import Args, Effects, Fault, Mutant, both, counted, decided, told
from bot.words.phrase import Moment, phrase

NOTHING: Final = phrase("nothing")


def _pending(case: Case) -> int:
    return sum(bool(request.waits_for()) for request in case.requests.values())


def _words(case: Case) -> int:
    return len(case.words)


def _overdue(case: Case) -> int:
    return sum(watch.level > 0 for watch in case.watches.values())


def _request_in(event: Event, case: Case) -> ReleaseRequest | None:
    """Return the request that a typed line names."""
    words = event.text.split() if isinstance(event, CommandReceived) else []
    return next((r for code, r in case.requests.items() if code in words), None)


def _source_code(args: Args, event: Event, case: Case) -> Args:
    request = _request_in(event, case)
    return args if request is None else {**args, "code": f"{args['code']} of {request.item}"}


def _source_time(args: Args, event: Event, case: Case) -> Args:
    request = _request_in(event, case)
    if request is None:
        return args
    at = case.items[request.item].recorded_at
    return {**args, "code": f"{args['code']} of {at:%H:%M:%S}"}


def _author_kept() -> Fault:
    authors: dict[str, str] = {}

    def change(event: Event, case: Case, effects: Effects) -> Effects:
        for effect in effects:
            if isinstance(effect, Append) and isinstance(effect.body, ItemRecorded):
                authors[effect.body.code] = effect.body.by
        request = _request_in(event, case)
        author = authors.get(request.item) if request is not None else None
        if author is None:
            return effects
        return tuple(_signed(e, author) if isinstance(e, Say) else e for e in effects)

    return decided(change)


def _signed(say: Say, author: str) -> Say:
    if say.phrase.key != "release.item":
        return say
    signed = ((k, f"{v} by {author}" if k == "code" else v) for k, v in say.phrase.args)
    return replace(say, phrase=replace(say.phrase, args=tuple(signed)))


def _request_at_target(event: Event, case: Case, effects: Effects) -> Effects:
    """Tell the target that something is about to come."""
    del event, case
    asked = [e.body for e in effects if isinstance(e, Append) and isinstance(e.body, ReleaseAsked)]
    soon = phrase("receipt.coming", code="soon")
    return (*effects, *(Say(body.target, soon) for body in asked))


def _refusal_told(event: Event, case: Case, effects: Effects) -> Effects:
    """Tell the target, and the desk, that the other side refused."""
    del event
    found = [e.body for e in effects if isinstance(e, Append)]
    refused = [case.requests[b.code] for b in found if isinstance(b, ConsentRefused)]
    places = [place for r in refused for place in (r.target, *(d.id for d in case.desks()))]
    more = [Say(place, phrase("consent.refused", code="it")) for place in places]
    return (*effects, *more)


def _told_at_desk(event: Event, case: Case, effects: Effects) -> Effects:
    """Quote to the mediators what was put on record anywhere."""
    if not isinstance(event, CommandReceived) or not event.text.startswith("!record"):
        return effects
    words = phrase("wrong.unknown", typed=event.text[:60], hint=NOTHING)
    return (*effects, *(Say(desk.id, phrase("refused", why=words)) for desk in case.desks()))


def _slack(args: Args, event: Event, case: Case) -> Args:
    """Show, for the time that it is, the earliest deadline of anybody."""
    dues = [c.due for c in case.commitments.values()]
    dues += [w.occurrence for w in case.watches.values()]
    return {**args, "now": Moment(min(dues, default=event.at))}


def _news_only(event: Event, case: Case, effects: Effects) -> Effects:
    """Send a digest only while something is open anywhere."""
    del event
    if case.watches or case.requests or case.items:
        return effects
    return tuple(e for e in effects if not (isinstance(e, Say) and e.phrase.key == "digest"))


def _hidden_section(args: Args, event: Event, case: Case) -> Args:
    """Leave out a section, unless there is more on record than the reader sees."""
    del event
    shown = args["status"]
    more = not isinstance(shown, tuple) or len(case.items) > len(shown)
    return args if more else {**args, "due": ()}


def _help_by_state(args: Args, event: Event, case: Case) -> Args:
    """List as many commands as there are things that they could be about, anywhere."""
    del event
    lines = args["lines"]
    return {**args, "lines": lines[: 3 + len(case.items)]} if isinstance(lines, tuple) else args


TOLD: Final = (
    Mutant("status totals", "`!status` counts every item of the case", counted("status", "day", lambda c: len(c.items))),
    Mutant("pending requests", "`!status` counts requests that wait anywhere", counted("status", "day", _pending)),
    Mutant("digest counts redacted", "a digest counts what was left out", counted("digest", "day", lambda c: len(c.items))),
    Mutant("digest counts overdue", "a digest counts watches overdue anywhere", counted("digest", "day", _overdue)),
    Mutant("hidden section", "a section is there only if something in it is hidden", told("digest", _hidden_section)),
    Mutant("digest on news", "a digest comes only while something happens anywhere", decided(_news_only)),
    Mutant("board totals", "an empty board says how much is on record elsewhere", counted("board.empty", "usage", lambda c: len(c.items))),
    Mutant("watch numbering", "the list of watches numbers them over all rooms", counted("watch.none", "usage", lambda c: len(c.watches))),
    Mutant("shared pseudonyms", "a person's number counts over all compartments", counted("watch.added", "person", lambda c: len(c.watches))),
    Mutant("evidence count", "a report is numbered over all rooms", counted("wrong.no_item", "verb", lambda c: len(c.evidence))),
    Mutant("erased count", "an erasure says how many words there were", both(counted("erase.warn_person", "what", _words), counted("erase.warn_record", "what", _words))),
    Mutant("slack", "time left is reckoned by promises of others", told("status", _slack)),
    Mutant("error trace", "an error tells how far the journal is", counted("wrong.no_item", "verb", lambda c: c.head)),
    Mutant("help by state", "help lists what there is something for, anywhere", told("help", _help_by_state)),
    Mutant("source code", "a released text carries its source's code", told("release.item", _source_code)),
    Mutant("source time", "a released text carries its source's time", told("release.item", _source_time)),
    Mutant("source author", "a released text names its source's author", _author_kept()),
    Mutant("request at target", "the target hears of a request to release", decided(_request_at_target)),
    Mutant("refusal told", "a refusal is told outside", decided(_refusal_told)),
    Mutant("desk reads along", "the desk is told what was put on record", decided(_told_at_desk)),
)  # fmt: skip
