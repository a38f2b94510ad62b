"""The witness as a server: real sockets, a real file, a real process that is killed."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from bot.cli.main import parley
from bot.cli.witness_http import CONNECTIONS, Server
from bot.cli.witness_state import Desk, StateFile, locked
from bot.ledger.checkpoint import cosignature_time
from bot.ledger.party import key_file
from bot.ledger.witness import State, Witness, parse_state, with_cosignature
from tests.ledger.building import SmallLog, key
from tests.ledger.test_witness import FORK, LOG, NAME, OTHER, PUBLIC, SIZE, asking

VKEY = LOG.public.vkey()


@dataclass
class Address:
    port: int
    state: Path

    def post(self, body: str | bytes, path: str = "/add-checkpoint") -> tuple[int, str, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            raw = body if isinstance(body, bytes) else body.encode()
            connection.request("POST", path, raw)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
        finally:
            connection.close()

    def headers(self, *headers: tuple[str, str]) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest("POST", "/add-checkpoint")
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders()
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def serving(state: Path, *, begin: bool = True, **more: float) -> Iterator[Address]:
    logs = {log.name: log.public for log in (LOG, OTHER)}
    known = State(PUBLIC) if begin else parse_state(state.read_text())
    memory = StateFile(state, known, logs)
    judge = Witness(NAME, key(NAME), logs.values(), memory)
    with Server("127.0.0.1", 0, Desk(judge, memory, lambda: 1000), **more) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Address(server.server_address[1], state)
        finally:
            server.shutdown()
            thread.join()


def until(true: Callable[[], bool], patience_s: float = 20) -> None:
    last = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < last
        time.sleep(0.01)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with serving(tmp_path / "state") as found:
        yield found


def test_a_checkpoint_is_cosigned_over_http_and_the_file_has_it(address: Address) -> None:
    status, _, answer = address.post(asking(0, 5))
    assert status == 200
    assert cosignature_time(with_cosignature(LOG.checkpoint(5), answer, PUBLIC), PUBLIC) == 1000
    kept = parse_state(address.state.read_text()).seen(LOG.name)
    assert kept is not None
    assert kept.checkpoint == LOG.checkpoint(5)
    assert stat.S_IMODE(address.state.stat().st_mode) == 0o600


def test_each_refusal_has_the_status_of_the_protocol(address: Address) -> None:
    address.post(asking(0, 5))
    stranger = SmallLog("third.example").grow(5)
    thief = SmallLog().grow(6)
    thief.signer = key("thief")
    for body, status, says in (
        (asking(3, 7), 409, "5\n"),
        (asking(5, 7, FORK), 422, "the path does not lead from the old history to the new one\n"),
        (asking(5, 6, thief), 403, "the log did not sign this checkpoint\n"),
        (asking(0, 5, stranger), 404, "this witness does not watch that log\n"),
        ("old 5\n", 400, "this is not an add-checkpoint request\n"),
        (b"\xff\xfe", 400, "this is not an add-checkpoint request\n"),
        (asking(5, 5, FORK), 409, "5\n"),
        (asking(5, 7), 403, "the log once signed two histories: this witness trusts it no more\n"),
    ):
        found, kind, answer = address.post(body)
        assert (found, answer) == (status, says)
        assert (kind == "text/x.tlog.size") is (status == 409)


def test_what_is_no_request_of_ours_is_turned_away(address: Address) -> None:
    assert address.post(asking(0, 5), "/else")[0] == 404
    # Headers alone: the server answers before it would read what it does not take.
    assert address.headers(("Content-Length", "400000")) == 413
    assert address.headers(("Transfer-Encoding", "chunked")) == 411
    assert address.headers(("Content-Length", "-1")) == 411
    assert address.headers(("Content-Length", "9" * 5000)) == 411
    assert address.post(asking(0, 5))[0] == 200


def test_one_connection_serves_many_requests(address: Address) -> None:
    connection = HTTPConnection("127.0.0.1", address.port, timeout=10)
    for old, new in ((0, 3), (0, 5), (3, 5), (5, 5)):
        connection.request("POST", "/add-checkpoint", asking(old, new).encode())
        answer = connection.getresponse()
        answer.read()
        assert answer.status == (409 if (old, new) == (0, 5) else 200)
    connection.close()


def test_of_many_that_ask_at_once_for_two_histories_one_history_is_signed(
    address: Address,
) -> None:
    bodies = [asking(0, n, log) for n in range(4, SIZE) for log in (LOG, FORK)]
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda body: address.post(body)[0], bodies))
    assert codes.count(200) == 1
    assert set(codes) <= {200, 403, 409}


def test_what_is_kept_of_a_log_can_be_read_and_is_signed_by_the_log(address: Address) -> None:
    where = f"/checkpoint?origin={quote(LOG.name, safe='')}"
    assert address.get(where)[0] == 404
    address.post(asking(0, 5))
    address.post(asking(0, 4, OTHER))
    address.post(asking(5, 5, FORK))
    assert address.get(where) == (200, "text/plain; charset=utf-8", LOG.checkpoint(5).text())
    assert address.get(f"/checkpoint?origin={OTHER.name}")[2] == OTHER.checkpoint(4).text()
    for elsewhere in (
        "/checkpoint",
        "/checkpoint?origin=",
        "/checkpoint?origin=third.example",
        f"/checkpoint?origin={LOG.name}&origin={OTHER.name}",
        f"/add-checkpoint?origin={LOG.name}",
        "/checkpoint?origin=%ff%00",
    ):
        assert address.get(elsewhere)[0] == 404


def test_whoever_trickles_is_cut_off_however_steadily(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 4000\r\n"
    with serving(tmp_path / "state", request_s=0.4) as address:
        for opening, drop in ((begun, b"X: y\r\n"), (begun + b"\r\n", b"o")):
            with socket.create_connection(("127.0.0.1", address.port), 10) as slow:
                slow.sendall(opening)
                started = time.monotonic()
                with suppress(OSError):  # reset, or a broken pipe
                    while time.monotonic() - started < 5:
                        slow.sendall(drop)
                        time.sleep(0.05)
                assert time.monotonic() - started < 2
    assert capsys.readouterr().err == ""


def test_an_honest_connection_has_its_time_anew_for_each_request(tmp_path: Path) -> None:
    with serving(tmp_path / "state", request_s=1.5) as address:
        connection = HTTPConnection("127.0.0.1", address.port, timeout=10)
        for old, new in ((0, 3), (3, 4), (4, 5), (5, 6)):
            connection.request("POST", "/add-checkpoint", asking(old, new).encode())
            assert connection.getresponse().read().startswith("\u2014 ".encode())
            time.sleep(0.5)
        connection.close()


def test_one_too_many_is_told_to_come_again_and_then_served(tmp_path: Path) -> None:
    with serving(tmp_path / "state", request_s=3) as address, ExitStack() as crowd:
        for _ in range(CONNECTIONS):
            crowd.enter_context(socket.create_connection(("127.0.0.1", address.port), 10))
        until(lambda: address.get("/")[0] == 503)  # all of the crowd are inside
        status, _, says = address.post(asking(0, 5))
        assert (status, says) == (503, "too many ask now: try again\n")
        until(lambda: address.post(asking(0, 5))[0] == 200)  # whoever asks nothing was cut off


def test_a_disk_that_does_not_keep_is_answered_with_500_and_no_signature(
    address: Address, tmp_path: Path
) -> None:
    (tmp_path / "state.new").mkdir()
    status, _, answer = address.post(asking(0, 5))
    assert (status, answer) == (500, "what was seen could not be kept\n")
    (tmp_path / "state.new").rmdir()
    assert address.post(asking(0, 7))[0] == 200


def test_what_is_signed_is_flushed_to_the_disk_and_so_is_its_name(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    flush = os.fsync

    def counting(opened: int) -> None:
        flushed.append("directory" if stat.S_ISDIR(os.fstat(opened).st_mode) else "file")
        flush(opened)

    monkeypatch.setattr(os, "fsync", counting)
    assert address.post(asking(0, 5))[0] == 200
    assert flushed == ["file", "directory"]
    assert address.post(asking(0, 7))[0] == 409
    assert len(flushed) == 2


def test_a_witness_that_starts_again_knows_what_it_signed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with serving(state) as first:
        first.post(asking(0, 9))
        first.post(asking(0, 9, OTHER))
    with serving(state, begin=False) as second:
        assert second.post(asking(0, 5, FORK))[::2] == (409, "9\n")
        assert second.post(asking(9, 11))[0] == 200
        assert second.post(asking(9, 11, OTHER))[0] == 200


# -- the command ---------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    secret = tmp_path / "key"
    secret.touch(0o600)
    secret.write_text(key_file(key(NAME)))
    return tmp_path


def args(home: Path, *more: str, log: str = VKEY, name: str = NAME) -> list[str]:
    paths = ["--key", str(home / "key"), "--state", str(home / "state")]
    return ["witness", "--name", name, "--log", log, "--listen", "127.0.0.1:0", *paths, *more]


def typed(command: list[str]) -> Result:
    return CliRunner().invoke(parley, command, prog_name="parley")


@contextmanager
def running(home: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], Address]]:
    command = [sys.executable, "-m", "bot", *args(home, *more)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == PUBLIC.vkey() + "\n"
            port = int(process.stdout.readline().rsplit(" ", 1)[1])
            yield process, Address(port, home / "state")
        finally:
            process.kill()


def test_a_process_that_is_killed_goes_on_where_it_was_and_ends_calmly(home: Path) -> None:
    with running(home, "--new") as (process, first):
        assert first.post(asking(0, 5))[0] == 200
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    with running(home) as (process, second):
        refused = typed(args(home))
        assert "another witness runs" in refused.output
        assert second.post(asking(0, 3, FORK))[::2] == (409, "5\n")
        assert second.post(asking(5, 7))[0] == 200
        process.terminate()
        assert process.wait(10) == 0


def test_a_witness_does_not_start_without_its_past(home: Path) -> None:
    missing = typed(args(home))
    assert missing.exit_code == 2
    assert "is not there; if this witness never ran, add --new" in missing.output
    state = home / "state"
    state.write_text(State(PUBLIC).text()[:-9])
    damaged = typed(args(home))
    assert "is damaged; do not go on with an old copy" in damaged.output
    again = typed(args(home, "--new"))
    assert "exists already: nothing was written" in again.output


def test_a_state_is_of_one_witness_and_knows_each_log_by_one_key(home: Path) -> None:
    state = home / "state"
    with serving(state) as first:
        first.post(asking(0, 5))
    assert "the state of another witness" in typed(args(home, name="w8.example")).output
    thief = SmallLog()
    thief.signer = key("thief")
    found = typed(args(home, log=thief.public.vkey())).output
    assert "under another key: ask its operator why" in found


def test_what_cannot_be_used_is_one_line(home: Path) -> None:
    for command, why in (
        (args(home, "--new", log="x"), "a verifier key is not of the form"),
        (args(home, "--new", log=PUBLIC.vkey()), "not a log's"),
        (args(home, "--new", name="a b"), "a character that is not allowed"),
        ([*args(home, "--new"), "--listen", "here"], "--listen takes HOST:PORT"),
        ([*args(home, "--new"), "--listen", "192.0.2.1:0"], "cannot listen on 192.0.2.1:0"),
    ):
        result = typed(command)
        assert result.exit_code == 2
        (line,) = result.output.splitlines()
        assert why in line


def test_a_state_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "state"),
        pytest.raises(Exception, match="another witness"),
        locked(tmp_path / "state"),
    ):
        pass
    with locked(tmp_path / "state"):
        pass


# -- what goes with a refusal --------------------------------------------------------------------


def judging(state: Path) -> Desk:
    logs = {log.name: log.public for log in (LOG, OTHER)}
    memory = StateFile(state, State(PUBLIC), logs)
    return Desk(Witness(NAME, key(NAME), logs.values(), memory), memory, lambda: 1000)


def test_who_shows_a_smaller_log_is_shown_the_larger_one(tmp_path: Path) -> None:
    desk = judging(tmp_path / "state")
    desk.judge(asking(0, 9))
    behind = desk.judge(asking(0, 5))
    assert (behind.status, behind.proof) == (409, LOG.checkpoint(9))
    # An honest log that was away is behind the witness in nothing but its old size.
    catching_up = desk.judge(asking(0, 11))
    assert (catching_up.status, catching_up.proof) == (409, None)
    assert catching_up.refused is not None
    assert catching_up.refused.size == 9


def test_who_shows_another_history_is_shown_the_one_that_was_signed(tmp_path: Path) -> None:
    desk = judging(tmp_path / "state")
    desk.judge(asking(0, 9))
    grown = desk.judge(asking(9, 11, FORK))
    assert (grown.status, grown.proof) == (422, LOG.checkpoint(9))
    forked = desk.judge(asking(9, 9, FORK))
    assert (forked.status, forked.proof) == (409, LOG.checkpoint(9))
    # From now on each history is shown the other one.
    assert desk.judge(asking(9, 9, FORK)).proof == LOG.checkpoint(9)
    assert desk.judge(asking(9, 9)).proof == FORK.checkpoint(9)
    assert desk.judge(asking(9, 11)).proof == LOG.checkpoint(9)


def test_who_is_not_the_log_is_shown_no_proof_of_anything_newer(tmp_path: Path) -> None:
    desk = judging(tmp_path / "state")
    desk.judge(asking(0, 9))
    stranger = SmallLog("third.example").grow(5)
    assert desk.judge(asking(0, 5, stranger)).proof is None
    assert desk.judge("old 9\n").proof is None
