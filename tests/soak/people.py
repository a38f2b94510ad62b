"""People as simple agents: they set watches, report, acknowledge, or do nothing, by the dice.

What they typed and when is all that they tell the checker. A person waits for the answer to one
line on a watch before typing the next on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.domain.ids import RoomId, UserId
from tests.soak.calendar import At, Schedule
from tests.soak.calendar import Every as EveryHours
from tests.soak.reading import Read, read
from tests.soak.simtime import Dice, Ids
from tests.soak.world import Homeserver, Received, Typed
from tests.support.orchid import master_of

ZONES = (
    "Asia/Baghdad",
    "Europe/Zurich",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Beirut",
    "America/Santiago",
)
ROOMS = (
    ("brenner", "humanitarian"),
    ("haddad", "shuttle-north"),
    ("merrow", "shuttle-south"),
    ("yazan", "caucus-north"),
)
KINDS = ("sign of life", "welfare", "medical", "access visit", "family message")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
PATIENCE = 9
"""After so many notices of one check somebody does report."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A watch as a person wants it. `waits` are the seconds of its levels, the last repeats."""

    number: int
    person: str
    seat: str
    room: str
    kind: str
    schedule: Schedule
    grace: float
    waits: tuple[float, ...]
    desk_levels: frozenset[int]
    ladder: str
    at: float

    def line(self) -> str:
        """What is typed."""
        tail = f" ladder {self.ladder}" if self.ladder else f" step {self.waits[0] / 60:.0f} min"
        return (
            f"!watch add {self.kind} for {self.person} {self.schedule.text()} "
            f"grace {self.grace / 60:.0f} min{tail}"
        )


@dataclass(frozen=True, slots=True)
class Deed:
    """Something typed on a watch: "set", "report", "weak" or "ack" for so many minutes."""

    at: float
    number: int
    kind: str
    minutes: int = 0


def wish(
    dice: Dice,
    number: int,
    at: float,
    ladders: dict[str, tuple[float, ...]],
    *,
    sparse: bool,
    zone: str,
) -> Wish:
    """Return a watch by the dice: from every six hours to every fortnight, in a zone.

    A sparse one comes once or a few times a week, so that a year of it is soon played.
    """
    seat, room = dice.one_of(ROOMS)
    ladder = dice.one_of(sorted(ladders)) if dice.chance(0.6) else ""
    step = dice.whole(5, 240) * MINUTE
    waits = ladders[ladder] if ladder else (step, step)
    return Wish(
        number,
        f"P-{number:03}-{dice.whole(100, 999)}",
        seat,
        room,
        dice.one_of(KINDS),
        _schedule(dice, zone, sparse=sparse),
        dice.whole(10, 180) * MINUTE,
        waits,
        frozenset({len(waits)}),
        ladder,
        at,
    )


def twin(of: Wish, number: int) -> Wish:
    """Return a watch that comes due when another does, in the same room, for somebody else."""
    return replace(of, number=number, person=f"P-{number:03}-twin", at=of.at + 1.0)


def _schedule(dice: Dice, zone: str, *, sparse: bool) -> Schedule:
    if dice.chance(0.3 if sparse else 0.45):
        often = (120, 168, 336) if sparse else (6, 8, 12, 24, 36, 48, 72, 120, 168, 336)
        return EveryHours(dice.one_of(often))
    # Around the hours at which clocks are changed, most of the time.
    hour = dice.whole(0, 3) if dice.chance(0.7) else dice.whole(0, 23)
    # Clocks are changed on a Sunday, in Cairo on a Friday, in Beirut at midnight before a Sunday.
    some = ((6,), (6,), (4,)) if sparse else (tuple(range(7)), (0, 3), (6,), (5, 6), (2,))
    return At(dice.one_of(some), hour, dice.one_of((0, 15, 30, 45)), zone)


@dataclass
class Person:
    """Whoever looks after one watch."""

    wish: Wish
    dice: Dice
    code: str = ""
    plan: list[tuple[float, str]] = field(default_factory=list)
    waiting: bool = False
    notices: int = 0

    def hears(self, said: Read, now: float) -> None:
        """React to a text in the own room."""
        match said.kind:
            case "set":
                self.code = said.code
                self.waiting = False
                self._maybe_early(now)
            case "notice":
                self.notices += 1
                self._reacts(now, said.level)
            case "acked":
                self.waiting = False
                if self.dice.chance(0.4):
                    self._plans(now + self.dice.between(MINUTE, 6 * HOUR), "report")
            case "reported":
                self.waiting, self.notices, self.plan = False, 0, []
                self._maybe_early(now)
            case "weak" | "refused":
                self.waiting = False
            case _:
                pass

    def _maybe_early(self, now: float) -> None:
        if self.dice.chance(0.25):
            schedule = self.wish.schedule
            period = schedule.hours * HOUR if isinstance(schedule, EveryHours) else DAY
            self._plans(now + period * self.dice.between(0.05, 1.02), "report")

    def _reacts(self, now: float, level: int) -> None:
        if self.plan and self.plan[0][0] < now + 2 * HOUR:
            return
        self.plan = []
        if self.notices > PATIENCE or self.dice.chance(0.35 + 0.08 * level):
            self._plans(now + self.dice.between(5.0, 40 * MINUTE), "report")
        elif self.dice.chance(0.3):
            self._plans(now + self.dice.between(5.0, 20 * MINUTE), "ack")
        elif self.dice.chance(0.15):
            self._plans(now + self.dice.between(5.0, 20 * MINUTE), "weak")

    def _plans(self, at: float, what: str) -> None:
        self.plan.append((at, what))
        self.plan.sort()

    def line(self, what: str) -> tuple[str, int]:
        """Return what is typed for a plan, and for how many minutes."""
        match what:
            case "set":
                return self.wish.line(), 0
            case "ack":
                minutes = self.dice.whole(5, 1500)
                return f"!ack {self.code} until in {minutes} min because of the road", minutes
            case "weak":
                return f"!report {self.code} assertion: somebody says so", 0
            case _:
                return f"!report {self.code} media: a dated photograph", 0


class People:
    """Everybody. `deeds` is what they typed."""

    def __init__(
        self, server: Homeserver, rooms: dict[str, RoomId], wishes: list[Wish], dice: Dice
    ) -> None:
        self._server = server
        self._rooms = rooms
        self._ids = Ids()
        self.deeds: list[Deed] = []
        self.everybody = [
            Person(w, Dice(f"{dice.share()} person {w.number}"), plan=[(w.at, "set")])
            for w in wishes
        ]

    def next_at(self) -> float:
        """Return when somebody types next; infinite if nobody means to."""
        return min(
            (p.plan[0][0] for p in self.everybody if p.plan and not p.waiting), default=float("inf")
        )

    def act(self) -> None:
        """Read what came, and type what is planned for now."""
        heard, self._server.fresh = self._server.fresh, []
        for got in heard:
            self._heard(got)
        now = self._server.time.true()
        for person in self.everybody:
            while person.plan and person.plan[0][0] <= now and not person.waiting:
                at, what = person.plan.pop(0)
                if self._server.away:
                    person.plan.insert(0, (now + 30.0, what))
                    break
                self._types(person, what, now)
                del at

    def _heard(self, got: Received) -> None:
        for said in read(got.text):
            for person in self.everybody:
                own = got.room == self._rooms[person.wish.room]
                known = person.code
                mine = said.code == known if known else said.person == person.wish.person
                if own and mine:
                    person.hears(said, got.at)

    def _types(self, person: Person, what: str, now: float) -> None:
        text, minutes = person.line(what)
        wish = person.wish
        user = UserId(f"@{wish.seat}:localhost")
        room = self._rooms[wish.room]
        event = self._ids.next("$line")
        self._server.timeline.append(Typed(now, room, event, user, master_of(wish.seat), text))
        self.deeds.append(Deed(now, wish.number, what, minutes))
        person.waiting = True
