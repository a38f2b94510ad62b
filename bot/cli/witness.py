"""`parley witness`: a party's own witness of the log, that any C2SP log can ask.

It needs no bot and no operator. It is asked over HTTP, or in a Matrix room with the bot, which
needs no open port. It refuses to start without what it signed before (or it could be led to
sign a second history), to run twice over one state, and to answer before the disk has what it
signs.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from bot.cli.failing import Failed, part
from bot.cli.files import FILE
from bot.cli.signing import read_key
from bot.cli.witness_http import Server
from bot.cli.witness_state import Desk, Road, StateFile, locked, opened_state
from bot.ledger.encoding import FormatError
from bot.ledger.keys import parse_vkey, witness_key
from bot.ledger.witness import Witness, checked_logs

LISTEN: Final = "127.0.0.1:7380"


@click.command()
@click.option("--name", required=True, help="The witness's name; let it not tell whose it is.")
@click.option("--key", "key_path", required=True, type=FILE, help="A key of its own, from `parley key new`.")  # fmt: skip
@click.option("--log", "logs", required=True, multiple=True, metavar="VKEY", help="A log to watch. May be repeated.")  # fmt: skip
@click.option("--state", required=True, type=FILE, help="What it signed last. Never restore an old copy.")  # fmt: skip
@click.option("--new", "is_new", is_flag=True, help="Begin: there is no state yet.")
@click.option("--listen", metavar="HOST:PORT", help=f"Where to answer over HTTP.  [default: {LISTEN}]")  # fmt: skip
@click.option("--matrix", type=FILE, metavar="FILE", help="Answer over Matrix instead: the settings of the witness's own account.")  # fmt: skip
@click.option("--bot", metavar="USER", help="With --matrix: the bot's Matrix ID. Nobody else is answered.")  # fmt: skip
@click.option("--bot-key", metavar="KEY", help="With --matrix: the bot's public key, if you know it; else the first is kept.")  # fmt: skip
def witness(
    name: str,
    key_path: Path,
    logs: tuple[str, ...],
    state: Path,
    *,
    is_new: bool,
    listen: str | None,
    **over_matrix: Any,
) -> None:
    """Run a witness: it signs that the log only grew, and refuses everything else.

    Run it on a machine of your own, and give the bot's operator the key it prints, and its
    address (a reverse proxy in front of it does TLS) or its Matrix ID. Whoever holds that key
    checks receipts with --witness KEY.

    \b
    Over Matrix no port is open. FILE names an account that nobody else uses:
      [homeserver]
      url = "https://example.org"
      user = "@w7:example.org"
      password_file = "password"      # mode 600
      [store]
      path = "account"                # a directory of its own

    \b
    Examples:
      parley key new witness.key
      parley witness --name w7.example --key witness.key --log VKEY --state witness.state --new
      parley witness --name w7.example --key witness.key --log VKEY --state witness.state
      parley witness --name w7.example --key witness.key --log VKEY --state witness.state \\
        --matrix w7.toml --bot @parley:example.org
    """
    from bot.scheduling.clock import wall  # noqa: PLC0415  # the one place that reads the clock

    signer = read_key(key_path)
    road = _road(listen, **over_matrix)
    where = listen or LISTEN
    host, port = _address(where)
    try:
        public = witness_key(name, signer)
        watched = checked_logs(public, [parse_vkey(log) for log in logs])
    except FormatError as wrong:
        raise Failed(str(wrong)) from None
    with locked(state):
        memory = StateFile(state, opened_state(state, public, watched, is_new=is_new), watched)
        judge = Witness(name, signer, watched.values(), memory)
        desk = Desk(judge, memory, lambda: int(wall().timestamp()))
        if road is not None:
            part("bot.cli.witness_matrix", "run")(road, desk, bytes(signer))
            return
        try:
            server = Server(host, port, desk)
        except OSError as wrong:
            raise Failed(f"cannot listen on {where}: {wrong.strerror}") from None
        click.echo(f"{desk.vkey}\nlistening on {where}, port {server.server_address[1]}")
        with server, _ending_calmly():
            server.serve_forever()


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


def _road(
    listen: str | None, matrix: Path | None, bot: str | None, bot_key: str | None
) -> Road | None:
    """Return the way over Matrix, None for HTTP; `Failed` for half of one, or both."""
    if matrix is None:
        if bot is not None or bot_key is not None:
            raise Failed("--bot and --bot-key go with --matrix FILE")
        return None
    if listen is not None:
        raise Failed("over Matrix no port is open: leave out --listen")
    if bot is None or re.fullmatch(r"@[^\s:]+:\S+", bot) is None:
        raise Failed("--matrix needs --bot, the bot's Matrix ID, as in @parley:example.org")
    return Road(matrix, bot, bot_key)
