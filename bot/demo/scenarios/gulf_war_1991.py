"""After a cease-fire: rapid release through a neutral body, signs of life, follow-up.

The parties and the names are invented; the course follows what is publicly known of such
releases. Each step says who must see what, and looks at that person's own client.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from bot.demo.report import NotAsExpected, Report, hold
from bot.demo.scenarios.intrusions import stranger_is_removed, unsigned_device_gets_nothing
from bot.demo.scenarios.looking import (
    all_trusted,
    clock_after,
    code_in,
    greeted,
    nowhere,
    separated,
)
from bot.demo.scenarios.screens import paper, screen_of
from bot.demo.stage import Stage

WORDS = "release ten wounded prisoners at the northern crossing"
SECRET = "our bottom line is forty, and nobody outside may hear it"  # noqa: S105  # invented
REFUSED = "we might also release the two pilots"


async def play(stage: Stage, report: Report) -> None:
    """Play the scenario; every step goes into the report."""
    await report.step(
        "Everybody sits only where the case seats them",
        "nine people of five parties, each in exactly the rooms of their seats",
        "all nine",
        lambda: separated(stage),
    )
    await report.step(
        "A caucus talks",
        "haddad's words shown to yazan without a warning, to nobody of the other side at all",
        "yazan, merrow, okonjo, lindqvist",
        lambda: _caucus_talks(stage),
    )
    watch: list[str] = []
    await report.step(
        "A sign of life is watched",
        "the watch is armed at once and read back with its first due time",
        "brenner",
        lambda: _set_watch(stage, watch),
    )
    promise: list[str] = []
    await report.step(
        "A promise is read back, then confirmed",
        "the exact wording and due time; in force only after !confirm",
        "haddad",
        lambda: _promise(stage, promise),
    )
    await report.step(
        "A release its owner refused stays invisible",
        "not one byte of the words or codes in any client of another party",
        "everybody outside caucus-north",
        lambda: _refused_release(stage),
    )
    await report.step(
        "The promise is released, offered and accepted",
        "new words under a new code in shuttle-south; the acceptance told in caucus-north",
        "merrow, haddad",
        lambda: _accepted(stage, promise),
    )
    await report.step(
        "The receipt proves it without the bot",
        "a separate process says proved, with the words and the time",
        "parley verify",
        lambda: _receipt(stage),
    )
    await report.step(
        "Not permitted reads like unknown",
        "the same words but for the verb that was typed",
        "brenner",
        lambda: _same_words(stage),
    )
    await report.step(
        "The watch goes overdue and reaches level two",
        "level 1 in humanitarian, level 2 there and at the desk",
        "brenner, lindqvist",
        lambda: _overdue(stage, watch),
    )
    await report.step(
        "An acknowledgement expires",
        "quiet until its end, then raised again",
        "brenner",
        lambda: _ack_expires(stage, watch),
    )
    await report.step(
        "A sign of life is reported",
        "satisfied by a visit; the next check is armed",
        "brenner",
        lambda: _reported(stage, watch),
    )
    await report.step(
        "A stranger let in by a member is removed and gets no key",
        "removed at once, compartment held, desk told that and not what, cleared by two",
        "yazan, the stranger, lindqvist",
        lambda: stranger_is_removed(stage),
    )
    await report.step(
        "A member's new unsigned device gets no key",
        "nothing readable on it, while the others go on",
        "haddad's second device, yazan",
        lambda: unsigned_device_gets_nothing(stage),
    )
    await report.step(
        "A principal receives a digest of the own side only",
        "the promise and nothing of the other side in any byte sent there, the PDF included",
        "karam",
        lambda: _digest(stage),
    )
    await report.step(
        "Nobody was shown a warning or an unreadable message",
        "every message in every client decrypted, from a device its owner vouched for",
        "all nine",
        lambda: all_trusted(stage),
    )


async def _caucus_talks(stage: Stage) -> str:
    await stage.says("haddad", "caucus-north", SECRET)
    seen = await stage.persons["yazan"].expect(stage.room("yazan", "caucus-north"), SECRET)
    hold(seen.trusted, f"yazan's client warns: {seen.shield_reason}")
    await nowhere(stage, SECRET, {"haddad", "yazan"})
    return "read by yazan without a warning; in no other client"


async def _set_watch(stage: Stage, watch: list[str]) -> str:
    await stage.says("brenner", "humanitarian", "!status")
    status = await stage.hears("brenner", "humanitarian", "Day 1")
    soon = clock_after(status, 5)
    await stage.says(
        "brenner",
        "humanitarian",
        f"!watch add sign of life for H-TEAL daily {soon} UTC grace 4 min step 5 min",
    )
    answer = await stage.hears("brenner", "humanitarian", "is armed")
    watch.append(code_in(answer))
    return answer.splitlines()[0]


async def _promise(stage: Stage, promise: list[str]) -> str:
    day = f"{greeted(stage, 'haddad') + timedelta(days=3):%a}".lower()  # never today
    await stage.says("haddad", "caucus-north", f"!commit to South by {day} 18:00: {WORDS}")
    back = await stage.hears("haddad", "caucus-north", "Read-back")
    hold(WORDS in back and "not yet in force" in back, f"read back as {back!r}")
    promise.append(code_in(back))
    await stage.says("haddad", "caucus-north", f"!confirm {promise[0]}")
    done = await stage.hears("haddad", "caucus-north", "in force on your side")
    return done.splitlines()[0]


async def _refused_release(stage: Stage) -> str:
    await stage.says("haddad", "caucus-north", f"!record {REFUSED}")
    item = code_in(await stage.hears("haddad", "caucus-north", "On record as"))
    await stage.says("haddad", "caucus-north", f"!release {item} to shuttle-south")
    request = code_in(await stage.hears("yazan", "caucus-north", "To consent or refuse"))
    await stage.says("yazan", "caucus-north", f"!refuse {request}")
    answer = await stage.hears("yazan", "caucus-north", "Refused")
    await asyncio.sleep(1)
    for words in (REFUSED, item, request):
        await nowhere(stage, words, {"haddad", "yazan"})
    return answer


async def _accepted(stage: Stage, promise: list[str]) -> str:
    code = promise[0]
    await stage.says("haddad", "caucus-north", f"!release {code} to shuttle-south")
    request = code_in(await stage.hears("yazan", "caucus-north", "To consent or refuse"))
    await stage.says("yazan", "caucus-north", f"!consent {request}")
    offer = await stage.hears("merrow", "shuttle-south", "offers")
    there = code_in(offer)
    hold(WORDS in offer and there != code, f"offered as {offer!r}")
    await stage.says("merrow", "shuttle-south", f"!accept {there}")
    told = await stage.hears("haddad", "caucus-north", "accepted")
    await nowhere(stage, code, {"haddad", "yazan"})
    await nowhere(stage, there, {"merrow", "lindqvist", "adeyemi"})
    return told.splitlines()[0]


async def _receipt(stage: Stage) -> str:
    person = stage.persons["haddad"]
    room = stage.room("haddad", "caucus-north")
    seen = await person.expect(room, lambda s: s.file is not None and "commitment" in s.file.name)
    if seen.file is None:
        raise NotAsExpected("no file")
    path = stage.state / seen.file.name
    path.write_bytes(await person.download(seen.file))
    proved, says = await _verify(stage, path)
    hold(proved == 0 and WORDS in says, f"exit {proved}: {says}")
    receipt = bytearray(path.read_bytes())
    receipt[len(receipt) // 2] ^= 1
    path.write_bytes(receipt)
    forged, _ = await _verify(stage, path)
    hold(forged != 0, "a receipt with one changed bit was taken for proved")
    return says.strip().splitlines()[0]


async def _verify(stage: Stage, path: object) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", "bot", "verify", str(path), "--trust", stage.log_key,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await child.communicate()
    return child.returncode or 0, out.decode()


async def _same_words(stage: Stage) -> str:
    await stage.says("brenner", "humanitarian", "!xyzzy plugh")
    unknown = await stage.hears("brenner", "humanitarian", "xyzzy")
    await stage.says("brenner", "humanitarian", "!unseat haddad")
    forbidden = await stage.hears("brenner", "humanitarian", "unseat")
    hold(
        unknown.replace("xyzzy", "unseat") == forbidden,
        f"{unknown!r} differs from {forbidden!r}",
    )
    return forbidden


async def _overdue(stage: Stage, watch: list[str]) -> str:
    code = watch[0]
    await stage.hears("brenner", "humanitarian", "level 1: ")
    second = await stage.hears("brenner", "humanitarian", "level 2: ")
    desk = await stage.hears("lindqvist", "desk", "level 2")
    hold(code in second and code in desk, f"another watch: {second!r}, {desk!r}")
    hold("H-TEAL" not in desk, "the desk's alarm names the person")
    return second.splitlines()[0]


async def _ack_expires(stage: Stage, watch: list[str]) -> str:
    code = watch[0]
    await stage.says(
        "brenner",
        "humanitarian",
        f"!ack {code} until in 5 min because the delegate is at the gate",
    )
    await stage.hears("brenner", "humanitarian", "Acknowledged")
    again = await stage.hears("brenner", "humanitarian", "acknowledgement has expired")
    return again.splitlines()[0]


async def _reported(stage: Stage, watch: list[str]) -> str:
    await stage.says(
        "brenner",
        "humanitarian",
        f"!report {watch[0]} visit: seen by the delegate in private, weak but well treated",
    )
    done = await stage.hears("brenner", "humanitarian", "On record for")
    return done.splitlines()[0]


async def _digest(stage: Stage) -> str:
    await stage.says("lindqvist", "desk", "!digest now bench-north")
    digest = await stage.hears("karam", "bench-north", "Digest ORCHID")
    hold(WORDS in digest and "in force" in digest, f"the digest says {digest!r}")
    file, printed = await paper(stage, "karam", "bench-north")
    hold(WORDS in printed, f"the PDF says {printed!r}")
    screen = await screen_of(stage.persons["karam"])
    for words in ("merrow", "okonjo", "caucus-south", "shuttle-south", "H-TEAL"):
        hold(not screen.holds(words), f"karam's client holds {words!r}")
    return f"{len(digest)} characters, {file.name}; {len(screen.raw)} characters looked through"
