"""`parley evidence`: make one file that proves a log signed two histories.

It takes what parties already have: receipts, checkpoints, a witness's state. It refuses to
write anything where there is no contradiction, and puts no record and no field into the file.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from bot.cli.failing import Failed
from bot.cli.files import FILE, deliver, read_text
from bot.ledger.encoding import FormatError
from bot.ledger.evidence import Evidence, Statement, find_fork, parse_statement, verify_evidence
from bot.ledger.keys import LOG_KEY, PublicKey, parse_vkey
from bot.ledger.receipt import MAGIC, parse_receipt
from bot.ledger.verify import Trust
from bot.ledger.witness import STATE_MAGIC, parse_state

NO_FORK = 1


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file says of which log; a bare checkpoint does not say by which key."""

    statements: tuple[Statement, ...]
    logs: frozenset[PublicKey] = frozenset()


@click.command()
@click.argument("one", type=FILE)
@click.argument("two", type=FILE)
@click.option("--trust", metavar="VKEY", help="The log's key; needed where no file names it.")
@click.option("--out", type=FILE, help="A new file.  [default: standard output]")
def evidence(one: Path, two: Path, trust: str | None, out: Path | None) -> None:
    """Prove that a log showed two histories, from what two people got from it.

    Each file is a receipt, a checkpoint, a .tlog-proof file or a witness's state. Exit code 1:
    the two do not contradict each other.

    \b
    Examples:
      parley evidence mine.receipt theirs.receipt --out fork.evidence
      parley evidence mine.receipt witness.state --out fork.evidence
      parley verify fork.evidence --trust VKEY
    """
    files = (read(one), read(two))
    logs = {_log_key(trust)} if trust else {log for file in files for log in file.logs}
    if not logs:
        raise Failed("neither file names the log's key: give it with --trust VKEY")
    if not trust and files[0].logs and files[1].logs and not files[0].logs & files[1].logs:
        raise Failed("these are from two different logs: that they differ proves nothing")
    statements = [statement for file in files for statement in file.statements]
    found = [fork for log in logs if (fork := find_fork(log, statements))]
    if not found:
        click.echo("parley: no contradiction here: nothing is proved against the log", err=True)
        raise SystemExit(NO_FORK)
    deliver(found[0].text(), out)
    for sentence in said(found[0]):
        click.echo(sentence, err=True)


def said(found: Evidence) -> tuple[str, ...]:
    """Return what a verifier who trusts the log's key will be told."""
    return verify_evidence(found.text(), trust=Trust(found.log)).sentences


def read(path: Path) -> Brought:
    """Read one of the files that say something of a log; `Failed` says why it is none."""
    text = read_text(path)
    try:
        if text.startswith(MAGIC):
            receipt = parse_receipt(text)
            before = (receipt.before,) if receipt.before else ()
            return Brought((receipt.proof, *before), frozenset({receipt.log}))
        if text.startswith(STATE_MAGIC):
            rows = parse_state(text).logs
            notes = [n for _, seen in rows for n in (seen.checkpoint, seen.fork) if n]
            return Brought(tuple(notes), frozenset(log for log, _ in rows))
        return Brought((parse_statement(text),))
    except FormatError as wrong:
        raise Failed(f"{path} is no receipt, checkpoint, proof or state: {wrong}") from None


def _log_key(text: str) -> PublicKey:
    try:
        key = parse_vkey(text)
    except FormatError as wrong:
        raise Failed(f"the log's key cannot be read: {wrong}") from None
    if key.kind != LOG_KEY:
        raise Failed("the key given with --trust is not a log's")
    return key
