import ast
import re
import tomllib
from pathlib import Path

import pytest

from bot.engine.lines import TABLE
from bot.settings import SECTIONS
from tests.documents.made import GUIDE, watches, written
from tests.documents.promises import COMMITMENTS, commitments
from tests.documents.states import WATCHES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*.md")])
PLACES = ("bot", "config", "deploy", "docs", "tests")
# The specification is written before its code.
HERE = [path for path in DOCUMENTS if not path.is_relative_to(ROOT / "docs/spec")]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PLACE = re.compile(rf"`((?:{'|'.join(PLACES)})/[\w./-]*)[`:]")


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_the_guide_shows_what_the_bot_says_today() -> None:
    now = GUIDE.read_text("utf-8")
    assert written(now) == now, "run: python -m tests.documents.made"


def test_the_page_on_watches_shows_the_table_that_the_bot_goes_by() -> None:
    now = WATCHES.read_text("utf-8")
    assert watches(now) == now, "run: python -m tests.documents.made"
    assert "stateDiagram-v2" in now


def test_the_page_on_commitments_shows_the_table_that_the_bot_goes_by() -> None:
    now = COMMITMENTS.read_text("utf-8")
    assert commitments(now) == now, "run: python -m tests.documents.made"
    assert "stateDiagram-v2" in now


def test_the_guide_names_every_verb() -> None:
    guide = GUIDE.read_text("utf-8")
    assert [c.verb for c in TABLE if f"`!{c.verb}" not in guide] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_test_that_a_document_names_is_there(path: Path) -> None:
    named = TEST.findall(path.read_text("utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or name not in functions_of(ROOT / file)
    ]
    assert missing == []


@pytest.mark.parametrize("path", HERE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_place_that_a_document_names_is_there(path: Path) -> None:
    named = PLACE.findall(path.read_text("utf-8"))
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_the_threats_name_many_tests_and_each_decision_one() -> None:
    threats = TEST.findall((ROOT / "docs/THREATS.md").read_text("utf-8"))
    assert len(set(threats)) > 40
    decisions = sorted((ROOT / "docs/adr").glob("0*.md"))
    unproved = [p.name for p in decisions if not TEST.search(p.read_text("utf-8"))]
    assert decisions
    assert unproved == []


def test_the_unit_hands_over_the_credentials_that_the_settings_ask_for() -> None:
    unit = (ROOT / "deploy/parley.service").read_text("utf-8")
    assert "LoadCredential=parley-master-key:" in unit
    assert "LoadCredential=parley-password:" in unit


def test_the_settings_in_the_runbook_are_settings() -> None:
    runbook = (ROOT / "deploy/runbook.md").read_text("utf-8")
    shown = re.findall(r"^```toml\n(.*?)^```", runbook, re.MULTILINE | re.DOTALL)
    assert shown
    for text in shown:
        for section, keys in tomllib.loads(text).items():
            assert set(keys) <= set(SECTIONS[section].model_fields), section
