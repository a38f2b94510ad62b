"""`parley export`: write what one party may hold of a case into a directory, with its proofs.

It reads the store and changes nothing; the bot may run. It refuses without two mediators'
approval that still stands, a directory that is not empty, and to leave half an export behind.
docs/spec/export.md.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.failing import Failed
from bot.settings import load

if TYPE_CHECKING:
    from bot.cli.exported import Exported, Holding
    from bot.domain.case import Case
    from bot.domain.ids import PartyId
    from bot.domain.records import Record
    from bot.storage.store import SqlStore


@click.command()
@click.argument("case")
@click.option("--for", "party", required=True, metavar="PARTY", help="Whose part of the case.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIRECTORY", help="A new directory, or an empty one.")  # fmt: skip
@click.pass_obj
def export(config: Path | None, case: str, party: str, out: Path) -> None:
    """Write what a party may hold of a case into a directory: files, with a proof of each record.

    Two mediators approve it first, at the desk: one types !export PARTY, another approves. The
    files are readable and provable without Parley; they are not encrypted.

    \b
    Example:
      parley export orchid --for north --out north-2027-03-06
    """
    from bot.cli.exported import holding  # noqa: PLC0415  # help needs no database
    from bot.cli.opened import opened  # noqa: PLC0415
    from bot.scheduling.clock import wall  # noqa: PLC0415

    target = _free(out)
    with opened(load(config)) as store:
        if store is None:
            raise Failed("there is no case yet: the bot has not run")
        found, records = _case(store, case)
        wanted = _party(found, party)
        _approved(found, wanted, wall())
        with _all_or_nothing(target) as folder:
            exported = _write(store, holding(found, records, wanted), wall(), folder)
            _unchanged(store, found, wanted)
    _report(exported, out)


def _free(out: Path) -> Path:
    """Return where the directory will be; `Failed` if something is there."""
    target = out.absolute()
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise Failed(f"{out} is there and is no directory: nothing was written")
        if target.is_dir() and any(target.iterdir()):
            raise Failed(f"{out} is not empty: nothing was written")
        if not target.parent.is_dir():
            raise Failed(f"{out.parent} is no directory: make it first")
    except OSError as wrong:
        raise Failed(f"{out} cannot be used: {wrong.strerror}") from None
    return target


def _case(store: SqlStore, typed: str) -> tuple[Case, tuple[Record, ...]]:
    from bot.domain.case import Case  # noqa: PLC0415
    from bot.domain.fold import replay  # noqa: PLC0415
    from bot.domain.ids import CaseId  # noqa: PLC0415

    case = CaseId(typed)
    if case not in store.cases():
        raise Failed(f"there is no case of that name; there are: {_listed(store.cases())}")
    records = store.load(case)
    return replay(Case(case), records), records


def _party(case: Case, typed: str) -> PartyId:
    from bot.engine.seated import party_named  # noqa: PLC0415

    found = party_named(case, typed)
    if found is None:
        raise Failed(f"no such party in {case.id}; there are: {_listed(sorted(case.parties))}")
    return found


def _approved(case: Case, party: PartyId, now: datetime) -> None:
    until = case.exports.get(party)
    if until is None or until <= now:
        raise Failed(
            f"an export takes two people: a mediator types `!export {party}` at the desk, another\n"
            "one approves it there; then run this again within 24 hours. Nothing was written"
        )


def _unchanged(store: SqlStore, case: Case, party: PartyId) -> None:
    """Refuse to deliver what meanwhile was erased, or what the party may no longer have."""
    from bot.domain.fold import replay  # noqa: PLC0415

    now = replay(case, store.load(case.id, case.head))
    if now.erased != case.erased or party not in now.exports:
        raise Failed(
            "the case moved on meanwhile: something was erased, or a seat or room changed."
            " Nothing was written; run this again"
        )


@contextmanager
def _all_or_nothing(target: Path) -> Iterator[Folder]:
    """Give a directory beside the target that takes its place in the end, or is gone."""
    folder = Folder(target.with_name(f".{target.name}.{secrets.token_hex(4)}.part"))
    try:
        with _disk(target):
            folder.root.mkdir(mode=0o700)
        yield folder
        with _disk(target):
            os.sync()
            folder.root.rename(target)
    finally:
        shutil.rmtree(folder.root, ignore_errors=True)


@contextmanager
def _disk(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise Failed(f"{where} cannot be written: {wrong.strerror}") from None


@dataclass(slots=True)
class Folder:
    """A directory being filled, and the SHA-256 of what is in it."""

    root: Path
    sums: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, content: bytes) -> None:
        """Write a new file of mode 600; directories on the way are of mode 700."""
        path = self.root / name
        with _disk(path):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "wb") as file:
                file.write(content)
        self.sums[name] = hashlib.sha256(content).hexdigest()


def _write(store: SqlStore, part: Holding, now: datetime, folder: Folder) -> Exported:
    from bot.cli.export_page import page, readme  # noqa: PLC0415

    exported = _proofs(store, part, now, folder)
    document = json.dumps(asdict(exported), ensure_ascii=False, indent=1)
    folder.keep("case.json", f"{document}\n".encode())
    folder.keep("index.html", page(exported).encode())
    folder.keep("README.txt", readme(exported).encode())
    folder.keep("log.vkey", f"{exported.log}\n".encode())
    folder.keep("submit.pub", _open_ssh(store.submit_key()))
    folder.keep("sigsum.policy", f"log {store.log_key().public.hex()}\nquorum none\n".encode())
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(folder.sums.items()))
    folder.keep("SHA256SUMS", sums.encode())
    return exported


def _proofs(store: SqlStore, part: Holding, now: datetime, folder: Folder) -> Exported:
    from bot.cli.exported import collect  # noqa: PLC0415

    count = len(part.records)
    with click.progressbar(length=count, label="Writing receipts", file=sys.stderr) as bar:
        return collect(store, part, now, folder.keep, lambda: bar.update(1))


def _open_ssh(public: bytes) -> bytes:
    """Return an Ed25519 key as OpenSSH has it (RFC 4253 section 6.6), which Sigsum's tools read."""
    name = b"ssh-ed25519"
    blob = len(name).to_bytes(4, "big") + name + len(public).to_bytes(4, "big") + public
    return name + b" " + base64.b64encode(blob) + b"\n"


def _report(exported: Exported, out: Path) -> None:
    from bot.cli.exported import ERASED, WAITING  # noqa: PLC0415

    states = [entry.status for entry in exported.records]
    click.echo(
        f"{out}: {len(states)} records, {states.count(ERASED)} of them erased,"
        f" {states.count(WAITING)} not logged yet."
    )
    click.echo("The files are not encrypted. README.txt says how to check them without Parley.")
    if exported.log_in_doubt:
        click.echo(
            "The log is in doubt: nothing is signed any more. See `parley doctor`.", err=True
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
