from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.evidence.cleaning import clean
from bot.evidence.image import check_bare, encoded
from bot.evidence.kinds import Cleaned, Kind, Refusal, Unclean, Why, refuse
from tests.support.planted import found_in, mark
from tests.support.planted_pictures import declared_png, exif, jpeg, picture, png, profile, webp

PLANTED = {Kind.JPEG: jpeg(), Kind.PNG: png(), Kind.WEBP: webp()}


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def cleaned(content: bytes, kind: Kind) -> Cleaned:
    made = clean(content, kind)
    assert isinstance(made, Cleaned), made
    return made


@pytest.mark.parametrize("kind", PLANTED)
def test_the_search_finds_what_is_planted(kind: Kind) -> None:
    assert len(found_in(PLANTED[kind])) > 10


@pytest.mark.parametrize("kind", PLANTED)
def test_nothing_planted_in_a_picture_is_in_any_byte_of_the_clean_one(kind: Kind) -> None:
    made = cleaned(PLANTED[kind], kind)
    assert found_in(made.content) == []
    assert made.kind is kind
    image = opened(made.content)
    assert (image.format, image.size) == (kind.upper(), (64, 40))
    assert not image.getexif()
    assert {"exif", "gps", "icc", "xmp", "trailing"} <= set(made.removed)


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_seen_in_a_picture_stays(kind: Kind) -> None:
    image = opened(cleaned(PLANTED[kind], kind).content).convert("RGB")
    left, right = image.getpixel((10, 20)), image.getpixel((54, 20))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert (left[0] > 240, left[2] < 20) == (True, True)
    assert (right[0] < 20, right[2] > 240) == (True, True)


def test_a_picture_taken_sideways_is_turned_upright_before_the_note_of_it_goes() -> None:
    image = opened(cleaned(jpeg(orientation=6), Kind.JPEG).content)
    assert image.size == (40, 64)
    top = image.getpixel((20, 10))
    assert isinstance(top, tuple)
    assert top[0] > 240


def test_colour_that_is_fully_transparent_is_not_carried() -> None:
    hidden = picture().convert("RGBA")
    hidden.putalpha(0)
    out = io.BytesIO()
    hidden.save(out, "PNG")
    assert opened(cleaned(out.getvalue(), Kind.PNG).content).getcolors() == [
        (64 * 40, (0, 0, 0, 0))
    ]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA", "CMYK"])
def test_every_way_of_storing_pixels_comes_out(mode: str) -> None:
    kind = Kind.JPEG if mode == "CMYK" else Kind.PNG
    image = Image.new(mode, (8, 8)) if mode == "I;16" else picture((8, 8)).convert(mode)
    out = io.BytesIO()
    image.save(out, kind.upper(), exif=exif())
    assert found_in(cleaned(out.getvalue(), kind).content) == []


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 10_000), (16_001, 1)])
def test_a_huge_picture_is_refused_before_a_pixel_is_unpacked(size: tuple[int, int]) -> None:
    assert clean(declared_png(*size), Kind.PNG) == refuse(Why.PIXELS, kind=Kind.PNG, limit=60)


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_a_picture_cut_short_is_damaged(kind: Kind, share: float) -> None:
    out = io.BytesIO()
    picture((300, 300)).effect_spread(60).save(out, kind.upper(), quality=95)
    content = out.getvalue()
    assert clean(content[: int(len(content) * share)], kind) == refuse(Why.DAMAGED, kind=kind)


def test_an_animation_is_not_cut_to_its_first_picture() -> None:
    out = io.BytesIO()
    frames = [picture(), picture().rotate(180)]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    assert clean(out.getvalue(), Kind.WEBP) == refuse(Why.UNSURE, kind=Kind.WEBP)


def test_a_further_picture_inside_a_photograph_is_not_carried() -> None:
    out = io.BytesIO()
    picture().save(out, "MPO", save_all=True, append_images=[picture().rotate(180)])
    made = cleaned(out.getvalue(), Kind.JPEG)
    assert len(made.content) < len(out.getvalue()) * 0.7
    assert getattr(opened(made.content), "n_frames", 1) == 1


@pytest.mark.parametrize("kind", PLANTED)
def test_our_own_work_is_looked_at_part_by_part(kind: Kind) -> None:
    check_bare(encoded(picture(), kind), kind)
    with pytest.raises(Unclean):
        check_bare(PLANTED[kind], kind)


@pytest.mark.parametrize("option", ["comment", "exif", "icc_profile", "xmp"])
def test_each_place_for_words_in_a_jpeg_is_noticed_afterwards(option: str) -> None:
    worth = {"comment": mark("c"), "exif": exif(), "icc_profile": profile(), "xmp": b"<x/>"}
    out = io.BytesIO()
    picture().save(out, "JPEG", **{option: worth[option]})
    with pytest.raises(Unclean):
        check_bare(out.getvalue(), Kind.JPEG)


def test_bytes_after_the_end_are_noticed_afterwards() -> None:
    with pytest.raises(Unclean):
        check_bare(encoded(picture(), Kind.JPEG) + b"x", Kind.JPEG)


def test_a_clean_file_that_is_too_large_to_send_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.evidence.cleaning.MAX_BYTES", 100)
    assert clean(jpeg(), Kind.JPEG) == refuse(Why.TOO_LARGE, kind=Kind.JPEG, limit=0)


def test_photographs_of_phones_in_heic_stay_where_they_are() -> None:
    made = clean(b"\0\0\0\x18ftypheic", Kind.HEIC)
    assert made == Refusal(Why.STAYS, (("kind", "heic"),))
