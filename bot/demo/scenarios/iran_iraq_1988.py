"""A phased return: registration, interviews, three tranches, a stall and a resumption.

Some choose to stay, and that breaks nothing. The parties and the names are invented; the course
follows what is publicly known of such returns. Each step says who must see what, and looks at
that person's own client; at the end every client is searched for what must not be there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.demo.report import Report
from bot.demo.scenarios import alder_course as course
from bot.demo.scenarios import alder_digests as digests
from bot.demo.scenarios.alder import MUST_NOT
from bot.demo.scenarios.looking import all_trusted, separated
from bot.demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Scene:
    """One step: what must be seen, on whose client, and how to look."""

    name: str
    expected: str
    by: str
    look: Callable[[Stage, course.Codes], Awaitable[str]]


SCENES: tuple[Scene, ...] = (
    Scene(
        "Everybody sits only where the case seats them",
        "nine people of four parties, each in exactly the rooms of their seats",
        "all nine",
        lambda stage, _: separated(stage),
    ),
    Scene(
        "Two caucuses and the desk talk at the same time",
        "each reads its own words without a warning; nobody else holds a byte of them",
        "shirin, qasim, okafor; and everybody else",
        course.three_rooms_talk,
    ),
    Scene(
        "The delegate registers three held persons",
        "arrival, data, visit and consents on record by article of the Convention",
        "keller, aubert",
        course.registered,
    ),
    Scene(
        "Interviews in private; some choose to stay",
        "kept in humanitarian; a release that names who did not consent is refused there",
        "keller, aubert",
        course.interviewed,
    ),
    Scene(
        "A promise is read back with its clauses, a red line is answered, it is confirmed",
        "condition, date from entry into force, verifier; no !confirm before the red line",
        "farrokh",
        course.first_promise,
    ),
    Scene(
        "A tear line masks names and place; the second negotiator consents",
        "stand-ins proposed, given with no forward; West reads no name and no place of East's",
        "farrokh, shirin, nasser",
        course.tear_line,
    ),
    Scene(
        "The first tranche is offered in other words, and accepted",
        "a code of its own in shuttle-west and with the verifier; both told that it waits for EIF",
        "nasser, farrokh, keller",
        course.first_offered,
    ),
    Scene(
        "On both sides a release is refused, and stays invisible",
        "not one byte of the words or codes in any client outside the caucus",
        "everybody outside caucus-east, caucus-west",
        course.refused_on_both_sides,
    ),
    Scene(
        "West promises in return, on condition that East keeps its promise",
        "East reads the condition without West's code, accepts, and it waits",
        "nasser, qasim, shirin",
        course.counter_promise,
    ),
    Scene(
        "Two mediators set the entry into force",
        "every room is told; each side's date counts from it, under its own code",
        "rostami, jabbar, farrokh, nasser, keller",
        course.entry_into_force,
    ),
    Scene(
        "The first tranche crosses; the delegate's verdict is kept",
        "both told without anybody's words; West's promise comes into force by it",
        "nasser, shirin, qasim",
        course.first_kept,
    ),
    Scene(
        "Both sides get their texts together",
        "each its own, a measured moment apart; neither holds the other's",
        "shirin, qasim, aubert",
        course.delivered_both,
    ),
    Scene(
        "The second tranche stalls: late",
        "both told under their own codes; the boards show who moves next",
        "farrokh, nasser, keller",
        course.stalled,
    ),
    Scene(
        "Two drafts wait for each other: a dead-lock",
        "the chain on the board of who reads both, and on no board of West's",
        "aubert, nasser",
        course.dead_lock,
    ),
    Scene(
        "Two assessors on each side judge the stall",
        "each figure beside its assessor, never averaged, never with the other side",
        "shirin, qasim",
        course.assessed,
    ),
    Scene(
        "Both principals get a digest and a PDF of the stall, one of them on the clock",
        "late, two assessors, the own side's words; the PDF says the same; !read is on record",
        "rostami, jabbar",
        digests.of_the_stall,
    ),
    Scene(
        "Resumption: another road, in the place of the late promise",
        "the old one ends by agreement of both; the new one is fulfilled and kept",
        "farrokh, nasser, keller",
        course.resumed,
    ),
    Scene(
        "The third tranche is partial because some chose to stay, and it is kept",
        "West reads in part, then kept; nobody's choice, no number of those who stay",
        "nasser, keller",
        course.some_stay,
    ),
    Scene(
        "Both principals get the last digest and its PDF",
        "three tranches kept, none late; nothing of who stays",
        "rostami, jabbar",
        digests.of_the_end,
    ),
)


async def play(stage: Stage, report: Report) -> None:
    """Play the scenario; every step goes into the report."""
    codes = course.Codes()
    for scene in SCENES:
        await report.step(scene.name, scene.expected, scene.by, partial(scene.look, stage, codes))
    for name in MUST_NOT:
        await report.step(
            f"{name}'s client, byte by byte",
            f"all of {name}'s own; none of {len(MUST_NOT[name])} words and names of others,"
            " in no message, formatted body, file or PDF",
            name,
            partial(digests.only_their_own, stage, name),
        )
    await report.step(
        "No code shows on two sides",
        "each code in one room and in those that it reports to; in nobody else's client",
        "all nine",
        lambda: digests.codes_apart(stage, codes),
    )
    await report.step(
        "Nobody was shown a warning or an unreadable message",
        "every message in every client decrypted, from a device its owner vouched for",
        "all nine",
        lambda: all_trusted(stage),
    )
