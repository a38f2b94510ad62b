"""How the command line fails: one line, what to do, and an exit code; never a traceback.

It refuses to show an exception's message unless the exception is a verdict written for the
operator: any other message may hold what a database row or a person said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import IO, Any, Final

import click
from typing_extensions import override

WRONG_USE: Final = 2
BUG: Final = 70

VERDICTS: Final = (
    ("bot.app", "StartRefused"),
    ("bot.settings", "SettingsWrong"),
    ("bot.domain.casefile", "CaseFileWrong"),
    ("bot.storage.verdicts", "WrongMasterKey"),
    ("bot.storage.verdicts", "OtherSchema"),
    ("bot.storage.verdicts", "Damaged"),
    ("bot.storage.verdicts", "StoreFailed"),
    ("bot.matrix.session", "SessionRefused"),
    ("bot.matrix.transport", "HomeserverRefused"),
    ("bot.matrix.transport", "HomeserverUnreachable"),
    ("bot.demo.homeserver", "HomeserverFailed"),
)
"""Exceptions whose text is written for the operator: module and class."""


class Failed(click.ClickException):
    """Stop with a sentence that says what is wrong and what to do."""

    exit_code = WRONG_USE

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"parley: {line}", err=True, file=file)


class Bug(Failed):
    """Stop because the program is wrong: where, never with what."""

    exit_code = BUG


class CalmGroup(click.Group):
    """A group of commands in which no exception becomes a traceback.

    `later` maps a command to the module that has it under the same name.
    """

    def __init__(self, *args: Any, later: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._later = dict(later or {})

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._later])

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._later:
            found: click.Command = getattr(import_module(self._later[cmd_name]), cmd_name)
            return found
        return super().get_command(ctx, cmd_name)

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            found: object = super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, SystemExit):
            raise
        except Exception as wrong:  # noqa: BLE001  # the last place that can keep a message in
            raise said(wrong) from None
        return found


def said(wrong: Exception) -> Failed:
    """Return what the operator is told of an exception."""
    verdict = (type(wrong).__module__, type(wrong).__name__)
    if verdict in VERDICTS:
        return Failed(str(wrong))
    from bot.log import bare  # noqa: PLC0415  # a receipt is verified without it

    places = "; ".join(bare(wrong))
    return Bug(f"this is a bug in parley, please report it: {places}")


def part(module: str, name: str) -> Callable[..., Any]:
    """Import a function of the program when it is needed: most commands need little of it."""
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as missing:
        if isinstance(missing, ModuleNotFoundError) and missing.name != module:
            raise Failed(f"{missing.name} is not installed: run `make setup`") from None
        raise Failed(f"this installation is not complete: {module}.{name} is missing") from None
    return found
