"""PDF: every page is drawn, and a new file is made of the pictures of the pages.

A PDF has too many places for words that nobody sees: document information, XMP at any object,
attachments, scripts, outlines, form data, authors of annotations, earlier revisions, text under
black boxes, names in fonts and colour profiles, metadata of pictures inside pictures. So nothing
of the old file is copied. It costs the text layer: the new file cannot be searched. It refuses
encrypted files, and those whose pages could come out other than they look to the sender (forms
that need a script, fonts that are not in the file). What is seen on a page stays (`kinds`).
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Final

import pikepdf
import pypdfium2
from PIL import Image

from bot.evidence.image import check_bare, encoded, pixels_of
from bot.evidence.kinds import Cleaned, Kind, Stop, Unclean, Why

MAX_PAGES: Final = 60
DPI: Final = 150
LONGEST_SIDE: Final = 3_300
"""In pixels: A3 at 200 dpi. A larger sheet is drawn coarser."""
COARSEST_DPI: Final = 50
LONGEST_POINTS: Final = 14_400
"""The largest page that PDF allows, 200 inches (ISO 32000-1 Annex C)."""
_LATIN: Final = frozenset({"/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding"})
_TRAILER: Final = frozenset({"/Root", "/Size", "/ID"})
_OURS: Final = {
    "/Catalog": frozenset({"/Type", "/Pages"}),
    "/Pages": frozenset({"/Type", "/Kids", "/Count"}),
    "/Page": frozenset({"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}),
    "/XObject": frozenset(
        {"/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent"}
        | {"/Filter", "/Length"}
    ),
    "": frozenset({"/Length", "/Filter"}),
}
"""Every key that our own files may have, by type; the last is the stream that draws the page."""


def clean_pdf(content: bytes) -> Cleaned:
    """Return the pages as pictures. Stops with ENCRYPTED, PAGES, PIXELS, UNSURE or DAMAGED."""
    removed = _read(content)
    new = pikepdf.new()
    try:
        old = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Stop(Why.DAMAGED, kind=Kind.PDF) from error
    with old:
        old.init_forms()
        if not 1 <= len(old) <= MAX_PAGES:
            raise Stop(Why.PAGES, kind=Kind.PDF, limit=MAX_PAGES)
        try:
            for page in old:
                _add(new, page)
        except pypdfium2.PdfiumError as error:
            raise Stop(Why.DAMAGED, kind=Kind.PDF) from error
        pages = len(old)
    out = io.BytesIO()
    new.save(out, deterministic_id=True, linearize=False)
    _check_ours(out.getvalue(), pages)
    return Cleaned(out.getvalue(), Kind.PDF, tuple(sorted(removed)))


def _add(new: pikepdf.Pdf, page: pypdfium2.PdfPage) -> None:
    width, height = page.get_size()
    longest = max(width, height)
    if not (min(width, height) > 0 and longest <= LONGEST_POINTS):
        raise Stop(Why.DAMAGED, kind=Kind.PDF)
    dpi = min(DPI, LONGEST_SIDE * 72 / longest)
    if dpi < COARSEST_DPI:
        raise Stop(Why.PIXELS, kind=Kind.PDF, limit=math.ceil(LONGEST_SIDE**2 / 1_000_000))
    drawn: Image.Image = page.render(scale=dpi / 72, rev_byteorder=True).to_pil()
    pixels = pixels_of(drawn, alpha=False)
    picture = pikepdf.Stream(new, encoded(pixels, Kind.JPEG))
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width, picture.Height = pixels.size
    picture.ColorSpace = pikepdf.Name.DeviceGray if pixels.mode == "L" else pikepdf.Name.DeviceRGB
    picture.BitsPerComponent = 8
    picture.Filter = pikepdf.Name.DCTDecode
    drawing = f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /P Do Q".encode("ascii")
    sheet = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=[0, 0, round(width, 2), round(height, 2)],
        Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=new.make_indirect(picture))),
        Contents=new.make_stream(drawing),
    )
    new.pages.append(pikepdf.Page(new.make_indirect(sheet)))


def _read(content: bytes) -> set[str]:
    """Name what the file carries, and stop at what would not be drawn as the sender sees it."""
    try:
        with pikepdf.open(io.BytesIO(content)) as old:
            if len(old.pages) > MAX_PAGES:
                raise Stop(Why.PAGES, kind=Kind.PDF, limit=MAX_PAGES)
            root = old.Root
            form = root.get("/AcroForm")
            if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
                raise Stop(Why.UNSURE, kind=Kind.PDF)
            if any(_undrawable(font) for font in _of_type(old, "/Font")):
                raise Stop(Why.UNSURE, kind=Kind.PDF)
            removed = {"text_layer", *_carried(old, content)}
    except pikepdf.PasswordError as error:
        raise Stop(Why.ENCRYPTED, kind=Kind.PDF) from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError, OSError) as error:
        raise Stop(Why.DAMAGED, kind=Kind.PDF) from error
    return removed


def _carried(old: pikepdf.Pdf, content: bytes) -> Iterator[str]:
    root = old.Root
    if "/Info" in old.trailer:
        yield "info"
    for key, word in (
        ("/Metadata", "xmp"),
        ("/Outlines", "outlines"),
        ("/AcroForm", "form"),
        ("/OCProperties", "layers"),
        ("/PieceInfo", "editor_notes"),
        ("/OpenAction", "actions"),
        ("/AA", "actions"),
    ):
        if key in root:
            yield word
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        if "/EmbeddedFiles" in names:
            yield "attachments"
        if "/JavaScript" in names:
            yield "scripts"
    if any("/Annots" in page.obj for page in old.pages):
        yield "annotations"
    if content.count(b"startxref") > 1:
        yield "revisions"


def _of_type(old: pikepdf.Pdf, name: str) -> Iterator[pikepdf.Dictionary]:
    for thing in old.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == name:
            yield thing


def _undrawable(font: pikepdf.Dictionary) -> bool:
    """Say whether glyphs would have to be guessed: not in the file, and beyond plain Latin."""
    subtype = str(font.get("/Subtype", ""))
    if subtype in {"/Type0", "/Type3"}:
        return False  # its descendant is looked at; Type 3 draws itself
    descriptor = font.get("/FontDescriptor")
    if isinstance(descriptor, pikepdf.Dictionary) and any(
        key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
    ):
        return False
    if subtype.startswith("/CIDFont"):
        return True
    encoding = font.get("/Encoding")
    if isinstance(encoding, pikepdf.Dictionary):
        return "/Differences" in encoding
    return encoding is not None and str(encoding) not in _LATIN


def _check_ours(content: bytes, pages: int) -> None:
    """Open the new file and raise `Unclean` if a key is in it that we did not put there."""
    with pikepdf.open(io.BytesIO(content)) as new:
        if len(new.pages) != pages or set(new.trailer.keys()) - _TRAILER:
            raise Unclean("pdf: not the file that was made")
        for thing in new.objects:
            if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
                allowed = _OURS.get(str(thing.get("/Type", "")))
                if allowed is None or set(thing.keys()) - allowed:
                    raise Unclean("pdf: a key that was not made here")
            if isinstance(thing, pikepdf.Stream) and "/Subtype" in thing:
                check_bare(thing.read_raw_bytes(), Kind.JPEG)
