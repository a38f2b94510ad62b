"""What a witness has on its disk, and the one way to judge with it.

The file is replaced as a whole before anything is signed. Refuses to start from a damaged or
another witness's state, to let two witnesses run over one, and to judge two bodies at once.
Source: docs/spec/ledger.md section 12.2.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from bot.cli.failing import Failed
from bot.cli.files import write_new
from bot.ledger.checkpoint import Checkpoint
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey
from bot.ledger.witness import (
    STATUS,
    Memory,
    Refusal,
    Refused,
    Seen,
    State,
    Witness,
    parse_state,
    parse_submission,
)

_MAX_STATE: Final = 8 * 1024 * 1024
_PROVED: Final = (Refusal.FORKED, Refusal.INCONSISTENT, Refusal.DISTRUSTED)
"""Refusals that accuse the log: what the witness keeps goes with them, whatever its size."""


class StateFile:
    """A witness's memory in one file, replaced as a whole at each step."""

    def __init__(self, path: Path, state: State, logs: dict[str, PublicKey]) -> None:
        self._path = path
        self._state = state
        self._logs = logs

    def last(self, origin: str) -> Seen | None:
        """Return what was kept last for a log."""
        return self._state.seen(origin)

    def keep(self, origin: str, seen: Seen) -> None:
        """Keep it: written beside, flushed to the disk, put in the old one's place; OSError."""
        state = self._state.with_seen(self._logs[origin], seen)
        beside = self._path.with_name(self._path.name + ".new")
        opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(opened, "wb") as file:
            file.write(state.text().encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        _flush_directory(self._path.parent)
        self._state = state


@dataclass(frozen=True, slots=True)
class Judged:
    """What a body led to: the signature lines, or a refusal and the checkpoint that proves it.

    There is a proof where the witness keeps a larger checkpoint than the one sent, or another
    history.
    """

    status: int
    lines: str = ""
    refused: Refused | None = None
    proof: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Road:
    """How a witness is reached over Matrix.

    `file` holds [homeserver] and [store] in the form of the bot's settings, for the witness's own
    account; `bot` is the only one who is answered, `bot_key` its public master key, if known.
    """

    file: Path
    bot: str
    bot_key: str | None = None


class Desk:
    """A witness and its memory behind one lock: checking and keeping are one step."""

    def __init__(self, witness: Witness, memory: Memory, now: Callable[[], int]) -> None:
        self.vkey = witness.public.vkey()
        self._witness = witness
        self._memory = memory
        self._now = now
        self._one = threading.Lock()

    def judge(self, body: str) -> Judged:
        """Judge one add-checkpoint body. OSError: what was seen could not be kept."""
        with self._one:
            found = self._witness.add_checkpoint(body, self._now())
            if isinstance(found, str):
                return Judged(200, found)
            proof = None
            if found.why not in (Refusal.MALFORMED, Refusal.UNKNOWN_LOG):
                sent = parse_submission(body).checkpoint
                proof = _proof(found, sent, self._memory.last(sent.origin))
            return Judged(STATUS[found.why], refused=found, proof=proof)

    def kept(self, origin: str) -> Checkpoint | None:
        """Return the last checkpoint kept of a log."""
        with self._one:
            seen = self._memory.last(origin)
        return seen.checkpoint if seen else None


def tell(judged: Judged) -> None:
    """Tell who runs the witness of a refusal, on standard error."""
    if judged.refused is None:
        return
    click.echo(f"parley: not signed: {judged.refused.why}", err=True)
    if judged.refused.why is Refusal.FORKED:
        click.echo("parley: both are kept: parley evidence STATE STATE --out FILE", err=True)


def _proof(refused: Refused, sent: Checkpoint, seen: Seen | None) -> Checkpoint | None:
    if seen is None or not (seen.checkpoint.size > sent.size or refused.why in _PROVED):
        return None
    # Of two histories the one that the sender does not show.
    same = (seen.checkpoint.size, seen.checkpoint.root) == (sent.size, sent.root)
    return seen.fork if seen.fork and same else seen.checkpoint


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold a state alone; `Failed` if another witness runs on it."""
    try:
        opened = os.open(f"{state}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as wrong:
        raise Failed(f"{state}: {wrong.strerror}") from None
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed(f"another witness runs on {state}: stop it first") from None
        yield
    finally:
        os.close(opened)


def opened_state(
    path: Path, public: PublicKey, logs: dict[str, PublicKey], *, is_new: bool
) -> State:
    """Return the state a witness starts from; `Failed` says why it cannot."""
    if is_new:
        state = State(public)
        write_new(path, state.text())
        _flush_directory(path.parent)
        return state
    state = _read_state(path)
    if state.witness != public:
        raise Failed(f"{path} is the state of another witness: another name or another key")
    for log, _ in state.logs:
        if logs.get(log.name, log) != log:
            raise Failed(f"{path} knows the log {log.name} under another key: ask its operator why")
    return state


def _read_state(path: Path) -> State:
    try:
        raw = path.read_bytes() if path.stat().st_size <= _MAX_STATE else b""
        return parse_state(raw.decode())
    except FileNotFoundError:
        raise Failed(f"{path} is not there; if this witness never ran, add --new") from None
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror}") from None
    except (FormatError, UnicodeDecodeError):
        raise Failed(
            f"{path} is damaged; do not go on with an old copy or an empty one:"
            " begin again under another name, and tell who trusts this witness"
        ) from None


def _flush_directory(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
