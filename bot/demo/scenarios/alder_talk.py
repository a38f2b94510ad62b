"""How people of the case ALDER type what they do: promises, releases with a consent, two at the desk.

Each act waits for what the next person's own client shows before that person answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.demo.report import hold
from bot.demo.scenarios.looking import code_in
from bot.demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Tranche:
    """One promise under its three codes: the obligor's own, the other side's, the verifier's."""

    own: str
    there: str
    judged: str


@dataclass(frozen=True, slots=True)
class Side:
    """One party's two negotiators and their two rooms."""

    first: str
    second: str
    caucus: str
    shuttle: str


EAST = Side("farrokh", "shirin", "caucus-east", "shuttle-east")
WEST = Side("nasser", "qasim", "caucus-west", "shuttle-west")


async def types(stage: Stage, name: str, place: str, line: str, part: str) -> str:
    """Let a person type a line and return the bot's answer there with some words."""
    stage.passes_over(name, place, part)
    await stage.says(name, place, line)
    return await stage.hears(name, place, part)


async def consents(stage: Stage, side: Side, request: str) -> None:
    """Let the second negotiator consent; the party's red lines are answered if they are asked."""
    await stage.says(side.second, side.caucus, f"!consent {request}")
    answer = await stage.hears(side.second, side.caucus, f"`{request}`")
    if "red lines" in answer:
        line = f"!redline answer {request} redlines ok"
        await types(stage, side.second, side.caucus, line, f"On record: `{request}`")
        await stage.says(side.second, side.caucus, f"!consent {request}")
        answer = await stage.hears(side.second, side.caucus, f"`{request}`")
    hold("complete" in answer, f"not consented: {answer!r}")


async def asks(stage: Stage, side: Side, place: str, line: str, target: str) -> str:
    """Let the first negotiator ask for a release; return the request as the second one reads it."""
    await stage.says(side.first, place, line)
    return await stage.hears(side.second, side.caucus, f"may `{target}` read exactly this")


async def promises(stage: Stage, clauses: str, words: str, released: str | None = None) -> Tranche:
    """Let East promise West, offer it to West and to the verifier; West accepts."""
    line = f"!commit to West {clauses}, verified by relief: {words}"
    back = await types(stage, EAST.first, EAST.caucus, line, "Read-back")
    hold(words in back and "not yet in force" in back, f"read back as {back!r}")
    own = code_in(back)
    await types(stage, EAST.first, EAST.caucus, f"!confirm {own} redlines ok", "on your side")
    return await offers(stage, own, released)


async def offers(stage: Stage, own: str, released: str | None = None) -> Tranche:
    """Let East offer a confirmed promise to West and to its verifier, and West accept it."""
    worded = f' as "{released}"' if released else ""

    async def offered(target: str, reader: str) -> str:
        line = f"!release {own} to {target}{worded}"
        request = await asks(stage, EAST, EAST.caucus, line, target)
        await consents(stage, EAST, code_in(request))
        return code_in(await stage.hears(reader, target, "offers"))

    there = await offered(WEST.shuttle, WEST.first)
    judged = await offered("humanitarian", "keller")
    await types(stage, WEST.first, WEST.shuttle, f"!accept {there}", "You accepted")
    await stage.hears(EAST.first, EAST.caucus, f"accepted `{own}`")
    await stage.hears("keller", "humanitarian", f"accepted `{judged}`")
    return Tranche(own, there, judged)


async def two_decide(stage: Stage, line: str, done: str) -> None:
    """Let one mediator ask for something at the desk and the other one approve it."""
    waits = await types(stage, "aubert", "desk", line, "Waiting as")
    await stage.says("okafor", "desk", f"!approve {code_in(waits)}")
    await stage.hears("okafor", "desk", done)


async def is_kept(stage: Stage, tranche: Tranche, degree: str, words: str, seen: str) -> None:
    """Let East say that a promise is kept and the delegate judge it; both sides are told."""
    line = f"!fulfilled {tranche.own} {degree}: {words}"
    await types(stage, EAST.first, EAST.caucus, line, "you say it is")
    told = await stage.hears(WEST.first, WEST.shuttle, f"says that `{tranche.there}`")
    hold(words not in told, f"the claim's words went along: {told!r}")
    await stage.hears("keller", "humanitarian", f"says that `{tranche.judged}`")
    line = f"!verdict {tranche.judged} kept: {seen}"
    await types(stage, "keller", "humanitarian", line, "your verdict is")
    async with asyncio.TaskGroup() as group:
        for side, code in ((EAST, tranche.own), (WEST, tranche.there)):
            place = side.caucus if side is EAST else side.shuttle
            group.create_task(_judged(stage, side.second, place, code))


async def _judged(stage: Stage, name: str, place: str, code: str) -> None:
    told = await stage.hears(name, place, f"Verdict of Relief Society on `{code}`")
    hold("kept" in told, f"judged as {told!r}")
