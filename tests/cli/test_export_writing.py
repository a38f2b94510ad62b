"""`parley export`: what it refuses, and how it writes; never half an export, never for others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.export import _all_or_nothing, _unchanged
from bot.cli.failing import Failed
from bot.domain.ids import PartyId
from tests.cli.exporting import Told, exported, files_of, out, told


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    made = exported(tmp_path_factory.mktemp("told"))
    yield made
    made.store.close()


def refused(there: Told, *args: str) -> str:
    done = there.cli("export", *args)
    assert done.exit_code == 2, done.output
    assert not list(there.home.glob(".*part"))
    return done.output


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    made = Told(tmp_path_factory.mktemp("plain"))
    yield made
    made.store.close()


def test_an_unknown_case_or_party_is_refused_with_what_there_is(plain: Told) -> None:
    to = str(plain.home / "new")
    assert "there are: orchid" in refused(plain, "iris", "--for", "north", "--out", to)
    said = refused(plain, "orchid", "--for", "west", "--out", to)
    assert "families, mediation, north, relief, south" in said
    assert not (plain.home / "new").exists()


def test_nothing_is_written_without_two_mediators(plain: Told) -> None:
    to = str(plain.home / "new")
    assert "`!export north` at the desk" in refused(plain, "orchid", "--for", "north", "--out", to)
    plain.types("lindqvist", "desk", "!export north")
    assert "takes two people" in refused(plain, "orchid", "--for", "north", "--out", to)
    plain.approves("!export south")
    assert "takes two people" in refused(plain, "orchid", "--for", "north", "--out", to)
    assert not (plain.home / "new").exists()


def test_an_approval_lasts_a_day(plain: Told) -> None:
    plain.approves("!export relief")
    last = plain.now + timedelta(hours=24)
    plain.running.now = last - timedelta(seconds=1)
    plain.exports("relief")
    plain.running.now = last
    again = ("orchid", "--for", "relief", "--out", str(plain.home / "again"))
    assert "takes two people" in refused(plain, *again)
    assert not (plain.home / "again").exists()


def test_a_directory_with_something_in_it_is_left_alone(there: Told) -> None:
    to = there.home / "full"
    to.mkdir()
    (to / "mine").write_text("mine")
    assert "is not empty" in refused(there, "orchid", "--for", "north", "--out", str(to))
    assert files_of(to) == {"mine": b"mine"}
    assert "is no directory" in refused(
        there, "orchid", "--for", "north", "--out", str(to / "mine")
    )
    empty = there.home / "empty"
    empty.mkdir()
    there.exports("north", to="empty")
    assert (empty / "case.json").is_file()


def test_only_the_owner_can_read_what_was_written(there: Told) -> None:
    folder = out(there, "north")
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_a_failing_disk_leaves_nothing_behind(there: Told) -> None:
    locked = there.home / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):  # root writes everywhere: a file in the way does as well
        locked.rmdir()
        locked.write_text("")
    refused(there, "orchid", "--for", "north", "--out", str(locked / "new"))
    assert not (locked / "new").exists()


def halfway(target: Path) -> None:
    with _all_or_nothing(target) as folder:
        folder.keep("receipts/0001-K7QF.parley", b"a receipt")
        assert len(files_of(target.parent)) == 1
        raise Failed("halfway")


def overtaken(target: Path) -> None:
    with _all_or_nothing(target) as folder:
        folder.keep("case.json", b"{}")
        target.mkdir()
        (target / "mine").write_bytes(b"mine")


def test_what_fails_halfway_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="halfway"):
        halfway(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_what_somebody_puts_in_the_way_meanwhile_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="cannot be written"):
        overtaken(tmp_path / "new")
    assert files_of(tmp_path) == {"new/mine": b"mine"}


def test_what_is_erased_while_it_is_written_is_not_delivered(tmp_path: Path) -> None:
    made = told(tmp_path)
    made.approves("!export north")
    gone = next(c for c, i in made.running.case.items.items() if i.compartment == "shuttle-north")
    made.types("lindqvist", "desk", f"!erase {gone} because it names a village")
    code = next(reversed(list(made.running.case.approvals)))
    before = made.running.case

    _unchanged(made.store, before, PartyId("north"))
    made.types("adeyemi", "desk", f"!approve {code}")
    with pytest.raises(Failed, match="moved on meanwhile"):
        _unchanged(made.store, before, PartyId("north"))
    made.store.close()
