"""The live transcript: room by room, who said what and whose clients showed it.

Built only from what the participants' clients report, never from the bot: it shows what
people see, and what they do not see is not in it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.demo.report import Step
from bot.demo.stage import BOT, Stage

PACE_S = 0.4
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "white")


class Transcript:
    """Prints every message once, with the people whose clients show it; `quiet`: only the steps."""

    def __init__(self, console: Console, stage: Stage, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._console = console
        self._stage = stage
        self._shown: set[str] = set()
        self._last_room = ""
        self._colours: dict[str, str] = {}

    async def run(self) -> None:
        """Print for ever what is new."""
        while True:
            self.print_new()
            await asyncio.sleep(PACE_S)

    def skip(self) -> None:
        """Count everything so far as shown: greetings and enrolment fill the screen."""
        for person in self._stage.persons.values():
            self._shown |= {seen.event_id for seen in person.inbox}

    def print_new(self) -> None:
        """Print what came since the last time."""
        readers: dict[str, set[str]] = defaultdict(set)
        fresh = {}
        for name, person in self._stage.persons.items():
            for seen in person.inbox:
                if seen.event_id not in self._shown and seen.kind == "m.room.message":
                    readers[seen.event_id].add(name if not seen.failed else f"{name} (unreadable)")
                    fresh[seen.event_id] = seen
        for event_id, seen in sorted(fresh.items(), key=lambda pair: pair[1].at):
            self._shown.add(event_id)
            sender = seen.sender.removeprefix("@").split(":", maxsplit=1)[0]
            self._print(self._place(seen.room), sender, seen.body, readers[event_id], seen.at)

    def _place(self, room: str) -> str:
        return self._stage.place_of(room)

    def _print(self, place: str, sender: str, body: str, readers: set[str], at: int) -> None:
        colour = self._colours.setdefault(place, COLOURS[len(self._colours) % len(COLOURS)])
        if place != self._last_room:
            self._console.print()
            self._console.rule(Text(place, style=f"bold {colour}"), align="left", style=colour)
            self._last_room = place
        clock = datetime.fromtimestamp(at / 1000, UTC).strftime("%H:%M:%S")
        who = Text(f"{clock} ", style="dim")
        who.append("Parley" if sender == BOT else sender, style="bold" if sender == BOT else colour)
        who.append(f"   read by {', '.join(sorted(readers))}", style="dim italic")
        self._console.print(who)
        for line in body.splitlines():
            self._console.print(Text(f"   {line}", overflow="fold"))

    def step(self, step: Step) -> None:
        """Print the outcome of a step."""
        if self.quiet:
            self.skip()
        self.print_new()
        mark = Text("✓ " if step.ok else "✗ ", style="bold green" if step.ok else "bold red")
        mark.append(step.name, style="bold")
        mark.append(f"\n  expected: {step.expected}\n  seen by {step.by}: {step.seen}")
        self._console.print(Panel(mark, border_style="green" if step.ok else "red"))
        self._last_room = ""
