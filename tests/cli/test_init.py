import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import parley
from bot.settings import SettingsWrong, load, read_master_key, read_password

URL, USER = "https://matrix.example.org", "@parley:example.org"


def made(home: Path, url: str = URL, user: str = USER) -> tuple[int, str]:
    args = ["init", "--dir", str(home / "config"), "--state", str(home / "state")]
    result = CliRunner().invoke(parley, [*args, "--homeserver", url, "--user", user])
    return result.exit_code, result.output


def modes(home: Path) -> dict[str, str]:
    found = [home, *home.rglob("*")]
    return {
        str(path.relative_to(home)): f"{stat.S_IMODE(path.stat().st_mode):o}"
        for path in found
        if path != home
    }


def test_init_makes_settings_that_load_and_files_that_only_the_bot_reads(tmp_path: Path) -> None:
    code, said = made(tmp_path)
    assert code == 0, said
    assert modes(tmp_path) == {
        "config": "700",
        "config/keys": "700",
        "config/keys/.gitignore": "600",
        "config/keys/master.key": "600",
        "config/keys/password": "600",
        "config/parley.toml": "600",
        "state": "700",
    }
    found = load(tmp_path / "config/parley.toml")
    assert (found.homeserver.url, found.homeserver.user) == (URL, USER)
    assert found.store.path == tmp_path / "state"
    assert len(read_master_key(found)) == 32
    with pytest.raises(SettingsWrong, match="must hold the bot's password"):
        read_password(found)
    assert "doctor" in said


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made(tmp_path / name)
        keys.add((tmp_path / name / "config/keys/master.key").read_bytes())
    assert len(keys) == 2


@pytest.mark.parametrize("name", ["parley.toml", "keys/master.key", "keys/password"])
def test_init_overwrites_nothing_and_then_makes_nothing(tmp_path: Path, name: str) -> None:
    there = tmp_path / "config" / name
    there.parent.mkdir(parents=True)
    there.write_text("precious")
    before = modes(tmp_path)
    code, said = made(tmp_path)
    assert code == 2
    assert f"{there} exists already" in said
    assert modes(tmp_path) == before
    assert there.read_text() == "precious"


def test_init_does_not_follow_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/parley.toml").symlink_to(tmp_path / "elsewhere")
    assert made(tmp_path)[0] == 2
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["config", "parley.toml"]


@pytest.mark.parametrize("name", ["state", "config/keys"])
def test_a_directory_that_others_can_read_is_neither_used_nor_changed(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).mkdir(parents=True)
    (tmp_path / name).chmod(0o755)
    code, said = made(tmp_path)
    assert code == 2
    assert f"{tmp_path / name} can be read by others" in said
    assert modes(tmp_path)[name] == "755"
    assert not (tmp_path / "config/parley.toml").exists()


@pytest.mark.parametrize(
    ("url", "user", "line"),
    [
        ("matrix.example.org", USER, "homeserver.url must be https://NAME"),
        (URL, "parley", "homeserver.user must be the bot's Matrix ID"),
        (URL + '"\nx = "', USER, "homeserver.url must be https://NAME"),
    ],
)
def test_a_bad_answer_is_refused_and_can_be_tried_again(
    tmp_path: Path, url: str, user: str, line: str
) -> None:
    code, said = made(tmp_path, url, user)
    assert code == 2
    assert line in said
    assert made(tmp_path)[0] == 0


def test_init_asks_for_what_it_is_not_told(tmp_path: Path) -> None:
    args = ["init", "--dir", str(tmp_path / "config"), "--state", str(tmp_path / "state")]
    result = CliRunner().invoke(parley, args, input=f"{URL}\n{USER}\n")
    assert result.exit_code == 0, result.output
    assert load(tmp_path / "config/parley.toml").homeserver.user == USER
