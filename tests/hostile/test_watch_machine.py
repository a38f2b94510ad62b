"""The table of a watch, walked by random people and a random clock.

Whatever is typed and whatever the clock does: exactly one thing waits unless the watch has ended,
the level never falls within one alarm, each level on the way is told or reported as skipped, and
after an acknowledgement nothing comes until it expires, and then the next level.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain import bodies as b
from bot.domain.case import Watch
from bot.domain.casefile_ladder import parse_ladders
from bot.domain.ids import Code, CompartmentId, EventId, SeatId
from bot.domain.ladder import level_after
from bot.domain.vocabulary import WatchState
from bot.domain.watch_clock import key_of, ladder_of, waits_for
from bot.domain.watch_states import TABLE, Happening
from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from tests.support.orchid import QUIET
from tests.support.playbook import opened

S = WatchState
LADDERS = parse_ladders(
    """
[[ladder]]
id = "long"
[[ladder.step]]
roles = ["liaison"]
wait = "20 min"
[[ladder.step]]
roles = ["observer"]
wait = "30 min"
[[ladder.step]]
roles = ["verifier"]
wait = "1 h"
[[ladder.step]]
rooms = ["own", "desk"]
wait = "2 h"

[[ladder]]
id = "short"
[[ladder.step]]
rooms = ["own", "desk"]
wait = "1 h"
"""
)
PAIRS = {(row.state, row.happening): row.to for row in TABLE}
NUMBERS = count()
MINUTES = st.integers(1, 2400)


class Walk(RuleBasedStateMachine):
    """One watch in the humanitarian room."""

    @initialize(ladder=st.sampled_from(["", " ladder long", " ladder short"]))
    def sets(self, ladder: str) -> None:
        self.play = opened(text=QUIET)
        self.play.ladders = LADDERS
        add = f"!watch add sign of life for H-TEAL every 24h grace 2h{ladder}"
        self.code = Code(self.play.code_of(self.play.types("brenner", "humanitarian", add)))
        self.read = len(self.play.written) - 1
        self.shadow = S.SCHEDULED
        self.quiet: datetime | None = None
        self.level, self.skipped = 0, set[int]()
        self.keys = set(self.play.due)
        self.ladder = ladder_of(self.watch)

    @property
    def watch(self) -> Watch:
        return self.play.case.watches[self.code]

    def desk(self, line: str) -> None:
        asked = self.play.types("lindqvist", "desk", line)
        if "Waiting as" in asked:
            self.play.types("adeyemi", "desk", f"!approve {self.play.code_of(asked)}")

    def here(self, line: str, seat: str = "brenner") -> None:
        self.play.types(seat, "humanitarian", line)

    # -- what people do --------------------------------------------------------------------------

    @precondition(lambda self: self.watch.state in (S.GRACE, S.OVERDUE, S.ACKED))
    @rule(minutes=st.integers(1, 2880))
    def acks(self, minutes: int) -> None:
        self.here(f"!ack {self.code} until in {minutes} min because of rain")

    @rule(how=st.sampled_from(["visit", "media", "sighting", "assertion"]))
    def reports(self, how: str) -> None:
        self.here(f"!report {self.code} {how}: words")

    @rule(minutes=st.integers(1, 20_160))
    def suspends(self, minutes: int) -> None:
        self.desk(f"!watch suspend {self.code} until in {minutes} min because of rain")

    @precondition(lambda self: self.watch.state is S.SUSPENDED)
    @rule()
    def resumes(self) -> None:
        self.here(f"!watch resume {self.code}")

    @rule(name=st.sampled_from(["long", "short"]))
    def changes_the_ladder(self, name: str) -> None:
        self.here(f"!watch ladder {self.code} {name}")

    @precondition(lambda self: len(self.watch.story) > 6)
    @rule()
    def ends(self) -> None:
        self.desk(f"!watch end {self.code} because H-TEAL is home")

    @rule(seat=st.sampled_from(["brenner", "salim"]))
    def leaves_or_comes(self, seat: str) -> None:
        place = CompartmentId("humanitarian")
        sits = seat in self.play.case.compartments[place].seats
        if sits and len(self.play.case.compartments[place].seats) > 3:
            self.play.appends(b.SeatWithdrawn(place, SeatId(seat)))
        elif not sits:
            self.play.appends(b.SeatPlaced(place, SeatId(seat)))

    # -- what the clock does -----------------------------------------------------------------------

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.play.passes(minutes=minutes)

    @precondition(lambda self: self.watch.state is not S.ENDED)
    @rule()
    def what_waits_comes(self) -> None:
        waits = waits_for(self.watch)
        assert waits is not None
        wait = max(waits[1] - self.play.now, timedelta(0))
        self.play.passes(seconds=wait.total_seconds())

    @precondition(lambda self: bool(self.keys))
    @rule(number=st.integers(0, 50))
    def a_stale_key_comes(self, number: int) -> None:
        """A row that was taken off just when what it waited for was settled."""
        key = sorted(self.keys)[number % len(self.keys)]
        event = EventId(f"stale {next(NUMBERS)}")
        if key not in self.play.due:
            self.play.take(DeadlineReached(event, self.play.now, key, self.play.now))

    @rule(minutes=MINUTES)
    def the_bot_is_away(self, minutes: int) -> None:
        self.play.is_away(minutes=minutes)

    @rule(minutes=st.integers(-3000, 3000).filter(lambda n: abs(n) > 2))
    def the_clock_is_set(self, minutes: int) -> None:
        since, self.play.now = self.play.now, self.play.now + timedelta(minutes=minutes)
        event = EventId(f"set {next(NUMBERS)}")
        kind = ClockSet if minutes % 2 else BotReturned
        self.quiet = None if minutes < 0 else self.quiet
        self.play.take(kind(event, self.play.now, since))

    # -- what must hold ----------------------------------------------------------------------------

    @invariant()
    def one_thing_waits(self) -> None:
        waits = waits_for(self.watch)
        expected = {} if waits is None else {key_of(self.watch, waits[0]): waits[1]}
        assert self.play.due == expected
        self.keys |= set(self.play.due)
        assert (waits is None) == (self.watch.state is S.ENDED)

    @invariant()
    def the_table_is_kept(self) -> None:
        """Read what was put on record since, against the table and against what was said."""
        for at, body in self.play.written[self.read + 1 :]:
            self.read += 1
            happening = self.happened(body)
            if happening is None:
                continue
            assert (self.shadow, happening) in PAIRS, "the engine records only what can happen"
            self.shadow = PAIRS[self.shadow, happening]
            if isinstance(body, b.WatchRaised):
                self.raised(at, body)
            elif isinstance(body, b.WatchSatisfied):
                self.level, self.skipped, self.quiet = 0, set(), None
            elif isinstance(body, b.WatchAcked):
                self.quiet = body.until
            elif isinstance(body, b.LadderApplied):
                self.ladder = body.ladder
            elif not isinstance(body, b.ReportTooWeak):
                self.quiet = None
        assert self.watch.state is self.shadow
        assert self.watch.level == self.level

    def happened(self, body: b.Body) -> Happening | None:
        if isinstance(body, b.WatchRaised):
            return Happening.RAISED if body.level else Happening.REMINDED
        if isinstance(body, b.WatchResumed):
            return Happening.RESUMED_LATE if self.level else Happening.RESUMED
        return OTHERS.get(type(body))

    def raised(self, at: datetime, body: b.WatchRaised) -> None:
        last = max(len(self.ladder), self.level)
        late = at - body.occurrence - timedelta(hours=2)
        by_time = level_after(self.ladder, late) if late >= timedelta(0) else 0
        asked = max(self.level + 1, by_time)
        if self.quiet is not None:
            assert at >= self.quiet, "nothing before an acknowledgement expires"
            assert body.level >= min(self.level + 1, last), "it resumes at the next level"
            asked = self.level + 1
        assert not self.skipped & set(body.skipped), "told once in an alarm"
        self.skipped |= set(body.skipped)
        assert self.level <= body.level <= last, "a level never falls"
        assert set(range(asked, body.level)) <= self.skipped, "what is left out was skipped"
        said = [h for h in self.play.heard if h.at == at]
        own = [h.text for h in said if h.compartment == "humanitarian"]
        words = f"level {body.level}" if body.level else "Due now"
        assert any(words in text for text in own), "every level reached is told"
        for level in body.skipped:
            told = f"Level {level} of watch" if level != body.level else "Nobody in"
            assert any(told in h.text for h in said if h.compartment == "desk")
        self.level, self.quiet = body.level, None


OTHERS: dict[type[b.Body], Happening] = {
    b.WatchAcked: Happening.ACKED,
    b.WatchSatisfied: Happening.PROVED,
    b.ReportTooWeak: Happening.WEAK,
    b.WatchSuspended: Happening.SUSPENDED,
    b.LadderApplied: Happening.LADDER,
    b.WatchEnded: Happening.ENDED,
}

TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
