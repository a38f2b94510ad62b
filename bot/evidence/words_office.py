"""What may be in a Word, Excel or PowerPoint file that is shown elsewhere (ECMA-376, transitional).

Lists, because a list of what is allowed cannot forget anything. What is neither here nor visible
is left out; what is not here and visible makes the file stay where it is.
"""

from __future__ import annotations

from typing import Final

from bot.evidence.kinds import Kind
from bot.evidence.xml import Vocabulary

_ROOT: Final = "http://schemas.openxmlformats.org"
SPACES: Final = {
    "w": f"{_ROOT}/wordprocessingml/2006/main",
    "s": f"{_ROOT}/spreadsheetml/2006/main",
    "p": f"{_ROOT}/presentationml/2006/main",
    "a": f"{_ROOT}/drawingml/2006/main",
    "r": f"{_ROOT}/officeDocument/2006/relationships",
    "wp": f"{_ROOT}/drawingml/2006/wordprocessingDrawing",
    "pic": f"{_ROOT}/drawingml/2006/picture",
    "xdr": f"{_ROOT}/drawingml/2006/spreadsheetDrawing",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "c": f"{_ROOT}/drawingml/2006/chart",
    "dgm": f"{_ROOT}/drawingml/2006/diagram",
    "m": f"{_ROOT}/officeDocument/2006/math",
    "v": "urn:schemas-microsoft-com:vml",
}


def names(prefix: str, words: str) -> frozenset[str]:
    """Return `prefix:word` for every word."""
    return frozenset(f"{prefix}:{word}" for word in words.split())


def _plain(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DRAWING: Final = names(
    "a",
    "graphic graphicData blip stretch fillRect srcRect tile xfrm off ext chOff chExt prstGeom avLst gd"
    " custGeom gdLst pathLst path moveTo lnTo cubicBezTo arcTo quadBezTo close pt rect cxnLst cxn"
    " ahLst noFill solidFill gradFill gsLst gs lin pattFill fgClr bgClr grpFill blipFill ln prstDash"
    " round bevel miter headEnd tailEnd srgbClr schemeClr sysClr prstClr scrgbClr hslClr alpha tint"
    " shade lumMod lumOff satMod satOff hueMod hueOff gray inv comp effectLst outerShdw innerShdw glow"
    " softEdge reflection style lnRef fillRef effectRef fontRef bodyPr normAutofit spAutoFit noAutofit"
    " lstStyle p r br t pPr rPr endParaRPr defPPr lvl1pPr lvl2pPr lvl3pPr lvl4pPr lvl5pPr lvl6pPr"
    " lvl7pPr lvl8pPr lvl9pPr defRPr lnSpc spcBef spcAft spcPct spcPts buNone buChar buAutoNum buFont"
    " buClr buSzPct buSzPts buFontTx buClrTx buSzTx tabLst tab latin ea cs sym highlight tbl tblPr"
    " tblGrid gridCol tr tc tcPr txBody lnL lnR lnT lnB lnTlToBr lnBlToTr masterClrMapping"
    " overrideClrMapping picLocks spLocks grpSpLocks graphicFrameLocks alphaModFix lum grayscl biLevel"
    " duotone clrChange clrFrom clrTo",
)
_DRAWING_ATTRIBUTES: Final = _plain(
    "x y cx cy l t r b val prst ang scaled rot flipH flipV w h cap cmpd algn typeface pitchFamily"
    " charset sz i u strike baseline kern spc anchor anchorCtr wrap rtlCol lIns tIns rIns bIns vert"
    " numCol spcCol upright fontScale lnSpcReduction marL marR indent lvl defTabSz rtl eaLnBrk"
    " latinLnBrk hangingPunct fontAlgn type startAt char idx pos path rad dist dir sx sy kx ky blurRad"
    " rotWithShape fmla name stroke fill extrusionOk gridSpan rowSpan hMerge vMerge bandRow bandCol"
    " firstRow lastRow firstCol lastCol lastClr pos flip tx ty amt bright contrast thresh useA hR wR"
    " stAng swAng lim len noChangeAspect bg1 tx1 bg2 tx2 accent1 accent2 accent3 accent4 accent5"
    " accent6 hlink folHlink id uri distT distB distL distR simplePos relativeHeight behindDoc locked"
    " layoutInCell allowOverlap relativeFrom wrapText orient hasCustomPrompt"
)
_DRAWING_GONE: Final = {
    "a:hlinkClick": "links",
    "a:hlinkHover": "links",
    "a:hlinkMouseOver": "links",
    "a:extLst": "",
    "a:tableStyleId": "",
    "a:videoFile": "recordings",
    "a:audioFile": "recordings",
    "a:wavAudioFile": "recordings",
}
_SEEN: Final = frozenset(
    {"w:t", "a:t", "s:t", "s:v", "m:t", "a:blip", "v:imagedata", "v:textpath", "c:chart"}
    | {"dgm:relIds", "w:pict", "w:altChunk", "w:subDoc", "w:sym"}
)
_RELATIONS: Final = frozenset({"r:id", "r:embed"})

WORD: Final = Vocabulary(
    kind=Kind.DOCX,
    spaces=SPACES,
    keep=_DRAWING
    | names(
        "w",
        "document body p r t tab br cr noBreakHyphen softHyphen sym drawing pgNum ptab"
        " pPr pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr ilvl numId"
        " suppressLineNumbers pBdr top left bottom right start end between bar shd tabs"
        " suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi"
        " adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc"
        " textDirection textAlignment textboxTightWrap outlineLvl"
        " rPr rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint"
        " color w kern position sz szCs highlight u effect bdr fitText vertAlign rtl cs em eastAsianLayout"
        " tbl tblPr tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW"
        " tblCellSpacing tblInd tblBorders tblLayout tblCellMar tblLook insideH insideV tblGrid gridCol"
        " tr trPr trHeight tblHeader cantSplit gridBefore gridAfter wBefore wAfter tc tcPr tcW gridSpan"
        " hMerge vMerge tcBorders noWrap tcMar tcFitText vAlign hideMark tl2br tr2bl cnfStyle"
        " sectPr headerReference footerReference footnotePr endnotePr pos numFmt numStart numRestart"
        " type pgSz pgMar pgBorders lnNumType pgNumType cols col titlePg docGrid rtlGutter formProt"
        " hdr ftr footnotes footnote endnotes endnote footnoteReference endnoteReference footnoteRef"
        " endnoteRef separator continuationSeparator"
        " styles docDefaults rPrDefault pPrDefault style name basedOn next link qFormat uiPriority"
        " tblStylePr numbering abstractNum multiLevelType lvl lvlRestart suff lvlText lvlJc"
        " numStyleLink styleLink num abstractNumId lvlOverride startOverride isLgl"
        " fldChar instrText ruby rubyPr rubyAlign hps hpsRaise hpsBaseText rt rubyBase dir bdo"
        " txbxContent",
    )
    | names(
        "wp",
        "inline anchor extent effectExtent docPr cNvGraphicFramePr simplePos positionH positionV align"
        " posOffset wrapNone wrapSquare wrapTight wrapThrough wrapTopAndBottom wrapPolygon start lineTo",
    )
    | names("pic", "pic nvPicPr cNvPr cNvPicPr blipFill spPr")
    | names("wps", "wsp cNvSpPr cNvPr cNvCnPr spPr style txbx bodyPr"),
    unwrap=names("w", "sdt sdtContent smartTag customXml ins moveTo hyperlink fldSimple"),
    gone={
        **_DRAWING_GONE,
        **dict.fromkeys(
            names(
                "w",
                "del moveFrom delText delInstrText rPrChange pPrChange sectPrChange tblPrChange"
                " trPrChange tcPrChange tblGridChange numberingChange tblPrExChange cellIns cellDel"
                " cellMerge moveFromRangeStart moveFromRangeEnd moveToRangeStart moveToRangeEnd"
                " customXmlInsRangeStart customXmlDelRangeStart",
            ),
            "tracked_changes",
        ),
        **dict.fromkeys(
            names("w", "commentRangeStart commentRangeEnd commentReference annotationRef"),
            "comments",
        ),
        **dict.fromkeys(names("w", "bookmarkStart bookmarkEnd"), "bookmarks"),
        **dict.fromkeys(names("w", "sdtPr sdtEndPr smartTagPr customXmlPr"), "form"),
        **dict.fromkeys(names("w", "permStart permEnd"), "permissions"),
        "w:printerSettings": "printer",
        "w:lang": "language",
    },
    texts=frozenset({"w:t", "a:t", "wp:align", "wp:posOffset"}),
    shown=_SEEN,
    understood=frozenset({"wps"}),
    attributes=_RELATIONS
    | _DRAWING_ATTRIBUTES
    | names(
        "w",
        "val color sz space themeColor themeTint themeShade fill themeFill themeFillTint themeFillShade"
        " w type h orient top right bottom left header footer gutter start end startChars endChars"
        " firstLine firstLineChars hanging hangingChars leftChars rightChars before after beforeLines"
        " afterLines line lineRule beforeAutospacing afterAutospacing ascii hAnsi cs eastAsia"
        " asciiTheme hAnsiTheme cstheme eastAsiaTheme id customMarkFollows abstractNumId numId ilvl"
        " styleId default customStyle num fldCharType char font leader pos equalWidth linePitch charSpace"
        " firstColumn lastColumn firstRow lastRow noHBand noVBand hRule vAnchor hAnchor x y xAlign"
        " yAlign wrap dropCap lines hSpace vSpace horzAnchor vertAnchor tblpX tblpY tblpXSpec tblpYSpec"
        " leftFromText rightFromText topFromText bottomFromText clear fmt hint offsetFrom display zOrder"
        " countBy distance restart vert combine alignment relativeTo sep",
    ),
)

EXCEL: Final = Vocabulary(
    kind=Kind.XLSX,
    spaces=SPACES,
    unprefixed="s",
    keep=_DRAWING
    | names(
        "s",
        "worksheet sheetViews sheetView sheetFormatPr cols col sheetData row c v is t r rPr rFont b i"
        " strike u sz color vertAlign mergeCells mergeCell printOptions pageMargins pageSetup"
        " headerFooter oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter drawing"
        " styleSheet numFmts numFmt fonts font name family charset outline shadow condense extend"
        " fills fill patternFill fgColor bgColor gradientFill stop borders border left right top"
        " bottom diagonal cellStyleXfs cellXfs xf alignment workbook bookViews workbookView sheets sheet"
        " workbookPr",
    )
    | names(
        "xdr",
        "wsDr twoCellAnchor oneCellAnchor absoluteAnchor from to col colOff row rowOff ext pos pic nvPicPr"
        " cNvPr cNvPicPr blipFill spPr sp nvSpPr cNvSpPr txBody style clientData",
    ),
    unwrap=frozenset(),
    gone={
        **_DRAWING_GONE,
        "s:f": "formulas",
        "s:definedNames": "defined_names",
        "s:externalReferences": "links",
        "s:hyperlinks": "links",
        "s:legacyDrawing": "comments",
        "s:fileSharing": "author",
        "s:extLst": "",
        "s:rPh": "",
        "s:dataValidations": "form",
        "s:conditionalFormatting": "formulas",
        "s:dxfs": "",
        "s:tableStyles": "",
        "s:cellStyles": "",
    },
    texts=names("s", "t v oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter")
    | names("xdr", "col colOff row rowOff")
    | {"a:t"},
    shown=_SEEN,
    attributes=_RELATIONS
    | _DRAWING_ATTRIBUTES
    | _plain(
        "r s t spans ref min max width style customWidth customHeight ht sheetId numFmtId fontId fillId"
        " borderId xfId applyNumberFormat applyFont applyFill applyBorder applyAlignment horizontal"
        " vertical wrapText textRotation indent shrinkToFit readingOrder rgb theme tint indexed auto"
        " patternType count val formatCode defaultRowHeight defaultColWidth baseColWidth rightToLeft"
        " showGridLines workbookViewId left right top bottom header footer orientation fitToHeight"
        " fitToWidth scale differentOddEven differentFirst degree position diagonalUp diagonalDown"
        " quotePrefix editAs date1904 outlineLevel zeroHeight headings gridLines"
    ),
)

POWERPOINT: Final = Vocabulary(
    kind=Kind.PPTX,
    spaces=SPACES,
    keep=_DRAWING
    | names(
        "p",
        "presentation sldMasterIdLst sldMasterId sldIdLst sldId sldSz notesSz defaultTextStyle sld cSld"
        " spTree nvGrpSpPr cNvPr cNvGrpSpPr nvPr grpSpPr grpSp sp nvSpPr cNvSpPr spPr txBody style pic"
        " nvPicPr cNvPicPr blipFill graphicFrame nvGraphicFramePr cNvGraphicFramePr xfrm cxnSp"
        " nvCxnSpPr cNvCxnSpPr clrMapOvr clrMap sldLayout sldMaster txStyles titleStyle bodyStyle"
        " otherStyle sldLayoutIdLst sldLayoutId ph bg bgPr bgRef",
    ),
    unwrap=frozenset(),
    gone={
        **_DRAWING_GONE,
        "p:extLst": "",
        "p:timing": "animation",
        "p:transition": "animation",
        "p:custDataLst": "editor_notes",
        "p:notesMasterIdLst": "notes",
        "p:handoutMasterIdLst": "notes",
        "p:custShowLst": "editor_notes",
        "p:modifyVerifier": "author",
        "p:embeddedFontLst": "fonts",
    },
    texts=frozenset({"a:t"}),
    shown=_SEEN,
    attributes=_RELATIONS
    | _DRAWING_ATTRIBUTES
    | _plain("sz orient type idx showMasterSp preserve bwMode txBox userDrawn"),
)
