"""`parley case plan` and `parley case apply`: seat people from a case file.

A plan shows in words what a file changes. Applying hands exactly that change to the running
bot, which records it; this command writes no record itself. It refuses to draw one-time codes
for a change that still waits for a mediator's approval: they would be void.
"""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.cli.failing import Failed
from bot.cli.opened import hand_in, known
from bot.domain.case import Case
from bot.domain.casefile import CaseFile, parse
from bot.domain.casefile_change import Change, difference, seats_needing_codes
from bot.domain.enrolment import RANDOM_BYTES, code_digest, new_code
from bot.domain.ids import SeatId
from bot.ladders import missing_channels
from bot.settings import load

FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class Planned:
    """A file beside the case it is about."""

    file: CaseFile
    case: Case | None
    change: Change
    codes: dict[SeatId, str]

    @property
    def waits(self) -> bool:
        """Whether a mediator has to approve this very change first."""
        if self.case is None or not self.case.head or not self.change.widens:
            return False
        return f"case file {self.change.digest}" not in self.case.approved_lines


@click.group()
def case() -> None:
    """Seat people and open compartments from a case file.

    \b
    Examples:
      parley case plan  config/cases/gulf-war-1991.toml
      parley case apply config/cases/gulf-war-1991.toml
    """


@case.command()
@click.argument("file", type=FILE)
@click.pass_obj
def plan(config: Path | None, file: Path) -> None:
    """Show what a case file would change, and change nothing.

    \b
    Example:
      parley case plan config/cases/gulf-war-1991.toml
    """
    found = planned(config, file, draw=False)
    _show(found)
    if found.change.bodies:
        click.echo(f"\nTo do this: parley case apply {file}")


@case.command()
@click.argument("file", type=FILE)
@click.option("--yes", is_flag=True, help="Do not ask before.")
@click.pass_obj
def apply(config: Path | None, file: Path, yes: bool) -> None:
    """Hand a case file to the bot, and show each new person's one-time code, once.

    What lets anybody read more than before waits for a mediator's approval at the desk: then
    run the command a second time, and the codes are shown.

    \b
    Example:
      parley case apply config/cases/gulf-war-1991.toml
    """
    found = planned(config, file, draw=True)
    _show(found)
    if not found.change.bodies:
        return
    if not yes:
        click.confirm("\nDo this?", abort=True)
    head = found.case.head if found.case is not None else 0
    if not hand_in(load(config), found.file.id, head, found.change):
        raise Failed(
            "nothing was handed in: another case file waits for the bot, or the case moved on"
            " just now; let the bot run for a moment, then look again with `parley case plan`"
        )
    if found.waits:
        click.echo(
            "\nHanded in. It takes two: a mediator now types !approve with the code the bot shows"
            f" at the desk.\nThen run again: parley case apply {file}"
        )
        return
    click.echo("\nHanded in. The bot takes it at once if it runs, else when it starts.")
    if found.codes:
        _show_codes(found)


def planned(config: Path | None, path: Path, *, draw: bool) -> Planned:
    """Read a case file and compare it with the journal. Draws codes if asked and if not void."""
    try:
        file = parse(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise Failed(f"{path} is not UTF-8 text") from None
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror}") from None
    settings = load(config)
    missing = missing_channels(settings, (named.steps for named in file.ladders))
    if missing:
        raise Failed(
            f"{path}: a ladder calls {', '.join(missing)}, which [outside.channels] of the settings"
            " does not have: set it there, or take it out of the ladder"
        )
    journal = known(settings, file.id)
    change = difference(file, journal.case, code_digests={}, history=journal.history)
    found = Planned(file, journal.case, change, {})
    if not draw or found.waits:
        return found
    needing = seats_needing_codes(file, journal.case)
    codes = {seat: new_code(secrets.token_bytes(RANDOM_BYTES)) for seat in needing}
    digests = {seat: code_digest(code, seat) for seat, code in codes.items()}
    change = difference(file, journal.case, code_digests=digests, history=journal.history)
    return Planned(file, journal.case, change, codes)


def _show(found: Planned) -> None:
    for line in found.change.lines:
        click.echo(f"  {line}")
    if not found.change.bodies:
        click.echo(f"Nothing changes: case {found.file.id} is as the file says.")
    elif found.waits:
        click.echo(
            "\nSomebody may read more than before: a mediator must approve this at the desk."
        )
    elif found.change.widens and found.case is None:
        click.echo("\nThe case is new: nobody could approve it yet, so no approval is needed.")
    else:
        click.echo("\nNo approval is needed.")


def _show_codes(found: Planned) -> None:
    table = Table(title="One-time codes: shown now and never again", title_justify="left")
    for heading in ("Person", "Party", "Matrix ID", "Types to the bot"):
        table.add_column(heading, no_wrap=heading == "Types to the bot")
    for seat_id, code in found.codes.items():
        seat = found.file.seats[seat_id]
        party = found.file.parties[seat.party].name
        table.add_row(seat.name, party, seat.user, f"!enrol {code}")
    click.echo()
    Console(highlight=False, markup=False).print(table)
    click.echo(
        "Hand each code to that person alone, out of band: in person or by voice, never by Matrix\n"
        "or e-mail, never through somebody else. A code dies with its first use and after five\n"
        "wrong attempts. A mediator then compares fingerprints with the person: !verify"
    )
