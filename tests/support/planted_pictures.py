"""Pictures that carry marks in every place where a picture can carry words."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageCms, ImageDraw, PngImagePlugin, TiffImagePlugin

from tests.support.planted import SECONDS, mark

XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><n>{mark("xmp")}</n></x:xmpmeta>'.encode()


def picture(size: tuple[int, int] = (64, 40)) -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "blue")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill="red")
    return image


def exif(orientation: int = 1) -> bytes:
    """Return EXIF with names, serial numbers, a maker note, a position, and a thumbnail's IFD."""
    made = Image.Exif()
    made[0x0112] = orientation
    for tag, label in {
        0x010E: "description",
        0x010F: "make",
        0x0110: "model",
        0x0131: "software",
        0x013B: "artist",
        0x8298: "copyright",
        0x013C: "host",
    }.items():
        made[tag] = mark(label)
    made[0x9C9D] = mark("xp-author").encode("utf-16-le")
    inner = made.get_ifd(0x8769)
    inner[0x927C] = b"MakerNote\0" + mark("maker").encode()
    inner[0x9286] = b"UNICODE\0" + mark("user-comment").encode("utf-16-be")
    inner[0xA430] = mark("owner")
    inner[0xA431] = mark("serial")
    inner[0xA435] = mark("lens-serial")
    position = made.get_ifd(0x8825)
    position[1], position[2] = "N", (33.0, 18.0, TiffImagePlugin.IFDRational(*SECONDS))
    position[0x1B] = b"ASCII\0\0\0" + mark("gps-method").encode()
    return made.tobytes()


def profile() -> bytes:
    """Return a colour profile whose description is a mark."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    old = "sRGB built-in"
    for encoding in ("utf-16-be", "ascii"):
        made = made.replace(old.encode(encoding), mark("ic")[: len(old)].encode(encoding))
    return made


def jpeg(image: Image.Image | None = None, orientation: int = 1, trailing: bytes = b"") -> bytes:
    """Return a JPEG with marks in EXIF, XMP, IPTC, ICC, a comment, other segments and at the end."""
    out = io.BytesIO()
    (image or picture()).save(
        out,
        "JPEG",
        quality=95,
        exif=exif(orientation),
        xmp=XMP,
        icc_profile=profile(),
        comment=mark("comment"),
    )
    said = mark("iptc").encode()
    iptc = b"\x1c\x02\x50" + struct.pack(">H", len(said)) + said
    photoshop = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
    segments = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
        for marker, body in (
            (0xED, photoshop),
            (0xEC, b"Ducky" + mark("ducky").encode()),
            (0xE5, mark("app5").encode()),
            (0xE2, b"MPF\0" + mark("mpf").encode()),
        )
    )
    made = out.getvalue()
    return made[:2] + segments + made[2:] + (trailing or mark("trailing").encode())


def png() -> bytes:
    """Return a PNG with marks in all its text chunks, EXIF, ICC, a private chunk and at the end."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", mark("text"))
    info.add_text("Comment", mark("ztext"), zip=True)
    info.add_itxt("Title", mark("itext"), zip=True)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    info.add(b"prVt", mark("private").encode())
    image = picture().convert("RGBA")
    image.putpixel((0, 0), (81, 120, 80, 0))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info, exif=exif(), icc_profile=profile())
    return out.getvalue() + mark("trailing").encode()


def webp() -> bytes:
    """Return a WebP with marks in EXIF, XMP, ICC, and at the end."""
    out = io.BytesIO()
    picture().save(out, "WEBP", exif=exif(), xmp=XMP, icc_profile=profile(), lossless=True)
    return out.getvalue() + mark("trailing").encode()


def declared_png(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    )
