"""Files on their way in: what an event says of them, and what is refused of the bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from nio.crypto.attachments import encrypt_attachment

from bot.matrix.inbound import Line, Nothing
from bot.matrix.media import MatrixMedia, attached_in, caption_in, opened
from bot.matrix.strict_json import JsonObject, JsonValue
from bot.ports import Attached, NotFetched
from tests.conftest import Run
from tests.matrix.test_inbound import Bench, encrypted, heard
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver

PLAIN = b"a photograph " * 100
SEALED, KEYS = encrypt_attachment(PLAIN)


def said(**more: JsonValue) -> JsonObject:
    file = cast("JsonObject", {**KEYS, "url": "mxc://fake.example/media1"})
    return {
        "msgtype": "m.image",
        "body": "!report W4TR media: paper",
        "filename": "photo.jpg",
        "info": {"mimetype": "image/jpeg", "size": len(PLAIN)},
        "file": file,
        **more,
    }


def described() -> Attached:
    found = attached_in(said())
    assert found is not None
    return found


def fetched(run: Run, attached: Attached, limit: int = 10_000, *faults: Fault) -> bytes | str:
    async def scenario() -> bytes | str:
        async with fake_homeserver() as fake:
            fake.faults += faults
            server = fake.client("@bot:fake.example", "DEVICE")
            where = await server.upload(SEALED)
            there = replace(attached, url=where) if attached.url.startswith("mxc://f") else attached
            try:
                return await MatrixMedia(server).fetch(there, limit)
            except NotFetched as no:
                return no.reason
            finally:
                await server.close()

    return run(scenario())


def test_a_file_comes_as_it_was_sealed(run: Run) -> None:
    found = described()
    assert (found.name, found.mime, found.size, found.sealed) == (
        "photo.jpg",
        "image/jpeg",
        len(PLAIN),
        True,
    )
    assert found.key not in repr(found)
    assert fetched(run, found) == PLAIN


@pytest.mark.parametrize(
    ("change", "limit", "reason"),
    [
        ({"sha256": "A" * 43}, 10_000, "wrong_hash"),
        ({"sha256": ""}, 10_000, "unreadable"),
        ({"key": "A" * 42}, 10_000, "unreadable"),
        ({"iv": "é" * 22}, 10_000, "unreadable"),
        ({"sealed": False}, 10_000, "unreadable"),
        ({"url": "https://fake.example/media1"}, 10_000, "unreadable"),
        ({"url": "mxc://evil/../../admin"}, 10_000, "unreadable"),
        ({"url": "mxc://gone.example/none"}, 10_000, "gone"),
        ({}, len(PLAIN) - 1, "too_large"),
        # What its sender says is too large is not even asked for.
        ({"size": 10_001}, 10_000, "too_large"),
        # The sender says that it is small: the bytes are counted as they come.
        ({"size": 1}, len(PLAIN) - 1, "too_large"),
    ],
)
def test_what_does_not_fit_is_refused(
    run: Run, change: dict[str, object], limit: int, reason: str
) -> None:
    assert fetched(run, replace(described(), **change), limit) == reason  # type: ignore[arg-type]


def test_a_homeserver_that_fails_is_not_a_file_that_is_wrong(run: Run) -> None:
    fault = Fault("/media/download", 500, times=99)
    assert fetched(run, described(), 10_000, fault) == "unreachable"


def test_one_changed_bit_is_another_file() -> None:
    changed = bytes([SEALED[0] ^ 1]) + SEALED[1:]
    with pytest.raises(NotFetched, match="wrong_hash"):
        opened(changed, described())
    assert opened(SEALED, described()) == PLAIN


def test_a_caption_is_what_is_not_the_name() -> None:
    assert caption_in(said()) == "!report W4TR media: paper"
    assert caption_in(said(body="photo.jpg")) == ""
    assert caption_in({"msgtype": "m.image", "body": "!report W4TR media: x"}) == ""


@pytest.mark.parametrize("file", [None, "x", {}, {"v": "v1"}, {"key": [], "hashes": 3, "v": 2}])
def test_a_description_that_is_none_is_not_sealed(file: JsonValue) -> None:
    found = attached_in(said(file=file))
    assert found is not None
    assert not found.sealed


def test_a_captioned_file_is_a_line_and_a_bare_one_is_none(run: Run) -> None:
    bench = Bench()
    bench.opened(said())
    line = heard(run, bench, encrypted())
    assert isinstance(line, Line)
    assert line.text == "!report W4TR media: paper"
    assert line.file == described()
    bench = Bench()
    bench.opened(said(body="photo.jpg"))
    assert heard(run, bench, encrypted()) == Nothing("no_text")


def test_a_bare_file_can_be_replied_to(run: Run) -> None:
    bench = Bench()
    bench.opened(said(body="photo.jpg"))
    bench.fetched["$e"] = {**encrypted(), "room_id": "!room"}
    found = run(bench.inbound.quoted("!room", "$e"))  # type: ignore[arg-type]
    assert found is not None
    assert (found.text, found.file) == ("", described())


def test_an_edit_of_a_caption_is_no_line(run: Run) -> None:
    bench = Bench()
    bench.opened({**said(), "m.new_content": {"body": "!report"}})
    assert heard(run, bench, encrypted()) == Nothing("edit")


def test_media_is_asked_for_with_the_token(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            made: FakeHomeserver = fake
            server = made.client("@bot:fake.example", "DEVICE")
            where = await server.upload(SEALED)
            assert await MatrixMedia(server).fetch(replace(described(), url=where), 9_999) == PLAIN
            server.token = "stolen"  # no token at all
            with pytest.raises(NotFetched, match="unreachable"):
                await MatrixMedia(server).fetch(replace(described(), url=where), 9_999)
            await server.close()

    run(scenario())
