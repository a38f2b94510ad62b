"""A divergence as a person reads it: two scripts side by side, and what differs first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import fields
from typing import Final

from bot.selftest.comparing import Divergence, Seen
from bot.selftest.history import Act, History, Step
from bot.selftest.noninterference import Found

WIDTH: Final = 58
LONGEST: Final = 160


def told(found: Found) -> Iterator[str]:
    """Yield the lines of the report."""
    history = found.history
    yield (
        f"Seed {history.seed}. The twins differ inside `{history.secret}` only; may be told of it: "
        + (", ".join(sorted(history.domain - {history.secret})) or "nobody else")
    )
    yield ""
    yield f"{'ONE':<{WIDTH}}   OTHER"
    for one, other in _aligned(history):
        yield f"{one:<{WIDTH}} {'|' if one == other else '≠'} {other}"
    yield ""
    yield from _difference(found.divergence)
    yield f"Again:  parley selftest noninterference --seed {history.seed} --cases 1"


def _aligned(history: History) -> Iterator[tuple[str, str]]:
    steps = sorted((*history.shared, *history.one, *history.other), key=lambda step: step.at)
    for step in steps:
        left = step in history.shared or step in history.one
        right = step in history.shared or step in history.other
        lines = textwrap.wrap(_step(step), WIDTH, subsequent_indent="    ")
        for line in lines:
            yield line if left else "", line if right else ""


def _step(step: Step) -> str:
    days, rest = divmod(step.at, 86_400)
    at = f"{days}d {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    match step.act:
        case Act.DOWN:
            return f"{at} the bot is down for {step.seconds} s"
        case Act.INTRUDER:
            return f"{at} {step.place}: a stranger is in the room"
        case Act.MENDED:
            return f"{at} {step.place}: the stranger is gone"
        case Act.LINE:
            return f"{at} {step.place} {step.seat}: {_short(step.text)}"


def _difference(divergence: Divergence) -> Iterator[str]:
    yield f"First seen in `{divergence.place}`: {divergence.what}"
    for name, seen in (("ONE", divergence.one), ("OTHER", divergence.other)):
        yield f"  {name}: " + ("nothing" if seen is None else f"at {seen.at:.2f} s, {seen.kind}")
        if seen is not None:
            yield from _parts(seen, divergence)


def _parts(seen: Seen, divergence: Divergence) -> Iterator[str]:
    one, other = divergence.one, divergence.other
    for name in (f.name for f in fields(Seen)):
        value = getattr(seen, name)
        differs = one is None or other is None or getattr(one, name) != getattr(other, name)
        if value and differs and name not in ("at", "place", "kind"):
            text = f"{name}: {value}"
            for line in text.splitlines():
                yield f"      {line}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
