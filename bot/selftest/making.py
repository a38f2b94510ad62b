"""Making a history of a seed: what both twins share, and what each has in the secret compartment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.selftest import stage
from bot.selftest.history import ONE, OTHER, Act, History, Step
from bot.selftest.naming import code_drawn
from bot.selftest.playing import bridge
from bot.selftest.simtime import Dice
from bot.selftest.templates import CAUCUS, ROWS, SHUTTLE, Row

MINUTE, HOUR = 60, 3600
PEOPLE: Final = ("H-TEAL", "H-RUST", "H-ONYX")
EVENTS: Final = ("sign of life", "sign of life", "welfare", "medical", "family message")
WHENS: Final = ("fri 18:00", "sat 12:00", "tomorrow 18:00", "wed 09:00")
TARGETS: Final = (
    *("shuttle-north", "shuttle-south", "plenary", "humanitarian"),
    *("caucus-north", "caucus-south", "bench-north"),
)
WORDS: Final = ("ten wounded", "the northern crossing", "a list of names", "water", "Friday's bus")
MAKING: Final = ("!record", "!commit", "!watch add", "!question deposit", "!release")
PARTY: Final = {seat: party for seat, _, party, _ in stage.SEATS}
LEAST, MOST = 5, 11
BUSY: Final = 3
"""Most of what is shared happens in so many rooms, or nothing would be about anything."""
MOST_HIDDEN: Final = 6
LOOKS: Final = 3
"""So many times somebody looks how things stand, in the end."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A compartment that may be the secret one, and who else may be told of it.

    `asks`: what is owned there is asked for within the domain alone. `bridge`: where and by whom
    consent is given for what is carried out of it, step by step.
    """

    place: str
    domain: frozenset[str]
    asks: bool
    bridge: tuple[tuple[str, str], ...]
    """First who asks, then who consents: place and seat."""


def _of(place: str, *more: str, asks: bool, bridge: tuple[tuple[str, str], ...]) -> Secret:
    return Secret(place, frozenset({place, *more}), asks, bridge)


SECRETS: Final = (
    _of(
        *("caucus-south", "bench-south"),
        asks=True,
        bridge=(("caucus-south", "merrow"), ("caucus-south", "tarn")),
    ),
    _of(
        *("caucus-north", "bench-north"),
        asks=True,
        bridge=(("caucus-north", "yazan"), ("caucus-north", "haddad")),
    ),
    _of(
        *("shuttle-south", "bench-south", "caucus-south"),
        asks=True,
        bridge=(("shuttle-south", "lindqvist"), ("caucus-south", "merrow")),
    ),
    _of(
        *("shuttle-north", "bench-north", "caucus-north"),
        asks=True,
        bridge=(("shuttle-north", "haddad"), ("shuttle-north", "yazan")),
    ),
    _of(
        "bench-south",
        asks=False,
        bridge=(("bench-south", "okonjo"), ("caucus-south", "merrow")),
    ),
    _of(
        *("humanitarian", "desk"),
        asks=True,
        bridge=(
            *(("humanitarian", "lindqvist"), ("humanitarian", "brenner")),
            *(("humanitarian", "salim"), ("humanitarian", "adeyemi")),
        ),
    ),
    _of("desk", asks=True, bridge=(("desk", "lindqvist"), ("desk", "adeyemi"))),
    _of(
        *("plenary", "bench-north", "bench-south"),
        asks=False,
        bridge=(
            *(("plenary", "lindqvist"), ("caucus-north", "haddad"), ("caucus-south", "merrow")),
            *(("desk", "adeyemi"), ("plenary", "brenner")),
        ),
    ),
)


class Maker:
    """Draws one history."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._dice = Dice(f"noninterference {seed}")
        self._secret = self._dice.one_of(SECRETS)
        self._at = MINUTE
        self._shared: list[Step] = []
        self._hidden: dict[str, list[Step]] = {ONE: [], OTHER: []}
        self._spans: list[tuple[int, int]] = []
        """Instants in which something is carried out of the secret compartment: nobody else types."""

    def history(self) -> History:
        """Return the history."""
        dice = self._dice
        outside = [p for p in stage.SITTING if p not in self._secret.domain]
        carried = dice.whole(0, 4) - 2
        busy = [dice.one_of(outside) for _ in range(BUSY)]
        if "desk" in outside and dice.chance(0.4):
            busy.append("desk")
        steps = dice.whole(LEAST, MOST)
        for number in range(steps):
            self._later()
            if number in range(2, 2 + carried):
                self._carry(number - 2)
            elif dice.chance(0.05):
                self._breach(dice.one_of(outside))
            elif dice.chance(0.04):
                self._down()
            else:
                place = dice.one_of(busy if dice.chance(0.8) else outside)
                rows = self._rows(place, shared=True, early=number < steps // 2)
                self._line(self._shared, place, f"$shared-{number}", self._at, rows, shared=True)
        self._at += dice.whole(40, 400)
        for number in range(LOOKS):
            self._at += 9
            place = dice.one_of(outside)
            rows = [row for row in self._rows(place, shared=True) if row.looks]
            self._line(self._shared, place, f"$look-{number}", self._at, rows, shared=True)
        end = self._at + dice.whole(1, 10) * HOUR
        for twin, own in self._hidden.items():
            place = self._secret.place
            instants = sorted(self._free(end) for _ in range(dice.whole(0, MOST_HIDDEN)))
            for number, at in enumerate(instants):
                rows = self._rows(place, shared=False, early=number < len(instants) // 2)
                self._line(own, place, f"$hidden-{twin}-{number}", at, rows, shared=False)
        return History(
            self._seed,
            self._secret.place,
            self._secret.domain,
            tuple(replace(step, text=self._probing(step.text)) for step in self._shared),
            tuple(self._hidden[ONE]),
            tuple(self._hidden[OTHER]),
            end,
        )

    def _later(self) -> None:
        long = self._dice.chance(0.3)
        self._at += self._dice.whole(1, 14) * HOUR if long else self._dice.whole(40, 400)

    def _free(self, end: int) -> int:
        """Return an instant for what one twin does: any but those in which both act in its room."""
        while True:
            at = self._dice.whole(5, end - 5)
            if not any(begin <= at <= last for begin, last in self._spans):
                return at

    def _rows(self, place: str, *, shared: bool, early: bool = False) -> list[Row]:
        """Return what may be typed there, as often as it has tickets; early rather what makes things."""
        kind = stage.KIND[place]
        makes = early and self._dice.chance(0.6)
        return [
            row
            for row in ROWS
            if (not row.kinds or kind in row.kinds)
            and (shared or (row.hidden and (self._secret.asks or not row.asks)))
            and not (shared and "{own}" in row.text)
            and ("{inner}" not in row.text or len(self._secret.domain) > 1)
            and (row.makes or not makes)
            and not (
                row.apart and set(stage.SITTING[place]) & set(stage.SITTING[self._secret.place])
            )
            for _ in range(row.often)
        ]

    def _line(
        self,
        steps: list[Step],
        place: str,
        name: str,
        at: int,
        rows: list[Row],
        *,
        shared: bool,
    ) -> None:
        dice = self._dice
        row = dice.one_of(rows)
        seat = dice.one_of(stage.SITTING[place])
        pick = 0 if dice.chance(0.6) else dice.whole(0, 6)
        text = self._filled(row.text, place)
        steps.append(Step(at, name, place, seat, text, pick=pick, file=row.file, reply=row.reply))
        if row.then and dice.chance(0.8):
            others = [s for s in stage.SITTING[place] if s != seat] or [seat]
            again = seat if row.then.startswith("!confirm") else dice.one_of(others)
            then = self._filled(row.then.replace("{made}", code_drawn(name)), place)
            steps.append(Step(at + 4, f"{name}-then", place, again, then))
            if shared:
                self._at += 4

    def _filled(self, text: str, place: str) -> str:
        dice = self._dice
        own = stage.OWNER[place]
        for wish, found in (
            ("{words}", f"{dice.one_of(WORDS)} z{dice.whole(0, 1 << 40):x}"),
            ("{person}", dice.one_of(PEOPLE)),
            ("{event}", dice.one_of(EVENTS)),
            ("{when}", dice.one_of(WHENS)),
            ("{hours}", str(dice.one_of((6, 12, 24)))),
            ("{party}", "North" if own == "south" else dice.one_of(("South", "South", "relief"))),
            ("{place}", dice.one_of([t for t in TARGETS if t != place])),
            ("{long}", "word " * 900),
            ("{heard}", dice.one_of([PARTY[s] for s in stage.SITTING[place]])),
            ("{inner}", dice.one_of(sorted(self._secret.domain - {place}) or [place])),
            (
                "{offering}",
                dice.one_of([p for p, k in stage.KIND.items() if k in (CAUCUS, SHUTTLE)]),
            ),
        ):
            text = text.replace(wish, found)
        return text

    def _probing(self, text: str) -> str:
        """Put codes of one twin's own into a shared line: in the other there is no such thing."""
        made = [s.name for s in self._hidden[ONE] if s.text.startswith(MAKING)]
        while "{hidden}" in text:
            text = text.replace("{hidden}", code_drawn(self._dice.one_of(made or ["$hidden"])), 1)
        return text

    # -- what both twins carry out of the secret compartment ---------------------------------

    def _carry(self, number: int) -> None:
        """Release something whose source each twin has for itself: other words, time and author."""
        dice, secret = self._dice, self._secret
        promise = stage.KIND[secret.place] in (CAUCUS, SHUTTLE) and dice.chance(0.5)
        other = "north" if stage.OWNER[secret.place] == "south" else "south"
        began = self._at
        self._at += dice.whole(5, 90) * MINUTE
        # The instants of a source are its twin's own; the hour in which they lie is shared.
        self._spans.append((began, self._at + 2 * MINUTE))
        for twin, steps in self._hidden.items():
            name = f"$hidden-{twin}-source-{number}"
            speakers = [s for s in stage.SITTING[secret.place] if self._speaks(s, promise=promise)]
            seat = dice.one_of(speakers)
            words = self._filled("{words}", secret.place)
            made = (
                f"!commit to {other} by 2027-03-20 12:00 UTC: {words}"
                if promise
                else f"!record {words}"
            )
            at = dice.whole(began + 5, self._at - 30)
            steps.append(Step(at, name, secret.place, seat, made))
            if promise:
                confirm = f"!confirm {code_drawn(name)}"
                steps.append(Step(at + 9, f"{name}-confirm", secret.place, seat, confirm))
        self._ask(number, f"shuttle-{other}" if promise else self._target(), promise=promise)

    def _speaks(self, seat: str, *, promise: bool) -> bool:
        return not promise or stage.ROLE[seat] == "negotiator"

    def _target(self) -> str:
        secret = self._secret
        own = stage.OWNER[secret.place]
        kinds = (SHUTTLE, "humanitarian", "plenary")
        open_ = [p for p, kind in stage.KIND.items() if kind in kinds and p not in secret.domain]
        return self._dice.one_of([p for p in open_ if stage.OWNER[p] != own] or open_)

    def _ask(self, number: int, target: str, *, promise: bool) -> None:
        (place, seat), *consents = self._secret.bridge
        words = self._filled("{words}", place)
        name = bridge(number)
        text = f"!release {{source}} to {target} as “{words}”"
        self._shared.append(Step(self._at, name, place, seat, text, pick=number))
        for where, who in consents:
            self._at += 5
            line = f"!consent {code_drawn(name)}"
            self._shared.append(Step(self._at, f"{name}-{who}", where, who, line))
        if promise and self._dice.chance(0.6):
            self._at += 20
            last = f"{name}-{consents[-1][1]}"
            who = "haddad" if target == "shuttle-north" else "merrow"
            accept = f"!accept {code_drawn(last)}"
            self._shared.append(Step(self._at, f"{name}-accept", target, who, accept))

    # -- what goes wrong ----------------------------------------------------------------------

    def _breach(self, place: str) -> None:
        self._shared.append(Step(self._at, f"$in-{self._at}", place, act=Act.INTRUDER))
        self._at += self._dice.whole(30, 900)
        if self._dice.chance(0.8):
            self._shared.append(Step(self._at, f"$out-{self._at}", place, act=Act.MENDED))
            for seat in ("lindqvist", "adeyemi"):
                self._at += 7
                if "desk" not in self._secret.domain:
                    line, name = f"!guard clear {place}", f"$clear-{self._at}"
                    self._shared.append(Step(self._at, name, "desk", seat, line))

    def _down(self) -> None:
        away = self._dice.whole(60, 5 * HOUR)
        self._shared.append(Step(self._at, f"$down-{self._at}", "", act=Act.DOWN, seconds=away))
        self._spans.append((self._at, self._at + away + 2))
        self._at += away + 2


def made(seed: int) -> History:
    """Return the history of a seed."""
    return Maker(seed).history()
