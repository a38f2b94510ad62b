"""`parley backup` and `parley restore`: copies of the store that what is erased does not survive in.

It refuses to overwrite, and to hand over a store that does not pass its audit. It copies no master
key and no `olm.db`: the one belongs elsewhere, and ratchets that run twice destroy encryption.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.failing import Failed
from bot.settings import Settings, load, read_master_key

DIRECTORY = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("directory", type=DIRECTORY)
@click.pass_obj
def backup(config: Path | None, directory: Path) -> None:
    """Copy the store into a directory, beside a running bot or not.

    A dated copy without keys is added; keys.db, one file, is replaced. What is erased in the store
    opens from no file of the directory once the next backup was made.

    \b
    Example:
      parley backup /media/backup/parley
    """
    from bot.scheduling.clock import wall  # noqa: PLC0415
    from bot.storage.backup import KEYS, back_up  # noqa: PLC0415  # most commands need no database

    copy = back_up(_file(load(config)), directory, wall())
    click.echo(f"Made {copy}, and {directory / KEYS} anew.")
    click.echo("Keep no second copy of keys.db anywhere: what is erased later lives on in it.")


@click.command()
@click.argument("directory", type=DIRECTORY)
@click.option("--copy", type=FILE, help="Which dated copy.  [default: the newest]")
@click.pass_obj
def restore(config: Path | None, directory: Path, copy: Path | None) -> None:
    """Make the store anew from a backup, where there is none, and audit it.

    Read "Restore" in the runbook first: what was recorded since the backup is lost to the bot.

    \b
    Example:
      parley restore /media/backup/parley
    """
    from bot.storage.backup import restore as restored  # noqa: PLC0415
    from bot.storage.store import SqlStore  # noqa: PLC0415

    found = load(config)
    key, where = read_master_key(found), _file(found)
    found.store.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    taken = restored(directory, where, copy)
    try:
        store = SqlStore.open(where, key, tree=found.store.tree)
        try:
            leaves = store.audit()
        finally:
            store.close()
    except BaseException:
        # What does not stand must not be started by mistake.
        for left in where.parent.glob(f"{where.name}*"):
            left.unlink()
        found.store.tree.unlink(missing_ok=True)
        raise
    click.echo(f"Restored {where} from {taken}, audited: {leaves} leaves.")
    click.echo("Tell the mediators before you start it: see the runbook.")


def _file(settings: Settings) -> Path:
    where = settings.store.database
    if not isinstance(where, Path):
        raise Failed(
            "this store is in PostgreSQL, which has its own tools. They keep what is erased"
            " until their oldest copy is gone: see the runbook"
        )
    return where
