"""The import contracts of pyproject.toml, each broken on purpose in a tiny tree of every layer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

MODULES = ("__main__", "app", "runner", "settings", "log", "ports")
PACKAGES = (
    "cli", "matrix", "storage", "scheduling", "anchors", "demo", "selftest", "engine", "digest", "words", "redaction",
    "domain", "policy", "ledger",
)  # fmt: skip
PERMITTED = {
    "bot/__main__.py": "import bot.cli.core",
    "bot/cli/core.py": "import bot.app\nimport bot.demo.core, bot.selftest.core",
    "bot/app.py": "import bot.runner, bot.matrix.core, bot.storage.core, bot.scheduling.core",
    "bot/runner.py": "import bot.ports, bot.policy.release, asyncio",
    "bot/ports.py": "import bot.engine.core\nimport bot.policy.release",
    "bot/matrix/core.py": "import nio, vodozemac, aiohttp\nimport bot.policy.release",
    "bot/storage/core.py": "import sqlalchemy",
    "bot/scheduling/core.py": "import apscheduler, time",
    "bot/anchors/core.py": "import aiohttp, bot.ledger.core",
    "bot/demo/core.py": "import aiohttp",
    "bot/engine/core.py": "import bot.digest.core, bot.words.core",
    "bot/domain/core.py": "import bot.policy.label, bot.ledger.core",
    "bot/policy/release.py": "import bot.policy.label",
    "bot/policy/label.py": "import dataclasses",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot/__init__.py").touch()
    for module in MODULES:
        (tmp_path / f"bot/{module}.py").touch()
    for package in PACKAGES:
        (tmp_path / f"bot/{package}").mkdir()
        (tmp_path / f"bot/{package}/__init__.py").touch()
        (tmp_path / f"bot/{package}/core.py").touch()
    for name, text in PERMITTED.items():
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    return tmp_path


def lint(directory: Path) -> tuple[int, str]:
    config = REPOSITORY / "pyproject.toml"
    done = subprocess.run(
        [LINT, "--config", config, "--no-cache", "--no-logo"],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def broken(output: str) -> list[str]:
    return re.findall(r"^(.+) BROKEN\b", output, flags=re.MULTILINE)


def test_the_package_keeps_every_contract() -> None:
    status, output = lint(REPOSITORY)
    assert status == 0, output


def test_what_the_design_permits_is_permitted(tree: Path) -> None:
    status, output = lint(tree)
    assert status == 0, output


LAYERS = "Imports point one way"
WORDS = "The words know the domain and the policy only"
PURITY = "The core is pure: no clock, no network, no disk, no chance, no log"
STANDARD = "The policy needs the standard library only"
GATE = "The gate: who may open bot.policy.release"
MATRIX = "Matrix libraries stay in bot.matrix"
HTTP = "HTTP stays in bot.matrix, and in the demonstration"
SQL = "SQLAlchemy stays in bot.storage"
SCHEDULER = "APScheduler stays in bot.scheduling"
DEMO = "Only the command line starts the demonstration"
SELFTEST = "Only the command line starts the self-test"
CYCLES = "No cycles, at any depth"

OFFENCES = [
    ("bot/domain/core.py", "import bot.engine.core", {LAYERS}),
    ("bot/ledger/core.py", "import bot.policy.label", {LAYERS}),
    ("bot/matrix/core.py", "import bot.storage.core", {LAYERS}),
    ("bot/engine/core.py", "import bot.ports", {LAYERS, CYCLES}),
    ("bot/words/core.py", "import bot.redaction.core", {WORDS}),
    ("bot/words/core.py", "import bot.ledger.core", {WORDS}),
    ("bot/policy/core.py", "import asyncio", {PURITY}),
    ("bot/ledger/core.py", "import time", {PURITY}),
    ("bot/domain/core.py", "from os import environ", {PURITY}),
    ("bot/engine/core.py", "import socket", {PURITY}),
    ("bot/words/core.py", "import logging", {PURITY}),
    ("bot/redaction/core.py", "import secrets", {PURITY}),
    ("bot/digest/core.py", "def late() -> None:\n    import subprocess", {PURITY}),
    ("bot/anchors/core.py", "import bot.matrix.core", {LAYERS}),
    ("bot/engine/core.py", "import nio", {PURITY, MATRIX}),
    ("bot/domain/core.py", "import sqlalchemy", {PURITY, SQL}),
    ("bot/policy/core.py", "import nacl.signing", {STANDARD}),
    ("bot/engine/core.py", "from bot.policy.release import release", {GATE}),
    ("bot/engine/core.py", "from bot.policy import release", {GATE}),
    ("bot/storage/core.py", "import bot.policy.release", {GATE}),
    ("bot/cli/core.py", "import bot.policy.release", {GATE}),
    ("bot/runner.py", "import vodozemac", {MATRIX}),
    ("bot/storage/core.py", "from aiohttp import web", {HTTP}),
    ("bot/app.py", "from sqlalchemy.ext import asyncio", {SQL}),
    ("bot/runner.py", "from apscheduler.schedulers import asyncio", {SCHEDULER}),
    ("bot/app.py", "import bot.demo.core", {DEMO}),
    ("bot/app.py", "import bot.selftest.core", {SELFTEST}),
    ("bot/storage/other.py", "import bot.storage.core", set()),
]


@pytest.mark.parametrize(("name", "line", "contracts"), OFFENCES)
def test_an_import_breaks_the_contract_that_forbids_it(
    name: str, line: str, contracts: set[str], tree: Path
) -> None:
    path = tree / name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{text}{line}\n", encoding="utf-8")
    status, output = lint(tree)
    assert set(broken(output)) == contracts, output
    assert status == (1 if contracts else 0)


def test_a_cycle_inside_a_package_is_found(tree: Path) -> None:
    (tree / "bot/engine/first.py").write_text("import bot.engine.second\n", encoding="utf-8")
    (tree / "bot/engine/second.py").write_text("import bot.engine.first\n", encoding="utf-8")
    status, output = lint(tree)
    assert (status, broken(output)) == (1, [CYCLES])


def test_a_module_without_a_place_in_the_layers_is_refused(tree: Path) -> None:
    (tree / "bot/gadgets.py").touch()
    status, output = lint(tree)
    assert status == 1
    assert "bot.gadgets" in output
