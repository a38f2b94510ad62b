"""OpenDocument files that carry marks in every place that is not on the page."""

from __future__ import annotations

import io
import zipfile

from bot.evidence.kinds import Kind
from bot.evidence.looking import MIME_OF
from bot.evidence.words_opendocument import SPACES
from tests.support.planted import mark
from tests.support.planted_office import SEEN
from tests.support.planted_pictures import jpeg, png

_NAMES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items()) + (
    ' xmlns:officeooo="http://openoffice.org/2009/office"'
    ' xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
    f' xmlns:who="urn:{mark("namespace")}" office:version="1.3"'
)

TEXT = f"""<text:tracked-changes><text:changed-region text:id="ct1"><text:deletion>
<office:change-info><dc:creator>{mark("change-author")}</dc:creator></office:change-info>
<text:p>{mark("deleted")}</text:p></text:deletion></text:changed-region></text:tracked-changes>
<text:user-field-decls><text:user-field-decl text:name="{mark("field-name")}" office:string-value="{mark("field-value")}"/></text:user-field-decls>
<text:h text:style-name="Heading_20_1" text:outline-level="1">A heading</text:h>
<text:p text:style-name="P1" xml:id="{mark("id")}" who:ever="{mark("foreign")}">{SEEN}<text:change text:change-id="ct1"/>
<office:annotation office:name="{mark("annotation-name")}"><dc:creator>{mark("commenter")}</dc:creator><text:p>{mark("comment")}</text:p></office:annotation>
<text:bookmark text:name="{mark("bookmark")}"/>
<text:span text:style-name="T1">bold</text:span><text:span text:style-name="Hidden">{mark("hidden-by-style")}</text:span>
<text:hidden-text text:string-value="{mark("hidden-value")}">{mark("hidden-text")}</text:hidden-text>
<text:a xlink:href="file:///home/{mark("link")}" office:title="{mark("link-title")}">linked words</text:a>
<text:author-name text:fixed="true">shown author</text:author-name>
<text:user-defined text:name="{mark("property-name")}">shown property</text:user-defined>
<draw:frame draw:name="{mark("frame-name")}" draw:style-name="fr1" text:anchor-type="as-char" svg:width="3cm" svg:height="2cm">
<draw:image xlink:href="Pictures/{mark("picture-name")}.jpg" xlink:type="simple" draw:filter-name="{mark("filter")}"/>
<svg:title>{mark("picture-title")}</svg:title><svg:desc>{mark("picture-description")}</svg:desc></draw:frame>
<draw:frame svg:width="1cm"><draw:image xlink:href="file:///{mark("outside-picture")}.png"/></draw:frame></text:p>
<text:section text:name="{mark("section")}" text:display="none"><text:p>{mark("hidden-section")}</text:p></text:section>
<!-- {mark("xml-comment")} -->"""

SHEETS = f"""<table:table table:name="A visible sheet" table:style-name="ta1">
<table:table-column table:number-columns-repeated="3"/>
<table:table-row><table:table-cell office:value-type="string"><text:p>{SEEN}</text:p>
<office:annotation><dc:creator>{mark("commenter")}</dc:creator><text:p>{mark("comment")}</text:p></office:annotation></table:table-cell>
<table:table-cell office:value-type="float" office:value="12.5" table:formula="of:='file:///C:/{mark("formula")}'#$S.A1"><text:p>12.5</text:p></table:table-cell>
<table:table-cell office:value-type="string" office:string-value="{mark("string-value")}"><text:p>third</text:p></table:table-cell></table:table-row>
<table:table-row table:visibility="collapse"><table:table-cell><text:p>{mark("hidden-row")}</text:p></table:table-cell></table:table-row></table:table>
<table:table table:name="{mark("hidden-sheet")}" table:style-name="ta2"><table:table-row><table:table-cell><text:p>{mark("hidden-cell")}</text:p></table:table-cell></table:table-row></table:table>
<table:named-expressions><table:named-range table:name="{mark("range")}" table:cell-range-address="$S.$A$1"/></table:named-expressions>"""

_STYLES = f"""<style:style style:name="P1" style:family="paragraph" style:parent-style-name="{mark("own-style")}">
<style:text-properties fo:color="#ff0000" style:font-name="{mark("font")}" officeooo:rsid="0012ab34"/></style:style>
<style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="Hidden" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="ta1" style:family="table"><style:table-properties table:display="true"/></style:style>
<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>"""


def opendocument(kind: Kind, body: str = "") -> bytes:
    """Return a text or a spreadsheet with marks everywhere; `body` is put in place of its body."""
    inner, within = ("text", TEXT) if kind is Kind.ODT else ("spreadsheet", SHEETS)
    content = (
        f"<office:document-content {_NAMES}><office:scripts/><office:automatic-styles>{_STYLES}"
        f"</office:automatic-styles><office:body><office:{inner}>{body or within}</office:{inner}>"
        "</office:body></office:document-content>"
    )
    styles = (
        f"<office:document-styles {_NAMES}><office:styles><style:style style:family='paragraph' "
        f"style:name='{mark('own-style')}' style:display-name='{mark('own style')}'/></office:styles>"
        "<office:automatic-styles><style:page-layout style:name='pm1'><style:page-layout-properties "
        "fo:page-width='21cm' fo:margin='2cm'/></style:page-layout></office:automatic-styles>"
        "<office:master-styles><style:master-page style:name='Standard' style:page-layout-name='pm1'>"
        "<style:header><text:p>a visible header</text:p></style:header></style:master-page>"
        "</office:master-styles></office:document-styles>"
    )
    meta = f"<office:document-meta {_NAMES}><office:meta><meta:initial-creator>{mark('creator')}</meta:initial-creator></office:meta></office:document-meta>"
    parts = {
        "mimetype": MIME_OF[kind].encode(),
        "content.xml": content.encode(),
        "styles.xml": styles.encode(),
        "meta.xml": meta.encode(),
        "settings.xml": f"<x>{mark('printer')}</x>".encode(),
        "manifest.rdf": f"<x>{mark('rdf')}</x>".encode(),
        "Thumbnails/thumbnail.png": png(),
        "layout-cache": mark("cache").encode(),
        f"Pictures/{mark('picture-name')}.jpg": jpeg(),
        "META-INF/manifest.xml": b"<manifest/>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return out.getvalue()
