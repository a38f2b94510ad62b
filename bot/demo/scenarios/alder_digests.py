"""What the principals of the case ALDER receive, and the search of everybody's client."""

from __future__ import annotations

import re

from bot.demo.report import hold
from bot.demo.scenarios import alder
from bot.demo.scenarios.alder_course import Codes
from bot.demo.scenarios.alder_talk import types
from bot.demo.scenarios.looking import clock_after
from bot.demo.scenarios.screens import codes_by_room, folded, paper, screen_of
from bot.demo.stage import UNSEEN, Stage

CODE_TO_READ = re.compile("`!read ([2-9A-Y]{4})`")


async def of_the_stall(stage: Stage, _: Codes) -> str:
    """Let a digest come on the clock while the second tranche is late, and be confirmed."""
    east = ("Commitments late: 1", alder.SECOND, alder.SNOW_EAST, alder.ROAD_EAST, "35 %", "60 %")
    west = ("Commitments late: 1", alder.SECOND, *alder.SHUTTLE_WEST, "15 %", "45 %")
    name, bench = "rostami", "bench-east"
    status = await types(stage, name, bench, "!status", "Day 1")
    stage.passes_over(name, bench, "")
    line = f"!digest schedule daily {clock_after(status, 4)} UTC confirm 2h"
    await types(stage, name, bench, line, "Digests for")
    seen = await _received(stage, name, bench, east)
    await _asked(stage, "jabbar", "bench-west")
    seen += "; " + await _received(stage, "jabbar", "bench-west", west)
    shown = [s.body for s in stage.persons[name].inbox if "When you have read it" in s.body]
    hold(len(shown) == 1, f"{len(shown)} digests ask to be confirmed")
    code = CODE_TO_READ.findall(shown[0].translate(UNSEEN))[-1]
    await types(stage, name, bench, f"!read {code}", "Confirmed")
    return seen


async def of_the_end(stage: Stage, _: Codes) -> str:
    """Give both principals a digest of what was kept."""
    kept = (alder.SECOND_ANEW, alder.THIRD, "late: 0", "kept: 3")
    seen = []
    for name, bench, first in (
        ("rostami", "bench-east", alder.FULL_EAST),
        ("jabbar", "bench-west", alder.FIRST),
    ):
        await _asked(stage, name, bench)
        seen.append(await _received(stage, name, bench, (first, *kept)))
    return "; ".join(seen)


async def _asked(stage: Stage, name: str, bench: str) -> None:
    """Let a mediator ask for a digest; whatever came before is counted as read."""
    stage.passes_over(name, bench, "")
    await stage.says("aubert", "desk", f"!digest now {bench}")


async def _received(stage: Stage, name: str, bench: str, must: tuple[str, ...]) -> str:
    """Wait for the next digest and its PDF, and look for the same in both."""
    digest = folded(await stage.hears(name, bench, "Digest ALDER"))
    file, printed = await paper(stage, name, bench)
    for words in must:
        hold(folded(words) in digest, f"{name}'s digest lacks {words!r}: {digest!r}")
        hold(folded(words) in printed, f"{name}'s PDF lacks {words!r}: {printed!r}")
    for words in alder.MUST_NOT[name]:
        hold(folded(words) not in digest, f"{name}'s digest holds {words!r}")
        hold(folded(words) not in printed, f"{name}'s PDF holds {words!r}")
    return f"{name}: {len(digest)} characters, {file.name} of {file.size} bytes"


async def only_their_own(stage: Stage, name: str) -> str:
    """Search all that one person's client holds for what must and what must not be there."""
    screen = await screen_of(stage.persons[name])
    for words in alder.MUST[name]:
        hold(screen.holds(words), f"{name}'s client lacks {words!r}: the search is blind")
    found = [words for words in alder.MUST_NOT[name] if screen.holds(words)]
    hold(not found, f"{name}'s client holds {found}")
    return (
        f"{len(screen.raw)} characters in messages, {screen.files} files and {screen.pages} pages;"
        f" {len(alder.MUST[name])} texts of the own side, none of {len(alder.MUST_NOT[name])}"
    )


async def codes_apart(stage: Stage, codes: Codes) -> str:
    """Hold that no code is shown in two rooms that do not report to each other, nor elsewhere."""
    shown = codes_by_room(stage)
    screens = {name: await screen_of(person) for name, person in stage.persons.items()}
    for code, rooms in sorted(shown.items()):
        near = len(rooms) == 1 or any(rooms <= group for group in alder.APART)
        hold(near or code in codes.asked, f"`{code}` is shown in {sorted(rooms)}")
        for name, screen in screens.items():
            if not rooms & stage.compartments_of(name):
                hold(not screen.holds_code(code), f"{name}'s client holds `{code}` of {rooms}")
    hold(len(shown) > len(alder.PERSONS), "no code was found: the search is blind")
    return f"{len(shown)} codes, none outside its room and those it reports to"
