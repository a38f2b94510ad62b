"""The settings of who speaks up when the bot is gone, and who is called outside Matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsWrong, read_channels
from tests.test_settings import CANARY, GOOD, home, loaded, refused

__all__ = ["home"]


def test_without_a_word_the_switch_keeps_its_usual_times_and_nobody_is_called(home: Path) -> None:
    found = loaded(home)
    assert (found.outside.silence_seconds, found.outside.margin_seconds) == (300, 120)
    assert found.outside.ping_url is None
    assert read_channels(found) == {}


def calling(home: Path, content: str, mode: int = 0o600) -> str:
    file = home / "oncall"
    file.write_text(content)
    file.chmod(mode)
    return f'{GOOD}[outside.channels]\noncall = "file:{file}"\n'


def test_a_channels_file_holds_addresses_one_a_line(home: Path) -> None:
    text = calling(home, "# of the hotline\njson://a.example\n\n mailto://b.example \n")
    assert read_channels(loaded(home, text)) == {
        "oncall": ("json://a.example", "mailto://b.example")
    }


def test_a_channels_file_that_others_can_read_is_refused_without_its_words(home: Path) -> None:
    found = loaded(home, calling(home, CANARY, 0o640))
    with pytest.raises(SettingsWrong, match="can be read by others") as caught:
        read_channels(found)
    assert CANARY not in str(caught.value)


def test_a_channels_file_that_is_not_there_is_named(home: Path) -> None:
    found = loaded(home, calling(home, ""))
    (home / "oncall").unlink()
    with pytest.raises(SettingsWrong, match=r"outside\.channels\.oncall: .* cannot be read"):
        read_channels(found)


@pytest.mark.parametrize(
    "channels",
    [
        f'oncall = "json://{CANARY}"',
        'oncall = "file:relative"',
        'oncall = "/etc/oncall"',
        '"On Call" = "file:/etc/oncall"',
        '"../x" = "file:/etc/oncall"',
    ],
)
def test_an_address_stands_in_a_file_and_never_in_the_settings(home: Path, channels: str) -> None:
    line = refused(home, f"{GOOD}[outside.channels]\n{channels}\n")
    assert line.startswith("parley.toml: outside.channels must be a table of names")


@pytest.mark.parametrize(
    "url", ["http://hc.example.org/x", "https://user@hc.example.org/x", "hc.example.org", ""]
)
def test_a_ping_goes_out_encrypted_or_not_at_all(home: Path, url: str) -> None:
    line = refused(home, f'{GOOD}[outside]\nping_url = "{url}"\n')
    assert line.startswith("parley.toml: outside.ping_url must be https://")


def test_an_address_to_ping_is_not_for_everybody_to_read(home: Path) -> None:
    text = f'{GOOD}[outside]\nping_url = "https://hc.example.org/{CANARY}"\n'
    (home / "parley.toml").write_text(text)
    (home / "parley.toml").chmod(0o644)
    assert "outside.ping_url and can be read by everybody" in refused(home, text)
    (home / "parley.toml").chmod(0o640)
    found = loaded(home, text)
    assert found.outside.ping_url is not None
    assert CANARY not in repr(found)
