"""`parley init`: the files a new installation needs, private from the first byte.

It refuses to overwrite anything: a lost master key is a lost store.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import click

from bot.cli.failing import Failed

_TEMPLATE = """\
# Parley's settings; config/parley.example.toml in the source shows every key.
# No secret belongs in here.

[homeserver]
url = {url}
user = {user}
password_file = "keys/password"

[store]
path = {state}

[keys]
master_key_file = "keys/master.key"
"""

_NEXT = """\
Made:
  {file}
  {keys}/master.key   opens the store: copy it to a safe place off this machine now
  {keys}/password     still empty
  {state}/

Next:
  1. Put the password of {user} into {keys}/password
     (the account is a plain user on {url}, made by its administrator).
  2. parley --config {file} doctor
  3. parley --config {file} run
  4. In another terminal: parley --config {file} case plan CASE.toml, then case apply CASE.toml
"""


@click.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), default=Path("config"), show_default=True, help="Where settings and keys go.")  # fmt: skip
@click.option("--state", type=click.Path(path_type=Path), default=Path("var/parley"), show_default=True, help="Where the bot keeps its store.")  # fmt: skip
@click.option("--homeserver", "url", prompt="Homeserver (https://…)", help="Its address.")
@click.option("--user", prompt="The bot's Matrix ID (@parley:…)", help="The bot's own account.")
def init(directory: Path, state: Path, url: str, user: str) -> None:
    """Write settings and keys for a new installation. Overwrites nothing.

    \b
    Examples:
      parley init --homeserver https://matrix.example.org --user @parley:example.org
      parley init --dir /etc/parley --state /var/lib/parley
    """
    from bot import settings  # noqa: PLC0415

    file, keys = directory / "parley.toml", directory / "keys"
    for path in (file, keys / "master.key", keys / "password", keys / ".gitignore"):
        if os.path.lexists(path):
            raise Failed(f"{path} exists already: nothing was changed; choose another --dir")
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _private_directory(state)
        _private_directory(keys)
        words = {"url": url, "user": user, "state": str(state.absolute())}
        _write(
            file,
            _TEMPLATE.format(
                **{k: json.dumps(v, ensure_ascii=False) for k, v in words.items()}
            ).encode(),
        )
        try:
            settings.load(file)
        except settings.SettingsWrong:
            file.unlink()
            raise
        # Whoever keeps the settings under version control must not keep the keys there.
        _write(keys / ".gitignore", b"*\n")
        _write(keys / "password", b"")
        _write(keys / "master.key", secrets.token_bytes(settings.MASTER_KEY_BYTES))
    except OSError as wrong:
        raise Failed(f"{wrong.filename}: {os.strerror(wrong.errno or 0)}") from None
    click.echo(_NEXT.format(file=file, keys=keys, state=state, user=user, url=url), nl=False)


def _private_directory(path: Path) -> None:
    """Make a directory of mode 700; one that is there is not changed, it may be others' too."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_mode & 0o077:
        raise Failed(f"{path} can be read by others: choose another, or run chmod 700 {path}")


def _write(path: Path, content: bytes) -> None:
    """Write a new file of mode 600; FileExistsError if somebody was faster."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
