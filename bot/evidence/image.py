"""Photographs: the pixels are taken out and put into a new file, and nothing else is carried over.

Refuses what Pillow cannot read to the end, animations, and more pixels than a large camera makes.
EXIF with GPS and maker notes, XMP, IPTC, ICC profiles, comments, text chunks, thumbnails, further
pictures and bytes after the end are gone because nobody copies them. Colours are brought to sRGB
and the picture is turned upright first, so that it looks as it did. What can be seen in the
picture stays (`kinds`), and so does what is hidden in the pixels themselves.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from bot.evidence.kinds import Cleaned, Kind, Stop, Unclean, Why

MAX_PIXELS: Final = 60_000_000
MAX_SIDE: Final = 16_000
_GPS_IFD: Final = 0x8825
_UNREADABLE: Final = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
)
"""What Pillow raises on broken files of all formats."""
_JPEG_PARTS: Final[frozenset[object]] = frozenset({0xDB, 0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDD})
_JFIF: Final = 0xE0
_PNG_PARTS: Final[frozenset[object]] = frozenset({b"IHDR", b"IDAT", b"IEND"})
_WEBP_PARTS: Final[frozenset[object]] = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH"})
_SAVED_AS: Final[dict[Kind, dict[str, object]]] = {
    Kind.JPEG: {"quality": 90, "optimize": True},
    Kind.PNG: {"optimize": False},
    Kind.WEBP: {"quality": 90, "method": 4, "exact": False},
}


def clean_image(content: bytes, kind: Kind) -> Cleaned:
    """Return the picture anew, in the same format. Stops with PIXELS, UNSURE or DAMAGED."""
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below, before a pixel is unpacked
    try:
        with Image.open(io.BytesIO(content), formats=[kind.upper()]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise Stop(Why.PIXELS, kind=kind, limit=MAX_PIXELS // 1_000_000)
            if getattr(image, "is_animated", False) and kind is not Kind.JPEG:
                raise Stop(Why.UNSURE, kind=kind)
            image.load()
            removed = _carried(image)
            pixels = pixels_of(image, alpha=kind is not Kind.JPEG)
    except _UNREADABLE as error:
        raise Stop(Why.DAMAGED, kind=kind) from error
    if _trailing(content, kind):
        removed.add("trailing")
    return Cleaned(encoded(pixels, kind), kind, tuple(sorted(removed)))


def encoded(pixels: Image.Image, kind: Kind) -> bytes:
    """Return a file of these pixels, read again part by part before it is handed out."""
    out = io.BytesIO()
    pixels.save(out, kind.upper(), **_SAVED_AS[kind])
    content = out.getvalue()
    check_bare(content, kind)
    return content


def pixels_of(image: Image.Image, *, alpha: bool) -> Image.Image:
    """Return an image that shares nothing with `image` but what it looks like: L, RGB or RGBA."""
    image = _in_srgb(ImageOps.exif_transpose(image))
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    if image.mode == "I":
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        # Colour under full transparency is not seen, so it is not carried.
        mask = seen.getchannel("A").point(lambda value: 255 if value else 0)
        nothing = Image.new("RGBA", seen.size, (0, 0, 0, 0))
        image = Image.composite(seen, nothing, mask)
        if not alpha:
            image = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), image)
            image = image.convert("RGB")
    elif image.mode not in {"L", "RGB"}:
        image = image.convert("L" if image.mode == "1" else "RGB")
    return Image.frombytes(image.mode, image.size, image.tobytes())


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"L", "RGB", "RGBA", "CMYK"}:
        return image
    mode = "RGB" if image.mode == "CMYK" else image.mode
    if mode == "L":
        return image
    try:
        turned = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode=mode,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a broken profile is ignored by viewers too
    return turned or image


def _carried(image: Image.Image) -> set[str]:
    """Name what the file carries besides pixels."""
    removed = set()
    exif = image.getexif()
    if exif:
        removed.add("exif")
    if exif.get_ifd(_GPS_IFD):
        removed.add("gps")
    info = image.info
    named = {"xmp": "xmp", "icc_profile": "icc", "comment": "comments", "photoshop": "iptc"}
    removed |= {word for key, word in named.items() if info.get(key)}
    if "XML:com.adobe.xmp" in info:
        removed.add("xmp")
    if getattr(image, "text", None):
        removed.add("text")
    if "mp" in info or getattr(image, "n_frames", 1) > 1:
        removed.add("pictures")
    return removed


def _trailing(content: bytes, kind: Kind) -> bool:
    if kind is Kind.JPEG:
        return not content.rstrip(b"\0").endswith(b"\xff\xd9")
    if kind is Kind.PNG:
        return not content.endswith(b"IEND\xaeB`\x82")
    return len(content) > 8 + int.from_bytes(content[4:8], "little")


def check_bare(content: bytes, kind: Kind) -> None:
    """Walk the parts of a file of ours and raise `Unclean` if one could carry words."""
    walk = {Kind.JPEG: _jpeg_parts, Kind.PNG: _png_parts, Kind.WEBP: _webp_parts}[kind]
    allowed: frozenset[object] = {
        Kind.JPEG: _JPEG_PARTS,
        Kind.PNG: _PNG_PARTS,
        Kind.WEBP: _WEBP_PARTS,
    }[kind]
    for part in walk(content):
        if part not in allowed:
            raise Unclean(f"{kind}: a part that is no picture")


def _jpeg_parts(content: bytes) -> Iterator[object]:
    """Yield the markers of a JPEG (ITU-T T.81 Annex B); JFIF only in its bare form."""
    at = 2
    while content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _JFIF and length == 16 and content[at + 4 : at + 9] == b"JFIF\0":
            at += 2 + length
            continue
        yield marker
        at += 2 + length
        if marker == 0xDA:
            at = _after_scan(content, at)
            if content[at : at + 2] == b"\xff\xd9":
                break
    if content[at:] != b"\xff\xd9":
        yield "bytes after the end"


def _after_scan(content: bytes, at: int) -> int:
    """Return where the coded pixels end: a marker that is neither stuffing nor a restart."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2


def _png_parts(content: bytes) -> Iterator[object]:
    at = 8
    while at < len(content):
        yield content[at + 4 : at + 8]
        at += 12 + int.from_bytes(content[at : at + 4], "big")


def _webp_parts(content: bytes) -> Iterator[object]:
    at = 12
    while at < len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        yield content[at : at + 4]
        at += 8 + size + size % 2
