"""`parley disclose`: a receipt that shows fewer fields and proves those.

It refuses to make a receipt that would not verify, and to leave anything shown by mistake:
what is not named is taken out, signatures of parties too.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from bot.cli.failing import Failed
from bot.cli.files import FILE, deliver, read_text
from bot.ledger.receipt import Receipt, parse_receipt
from bot.ledger.record import SLOTS
from bot.ledger.record import disclose as picked
from bot.ledger.verdict import Fault, listed, quoted
from bot.ledger.verify import verify_receipt


@click.command()
@click.argument("receipt", type=FILE)
@click.option("--only", required=True, metavar="FIELDS", help="The fields to show, with commas between them.")  # fmt: skip
@click.option("--signatures", is_flag=True, help="Keep the parties' signatures: they show keys.")
@click.option("--out", type=FILE, help="A new file.  [default: standard output]")
def disclose(receipt: Path, only: str, signatures: bool, out: Path | None) -> None:
    """Make a receipt that proves just some fields, to show to somebody else.

    What it was taken from stays as it is. The new one proves the same entry of the log: who
    holds both can see that they belong together.

    \b
    Examples:
      parley disclose K7QF.receipt --only text,due --out for-the-press.receipt
      parley disclose K7QF.receipt --only obligor,obligee,text,due --signatures
    """
    whole = read_receipt(receipt)
    less = narrowed(whole, only.split(","), signatures=signatures)
    deliver(less.text(), out)
    names = [d.name for d in less.disclosures]
    hidden = f"{SLOTS - len(names)} of the record's {SLOTS} places"
    dropped = len(whole.parties) - len(less.parties)
    unsigned = f" Left out: {dropped} of the parties' signatures." if dropped else ""
    click.echo(f"Shown: {listed(names)}. Not shown: {hidden}.{unsigned}", err=True)


def narrowed(receipt: Receipt, names: list[str], *, signatures: bool) -> Receipt:
    """Take every field out of a receipt but these; `Failed` names the fields there are."""
    there = [d.name for d in receipt.disclosures]
    wanted = [name.strip() for name in names]
    unknown = [quoted(name) for name in wanted if name not in there]
    if unknown:
        raise Failed(f"this receipt shows no field {listed(unknown)}; it shows: {listed(there)}")
    return replace(
        receipt,
        disclosures=picked(receipt.disclosures, wanted),
        parties=receipt.parties if signatures else (),
    )


def read_receipt(path: Path) -> Receipt:
    """Read a receipt that holds under the key it names; `Failed` with the verifier's words."""
    text = read_text(path)
    verdict = verify_receipt(text)
    if verdict.fault is not Fault.NO_TRUSTED_KEY:
        raise Failed(f"{path}: {verdict.sentences[0]}")
    return parse_receipt(text)
