"""`parley witness`: a party's own witness of the log, a small server that any C2SP log can ask.

It needs no bot and no operator. It refuses to start without what it signed before (or it could
be led to sign a second history), to run twice over one state, and to answer before the disk has
what it signs.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Final, cast

import click
from typing_extensions import override

from bot.cli.failing import Failed
from bot.cli.files import FILE, write_new
from bot.cli.signing import read_key
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey, parse_vkey, witness_key
from bot.ledger.witness import (
    MAX_SUBMISSION,
    STATUS,
    Refusal,
    Refused,
    Seen,
    State,
    Witness,
    checked_logs,
    parse_state,
)

PATH: Final = "/add-checkpoint"
CONNECTIONS: Final = 32
PATIENCE_S: Final = 10
_MAX_STATE: Final = 8 * 1024 * 1024
_MAX_BODY: Final = 4 * MAX_SUBMISSION
"""In bytes; a character has at most four."""


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


class Server(ThreadingHTTPServer):
    """One witness behind HTTP; one request is judged at a time, few are read at a time."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, witness: Witness, now: Callable[[], int]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._witness = witness
        self._now = now
        self._one = threading.Lock()
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__((host, port), _Handler)

    def answer(self, body: str) -> str | Refused:
        """Judge one body. Checking and keeping are one step: the lock is over both."""
        with self._one:
            return self._witness.add_checkpoint(body, self._now())

    @override
    def process_request_thread(self, request: object, client_address: object) -> None:
        # A connection too many is closed at once: waiting for room would hold a thread each.
        if not self._room.acquire(blocking=False):
            self.shutdown_request(cast("socket.socket", request))
            return
        try:
            super().process_request_thread(cast("socket.socket", request), client_address)
        finally:
            self._room.release()

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        wrong = sys.exc_info()[1]
        if not isinstance(wrong, OSError):  # a connection that broke is no event for anybody
            click.echo(
                f"parley: this is a bug, nothing was signed: {type(wrong).__name__}", err=True
            )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "parley-witness"
    sys_version = ""
    timeout = PATIENCE_S

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != PATH:
            self._say(HTTPStatus.NOT_FOUND, "there is nothing here but add-checkpoint\n")
        elif not (length.isascii() and length.isdigit()) or len(length) > 9:
            self._say(HTTPStatus.LENGTH_REQUIRED, "give the length of the body\n")
        elif int(length) > _MAX_BODY:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too long\n")
        else:
            self._answer(self.rfile.read(int(length)), int(length))

    def _answer(self, raw: bytes, length: int) -> None:
        if len(raw) != length:
            self.close_connection = True
            return
        try:
            answer = cast("Server", self.server).answer(raw.decode())
        except UnicodeDecodeError:
            answer = Refused(Refusal.MALFORMED)
        except OSError as wrong:
            click.echo(f"parley: NOT SIGNED, nothing was kept: {wrong.strerror}", err=True)
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, "what was seen could not be kept\n")
            return
        if isinstance(answer, str):
            self._say(HTTPStatus.OK, answer, keep=True)
            return
        click.echo(f"parley: not signed: {answer.why}", err=True)
        if answer.why is Refusal.FORKED:
            click.echo("parley: both are kept: parley evidence STATE STATE --out FILE", err=True)
        status = STATUS[answer.why]
        if status == HTTPStatus.CONFLICT:
            self._say(status, f"{answer.size}\n", "text/x.tlog.size", keep=True)
        else:
            self._say(status, f"{answer.why}\n", keep=True)

    def _say(
        self, status: int, text: str, kind: str = "text/plain; charset=utf-8", *, keep: bool = False
    ) -> None:
        """Answer; unless told to keep it, the connection ends: a body may still be in it."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if not keep:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing by itself: who asks when is nobody's business."""


@click.command()
@click.option("--name", required=True, help="The witness's name; let it not tell whose it is.")
@click.option("--key", "key_path", required=True, type=FILE, help="A key of its own, from `parley key new`.")  # fmt: skip
@click.option("--log", "logs", required=True, multiple=True, metavar="VKEY", help="A log to watch. May be repeated.")  # fmt: skip
@click.option("--state", required=True, type=FILE, help="What it signed last. Never restore an old copy.")  # fmt: skip
@click.option("--new", "is_new", is_flag=True, help="Begin: there is no state yet.")
@click.option("--listen", default="127.0.0.1:7380", show_default=True, metavar="HOST:PORT", help="Where to answer.")  # fmt: skip
def witness(
    name: str, key_path: Path, logs: tuple[str, ...], state: Path, *, is_new: bool, listen: str
) -> None:
    """Run a witness: it signs that the log only grew, and refuses everything else.

    Run it on a machine of your own, and give the bot's operator its address and the key it
    prints. Whoever holds that key checks receipts with --witness KEY.

    \b
    Examples:
      parley key new witness.key
      parley witness --name w7.example --key witness.key --log VKEY --state witness.state --new
      parley witness --name w7.example --key witness.key --log VKEY --state witness.state
    """
    from bot.scheduling.clock import wall  # noqa: PLC0415  # the one place that reads the clock

    signer = read_key(key_path)
    host, port = _address(listen)
    try:
        public = witness_key(name, signer)
        watched = checked_logs(public, [parse_vkey(log) for log in logs])
    except FormatError as wrong:
        raise Failed(str(wrong)) from None
    with locked(state):
        memory = StateFile(state, _opened(state, public, watched, is_new=is_new), watched)
        judge = Witness(name, signer, watched.values(), memory)
        try:
            server = Server(host, port, judge, lambda: int(wall().timestamp()))
        except OSError as wrong:
            raise Failed(f"cannot listen on {listen}: {wrong.strerror}") from None
        click.echo(f"{public.vkey()}\nlistening on {listen}, port {server.server_address[1]}")
        with server, _ending_calmly():
            server.serve_forever()


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


def _opened(path: Path, public: PublicKey, logs: dict[str, PublicKey], *, is_new: bool) -> State:
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


@contextmanager
def _ending_calmly() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise Failed("--listen takes HOST:PORT, as in 127.0.0.1:7380")
    return host.strip("[]"), int(port)


def _flush_directory(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
