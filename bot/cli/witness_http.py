"""A witness behind HTTP: the C2SP protocol, and a way to read what it keeps.

Refuses a connection too many with 503, and whoever takes longer for one request than an honest
log needs, however steadily it trickles. It speaks no TLS: that is a reverse proxy's work.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

import click
from typing_extensions import Buffer, override

from bot.cli.witness_state import Desk, tell
from bot.ledger.witness import MAX_SUBMISSION, STATUS, Refusal

ASK: Final = "/add-checkpoint"
READ: Final = "/checkpoint"
CONNECTIONS: Final = 32
PATIENCE_S: Final = 10.0
"""For one read or one write."""
REQUEST_S: Final = 20.0
"""For one request as a whole, from the end of the one before it."""
TURNED_AWAY_S: Final = 1.0
_MAX_BODY: Final = 4 * MAX_SUBMISSION
"""In bytes; a character has at most four."""
_BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 28\r\n"
    b"Retry-After: 10\r\nConnection: close\r\n\r\n"
    b"too many ask now: try again\n"
)


class Server(ThreadingHTTPServer):
    """One witness behind HTTP; one request is judged at a time, few are read at a time."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 2 * CONNECTIONS

    def __init__(self, host: str, port: int, desk: Desk, *, request_s: float = REQUEST_S) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.desk = desk
        self.request_s = request_s
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._door = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__((host, port), _Handler)

    @override
    def process_request_thread(self, request: object, client_address: object) -> None:
        connection = cast("socket.socket", request)
        # A connection too many is told so at once: waiting for room would hold a thread each.
        if not self._room.acquire(blocking=False):
            self._turn_away(connection)
            return
        try:
            super().process_request_thread(connection, client_address)
        finally:
            self._room.release()

    def _turn_away(self, connection: socket.socket) -> None:
        """Say 503, and let it arrive: closed over unread bytes, it would be lost on the way."""
        if self._door.acquire(blocking=False):
            try:
                with suppress(OSError):
                    until = time.monotonic() + TURNED_AWAY_S
                    connection.settimeout(TURNED_AWAY_S)
                    connection.sendall(_BUSY)
                    connection.shutdown(socket.SHUT_WR)
                    while (left := until - time.monotonic()) > 0:
                        connection.settimeout(left)
                        if not connection.recv(65_536):
                            break
            finally:
                self._door.release()
        self.shutdown_request(connection)

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        wrong = sys.exc_info()[1]
        if not isinstance(wrong, OSError):  # a connection that broke is no event for anybody
            click.echo(
                f"parley: this is a bug, nothing was signed: {type(wrong).__name__}", err=True
            )


class _Timely(io.RawIOBase):
    """What comes over a connection, until a moment in monotonic seconds and not after it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.until = 0.0

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(PATIENCE_S, left))
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "parley-witness"
    sys_version = ""
    timeout = PATIENCE_S

    @override
    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._incoming = _Timely(self.connection)
        self.rfile = io.BufferedReader(self._incoming)

    @override
    def handle_one_request(self) -> None:
        self._incoming.until = time.monotonic() + cast("Server", self.server).request_s
        super().handle_one_request()

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        origins = parse_qs(asked.query).get("origin", [])
        kept = None
        if asked.path == READ and len(origins) == 1:
            kept = cast("Server", self.server).desk.kept(origins[0])
        if kept is None:
            self._say(HTTPStatus.NOT_FOUND, "nothing of that log is kept here\n")
        else:
            self._say(HTTPStatus.OK, kept.text())

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != ASK:
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
            judged = cast("Server", self.server).desk.judge(raw.decode())
        except UnicodeDecodeError:
            status = STATUS[Refusal.MALFORMED]
            self._say(status, f"{Refusal.MALFORMED}\n", keep=True)
            return
        except OSError as wrong:
            click.echo(f"parley: NOT SIGNED, nothing was kept: {wrong.strerror}", err=True)
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, "what was seen could not be kept\n")
            return
        tell(judged)
        if judged.refused is None:
            self._say(HTTPStatus.OK, judged.lines, keep=True)
        elif judged.status == HTTPStatus.CONFLICT:
            self._say(judged.status, f"{judged.refused.size}\n", "text/x.tlog.size", keep=True)
        else:
            self._say(judged.status, f"{judged.refused.why}\n", keep=True)

    def _say(
        self, status: int, text: str, kind: str = "text/plain; charset=utf-8", *, keep: bool = False
    ) -> None:
        """Answer; unless told to keep it, the connection ends: a body may still be in it."""
        body = text.encode()
        self.connection.settimeout(PATIENCE_S)
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
