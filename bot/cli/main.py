"""The table of commands. Each imports what it needs when it runs.

So help is instant, and `verify` loads the ledger and nothing else of the bot.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from bot.cli import verify as verifying
from bot.cli.failing import CalmGroup, Failed, part

LATER = {
    "init": "bot.cli.init",
    "doctor": "bot.cli.doctor",
    "case": "bot.cli.case",
    "backup": "bot.cli.backup",
    "restore": "bot.cli.backup",
    "disclose": "bot.cli.disclose",
    "key": "bot.cli.signing",
    "sign": "bot.cli.signing",
    "witness": "bot.cli.witness",
    "evidence": "bot.cli.evidence",
    "export": "bot.cli.export",
    "selftest": "bot.cli.selftest",
}
"""Commands in modules of their own, imported when they are asked for."""

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(
    cls=CalmGroup,
    later=LATER,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First time:  parley init  →  parley doctor  →  parley run  →  parley case apply FILE",
)
@click.option(
    "--config",
    type=FILE,
    help="Settings file.  [default: $PARLEY_SETTINGS, else config/parley.toml]",
)
@click.version_option(version("parley"), message="parley %(version)s")
@click.pass_context
def parley(ctx: click.Context, config: Path | None) -> None:
    """Mediate encrypted Matrix rooms over prisoners and missing persons.

    This is the operator's side: it installs and watches the bot and shows no content. People
    talk to the bot in their rooms.
    """
    ctx.obj = config


@parley.command()
@click.option(
    "--unproved",
    is_flag=True,
    help="Stand also on a store that was put back; nothing is signed any more.",
)
@click.pass_obj
def run(config: Path | None, *, unproved: bool) -> None:
    """Run the bot until it is stopped (Ctrl-C, or systemctl stop).

    \b
    Examples:
      parley run
      parley --config /etc/parley/parley.toml run
    """
    from bot.lean import importing  # noqa: PLC0415

    with importing():
        from bot import log, settings  # noqa: PLC0415

        start = part("bot.app", "run")
    found = settings.load(config)
    log.configure(found.log.level, found.log.format)
    raise SystemExit(start(found, unproved=unproved))


@parley.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def demo(args: tuple[str, ...]) -> None:
    """Play a whole negotiation on a real homeserver on this machine.

    \b
    Examples:
      parley demo
      parley demo --exit --report r.json
    """
    raise SystemExit(part("bot.demo.play", "main")(list(args)))


@parley.command()
@click.argument("file", type=FILE)
@click.option("--trust", "trust", multiple=True, metavar="VKEY", help="A key you already trust: the log's, or a witness's. May be repeated.")  # fmt: skip
@click.option("--witness", "witnesses", multiple=True, metavar="VKEY", help="A witness you trust. May be repeated.")  # fmt: skip
@click.option("--quorum", type=click.IntRange(min=1), metavar="N", help="How many of the witnesses must have seen it.  [default: all]")  # fmt: skip
@click.option("--party", "parties", multiple=True, metavar="NAME=KEY", help="A party's public key, from the party itself. May be repeated.")  # fmt: skip
@click.option("--registered", type=FILE, multiple=True, metavar="RECEIPT", help="The receipt of a party's key, registered in the same log.")  # fmt: skip
@click.option("--stamp", type=FILE, metavar="TOKEN.tsr", help="A time stamp (RFC 3161) of the receipt's checkpoint.")  # fmt: skip
@click.option("--tsa", "authorities", type=FILE, multiple=True, metavar="CERT.pem", help="A time-stamping authority's root certificate that you trust. May be repeated.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def verify(file: Path, trust: tuple[str, ...], as_json: bool, **more: Any) -> None:
    """Check a receipt, or evidence of a fork, offline: no bot, no operator, no network.

    Exit code 0: proved. 1: not proved. 2: the file or the key cannot be read.

    \b
    Examples:
      parley verify receipt.txt --trust 'NAME+KEYID+KEY'
      parley verify receipt.txt --trust 'NAME+KEYID+KEY' --party 'North=KEY'
      parley verify receipt.txt --trust VKEY --witness VKEY --witness VKEY --witness VKEY --quorum 2
      parley verify receipt.txt --trust VKEY --stamp TOKEN.tsr --tsa CERT.pem
      parley verify receipt.txt --json
    """
    trusted = " ".join(trust) if trust else None
    brought = verifying.Brought(trusted, **more)
    raise SystemExit(verifying.run(file, brought, as_json=as_json, out=click.echo))


@parley.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    \b
    Examples:
      parley completion bash > ~/.local/share/bash-completion/completions/parley
      parley completion zsh  > "${fpath[1]}/_parley"
      parley completion fish > ~/.config/fish/completions/parley.fish
    """
    found = get_completion_class(shell)
    if found is None:
        raise Failed(f"{shell} is not known")
    click.echo(found(parley, {}, "parley", "_PARLEY_COMPLETE").source())
