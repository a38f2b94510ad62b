"""Office files that carry marks in every place that is not on the page.

Made with other people's libraries and then opened up, so that they are what people send.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import docx
import openpyxl
import pptx
from docx.shared import Inches
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as CellImage
from openpyxl.workbook.defined_name import DefinedName

from tests.support.planted import mark
from tests.support.planted_pictures import exif, jpeg, picture, png

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SEEN = "What a reader sees, with a visible name"

Change = Callable[[bytes], bytes]


def changed(
    content: bytes, changes: Mapping[str, Change], added: Mapping[str, bytes] | None = None
) -> bytes:
    """Return an archive with some parts changed, some added, and marks in its own fields."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            for name, change in changes.items():
                if name == entry.filename:
                    part = change(part)
            kept = zipfile.ZipInfo(entry.filename, (2024, 5, 6, 7, 8, 10))
            kept.comment = mark("entry-comment").encode()
            kept.compress_type = entry.compress_type
            new.writestr(kept, part)
        for name, part in (added or {}).items():
            new.writestr(name, part)
        new.comment = mark("zip-comment").encode()
    return out.getvalue()


def into(before: str, text: str) -> Change:
    """Return a change that puts `text` in front of the last `before`."""

    def change(part: bytes) -> bytes:
        head, found, tail = part.rpartition(before.encode())
        assert found, before
        return head + text.encode() + found + tail

    return change


def swapped(old: str, new: str) -> Change:
    """Return a change of `old` to `new`."""

    def change(part: bytes) -> bytes:
        assert old.encode() in part, old
        return part.replace(old.encode(), new.encode())

    return change


def both(*changes: Change) -> Change:
    def change(part: bytes) -> bytes:
        for one in changes:
            part = one(part)
        return part

    return change


def photograph() -> bytes:
    """Return a photograph with EXIF and GPS that python-docx and python-pptx take."""
    out = io.BytesIO()
    picture().save(out, "JPEG", exif=exif(), comment=mark("comment"))
    return out.getvalue()


BODY = f"""<w:p w:rsidR="00{"A1B2C3"}" w:rsidRDefault="00D4E5F6">
<w:bookmarkStart w:id="7" w:name="{mark("bookmark")}"/><w:bookmarkEnd w:id="7"/>
<w:commentRangeStart w:id="0"/><w:r><w:t>commented</w:t></w:r><w:commentRangeEnd w:id="0"/>
<w:r><w:commentReference w:id="0"/></w:r>
<w:ins w:id="1" w:author="{mark("ins-author")}" w:date="2024-01-01T00:00:00Z"><w:r><w:t>inserted</w:t></w:r></w:ins>
<w:del w:id="2" w:author="{mark("del-author")}"><w:r><w:delText>{mark("deleted")}</w:delText></w:r></w:del>
<w:moveFrom w:id="3" w:author="{mark("move-author")}"><w:r><w:t>{mark("moved-away")}</w:t></w:r></w:moveFrom>
<w:r><w:rPr><w:vanish/></w:rPr><w:t>{mark("hidden-run")}</w:t></w:r>
<w:r><w:rPr><w:b/><w:rPrChange w:id="4" w:author="{mark("format-author")}"><w:rPr/></w:rPrChange></w:rPr><w:t>reformatted</w:t></w:r>
<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="{mark("form-field")}"/></w:ffData></w:fldChar></w:r>
<w:r><w:instrText>INCLUDEPICTURE "C:\\Users\\{mark("field-path")}\\x.jpg"</w:instrText></w:r>
<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DOCVARIABLE x</w:instrText></w:r>
<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{mark("result-in-instruction")}</w:t></w:r>
<w:r><w:fldChar w:fldCharType="end"/></w:r>
<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>field result</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>
<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE  \\* MERGEFORMAT </w:instrText></w:r>
<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>
<w:fldSimple w:instr=' AUTHOR "{mark("simple-field")}" '><w:r><w:t>simple result</w:t></w:r></w:fldSimple>
<w:sdt><w:sdtPr><w:alias w:val="{mark("alias")}"/><w:tag w:val="{mark("tag")}"/></w:sdtPr>
<w:sdtContent><w:r><w:t>controlled</w:t></w:r></w:sdtContent></w:sdt>
<w:hyperlink r:id="rId900" w:tooltip="{mark("tooltip")}" xmlns:r="{_REL}"><w:r><w:t>linked words</w:t></w:r></w:hyperlink>
<w:permStart w:id="9" w:ed="{mark("editor")}"/><w:permEnd w:id="9"/>
<!-- {mark("xml-comment")} --><?{mark("instruction")} x?>
<w:r xmlns:x="urn:{mark("namespace")}" x:who="{mark("foreign-attribute")}"><w:rPr><w:rFonts w:ascii="{mark("font")}"/><w:lang w:val="ar-IQ"/></w:rPr><w:t>foreign</w:t></w:r>
</w:p>"""


def word() -> bytes:
    """Return a text with marks in properties, comments, changes, fields, styles, links and pictures."""
    made, out = docx.Document(), io.BytesIO()
    made.add_heading("A heading", 1)
    made.add_paragraph(SEEN)
    made.add_picture(io.BytesIO(photograph()), Inches(1))
    table = made.add_table(1, 2, style="Table Grid")
    table.cell(0, 0).text = "a cell"
    made.sections[0].header.paragraphs[0].text = "a visible header"
    made.styles.add_style(mark("style-name"), 1)
    made.add_paragraph("styled", style=mark("style-name"))
    for name in ("author", "last_modified_by", "comments", "keywords", "subject", "title"):
        setattr(made.core_properties, name, mark(name))
    made.save(out)
    relations = "".join(
        f'<Relationship Id="{key}" Type="{_REL}/{kind}" Target="{target}"{outside}/>'
        for key, kind, target, outside in (
            ("rId900", "hyperlink", f"file:///C:/{mark('link')}", ' TargetMode="External"'),
            ("rId901", "attachedTemplate", f"file:///{mark('template')}", ' TargetMode="External"'),
            ("rId902", "comments", "comments.xml", ""),
            ("rId903", "people", f"{mark('part-name')}.xml", ""),
        )
    )
    drawing = both(
        into("<w:sectPr", BODY),
        swapped('name="Picture 1"', f'name="Picture 1" descr="{mark("alt-text")}"'),
    )
    return changed(
        out.getvalue(),
        {
            "word/document.xml": drawing,
            "word/_rels/document.xml.rels": into("</Relationships>", relations),
            "word/settings.xml": into(
                "</w:settings>",
                f'<w:rsids><w:rsid w:val="00A1B2C3"/></w:rsids><w:docVars><w:docVar w:name="x" w:val="{mark("doc-var")}"/></w:docVars><w:evenAndOddHeaders/>',
            ),
        },
        {
            "docProps/custom.xml": f"<x>{mark('custom-property')}</x>".encode(),
            "word/comments.xml": f'<w:comments {_W}><w:comment w:id="0" w:author="{mark("comment-author")}" w:initials="{mark("initials")}"><w:p><w:r><w:t>{mark("comment")}</w:t></w:r></w:p></w:comment></w:comments>'.encode(),
            f"word/{mark('part-name')}.xml": b"<x/>",
            "customXml/item9.xml": f"<x>{mark('custom-xml')}</x>".encode(),
        },
    )


def excel() -> bytes:
    """Return a workbook with marks in names, comments, formulas, links, hidden cells and strings."""
    made, out = openpyxl.Workbook(), io.BytesIO()
    sheet = made.active
    sheet.title = "A visible sheet"
    sheet.append([SEEN, 12.5, "=B1*2"])
    sheet["A2"], sheet["D1"], sheet["A9"] = "noted", mark("hidden-column"), mark("hidden-row")
    sheet["A2"].comment = Comment(mark("comment"), mark("comment-author"))
    sheet["A3"].hyperlink = f"file:///C:/Users/{mark('link')}"
    sheet["A3"] = "linked"
    sheet.column_dimensions["D"].hidden = True
    sheet.row_dimensions[9].hidden = True
    sheet.merge_cells("A5:B6")
    sheet.add_image(CellImage(io.BytesIO(png())), "E5")
    hidden = made.create_sheet(mark("hidden-sheet")[:31])
    hidden["A1"], hidden.sheet_state = mark("hidden-cell"), "hidden"
    made.defined_names["x"] = DefinedName("x", attr_text=f"'[C:\\{mark('defined-name')}]S'!$A$1")
    for name in ("creator", "lastModifiedBy", "description", "keywords", "title"):
        setattr(made.properties, name, mark(name))
    made.save(out)
    return changed(
        out.getvalue(),
        {
            "xl/sharedStrings.xml": into("</sst>", f"<si><t>{mark('deleted-string')}</t></si>"),
            "xl/worksheets/sheet1.xml": both(
                swapped("<f>B1*2</f>", f"<f>'C:\\{mark('formula-path')}\\[b.xlsx]S'!A1</f>"),
                swapped(
                    "<drawing ",
                    f'<pageSetup orientation="landscape" r:id="rId77" xmlns:r="{_REL}"/><drawing ',
                ),
            ),
        },
        {
            "xl/printerSettings/printerSettings1.bin": mark("printer").encode("utf-16-le"),
            "xl/externalLinks/externalLink1.xml": mark("external").encode(),
        },
    )


def powerpoint() -> bytes:
    """Return slides with marks in notes, names, alternative texts, hidden slides and layouts."""
    made, out = pptx.Presentation(), io.BytesIO()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.placeholders[0].text_frame.text = SEEN
    slide.placeholders[1].text_frame.text = "a visible body"
    shape = slide.shapes.add_picture(io.BytesIO(photograph()), 0, 0)
    shape.name = mark("shape-name")
    shape._element.nvPicPr.cNvPr.set("descr", mark("alt-text"))
    slide.notes_slide.notes_text_frame.text = mark("notes")
    run = slide.placeholders[1].text_frame.paragraphs[0].runs[0]
    run.hyperlink.address = f"file:///C:/{mark('link')}"
    slide.shapes.add_table(1, 1, 0, 0, 900_000, 900_000).table.cell(0, 0).text = "a cell"
    hidden = made.slides.add_slide(made.slide_layouts[1])
    hidden.placeholders[0].text_frame.text = mark("hidden-slide")
    hidden._element.set("show", "0")
    made.slide_layouts[1].name = mark("layout-name")
    for prompt in made.slide_layouts[1].placeholders[0]._element.iter("{*}t"):
        prompt.text = mark("prompt")
    made.core_properties.author = mark("author")
    made.save(out)
    return changed(out.getvalue(), {}, {"ppt/commentAuthors.xml": mark("comment-author").encode()})


def with_inside(content: bytes, name: str, part: bytes) -> bytes:
    """Return an archive with one more part."""
    return changed(content, {}, {name: part})


def macros() -> bytes:
    """Return a text that Word would open with its macros."""
    main = "wordprocessingml.document.main+xml"
    types = swapped(
        f"openxmlformats-officedocument.{main}", "ms-word.document.macroEnabled.main+xml"
    )
    return changed(word(), {"[Content_Types].xml": types}, {"word/vbaProject.bin": b"x"})


def plain_word(paragraph: str = "") -> bytes:
    """Return a small text; `paragraph` is put into its body as it is."""
    made, out = docx.Document(), io.BytesIO()
    made.add_paragraph(SEEN)
    made.save(out)
    return changed(out.getvalue(), {"word/document.xml": into("<w:sectPr", paragraph)})


__all__ = ["SEEN", "excel", "jpeg", "macros", "plain_word", "powerpoint", "with_inside", "word"]
