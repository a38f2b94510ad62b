"""Every sentence the bot can say: that it exists, fits its call sites, and is fit to be read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.assessments import AssessmentKind
from bot.domain.vocabulary import CompartmentKind, ErasureKind
from bot.engine.lines import TABLE
from bot.engine.seated import Standing
from bot.policy.guard import Rule, Why
from bot.runner.last_gate import Stopped
from bot.runner.speaking import BUG
from bot.words.catalogues import CATALOGUES, catalogue
from bot.words.document import line
from bot.words.en import ENGLISH
from bot.words.message import Para, render

BOT = Path(__file__).parents[2] / "bot"
NAME = re.compile(r"\{(\w+)\}")
CALLS = frozenset({"phrase", "refuse", "answer"})
ENGLISH_FILES = frozenset({"en.py", "en_evidence.py", "en_watch.py"})
MADE = {
    "level.": [s.value for s in Standing],
    "rule.": [r.value for r in Rule],
    "denied.": [*(w.value for w in Why), BUG, *(s.value for s in Stopped)],
    "assessed.": [k.value for k in AssessmentKind],
    "seats.": [k.value for k in CompartmentKind],
    "erase.warn_": [k.value for k in ErasureKind],
    "erase.done_": [k.value for k in ErasureKind],
}
"""Keys that are put together, and from which closed vocabularies."""


@dataclass(frozen=True)
class Call:
    where: str
    keys: tuple[str, ...]
    given: frozenset[str]


def calls() -> Iterator[Call]:
    for path in sorted(BOT.rglob("*.py")):
        # The planted faults of the self-test say sentences wrongly on purpose.
        if "node_modules" in path.parts or path.name.startswith("mutants_"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            named = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            named = node.func.id if isinstance(node.func, ast.Name) else named
            if named not in CALLS or not node.args:
                continue
            keys = [k for arg in node.args[:2] for k in keys_of(arg)]
            given = frozenset(k.arg for k in node.keywords if k.arg)
            if keys:
                yield Call(f"{path.name}:{node.lineno}", tuple(keys), given)


def keys_of(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(str(key)):
            return [key]
        case ast.IfExp(body=body, orelse=orelse):
            return keys_of(body) + keys_of(orelse)
        case ast.JoinedStr(values=[ast.Constant(str(start)), *_]):
            return [start + end for end in MADE[start]]
        case _:
            return []


def test_every_sentence_that_is_called_exists_and_gets_what_it_names() -> None:
    wrong = []
    for call in calls():
        for key in call.keys:
            if key not in ENGLISH:
                wrong.append(f"{call.where}: no sentence {key}")
            elif missing := set(NAME.findall(ENGLISH[key])) - call.given:
                wrong.append(f"{call.where}: {key} is not given {missing}")
    assert wrong == []


def test_no_sentence_is_given_what_it_does_not_name() -> None:
    wrong = []
    for call in calls():
        named = set().union(*(NAME.findall(ENGLISH.get(key, "")) for key in call.keys))
        if call.given - named:
            wrong.append(f"{call.where}: {call.keys} {call.given - named}")
    assert wrong == []


def test_no_sentence_is_never_said() -> None:
    called = {key for call in calls() for key in call.keys}
    called |= {row.says for row in TABLE}
    spoken = "\n".join(
        p.read_text("utf-8") for p in BOT.rglob("*.py") if p.name not in ENGLISH_FILES
    )
    # A key that is chosen before it is handed over stands somewhere as a string.
    unused = {key for key in ENGLISH if key not in called and f'"{key}"' not in spoken}
    assert unused == set()


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_language_has_the_same_sentences_with_the_same_insertions(language: str) -> None:
    table = CATALOGUES[language]
    assert table.keys() == ENGLISH.keys()
    for key, text in ENGLISH.items():
        assert sorted(set(NAME.findall(table[key]))) == sorted(set(NAME.findall(text))), key


def templates() -> Iterator[tuple[str, str]]:
    for table in CATALOGUES.values():
        for key, text in table.items():
            for template in text.split("\n"):
                yield key, template.removeprefix("# ").removeprefix("> ")


@pytest.mark.parametrize(("key", "template"), sorted(set(templates())))
def test_every_line_renders_and_stands_alone_as_plain_text(key: str, template: str) -> None:
    values = {name: f"<{name}>" for name in NAME.findall(template)}
    message = render((Para(line(template, **values)),))
    assert all(value in message.body for value in values.values()), key
    assert not re.search(r"\*|\{|\}|\\", message.body), key


def test_calm_short_and_exact() -> None:
    for key, text in ENGLISH.items():
        bare = re.sub(r"`[^`]*`", "", text)
        assert "!" not in bare, key
        assert not re.search(
            r"\b(sorry|oops|unfortunately|successfully|error)\b", bare, re.IGNORECASE
        ), key
        assert len(max(NAME.sub("", text).split("\n"), key=len)) <= 320, key
        assert "  " not in text, key
        # A first line that fits a phone's lock screen, insertions left out.
        assert len(NAME.sub("", text.split("\n")[0])) <= 320, key


def test_quotations_and_lists_stand_on_their_own_line() -> None:
    for key, text in ENGLISH.items():
        for template in text.split("\n"):
            if template.startswith("> "):
                assert re.fullmatch(r"> \{\w+\}", template), key


def test_a_language_that_is_missing_is_spoken_to_in_english() -> None:
    assert catalogue("en-GB") is ENGLISH
    assert catalogue("tlh") is ENGLISH
