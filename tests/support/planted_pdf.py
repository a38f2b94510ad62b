"""A PDF that carries marks in every place that is not on the page."""

from __future__ import annotations

import io
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from tests.support.planted import mark
from tests.support.planted_pictures import jpeg, profile


def pdf(*, password: str = "") -> bytes:
    """Return two pages with a red box each, and marks wherever a reader does not look."""
    made = pikepdf.new()
    for number in (1, 2):
        page = made.add_blank_page(page_size=(300, 200))
        page.obj.Contents = made.make_stream(
            f"% {mark('content-comment')}\n"
            f"/Artifact <</Who ({mark('marked-content')})>> BDC 1 0 0 rg 20 20 100 100 re f EMC\n"
            f"BT 3 Tr /F 12 Tf 10 150 Td ({mark('invisible-text')}) Tj ET\n"
            f"0 0 0 rg 150 100 140 40 re f BT 0 Tr /F 10 Tf 155 110 Td ({mark('under-a-black-box')}) Tj ET\n"
            "0 0 0 rg 150 100 140 40 re f q 60 0 0 40 200 20 cm /I Do Q".encode()
        )
        page.obj.Resources = Dictionary(
            Font=Dictionary(
                F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            ),
            XObject=Dictionary(I=_picture(made)),
            ColorSpace=Dictionary(C=Array([Name.ICCBased, pikepdf.Stream(made, profile(), N=3)])),
        )
        page.obj.PieceInfo = Dictionary(App=Dictionary(Private=String(mark("piece-info"))))
        page.obj.Metadata = _xmp(made, f"page-xmp-{number}")
        page.obj.Thumb = _picture(made)
        page.obj.Annots = Array([_note(made), _field(made)])
    root = made.Root
    root.Metadata = _xmp(made, "xmp")
    root.Lang = String(mark("lang"))
    root.PieceInfo = Dictionary(App=Dictionary(Private=String(mark("catalogue-piece-info"))))
    script = Dictionary(S=Name.JavaScript, JS=made.make_stream(mark("script").encode()))
    root.OpenAction = script
    root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String(mark("script-name")), script])),
        Dests=Dictionary(Names=Array([String(mark("destination")), made.pages[0].obj])),
    )
    root.AcroForm = Dictionary(
        Fields=Array([page.obj.Annots[1] for page in made.pages]),
        DA=String("/Helv 0 Tf 0 g"),
    )
    made.attachments[mark("attachment-name")] = pikepdf.AttachedFileSpec(
        made,
        mark("attachment").encode(),
        description=mark("attachment-description"),
        filename=mark("attachment-file"),
        mime_type="text/plain",
        creation_date="",
        mod_date="",
    )
    with made.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(mark("outline"), 0))
    made.docinfo["/Author"] = mark("author")
    made.docinfo["/Title"] = mark("title")
    made.docinfo["/Custom"] = mark("custom-info")
    out = io.BytesIO()
    lock = pikepdf.Encryption(user=password, owner=password) if password else None
    made.save(out, encryption=lock if lock is not None else False)
    return out.getvalue() if password else _revised(out.getvalue())


def _revised(content: bytes) -> bytes:
    """Append a revision that replaces an object; the old one stays in the file."""
    body = f"<< /Producer ({mark('revision')}) >>"
    at, previous = len(content) + 1, content.rindex(b"startxref")
    start = int(content[previous:].split()[1])
    with pikepdf.open(io.BytesIO(content)) as old:
        size, root = int(old.trailer.Size), old.Root.objgen[0]
    update = f"\n{size} 0 obj\n{body}\nendobj\n"
    xref = f"xref\n{size} 1\n{at:010} 00000 n \ntrailer\n"
    trailer = f"<< /Size {size + 1} /Root {root} 0 R /Info {size} 0 R /Prev {start} >>\n"
    end = f"startxref\n{len(content) + len(update)}\n%%EOF\n% {mark('after-the-end')}"
    return content + (update + xref + trailer + end).encode()


def _picture(made: pikepdf.Pdf) -> pikepdf.Object:
    stream = pikepdf.Stream(
        made,
        jpeg(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=64,
        Height=40,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
        Metadata=_xmp(made, "picture-xmp"),
    )
    return made.make_indirect(stream)


def _xmp(made: pikepdf.Pdf, label: str) -> pikepdf.Object:
    packed = zlib.compress(f"<x>{mark(label)}</x>".encode())
    stream = pikepdf.Stream(
        made, packed, Type=Name.Metadata, Subtype=Name.XML, Filter=Name.FlateDecode
    )
    return made.make_indirect(stream)


def _note(made: pikepdf.Pdf) -> pikepdf.Object:
    return made.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Text,
            Rect=Array([10, 170, 30, 190]),
            T=String(mark("annotation-author")),
            Contents=String(mark("annotation")),
            NM=String(mark("annotation-name")),
        )
    )


def _field(made: pikepdf.Pdf) -> pikepdf.Object:
    return made.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            Rect=Array([40, 170, 60, 190]),
            F=2,
            T=String(mark("field-name")),
            TU=String(mark("field-tooltip")),
            V=String(mark("field-value")),
        )
    )
