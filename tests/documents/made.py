"""The parts of docs/USING.md that are made from the program: what it says, and what can be typed.

`python -m tests.documents.made` writes them into the document, and those of docs/WATCHES.md; a
test compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.command import DESK, EVERYBODY, EVERYWHERE, MEDIATORS, SPEAKERS
from bot.engine.commands.who import PARTY_ROOMS, TALKERS, WATCHERS
from bot.engine.lines import TABLE
from bot.words.en import ENGLISH
from tests.documents import promises, states, vault
from tests.redaction import names_set, scores
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

GUIDE = Path(__file__).parents[2] / "docs/USING.md"

_WHO: dict[frozenset[Role], str] = {
    EVERYBODY: "everybody",
    TALKERS: "all but observers",
    SPEAKERS: "principals, negotiators",
    MEDIATORS: "mediators",
    SPEAKERS | MEDIATORS: "principals, negotiators, mediators",
    WATCHERS: "all but principals, observers",
}
_WHERE: dict[frozenset[CompartmentKind], str] = {
    EVERYWHERE: "any room",
    PARTY_ROOMS: "caucus, shuttle",
    DESK: "desk",
}


def command_table() -> str:
    """Return every command with its meaning, who may type it where, and one example."""
    rows = ["| type | what it does | who, where |", "|---|---|---|"]
    for command in TABLE:
        who = _WHO.get(command.roles) or _listed(command.roles)
        where = _WHERE.get(command.kinds) or _listed(command.kinds)
        marks = " ✓" * command.binds + " ✓✓" * command.four_eyes
        says = ENGLISH[command.says]
        forms = dict.fromkeys(f"`{form}`" for form in (command.usage, command.examples[-1]))
        # A bar would end the table's cell, also inside of code.
        shown = "<br>".join(forms).replace("|", r"\|")
        rows.append(f"| {shown} | {says}{marks} | {who}; {where} |")
    return "\n".join(rows)


def storyboard(part: str) -> str:
    """Return one part of the guide's story, played through the real engine."""
    return f"```text\n{_PARTS[part]().rstrip()}\n```"


def _promise() -> str:
    play = opened(text=QUIET)
    lines: list[str] = []
    words = "release ten wounded prisoners at the northern crossing"
    _type(play, lines, "haddad", "caucus-north", f"!commit to South by fri 18:00: {words}")
    code = play.code_of(play.said_in("caucus-north"))
    _type(play, lines, "haddad", "caucus-north", f"!confirm {code}")
    _type(play, lines, "haddad", "caucus-north", f"!release {code} to shuttle-south")
    request = play.code_of(play.said_in("caucus-north"))
    _type(play, lines, "yazan", "caucus-north", f"!consent {request}")
    offer = play.code_of(play.said_in("shuttle-south"))
    _type(play, lines, "merrow", "shuttle-south", f"!accept {offer}")
    return "\n".join(lines)


def _watch() -> str:
    play = opened(text=QUIET)
    lines: list[str] = []
    _type(play, lines, "brenner", "humanitarian", "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min")  # fmt: skip
    code = play.code_of(play.said_in("humanitarian"))
    _pass(play, lines, "a day later", hours=24)
    _pass(play, lines, "after the grace, nobody having reported", hours=2)
    _pass(play, lines, "a step later", minutes=30)
    _type(play, lines, "brenner", "humanitarian", f"!ack {code} until in 4 h because the delegate is on the road")  # fmt: skip
    _type(play, lines, "brenner", "humanitarian", f"!report {code} visit: seen at 10:00 by the delegate, in good health")  # fmt: skip
    return "\n".join(lines)


def _wrong() -> str:
    play = opened(text=QUIET)
    lines: list[str] = []
    _type(play, lines, "haddad", "caucus-north", "!comit to South by fri 18:00: release ten")
    _type(play, lines, "haddad", "caucus-north", "!commit to South by 03/04: release ten")
    _type(play, lines, "haddad", "caucus-north", "!release K7QF to caucus-south")
    return "\n".join(lines)


def _seating() -> str:
    play = opened(text=QUIET)
    lines: list[str] = []
    seat = '!seat samir @samir:localhost south negotiator in caucus-south named "Samir"'
    _type(play, lines, "lindqvist", "desk", seat)
    _type(play, lines, "adeyemi", "desk", f"!approve {play.code_of(play.said_in('desk'))}")
    return "\n".join(lines)


_PARTS = {"promise": _promise, "watch": _watch, "wrong": _wrong, "seating": _seating}


def _type(play: Play, lines: list[str], who: str, where: str, text: str) -> None:
    lines.append(f"[{where}] {who}: {text}")
    play.types(who, where, text)
    _said(play, lines)


def _pass(play: Play, lines: list[str], what: str, **length: float) -> None:
    lines.append(f"-- {what} --")
    play.passes(**length)
    _said(play, lines)


def _said(play: Play, lines: list[str]) -> None:
    for heard in play.fresh:
        lines.append(f"[{heard.compartment}] Parley:")
        lines.extend(f"    {line}" for line in heard.text.splitlines())
    lines.append("")


def _listed(words: Iterable[Role] | Iterable[CompartmentKind]) -> str:
    return ", ".join(sorted(word.value for word in words))


def written(text: str) -> str:
    """Return the guide with every made part replaced by what the program gives today."""
    text = _between(text, "commands", command_table())
    for part in _PARTS:
        text = _between(text, part, storyboard(part))
    return text


def watches(text: str) -> str:
    """Return the page on watches with every made part as the program gives it today."""
    for name, part in states.PARTS.items():
        text = _between(text, name, part())
    return text


def _between(text: str, name: str, made: str) -> str:
    pattern = re.compile(rf"(<!-- made: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the guide has no place for {name}")
    return pattern.sub(lambda found: f"{found[1]}{made}\n{found[2]}", text)


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text("utf-8")), "utf-8")
    states.WATCHES.write_text(watches(states.WATCHES.read_text("utf-8")), "utf-8")
    scores.REDACTION.write_text(scores.page(scores.REDACTION.read_text("utf-8")), "utf-8")
    promises.COMMITMENTS.write_text(
        promises.commitments(promises.COMMITMENTS.read_text("utf-8")), "utf-8"
    )
    vault.QUESTIONS.write_text(vault.questions(vault.QUESTIONS.read_text("utf-8")), "utf-8")
    names_set.PAGE.write_text(names_set.page(names_set.PAGE.read_text("utf-8")), "utf-8")
