"""One watch as it can be known from outside, and what may be said of it when.

It keeps when the next notice may come at the earliest and must have come at the latest, and which
level it may have. Where a fault makes two orders of events possible it allows both, and nothing
else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.soak.calendar import MINUTE, At
from tests.soak.known import Known
from tests.soak.people import Deed, Wish
from tests.soak.reading import AWAY, EXPIRED, SET_BACK, SET_ON, Read

SECOND, ROUNDING = timedelta(seconds=1), timedelta(seconds=61)
LATE = timedelta(minutes=2, seconds=20)
AT_ONCE_S = 6.0
OUTAGE_S = 130.0
MIXED_UP = frozenset(
    {("report", "weak"), ("report", "acked"), ("ack", "reported"), ("weak", "acked")}
)
"""What was typed, and what may not come of it."""
PAPERS = ("family message",)
"""Where words count that prove nobody's life."""
MOST_MINUTES = 1500
"""A due time that is known less exactly than this is taken to be one of its ends."""


@dataclass
class Track:
    """One watch as it can be known from outside. `due` and `next` are (earliest, latest)."""

    known: Known
    wish: Wish
    faults: list[str]
    code: str = ""
    due: tuple[datetime, datetime] = field(init=False)
    next: tuple[datetime, datetime] = field(init=False)
    since: tuple[float, float] = (0.0, 0.0)
    level: int = -1
    acked: bool = False
    blurred: bool = False
    pending: list[Deed] = field(default_factory=list)
    within: bool = False
    to_desk: list[tuple[float, int]] = field(default_factory=list)
    at_desk: list[tuple[float, int]] = field(default_factory=list)
    set: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    backs: list[float] = field(default_factory=list)
    said: dict[tuple[str, int, str], tuple[float, str]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The level that repeats."""
        return len(self.wish.waits)

    def fault(self, at: float, what: str) -> None:
        """Note what may not be."""
        self.faults.append(
            f"t={at:.0f} ({self.known.wall(at):%m-%d %H:%M:%S}) {self.wish.person} {self.code}: {what}"
        )

    # -- what may not be missing -----------------------------------------------------------

    def still_silent(self, at: float) -> None:
        """Look, before something happens, whether something else should have happened."""
        if self.pending:
            deed = self.pending[0]
            if self.known.must_be_by(self.known.began, deed.at) < at:
                self.fault(at, f"no answer to {deed.kind} typed at t={deed.at:.0f}")
                self.pending.clear()
        if not self.set:
            return
        latest = self.next[1]
        by = self.known.must_be_by(latest, self.since[1])
        if self.level >= 0:
            for step in self.known.set_back(self.since[1], at):
                if self.known.absence(step + AT_ONCE_S) is None:
                    by = min(by, self.known.must_be_by(self.known.began, step))
        if by < at:
            self.fault(
                at,
                f"silent: a notice was due by t={by:.0f}, level so far {self.level}, acked {self.acked}",
            )
            self.blurred = True
            self.next = (self.known.began, self.known.wall(at))
            self.since = (at, at)

    # -- what people did -------------------------------------------------------------------

    def typed(self, deed: Deed) -> None:
        """Take note of a line; what it does is not known before its answer."""
        self.pending.append(deed)
        self.within = False

    def answered(self, at: float, said: Read) -> None:
        """Take an answer to the line that waits for one."""
        if not self.pending:
            self.fault(at, f"an answer to nothing: {said.kind}")
            return
        deed = self.pending.pop(0)
        if (deed.kind, said.kind) in self._wrong_answers():
            self.fault(at, f"{deed.kind} was answered as {said.kind}")
        early, late = self.known.walls(deed.at, at)
        early, late = early - ROUNDING, late + ROUNDING
        unsure = self.within and not self.known.calm(deed.at, at)
        match said.kind:
            case "set":
                self.counts["watch set"] += 1
                self.set, self.code = True, said.code
                since = self._first(early), self._first(late)
                self.due = self.next = since
                self.since = (deed.at, at)
            case "reported":
                self.counts[
                    "evidence ends it" if self.level >= 0 else "evidence before it is due"
                ] += 1
                self.said.clear()
                self._reported(early, late, unsure=unsure)
                self.since = (deed.at, at)
            case "acked":
                self.counts["acknowledged"] += 1
                self.acked, self.blurred = True, self.blurred or unsure
                long = timedelta(minutes=deed.minutes)
                self.next = (early + long, late + long)
                self.since = (deed.at, at)
            case kind:
                self.counts["weak report leaves it open" if kind == "weak" else kind] += 1

    def _wrong_answers(self) -> frozenset[tuple[str, str]]:
        proof = () if self.wish.kind in PAPERS else (("weak", "reported"),)
        return MIXED_UP.union(proof)

    def _first(self, now: datetime) -> datetime:
        schedule = self.wish.schedule
        return schedule.after(now, now)

    def _reported(self, early: datetime, late: datetime, *, unsure: bool) -> None:
        # Intervals are counted from a full minute.
        self.due = self.due[0].replace(second=0, microsecond=0), self.due[1]
        scheduled = {True, False} if unsure or self.blurred else {self.level < 0}
        found = [
            self._after(now, due, scheduled=one)
            for now in (early, late)
            for due in self._possible()
            for one in scheduled
        ]
        if not set(found).isdisjoint(self.due):
            # Early enough to leave the check that comes as it is: whenever that is, exactly.
            found += self.due
        self.due = min(found), max(found)
        self.next = self.due
        if unsure:
            # A notice of the next check may have come before the answer to this report.
            slow = sum(self.wish.waits) + self.wish.grace
            self.next = early, max(found) + timedelta(seconds=slow)
        self.level, self.acked, self.blurred = -1, False, unsure

    def _possible(self) -> list[datetime]:
        """Return what the due time can be: the ends of what is known, and the minutes between."""
        first, last = self.due
        minutes = int((last - first) / MINUTE)
        if minutes > MOST_MINUTES:
            return [first, last]
        return [first, *(first + number * MINUTE for number in range(1, minutes + 1)), last]

    def _after(self, now: datetime, due: datetime, *, scheduled: bool) -> datetime:
        schedule = self.wish.schedule
        following = schedule.after(due, due)
        if scheduled and due - now > (following - due) / 2:
            return due
        return schedule.after(max(due, now), due)

    # -- what the bot said by itself ---------------------------------------------------------

    def noticed(self, at: float, said: Read) -> None:
        """Judge a notice: is it its time, is it its level, does it say why it is late?"""
        back = SET_BACK in said.text
        steps = self.known.set_back(max(0.0, self.since[0] - 10), at)
        if not self.set:
            self.fault(at, "a notice of a watch whose setting was not answered")
            return
        self.within = True
        self._count(said, back=back)
        self._twice(at, said, steps)
        self.backs += [at] if back else []
        if back and not steps:
            self.fault(at, "says that the clock was set back, and it was not")
        if not (back or self.blurred):
            soonest = self.known.first_wall(self.next[0] - SECOND, self.since[0])
            if soonest > at:
                self.fault(
                    at,
                    f"too early: level {said.level}, not before {self.next[0]:%m-%d %H:%M:%S}, acked {self.acked}",
                )
        if not self.blurred:
            if EXPIRED in said.text and not self.acked:
                self.fault(at, "says that an acknowledgement has expired, and there was none")
            self._judge_level(at, said.level, back=back)
            self._judge_words(at, said, back=back)
        self._move(at, said.level, steps if back else [])
        if said.level in self.wish.desk_levels:
            self.to_desk.append((at, said.level))

    def _count(self, said: Read, *, back: bool) -> None:
        """Note which obligation this notice fulfils."""
        if back:
            kind = "raised again: clock set back"
        elif self.acked:
            kind = "next level after an acknowledgement"
        elif said.level == 0:
            kind = "reminder at the due time"
        else:
            kind = "last level repeats" if said.level == self.level else "next level"
        self.counts[kind] += 1
        late = AWAY in said.text or SET_ON in said.text
        self.counts["raised late, and says why"] += late
        self.counts["raised in one list with others"] += said.listed
        self.counts["last level said at the desk"] += said.level in self.wish.desk_levels
        schedule = self.wish.schedule
        if said.level == 0 and not (back or self.blurred) and isinstance(schedule, At):
            self.counts.update(schedule.changes(self.next[1]))
            self.counts[schedule.zone] += 1

    def told(self, at: float, said: Read) -> None:
        """Take a notice at the desk."""
        steps = self.known.set_back(max(0.0, self.since[0] - 10), at)
        self._twice(at, said, steps)

    def _twice(self, at: float, said: Read, steps: Sequence[float]) -> None:
        """No notice comes twice, in the same words or in others.

        Within one alarm a level comes once, the last one once at each lateness, and at the desk each
        time with a number of its own. Only a clock that is set back makes them come again.
        """
        if said.kind == "desk":
            which = (said.kind, said.level, str(said.times))
        elif said.level < self.last:
            which = (said.kind, said.level, "")
        elif " d" in said.late:
            # From a day on lateness is said in hours, and does not tell two of them apart.
            return
        else:
            which = (said.kind, said.level, said.late)
        before = self.said.get(which)
        again = before is not None and not self._after_a_step(at, before[0], said, steps)
        # What was held up may have come to the desk when the next alarm had begun in the room.
        sure = said.kind != "desk" or (before is not None and self.known.calm(before[0], before[0]))
        if before is not None and again and sure:
            words = "the same words" if before[1] == said.text else "other words"
            self.fault(at, f"said at t={before[0]:.0f} and again in {words}: {said.text!r}")
        self.said[which] = at, said.text

    def _after_a_step(self, at: float, before: float, said: Read, steps: Sequence[float]) -> bool:
        """Tell whether the clock was set back between a notice and the next like it.

        What was held up was made earlier than it came: then what comes again must say why, and at
        any level once for each step.
        """
        if any(step >= before - AT_ONCE_S for step in steps):
            return True
        repeats = said.kind != "desk" and said.level == self.last
        if repeats and self.known.set_back(before, at):
            # A lateness is said again when the clock shows it again, some repeats after the step.
            return True
        held = self.known.held_since(before)
        called = sum(step >= held for step in steps)
        return SET_BACK in said.text and called > sum(at >= held for at in self.backs)

    def _judge_level(self, at: float, level: int, *, back: bool) -> None:
        if back:
            if level != max(self.level, 0):
                self.fault(at, f"level {level} after the clock was set back, was {self.level}")
            return
        wanted = min(self.level + 1, self.last)
        if level == wanted:
            return
        if level < wanted:
            self.fault(at, f"the level fell: {level} after {self.level}")
            return
        _, shown = self.known.walls(self.since[0], at)
        hindered = not self.known.calm(self.since[0], at)
        if not hindered or self._reached_by(shown) < level:
            self.fault(
                at,
                f"level {level} after {self.level}: a level was left out, hindered {hindered}, time for {self._reached_by(shown)}, acked {self.acked}",
            )

    def _reached_by(self, wall: datetime) -> int:
        """Return the level that time alone has come to."""
        over = (wall - self.due[0]).total_seconds() - self.wish.grace + 1
        level = 0
        if over >= 0:
            level = 1
            for wait in self.wish.waits[:-1]:
                over -= wait
                level += over >= 0
        return level

    def _judge_words(self, at: float, said: Read, *, back: bool) -> None:
        """A notice that an absence made late must say so."""
        if back or self.acked:
            return
        due = self.known.first_wall(self.next[1], self.since[1])
        away = self.known.absence(due)
        sure = self.next[1] - self.next[0] < SECOND and away is not None
        if not sure or away is None or self.known.wall(at) - self.next[1] < LATE:
            return
        if any(away[0] - OUTAGE_S <= step <= at for step, _ in self.known.steps[1:]):
            return
        alone = sum(1 for b, e in self.known.downs if e > away[0] and b < at) == 1
        if (
            alone
            and away[1] - away[0] > OUTAGE_S
            and due - away[0] > AT_ONCE_S
            and AWAY not in said.text
        ):
            self.fault(at, f"late after an absence, and does not say so: {said.text!r}")

    def _move(self, at: float, level: int, steps: Sequence[float]) -> None:
        early, shown = self.known.walls(max(self.since[0], at - AT_ONCE_S), at)
        if self.known.calm(at - AT_ONCE_S, at):
            if level == 0 and not (steps or self.blurred):
                # A reminder comes at once when nothing hinders it, and so tells its due time.
                due = max(self.due[0], early - SECOND), min(self.due[1], shown)
                self.due = due if due[0] <= due[1] else self.due
        else:
            early, shown = min(self.next[0], shown), self.known.walls(self.since[0], at)[1]
            if level == 0 and not (steps or self.blurred) and self.due[0] <= shown:
                # However long it was held up: what it reminds of was due by then.
                self.due = self.due[0], min(self.due[1], shown)
        if steps:
            early = min(self.known.wall(step) for step in steps)
            shown = self.known.walls(max(steps), at)[1]
            self.due = min(self.due[0], early), min(self.due[1], shown)
        grace = timedelta(seconds=self.wish.grace)
        over = self.due[0] + grace, self.due[1] + grace
        if level == 0:
            self.next = over
        else:
            wait = timedelta(seconds=self.wish.waits[level - 1])
            if level < self.last:
                self.next = max(early, over[0]) + wait, max(shown, over[1]) + wait
            else:
                self.next = early + wait, shown + wait
        self.level, self.acked = level, False
        self.since = (
            self.since[0]
            if steps
            else max(self.since[0], at - AT_ONCE_S)
            if self.known.calm(at - AT_ONCE_S, at)
            else self.since[0],
            at,
        )
