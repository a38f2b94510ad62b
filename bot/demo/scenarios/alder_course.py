"""The course of the case ALDER, act by act; each returns what was seen, or raises what was wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from bot.demo.report import NotAsExpected, hold
from bot.demo.scenarios import alder
from bot.demo.scenarios.alder_talk import (
    EAST,
    WEST,
    Side,
    Tranche,
    asks,
    consents,
    is_kept,
    offers,
    promises,
    two_decide,
    types,
)
from bot.demo.scenarios.looking import code_in, greeted, nowhere, percentages_in
from bot.demo.stage import Stage


@dataclass(slots=True)
class Codes:
    """The codes that later acts need; `asked` are requests that two rooms of one party show."""

    first: str = ""
    tranches: dict[str, Tranche] = field(default_factory=dict)
    counter: str = ""
    asked: set[str] = field(default_factory=set)


async def three_rooms_talk(stage: Stage, _: Codes) -> str:
    """Let both caucuses and the desk say what nobody else may hear."""
    said = (
        ("farrokh", "shirin", "caucus-east", alder.FLOOR_EAST),
        ("nasser", "qasim", "caucus-west", alder.FLOOR_WEST),
        ("aubert", "okafor", "desk", alder.DESK[0]),
    )
    async with asyncio.TaskGroup() as group:
        for name, _reader, place, words in said:
            group.create_task(stage.says(name, place, words))
    for name, reader, place, words in said:
        seen = await stage.persons[reader].expect(stage.room(reader, place), words)
        hold(seen.trusted, f"{reader}'s client warns: {seen.shield_reason}")
        await nowhere(stage, words, {name, reader})
    return "three rooms, each read only by those who sit there"


async def registered(stage: Stage, _: Codes) -> str:
    """Let the delegate note arrival, data, visit and consents of three persons."""
    arrived = greeted(stage, "keller") - timedelta(days=2)
    room = "humanitarian"
    for person, state in zip(alder.PERSONS, ("yes", "no", "no"), strict=True):
        for line in (
            f"!capture {person} at {arrived:%Y-%m-%d} 06:30 UTC",
            f"!data {person} has surname, first names, rank, birth date",
            f"!visit {person} private yes, all places yes, list yes",
            f"!consents {person} family yes, own state {state}",
        ):
            await stage.says("keller", room, line)
        card = await stage.hears("keller", room, f"capture of `{person}`")
        hold("Art. 70" in card, f"no article in {card!r}")
        bureau = await stage.hears("keller", room, f"`{person}`, information bureau")
        hold("Missing" in bureau, f"nothing missing in {bureau!r}")
        await stage.hears("keller", room, f"`{person}`, modalities of a visit")
        consent = await stage.hears("aubert", room, f"`{person}` on where the name may go")
        await nowhere(stage, person, {"keller", "aubert", "okafor"})
        hold(f"own state: {state}" in consent, f"consents read {consent!r}")
    return card.splitlines()[0]


async def interviewed(stage: Stage, _: Codes) -> str:
    """Keep what was said in private; a name whose person did not consent goes nowhere."""
    room, insiders = "humanitarian", {"keller", "aubert", "okafor"}
    await types(stage, "keller", room, f"!record {alder.HOME}", "On record as")
    stay = code_in(await types(stage, "keller", room, f"!record {alder.STAY}", "On record as"))
    line = f"!release {stay} to shuttle-east"
    refused = await types(stage, "aubert", room, line, "does not consent")
    for words in (alder.HOME, alder.STAY, stay):
        await nowhere(stage, words, insiders)
    return refused.splitlines()[0]


async def first_promise(stage: Stage, codes: Codes) -> str:
    """Promise the first tranche, with clauses and a red line."""
    who, room = EAST.first, EAST.caucus
    await types(stage, who, room, f'!redline add "{alder.RED_EAST}"', "Red line `R1`")
    clauses = "by EIF+7d, after EIF, verified by relief"
    line = f"!commit to West {clauses}: {alder.FULL_EAST}"
    back = await types(stage, who, room, line, "Read-back")
    for part in (alder.FULL_EAST, "EIF+7d", "Condition: after EIF", "by Relief Society"):
        hold(part in back, f"{part!r} is not read back: {back!r}")
    codes.first = code_in(back)
    held = await types(stage, who, room, f"!confirm {codes.first}", "red lines")
    hold(alder.RED_EAST in held and held.startswith("Nothing done"), f"confirmed at once: {held!r}")
    line = f"!confirm {codes.first} redlines ok"
    done = await types(stage, who, room, line, "is in force on your side")
    return done.splitlines()[0]


async def tear_line(stage: Stage, _: Codes) -> str:
    """Give West the substance of a list, without a name and a place, with no forward."""
    who, room = EAST.first, EAST.caucus
    await types(stage, who, room, '!protect "Khosravan"', "Protected as")
    item = code_in(await types(stage, who, room, f"!record {alder.LIST_EAST}", "On record as"))
    proposed = await types(stage, who, room, f"!tear {item} for {WEST.shuttle}", "a tear line for")
    tear = code_in(proposed)
    for name in ("Farrokh", "Daneshvar", "Khosravan"):
        hold(name not in proposed, f"the tear line holds {name!r}: {proposed!r}")
    request = await asks(
        stage, EAST, room, f"!release {tear} to {WEST.shuttle} no-forward", WEST.shuttle
    )
    await consents(stage, EAST, code_in(request))
    given = await stage.hears(WEST.first, WEST.shuttle, "Released to you")
    hold("[person 1]" in given and "No forward" in given, f"given as {given!r}")
    for words in (item, tear, code_in(request), "Khosravan"):
        await nowhere(stage, words, {EAST.first, EAST.second})
    return given.splitlines()[1]


async def first_offered(stage: Stage, codes: Codes) -> str:
    """Offer the first tranche in words of its own."""
    tranche = codes.tranches["first"] = await offers(stage, codes.first, alder.FIRST)
    await nowhere(stage, tranche.own, {EAST.first, EAST.second})
    await nowhere(stage, tranche.there, {"nasser", "qasim", "aubert", "okafor"})
    await nowhere(stage, tranche.judged, {"keller", "aubert", "okafor"})
    return f"{tranche.own} in caucus-east, {tranche.there} in shuttle-west, {tranche.judged} at the verifier"


async def refused_on_both_sides(stage: Stage, _: Codes) -> str:
    """Let the second negotiator of each side refuse what the first one would release."""

    async def refused(side: Side, words: str, target: str) -> None:
        line = f"!record {words}"
        item = code_in(await types(stage, side.first, side.caucus, line, "On record as"))
        asked = await asks(stage, side, side.caucus, f"!release {item} to {target}", target)
        request = code_in(asked)
        await types(stage, side.second, side.caucus, f"!refuse {request}", "Refused")
        for kept in (words, item, request):
            await nowhere(stage, kept, {side.first, side.second})

    async with asyncio.TaskGroup() as group:
        group.create_task(refused(EAST, alder.REFUSED_EAST, WEST.shuttle))
        group.create_task(refused(WEST, alder.REFUSED_WEST, EAST.shuttle))
    return "two refusals, told to nobody outside"


async def counter_promise(stage: Stage, codes: Codes) -> str:
    """Let West promise before the mediators, if East's first tranche is found kept."""
    there = codes.tranches["first"].there
    line = f"!commit to East by EIF+14d, if {there} fulfilled: {alder.OPENING}"
    own = code_in(await types(stage, WEST.first, WEST.shuttle, line, "Read-back"))
    await types(stage, WEST.first, WEST.shuttle, f"!confirm {own}", "on your side")
    request = await asks(
        stage, WEST, WEST.shuttle, f"!release {own} to {EAST.shuttle}", EAST.shuttle
    )
    codes.asked.add(code_in(request))
    await consents(stage, WEST, code_in(request))
    offer = await stage.hears(EAST.second, EAST.shuttle, "offers")
    hold(there not in offer and own not in offer, f"a code of West's in {offer!r}")
    codes.counter = code_in(offer)
    await types(stage, EAST.second, EAST.shuttle, f"!accept {codes.counter}", "You accepted")
    told = await stage.hears(WEST.first, WEST.shuttle, f"accepted `{own}`")
    hold("once its condition holds" in told, f"told as {told!r}")
    return told.splitlines()[0]


async def entry_into_force(stage: Stage, codes: Codes) -> str:
    """Set the event that the dates hang on."""
    await two_decide(stage, "!anchor EIF at in 1 min", "EIF is at")
    for name, room in (("rostami", "bench-east"), ("jabbar", "bench-west")):
        await stage.hears(name, room, "EIF is at")
    first = codes.tranches["first"]
    for name, room, code in (
        (EAST.first, EAST.caucus, first.own),
        (WEST.first, WEST.shuttle, first.there),
        ("keller", "humanitarian", first.judged),
        (EAST.second, EAST.shuttle, codes.counter),
    ):
        told = await stage.hears(name, room, f"`{code}` counts from EIF")
    held = await stage.hears(WEST.first, WEST.shuttle, f"`{first.there}` of East is in force")
    hold(alder.FIRST in held, f"in force as {held!r}")
    return told.splitlines()[0]


async def first_kept(stage: Stage, codes: Codes) -> str:
    """Let the first tranche cross."""
    first = codes.tranches["first"]
    await is_kept(stage, first, "full", alder.CLAIM_EAST, alder.COUNTED)
    told = await stage.hears(EAST.second, EAST.shuttle, f"`{codes.counter}` of West is in force")
    return told.splitlines()[0]


async def delivered_both(stage: Stage, _: Codes) -> str:
    """Give each side its text of the mediators, together or not at all."""
    held = []
    for words, target in ((alder.TO_EAST, EAST.shuttle), (alder.TO_WEST, WEST.shuttle)):
        item = code_in(await types(stage, "aubert", "desk", f"!record {words}", "On record as"))
        line = f"!release {item} to {target} held"
        held.append(code_in(await types(stage, "aubert", "desk", line, f"may `{target}` read")))
        await types(stage, "okafor", "desk", f"!consent {held[-1]}", f"Consent to `{held[-1]}`")
    await nowhere(stage, alder.TO_EAST, {"aubert", "okafor"})
    line = f"!deliver both {held[0]} to {EAST.shuttle}, {held[1]} to {WEST.shuttle}"
    await stage.says("aubert", "desk", line)
    await stage.hears(EAST.second, EAST.shuttle, alder.TO_EAST)
    await stage.hears(WEST.second, WEST.shuttle, alder.TO_WEST)
    apart = await stage.hears("aubert", "desk", "Delivered both")
    await nowhere(stage, alder.TO_EAST, {"aubert", "okafor", EAST.first, EAST.second})
    await nowhere(stage, alder.TO_WEST, {"aubert", "okafor", WEST.first, WEST.second})
    return apart


async def stalled(stage: Stage, codes: Codes) -> str:
    """Let the second tranche go late: it hangs on a convoy whose hour the mediators set."""
    second = await promises(stage, "by CONVOY+8min, grace 1 min", alder.SECOND)
    codes.tranches["second"] = second
    await two_decide(stage, "!anchor CONVOY at in 1 min", "CONVOY is at")
    for name, room, code, others in (
        (EAST.first, EAST.caucus, second.own, (second.there, second.judged)),
        (WEST.first, WEST.shuttle, second.there, (second.own, second.judged)),
        ("keller", "humanitarian", second.judged, (second.own, second.there)),
    ):
        late = await stage.hears(name, room, "Late:")
        hold(code in late, f"{name} is told of another promise: {late!r}")
        hold(not any(other in late for other in others), f"{name} is told a strange code: {late!r}")
    for name, room in ((EAST.second, EAST.caucus), (WEST.second, WEST.shuttle)):
        board = await types(stage, name, room, "!board", "Board")
        row = next((line for line in board.splitlines() if "late" in line), "")
        hold("Next: East fulfils it" in row, f"{name}'s board says {board!r}")
    return row


async def dead_lock(stage: Stage, _: Codes) -> str:
    """Let East draft two promises that wait for each other, see it, and drop them."""
    who, room = EAST.first, EAST.shuttle
    line = f"!commit to West by in 9 days: {alder.DRAFT_EAST}"
    one = code_in(await types(stage, who, room, line, "Read-back"))
    line = f"!commit to West by in 9 days, if {one} fulfilled: {alder.DRAFT_EAST}, twice"
    two = code_in(await types(stage, who, room, line, "Read-back"))
    await types(stage, who, room, f"!commit amend {one} if {two} fulfilled", "Read-back")
    board = await types(stage, "aubert", room, "!board", "Dead-lock")
    chain = next(line for line in board.splitlines() if "Dead-lock" in line)
    hold(one in chain and two in chain, f"the chain is {chain!r}")
    theirs = await types(stage, WEST.first, WEST.shuttle, "!board", "Board")
    hold("Dead-lock" not in theirs, f"West's board says {theirs!r}")
    for code in (one, two):
        await types(stage, who, room, f"!withdraw {code}", f"`{code}`")
    return chain


async def assessed(stage: Stage, _: Codes) -> str:
    """Let two people of each side judge whether the release comes."""
    said = (
        (EAST.first, EAST.shuttle, "35", alder.SNOW_EAST),
        (EAST.second, EAST.shuttle, "60", alder.ROAD_EAST),
        (WEST.first, WEST.shuttle, "15", alder.SHUTTLE_WEST[0]),
        (WEST.second, WEST.shuttle, "45", alder.SHUTTLE_WEST[1]),
    )
    for name, room, percent, words in said:
        await types(stage, name, room, f"!assess release {percent} %: {words}", "On record")
    for side, judged in ((EAST, ["35 %", "60 %"]), (WEST, ["15 %", "45 %"])):
        found = await types(stage, side.second, side.shuttle, "!assess list", "The last promise")
        hold(percentages_in(found) == judged, f"other figures than {judged}: {found!r}")
    return found.splitlines()[0]


async def resumed(stage: Stage, codes: Codes) -> str:
    """Put another road in the place of the late promise, by agreement, and keep it."""
    old, new = codes.tranches["second"], await promises(stage, "by in 5 days", alder.SECOND_ANEW)
    codes.tranches["anew"] = new
    line = f"!supersede {old.own} by {new.own}"
    await types(stage, EAST.first, EAST.caucus, line, "asked the other side")
    asked = await stage.hears(WEST.first, WEST.shuttle, f"asks that `{old.there}` ends")
    hold(new.there in asked, f"asked as {asked!r}")
    await types(stage, WEST.first, WEST.shuttle, f"!agree {old.there}", "has ended")
    told = await stage.hears(EAST.first, EAST.caucus, f"`{old.own}` has ended")
    await is_kept(stage, new, "full", alder.CLAIM_EAST, alder.COUNTED)
    board = await types(stage, WEST.second, WEST.shuttle, "!board", "Board")
    hold("late," not in board, f"still late: {board!r}")
    return told.splitlines()[0]


async def some_stay(stage: Stage, codes: Codes) -> str:
    """Let the third tranche be smaller than its words, for whoever chose to stay."""
    third = codes.tranches["third"] = await promises(stage, "by EIF+30d", alder.THIRD)
    await types(stage, "keller", "humanitarian", f"!record {alder.STAYING}", "On record as")
    await is_kept(stage, third, "partial", alder.FEWER_EAST, alder.COUNTED)
    board = await types(stage, WEST.first, WEST.shuttle, "!board", "Board")
    row = next((line for line in board.splitlines() if third.there in line), "")
    hold("fulfilled in full" in row, f"West's board says {board!r}")
    if "broken" in board:
        raise NotAsExpected(f"a choice to stay counts as a breach: {board!r}")
    return row
