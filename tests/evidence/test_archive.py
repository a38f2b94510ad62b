from __future__ import annotations

import io
import secrets
import struct
import zipfile

import pytest

from bot.evidence import archive
from bot.evidence.kinds import Stop, Why, refuse
from bot.evidence.looking import inspect


def zipped(parts: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, part in parts:
            packed.writestr(name, part)
    return out.getvalue()


def why(content: bytes) -> Why | None:
    try:
        with archive.opened(content) as packed:
            for name in packed.namelist():
                archive.read(packed, name)
    except Stop as stop:
        return stop.refusal.why
    return None


def test_an_ordinary_archive_is_read() -> None:
    assert why(zipped([("a", b"x"), ("b/c", bytes(1000))])) is None


def test_an_archive_that_unpacks_to_far_more_than_it_weighs_is_a_bomb() -> None:
    assert why(zipped([("a", bytes(20_000_000))])) is Why.BOMB
    heavy = ("weight", secrets.token_bytes(1_500_000))
    assert why(zipped([heavy, *((str(n), bytes(30_000_000)) for n in range(4))])) is Why.BOMB
    assert why(zipped([heavy, ("a", bytes(40_000_001))])) is Why.BOMB
    assert why(zipped([heavy, ("a", bytes(40_000_000))])) is None
    bomb = zipped([("[Content_Types].xml", b"<Types/>"), ("word/x.xml", bytes(20_000_000))])
    assert inspect(bomb, "a.docx", "") == refuse(Why.BOMB, kind="zip")


def test_too_many_parts_are_a_bomb() -> None:
    assert why(zipped([(str(n), b"") for n in range(2_001)])) is Why.BOMB


def test_a_part_that_says_it_is_small_and_is_not_is_cut_off() -> None:
    content = bytearray(zipped([("a", bytes(3_000_000))]))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + offset
        content[at : at + 4] = struct.pack("<I", 10)
    assert why(bytes(content)) is Why.DAMAGED


def test_parts_that_share_their_bytes_are_a_bomb() -> None:
    content = bytearray(zipped([("a", b"x" * 500), ("b", b"y" * 500)], zipfile.ZIP_STORED))
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    assert why(bytes(content)) is Why.BOMB


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "c:a", "a\\b"])
def test_names_that_point_outside_are_damaged(name: str) -> None:
    content = zipped([("x" * len(name), b"y")]).replace(b"x" * len(name), name.encode())
    assert why(content) is Why.DAMAGED


def test_two_parts_of_one_name_are_damaged() -> None:
    assert why(zipped([("a", b"x"), ("A", b"y")])) is Why.DAMAGED


def test_a_rare_packing_is_damaged() -> None:
    assert why(zipped([("a", b"x" * 100)], zipfile.ZIP_BZIP2)) is Why.DAMAGED


def test_an_archive_behind_other_bytes_is_damaged() -> None:
    assert why(b"PK\x03\x04 something" + zipped([("a", b"x")])) is Why.DAMAGED


def test_an_encrypted_part_says_so() -> None:
    content = bytearray(zipped([("a", b"x")]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    assert why(bytes(content)) is Why.ENCRYPTED


def test_an_archive_cut_short_is_damaged() -> None:
    content = zipped([("a", bytes(range(256)) * 40)])
    assert why(content[: len(content) // 2]) is Why.DAMAGED


def test_a_missing_part_is_damaged() -> None:
    with (
        archive.opened(zipped([("a", b"x")])) as packed,
        pytest.raises(Stop) as stopped,
    ):
        archive.read(packed, "b")
    assert stopped.value.refusal.why is Why.DAMAGED


def test_what_is_written_is_the_same_every_time() -> None:
    parts = {"b": b"2", "a": b"1", "mimetype": b"x"}
    made = archive.written(parts, first="mimetype")
    assert made == archive.written(dict(reversed(parts.items())), first="mimetype")
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert packed.namelist() == ["mimetype", "a", "b"]
