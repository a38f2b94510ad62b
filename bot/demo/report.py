"""What a scenario expected and what was seen, step by step, and from whose client."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.demo.people_host import PersonFailed


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `by` names the person (or program) whose client shows it."""

    name: str
    expected: str
    seen: str
    by: str
    ok: bool


class NotAsExpected(Exception):
    """A step saw something else; the text says what."""


@dataclass(slots=True)
class Report:
    """The steps of one scenario so far. `told` hears each step as it ends."""

    scenario: str
    told: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether every step was as expected."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    async def step(
        self, name: str, expected: str, by: str, look: Callable[[], Awaitable[str]]
    ) -> bool:
        """Run one step: `look` returns what was seen, or raises what was wrong."""
        try:
            seen, ok = await look(), True
        except (NotAsExpected, PersonFailed, TimeoutError, LookupError) as wrong:
            seen, ok = f"{type(wrong).__name__}: {wrong}", False
        step = Step(name, expected, seen, by, ok)
        self.steps.append(step)
        self.told(step)
        return ok


def write(reports: Sequence[Report], path: Path) -> None:
    """Write what was seen in each scenario as JSON."""
    played = [
        {"scenario": report.scenario, "steps": [asdict(step) for step in report.steps]}
        for report in reports
    ]
    path.write_text(json.dumps({"played": played}, indent=2, ensure_ascii=False) + "\n")


def hold(true: object, otherwise: str) -> None:
    """Raise NotAsExpected unless something holds."""
    if not true:
        raise NotAsExpected(otherwise)
