"""The third promise as a law: whatever is typed and whatever the clock does, something waits.

After every act each watch, and each digest on the clock, has exactly one row that waits; it is
never further off than the longest silence that somebody was promised.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.domain.ids import EventId
from bot.engine.events import BotReturned, DeadlineReached
from tests.support.playbook import Play, opened

ACTS = st.one_of(
    st.tuples(st.just("passes"), st.integers(1, 3000)),
    st.tuples(st.just("jumps"), st.integers(-5000, 5000)),
    st.tuples(st.just("is away"), st.integers(1, 5000)),
    st.tuples(st.just("ack"), st.integers(1, 2800)),
    st.tuples(st.just("report"), st.sampled_from(["visit", "sighting", "assertion"])),
    st.tuples(st.just("stale"), st.integers(0, 50)),
)
BACK = count()
LONGEST = timedelta(days=2, hours=12)
"""Two periods of the watch, or the longest acknowledgement."""


def acts(play: Play, code: str, kind: str, how: int | str, keys: list[str]) -> None:
    match kind, how:
        case "passes", int():
            play.passes(minutes=how)
        case "jumps", int():
            since, play.now = play.now, play.now + timedelta(minutes=how)
            play.take(BotReturned(EventId(f"back-{next(BACK)}"), play.now, since))
        case "is away", int():
            play.is_away(minutes=how)
        case "ack", int():
            line = f"!ack {code} until in {how} min because of rain"
            play.types("brenner", "humanitarian", line)
        case "report", str():
            play.types("brenner", "humanitarian", f"!report {code} {how}: words")
        case "stale", int():
            # A row that came up just before what it waited for was settled.
            settled = [key for key in keys if key not in play.due and key not in play._fired]
            if settled:
                key = settled[how % len(settled)]
                play._fired.add(key)
                play.take(DeadlineReached(EventId(f"due:{key}"), play.now, key, play.now))
        case _:
            raise AssertionError(kind, how)


@given(st.lists(ACTS, max_size=14))
@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_every_watch_and_every_digest_waits_for_something(
    script: list[tuple[str, int | str]],
) -> None:
    play = opened()
    add = "!watch add sign of life for H-TEAL every 24h grace 2h step 3h"
    code = play.code_of(play.types("brenner", "humanitarian", add))
    digests = sorted(c.id for c in play.case.compartments.values() if c.digest)
    assert digests
    keys = list(play.due)
    for kind, how in script:
        acts(play, code, kind, how, keys)
        keys.extend(key for key in play.due if key not in keys)
        for prefix in (f"watch:{code}:", *(f"digest:{place}:" for place in digests)):
            waiting = [at for key, at in play.due.items() if key.startswith(prefix)]
            assert len(waiting) == 1, (kind, how, prefix, play.due)
            assert waiting[0] - play.now <= LONGEST, (kind, how, prefix, waiting, play.now)
