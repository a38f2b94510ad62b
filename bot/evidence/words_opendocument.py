"""What may be in a text or spreadsheet of OpenDocument that is shown elsewhere (OASIS ODF 1.3)."""

from __future__ import annotations

from typing import Final

from bot.evidence.kinds import Kind
from bot.evidence.words_office import names
from bot.evidence.xml import Vocabulary

_ROOT: Final = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES: Final = {
    "office": f"{_ROOT}office:1.0",
    "text": f"{_ROOT}text:1.0",
    "table": f"{_ROOT}table:1.0",
    "style": f"{_ROOT}style:1.0",
    "draw": f"{_ROOT}drawing:1.0",
    "number": f"{_ROOT}datastyle:1.0",
    "fo": f"{_ROOT}xsl-fo-compatible:1.0",
    "svg": f"{_ROOT}svg-compatible:1.0",
    "meta": f"{_ROOT}meta:1.0",
    "manifest": f"{_ROOT}manifest:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "dc": "http://purl.org/dc/elements/1.1/",
}

FIELDS: Final = names(
    "text",
    "author-name author-initials sender-firstname sender-lastname sender-initials sender-title"
    " sender-position sender-email sender-phone-private sender-phone-work sender-fax sender-company"
    " sender-street sender-city sender-country sender-postal-code sender-state-or-province file-name"
    " template-name chapter title subject keywords description creator initial-creator printed-by"
    " creation-date creation-time modification-date modification-time print-date print-time date time"
    " editing-cycles editing-duration user-defined user-field-get variable-set variable-get"
    " expression placeholder reference-ref bookmark-ref sequence sequence-ref database-display"
    " database-name text-input drop-down conditional-text measure word-count character-count"
    " paragraph-count table-count image-count object-count sheet-name",
)
"""Fields: what they show stays, what they are goes."""

STYLE_REFERENCES: Final = frozenset(
    {
        *names("style", "name parent-style-name next-style-name list-style-name data-style-name"),
        *names("style", "master-page-name page-layout-name apply-style-name leader-text-style"),
        *names(
            "text", "style-name cond-style-name class-names id continue-list default-style-name"
        ),
        *names("text", "citation-style-name citation-body-style-name visited-style-name"),
        *names("draw", "style-name text-style-name"),
        *names("table", "style-name default-cell-style-name"),
    }
)
"""Attributes that tie parts of a document together by a name."""

_ELEMENTS: Final = (
    names(
        "office",
        "document-content document-styles automatic-styles styles master-styles body text spreadsheet"
        " font-face-decls",
    )
    | names(
        "text",
        "p h span s tab line-break soft-page-break list list-item list-header section note"
        " note-citation note-body page-number page-count ruby ruby-base ruby-text"
        " list-style list-level-style-number list-level-style-bullet outline-style"
        " outline-level-style notes-configuration linenumbering-configuration"
        " table-of-content index-body index-title numbered-paragraph",
    )
    | names(
        "table",
        "table table-column table-columns table-header-columns table-column-group table-row table-rows"
        " table-header-rows table-row-group table-cell covered-table-cell shapes",
    )
    | names("draw", "frame image text-box g")
    | names(
        "style",
        "style default-style text-properties paragraph-properties table-properties"
        " table-column-properties table-row-properties table-cell-properties section-properties"
        " graphic-properties page-layout page-layout-properties header-style footer-style"
        " header-footer-properties master-page header footer header-left footer-left header-first"
        " footer-first list-level-properties list-level-label-alignment tab-stops tab-stop columns"
        " column column-sep footnote-sep drop-cap map region-left region-center region-right font-face",
    )
    | names(
        "number",
        "number-style date-style time-style currency-style percentage-style boolean-style text-style"
        " number text fraction scientific-number day month year era day-of-week hours minutes seconds"
        " am-pm boolean text-content currency-symbol fill-character",
    )
)


def vocabulary(kind: Kind) -> Vocabulary:
    """Return what may be in a text or a spreadsheet."""
    return Vocabulary(
        kind=kind,
        spaces=SPACES,
        keep=_ELEMENTS,
        unwrap=FIELDS | names("text", "a meta meta-field bibliography-mark") | {"draw:a"},
        gone={
            "text:tracked-changes": "tracked_changes",
            **dict.fromkeys(names("text", "change change-start change-end"), "tracked_changes"),
            "office:annotation": "comments",
            "office:annotation-end": "comments",
            **dict.fromkeys(
                names(
                    "text",
                    "bookmark bookmark-start bookmark-end reference-mark reference-mark-start"
                    " reference-mark-end",
                ),
                "bookmarks",
            ),
            **dict.fromkeys(
                names(
                    "text", "variable-decls user-field-decls sequence-decls dde-connection-decls"
                ),
                "fields",
            ),
            **dict.fromkeys(names("text", "hidden-text hidden-paragraph"), "hidden"),
            "text:script": "scripts",
            "office:scripts": "scripts",
            "office:event-listeners": "scripts",
            "office:forms": "form",
            "table:named-expressions": "defined_names",
            "table:database-ranges": "defined_names",
            "table:tracked-changes": "tracked_changes",
            "table:content-validations": "form",
            "table:calculation-settings": "",
            "text:table-of-content-source": "",
            "svg:title": "comments",
            "svg:desc": "comments",
        },
        texts=names("text", "p h span note-citation page-number page-count ruby-base ruby-text")
        | names("number", "text currency-symbol fill-character")
        | FIELDS
        | names("text", "a meta meta-field bibliography-mark"),
        shown=names("text", "p h span")
        | names("draw", "image object object-ole plugin applet custom-shape")
        | names("draw", "line rect circle ellipse polygon polyline path connector caption control"),
        attributes=_ATTRIBUTES,
    )


_ATTRIBUTES: Final = (
    names(
        "text",
        "outline-level c level start-value display-levels bullet-char bullet-relative-size"
        " list-level-position-and-space-mode label-followed-by list-tab-stop-position space-before"
        " min-label-width min-label-distance note-class anchor-type anchor-page-number select-page"
        " is-list-header restart-numbering continue-numbering number-lines line-number footnotes-position"
        " number-position increment display",
    )
    | names(
        "table",
        "number-columns-repeated number-rows-repeated number-columns-spanned number-rows-spanned"
        " visibility align border-model display end-x end-y print",
    )
    | names(
        "draw",
        "z-index fill fill-color stroke stroke-color opacity wrap-influence-on-position textarea-vertical-align"
        " textarea-horizontal-align luminance contrast red green blue gamma color-mode",
    )
    | names("office", "value-type value date-value time-value boolean-value currency version")
    | names("svg", "x y width height x1 x2 y1 y2 stroke-width stroke-color font-family")
    | names(
        "fo",
        "margin margin-top margin-bottom margin-left margin-right padding padding-top padding-bottom"
        " padding-left padding-right border border-top border-bottom border-left border-right color"
        " background-color font-size font-weight font-style font-variant font-family text-align"
        " text-align-last text-indent line-height break-before break-after keep-together"
        " keep-with-next orphans widows text-transform letter-spacing text-shadow hyphenate"
        " hyphenation-ladder-count page-width page-height min-height min-width max-height max-width"
        " column-count column-gap wrap-option clip start-indent end-indent space-before space-after width"
        " height",
    )
    | names(
        "style",
        "family class column-width row-height min-row-height use-optimal-row-height"
        " use-optimal-column-width rel-width rel-column-width rel-height width vertical-align"
        " vertical-pos vertical-rel horizontal-pos horizontal-rel wrap number-wrapped-paragraphs"
        " run-through flow-with-text font-name font-name-asian font-name-complex font-size-asian"
        " font-size-complex font-weight-asian font-weight-complex font-style-asian font-style-complex"
        " font-family-generic font-pitch text-underline-style text-underline-width text-underline-color"
        " text-underline-type text-line-through-style text-line-through-type text-position"
        " text-outline font-relief text-emphasize text-rotation-angle text-scale letter-kerning"
        " use-window-font-color writing-mode tab-stop-distance type position char leader-style"
        " leader-text num-format num-letter-sync print-orientation page-number page-usage"
        " footnote-max-height display shadow border-line-width auto-text-indent justify-single-word"
        " line-spacing line-height-at-least snap-to-layout-grid text-autospace line-break"
        " punctuation-wrap register-true background-transparency protect repeat-content rotation-angle"
        " direction text-align-source cell-protect print-content shrink-to-fit diagonal-bl-tr"
        " diagonal-tl-br distance-before-sep distance-after-sep adjustment color line-style"
        " dynamic-spacing table-centering first-page-number mirror mirrored",
    )
    | names(
        "number",
        "decimal-places min-decimal-places min-integer-digits grouping style textual truncate-on-overflow"
        " automatic-order format-source position min-exponent-digits min-numerator-digits"
        " min-denominator-digits display-factor possessive-form",
    )
)
