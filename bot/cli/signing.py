"""`parley key` and `parley sign`: a party signs a record with a key of its own.

Nobody else, the bot least of all, can make such a signature: it is the only proof of who.
It refuses to sign what does not verify, to use a key that others on the machine can read, and
to print a secret key.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path

import click
from nacl.signing import SigningKey

from bot.cli.disclose import read_receipt
from bot.cli.failing import Failed
from bot.cli.files import FILE, deliver, read_text, write_new
from bot.ledger.encoding import FormatError, to_base64
from bot.ledger.party import key_file, parse_key_file, sign_record
from bot.ledger.receipt import MAX_PARTIES, Receipt
from bot.ledger.record import SLOTS
from bot.ledger.verdict import quoted

CODE = re.compile(r"[2-9A-Z]{4}")
NAMED_BY_CODE = frozenset(
    {"item.recorded/1", "commitment.proposed/1", "release.item/1", "watch.set/1"}
    | {"key.registered/1"}
)
"""Kinds of record that their code names; a confirmation only carries the code of its promise."""
HAND_IN = "To hand it in, type this one line in the room where the receipt came:"
NOT_TYPED = (
    "There is no line to type: this receipt shows no code, or its code is that of another"
    " record. The signed file itself is what you show."
)


@click.group()
def key() -> None:
    """Make and show a party's own key.

    \b
    Examples:
      parley key new north.key
      parley key show north.key
    """


@key.command()
@click.argument("file", type=FILE)
def new(file: Path) -> None:
    """Make a new secret key in a file of your own, and print the public one.

    Give the public key to the other side yourself, in person or by voice: they check your
    signatures with --party 'YOUR NAME=KEY'.

    \b
    Example:
      parley key new north.key
    """
    signer = SigningKey.generate()
    write_new(file, key_file(signer))
    click.echo(to_base64(bytes(signer.verify_key)))
    click.echo(f"{file} is the secret half: keep it, copy it, show it to nobody.", err=True)


@key.command()
@click.argument("file", type=FILE)
def show(file: Path) -> None:
    """Print the public key of a key file.

    \b
    Example:
      parley key show north.key
    """
    click.echo(to_base64(bytes(read_key(file).verify_key)))


@click.command()
@click.argument("receipt", type=FILE)
@click.option("--key", "key_path", required=True, type=FILE, help="Your key, from `parley key new`.")  # fmt: skip
@click.option("--out", type=FILE, help="A new file.  [default: standard output]")
@click.option("--yes", is_flag=True, help="Do not ask before.")
def sign(receipt: Path, key_path: Path, out: Path | None, yes: bool) -> None:
    """Sign a record with your own key; the answer is a receipt with your signature.

    Check first that it is from the log you know: parley verify RECEIPT --trust VKEY.
    The line to type in the room of the record is printed too; beside a receipt on standard
    output, to standard error.

    \b
    Examples:
      parley sign K7QF.receipt --key north.key --out K7QF-signed.receipt
      parley sign K7QF.receipt --key north.key --yes > K7QF-signed.receipt
    """
    from bot.scheduling.clock import wall  # noqa: PLC0415  # the one place that reads the clock

    found, signer = read_receipt(receipt), read_key(key_path)
    for line in what_is_signed(found):
        click.echo(line, err=True)
    if not yes:
        click.confirm("Sign this?", abort=True, err=True)
    made = signed(found, int(wall().timestamp()), signer)
    deliver(made.text(), out)
    to_type = typed_line(made)
    click.echo(HAND_IN if to_type else NOT_TYPED, err=True)
    if to_type:
        click.echo(to_type, err=out is None)


def what_is_signed(receipt: Receipt) -> list[str]:
    """Say what a signature will stand under, the places that are not shown included."""
    fields = [f"  {d.name}: {quoted(d.value)}" for d in receipt.disclosures]
    unseen = SLOTS - len(fields)
    return [
        f"You sign entry {receipt.proof.index} of the log {receipt.log.vkey()}:",
        *fields,
        f"and with it the {unseen} of its {SLOTS} places that this receipt does not show you.",
    ]


def typed_line(receipt: Receipt) -> str | None:
    """Return the line that hands in the last signature; None where no code names this record."""
    fields = {d.name: d.value for d in receipt.disclosures}
    code = fields.get("code")
    if not isinstance(code, str) or CODE.fullmatch(code) is None:
        return None
    named = fields.get("record") in NAMED_BY_CODE or "record" not in fields
    return f"!signed {code} {receipt.parties[-1].line()}" if named else None


def signed(receipt: Receipt, time: int, signer: SigningKey) -> Receipt:
    """Add a party's signature, made at a POSIX `time` by its own word; `Failed` if there is no room."""
    if any(party.public == bytes(signer.verify_key) for party in receipt.parties):
        raise Failed("this key has signed this record already: nothing was written")
    if len(receipt.parties) >= MAX_PARTIES:
        raise Failed(f"this receipt carries {MAX_PARTIES} signatures already, which is all it can")
    if bytes(signer.verify_key) in (receipt.submit, receipt.log.public):
        raise Failed("this is the bot's own key: a party signs with a key of its own")
    return replace(receipt, parties=(*receipt.parties, sign_record(receipt.jwt, time, signer)))


def read_key(path: Path) -> SigningKey:
    """Read a secret key that nobody else on this machine can read; `Failed` says why not."""
    text = read_text(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Failed(f"{path} can be read by others: run chmod 600 {path}, or make a new key")
    try:
        return parse_key_file(text)
    except FormatError as wrong:
        raise Failed(f"{path} is not a usable key: {wrong}") from None
