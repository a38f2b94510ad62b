"""What the bot reads before it stands: the ladders of its installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ladders import LaddersUnusable, read_ladders
from bot.settings import load
from tests.domain.test_ladder import LAST, ONE, SHIPPED, step

EXAMPLE = Path(__file__).parents[1] / "config/parley.example.toml"


def standing(home: Path, ladders: str, more: str = "") -> dict[str, object]:
    settings = EXAMPLE.read_text("utf-8") + more
    (home / "parley.toml").write_text(settings)
    (home / "ladders.toml").write_text(ladders)
    return dict(read_ladders(load(home / "parley.toml")))


def test_the_shipped_ladders_stand_beside_the_example(tmp_path: Path) -> None:
    assert "sign-of-life" in standing(tmp_path, SHIPPED)
    assert dict(read_ladders(load(EXAMPLE))) == standing(tmp_path, SHIPPED)


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8").replace('ladders = "ladders.toml"', "")
    (tmp_path / "parley.toml").write_text(text)
    assert read_ladders(load(tmp_path / "parley.toml")) == {}


def test_a_file_that_is_wrong_or_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(LaddersUnusable, match="the last step must name the room desk"):
        standing(tmp_path, ONE + step(wait='"30 min"'))
    (tmp_path / "ladders.toml").unlink()
    with pytest.raises(LaddersUnusable, match="cannot be read"):
        read_ladders(load(tmp_path / "parley.toml"))


def test_a_channel_that_is_not_set_stops_the_start_and_not_the_alarm(tmp_path: Path) -> None:
    calls = ONE + step(outside='["oncall"]', wait='"5 min"') + LAST
    with pytest.raises(LaddersUnusable, match=r"not in \[outside.channels\]: oncall"):
        standing(tmp_path, calls)
    channels = '\n[outside.channels]\noncall = "file:/nowhere/oncall"\n'
    assert "one" in standing(tmp_path, calls, channels)
