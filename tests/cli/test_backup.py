from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import parley
from bot.settings import load
from tests.cli.test_case import AT, Installation
from tests.storage.filled import edit
from tests.storage.samples import batch, item


@pytest.fixture
def there(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    store = made.store()
    store.commit(batch("e1", 0, item("r1")))
    store.checkpoint(AT)
    store.close()
    return made


def typed(there: Installation, *args: str) -> tuple[int, str]:
    done = CliRunner().invoke(parley, ["--config", str(there.settings), *args])
    return done.exit_code, done.output


def lost(there: Installation) -> Path:
    """The disk is lost; where its store was."""
    state = load(there.settings).store.path
    for found in state.iterdir():
        found.unlink()
    return state


def test_a_store_is_backed_up_lost_and_restored(there: Installation, tmp_path: Path) -> None:
    code, said = typed(there, "backup", str(tmp_path / "kept"))
    assert code == 0, said
    assert "keys.db" in said
    state = lost(there)
    code, said = typed(there, "restore", str(tmp_path / "kept"))
    assert code == 0, said
    assert "audited: 16 leaves" in said
    assert (state / "parley.db").exists()
    store = there.store()
    assert len(store.load(case=item("r1").case)) == 1
    store.close()


def test_a_store_that_is_there_is_not_overwritten(there: Installation, tmp_path: Path) -> None:
    typed(there, "backup", str(tmp_path / "kept"))
    database = load(there.settings).store.path / "parley.db"
    before = database.read_bytes()
    code, said = typed(there, "restore", str(tmp_path / "kept"))
    assert (code, "nothing was overwritten" in said) == (2, True)
    assert database.read_bytes() == before


def test_a_backup_that_was_edited_is_not_handed_over(there: Installation, tmp_path: Path) -> None:
    typed(there, "backup", str(tmp_path / "kept"))
    (copy,) = (tmp_path / "kept").glob("parley-*.db")
    edit(copy, "UPDATE records SET entry = zeroblob(128)")
    state = lost(there)
    code, said = typed(there, "restore", str(tmp_path / "kept"))
    assert code == 2, said
    assert "parley: " in said
    assert list(state.iterdir()) == []


def test_a_backup_under_another_master_key_is_not_handed_over(
    there: Installation, tmp_path: Path
) -> None:
    typed(there, "backup", str(tmp_path / "kept"))
    state = lost(there)
    (tmp_path / "config/keys/master.key").write_bytes(bytes(32))
    code, said = typed(there, "restore", str(tmp_path / "kept"))
    assert code == 2, said
    assert "master key" in said
    assert list(state.iterdir()) == []


def test_a_postgresql_store_is_left_to_its_own_tools(there: Installation, tmp_path: Path) -> None:
    text = there.settings.read_text().replace(
        "[store]", '[store]\nurl = "postgresql+psycopg://u:p@localhost/x"'
    )
    there.settings.write_text(text)
    code, said = typed(there, "backup", str(tmp_path / "kept"))
    assert code == 2
    assert "PostgreSQL" in said
    assert "u:p" not in said
