"""Deadlines of one room taken as one lot, as the road does it (`bot.runner.together`)."""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.ids import EventId
from bot.engine.events import DeadlineReached, DeadlinesReached
from tests.support.playbook import Play


def fires(play: Play, *more: str) -> list[b.WatchRaised | b.WatchesRaised]:
    """Take all that is due as one lot, and these keys; return what is put on record."""
    ready = sorted((at, key) for key, at in play.due.items() if at <= play.now)
    ready += [(play.now, key) for key in more]
    for _, key in ready:
        play.due.pop(key, None)
        play._fired.add(key)
    due = tuple(DeadlineReached(EventId(f"due:{key}"), play.now, key, at) for at, key in ready)
    before = len(play.written)
    play.take(DeadlinesReached(EventId(f"{due[0].id}+{len(due) - 1}"), play.now, due))
    bodies = [body for _, body in play.written[before:]]
    raises = [one for one in bodies if isinstance(one, b.WatchRaised | b.WatchesRaised)]
    assert len(raises) == len(bodies), "nothing else is written"
    return raises
