"""Reading and writing the small files that a party keeps: whole, bounded, never over another.

It refuses to overwrite anything, to leave half a file behind, and to write a file that others
on the machine can read.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.cli.failing import Failed
from bot.ledger.receipt import MAX_RECEIPT

FILE = click.Path(path_type=Path, dir_okay=False)


def read_text(path: Path) -> str:
    """Return a text file of at most a receipt's size; `Failed` says why it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_RECEIPT + 1)
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror}") from None
    if len(raw) > MAX_RECEIPT:
        raise Failed(f"{path} is larger than any file this command takes")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Failed(f"{path} is not text in UTF-8") from None


def write_new(path: Path, text: str) -> None:
    """Write a new file of mode 600, on the disk when this returns; `Failed` if it is there."""
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failed(f"{path} exists already: nothing was written") from None
    except OSError as wrong:
        raise Failed(f"{path} cannot be written: {wrong.strerror}") from None
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as wrong:
        path.unlink()
        raise Failed(f"{path} cannot be written: {wrong.strerror}") from None


def deliver(text: str, out: Path | None) -> None:
    """Write a new file, or, without one, exactly this text to standard output."""
    if out is None:
        click.echo(text, nl=False)
    else:
        write_new(out, text)
