"""The set-up: a clear sentence on an old Python, and locks that carry hashes but no address."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo import toolchain

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = sorted((REPOSITORY / "deploy/locks").glob("*.txt"))


def test_an_old_python_is_told_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert toolchain.main(["environment"], version=(3, 9, 2)) == 2
    assert "3.11 or newer" in capsys.readouterr().err


def test_an_unknown_step_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert toolchain.main(["enviroment"]) == 2
    assert "enviroment" in capsys.readouterr().err


def test_it_starts_with_the_standard_library_alone() -> None:
    script = REPOSITORY / "bot/demo/toolchain.py"
    subprocess.run([sys.executable, "-I", "-S", script], check=True, capture_output=True)


def test_a_failed_step_shows_what_was_printed() -> None:
    command = [sys.executable, "-c", "print('no room left'); raise SystemExit(3)"]
    with pytest.raises(toolchain.ToolchainFailed, match=r"ended with 3(.|\n)*no room left"):
        toolchain._run(command)


def test_node_is_new_enough_for_the_client_library() -> None:
    printed = subprocess.run(
        [toolchain.node_binary(), "--version"], check=True, capture_output=True, text=True
    ).stdout
    assert int(printed.removeprefix("v").partition(".")[0]) >= 22


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_locked_package_has_a_version_and_a_hash(lock: Path) -> None:
    lines = [line for line in lock.read_text("utf-8").splitlines() if not line.startswith("    #")]
    requirements = re.split(r"\n(?=\S)", "\n".join(lines))
    assert len(requirements) > (3 if lock.stem == "judges" else 40)
    for requirement in requirements:
        first, *rest = requirement.splitlines()
        assert re.fullmatch(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[\w.+!-]+( ;.*)? \\", first)
        assert rest
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in rest)


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [("bot/demo/human", "matrix-js-sdk"), ("tests/judges/node", "@sigstore/verify")],
)
def test_a_javascript_lock_has_an_integrity_and_no_address(folder: str, wanted: str) -> None:
    lock = json.loads((REPOSITORY / folder / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert f"node_modules/{wanted}" in packages
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry
