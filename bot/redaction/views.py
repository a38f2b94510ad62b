"""Other ways to read the same text: decoded, without markup, with single letters put together.

A name in a link is written with percent signs, in `formatted_body` with entities and between tags,
in a chart as a run of letters. Each view knows which part of the original each of its characters
stands for. Refuses to open what is not text: pictures and archives are somebody else's to refuse.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from typing import Final

from bot.redaction.folding_table import GREEK_CAPITALS, TO_LATIN
from bot.redaction.view import View, plain, replaced
from bot.redaction.views_alphabet import spelled
from bot.redaction.views_spoken import spoken
from bot.redaction.views_visual import as_drawn

_ESCAPE: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|(?:=[0-9A-F]{2}){2,}|&#?[0-9A-Za-z]{1,31};?|(?:\\u[0-9A-Fa-f]{4})+|(?:\\x[0-9A-Fa-f]{2})+"
)
_TAG: Final = re.compile(
    r"<!--.{0,4000}?-->|<!\[CDATA\[|\]\]>|<[!?][A-Za-z][^<>]{0,4000}>"
    r"|</?([A-Za-z][A-Za-z0-9-]*)"
    # A value in quotes may hold what else would end the tag.
    r"(?:\s(?:[^<>=]|=\s{0,9}(?:\"[^\"]{0,2000}\"|'[^']{0,2000}')?)*+)?/?>",
    re.DOTALL,
)
_BLOCKS: Final = frozenset(
    [
        "br",
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "tr",
        "td",
        "th",
        "table",
        "thead",
        "tbody",
        "blockquote",
        "pre",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "mx-reply",
        "details",
        "summary",
        "img",
        "section",
        "article",
    ]
)
_LONG: Final = re.compile(r"[A-Za-z0-9+_-]{12}")
"""Stands in every token; few texts have a word of that length."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9+_-](?<![A-Za-z0-9+_-]{2})[A-Za-z0-9+_-]{11,}={0,2}")
_SLASHED: Final = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+]+/[A-Za-z0-9+/]{10,}={0,2}")
"""With slashes, which in an address lie between words of their own."""
_STRUCK: Final = re.compile(r"<(del|s|strike)\b[^<>]{0,200}>[^<>]{0,400}</\1>", re.IGNORECASE)
_QUOTED: Final = re.compile(r"\n(?:> ?)+")
_BROKEN: Final = re.compile(r"[\w@]-?[ \t]{0,3}[\n\u2028\u2029](?:> ?|[ \t])*(?=[\w@])")
_BESIDE: Final = 32
"""Characters to each side of a broken line that are read without the break."""
_SINGLES: Final = re.compile(r"(?<!\S)\S[\u0300-\u036f]?(?:[ \t\n\u00a0]+\S(?!\S)){3,}")
_MAYBE_SINGLES: Final = re.compile(r"\s\S[\u0300-\u036f]?\s+\S[\u0300-\u036f]?\s+\S(?!\S)")
_REVERSED: Final = re.compile("\u202e([^\u202c\u2069\n]+)")
_DEPTH: Final = 3


def views(text: str) -> Iterator[View]:
    """Yield the text and every other way to read it, each once."""
    yield from _views(plain(text), _DEPTH)


def _views(view: View, depth: int) -> Iterator[View]:
    yield view
    if not depth:
        return
    seen = {view.text}
    for reading in _READINGS:
        other = reading(view)
        if other is not None and other.text not in seen:
            seen.add(other.text)
            yield from _views(other, depth - 1)
    yield from _rejoined(view)
    for token in _decoded_tokens(view):
        yield from _views(token, depth - 1)


def _unescaped(view: View) -> View | None:
    text = view.text
    if "%" not in text and "&" not in text and "\\" not in text and "=" not in text:
        return None
    if not _ESCAPE.search(text):
        return None
    return replaced(view, ((m.start(), m.end(), _unescape(m[0])) for m in _ESCAPE.finditer(text)))


def _unescape(escape: str) -> str:
    if escape[0] == "&":
        return html.unescape(escape)
    if escape.startswith("\\u"):
        return "".join(chr(int(code, 16)) for code in escape.split("\\u")[1:])
    raw = bytes.fromhex(re.sub(r"[%=]|\\x", "", escape))
    for encoding in ("utf-8", "cp1256"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return escape


_STYLE: Final = re.compile(r"\\([0-9A-Fa-f]{1,6}) ?")


def _styled(view: View) -> View | None:
    """Read the letters of a style sheet that are written by their numbers."""
    text = view.text
    if "\\" not in text or "style" not in text or not _STYLE.search(text):
        return None
    return replaced(
        view,
        (
            (*found.span(), chr(int(found[1], 16)))
            for found in _STYLE.finditer(text)
            if 0x20 <= int(found[1], 16) < 0x3000
        ),
    )


def _without_tags(view: View) -> View | None:
    if "<" not in view.text or not _TAG.search(view.text):
        return None
    return replaced(
        view,
        (
            (tag.start(), tag.end(), " " if (tag[1] or "").lower() in _BLOCKS else "")
            for tag in _TAG.finditer(view.text)
        ),
    )


def _without_struck(view: View) -> View | None:
    """Leave out what is struck through: some strike a letter out, and read on."""
    if "</" not in view.text or not _STRUCK.search(view.text):
        return None
    return replaced(view, ((m.start(), m.end(), "") for m in _STRUCK.finditer(view.text)))


def _joined(view: View) -> View | None:
    """Put single characters together: `s a m i r @ e x a m p l e . o r g`."""
    if not _MAYBE_SINGLES.search(view.text) or not _SINGLES.search(view.text):
        return None

    def gaps() -> Iterator[tuple[int, int, str]]:
        for run in _SINGLES.finditer(view.text):
            for gap in re.finditer(r"\s+", run[0]):
                yield run.start() + gap.start(), run.start() + gap.end(), ""

    return replaced(view, gaps())


def _turned(view: View) -> View | None:
    """Turn what is written backwards behind an override that shows it forwards."""
    if "\u202e" not in view.text:
        return None
    order = list(range(len(view.text)))
    for found in _REVERSED.finditer(view.text):
        low, high = found.span(1)
        order[low:high] = reversed(order[low:high])
    text = "".join(view.text[at] for at in order)
    return View(text, [view.starts[at] for at in order], [view.ends[at] for at in order])


_MISTYPED: Final = re.compile(
    r"(?<![^\W_])[OoIl|\u0417\u0437](?=\d{2,}(?![^\W_]))|(?<=\d)[OoIlS|\u0417\u0437](?=\d)|(?<=\d\d)[Oo](?![^\W_])"
)
_MEANT: Final = {"O": "0", "o": "0", "S": "5", "\u0417": "3", "\u0437": "3"}
_DIGIT_LETTER: Final = re.compile(r"\d(?:(?<=[OoIl|\u0417\u0437]\d)|(?=[OoIlS|\u0417\u0437]))")
"""Begins with the digit, as the next one does, because most of a text is letters."""
_DRAWN: Final = "[\u0370-\u052f\u0531-\u0587]"
"""Greek, Cyrillic and Armenian letters, of which some are drawn as Latin ones."""
_DRAWN_DIGIT: Final = re.compile(rf"\d(?:(?={_DRAWN})|(?<={_DRAWN}\d)|(?<={_DRAWN}[ -]\d))")
_BESIDE_DIGITS: Final = re.compile(
    rf"(?<![^\W\d])({_DRAWN}{{1,3}})(?=[ -]?\d)|(?<=\d)({_DRAWN}{{1,3}})(?![^\W\d])"
)


def _mistyped(view: View) -> View | None:
    """Read letters among digits as the digits they are drawn like: `O944 l23`."""
    text = view.text
    if not _DIGIT_LETTER.search(text) or not _MISTYPED.search(text):
        return None
    text = _MISTYPED.sub(lambda found: _MEANT.get(found[0], "1"), view.text)
    return View(text, view.starts, view.ends)


def _latin_beside_digits(view: View) -> View | None:
    """Read letters of a number as the Latin ones they are drawn like: a Greek N, a Cyrillic A."""
    if view.text.isascii() or not _DRAWN_DIGIT.search(view.text):
        return None
    text = _BESIDE_DIGITS.sub(_drawn, view.text)
    return None if text == view.text else View(text, view.starts, view.ends)


def _drawn(found: re.Match[str]) -> str:
    latin = "".join(GREEK_CAPITALS.get(c) or TO_LATIN.get(c.lower(), "") for c in found[0])
    if len(latin) < len(found[0]):
        return found[0]
    return latin.upper() if found[0].isupper() else latin


def _underscored(view: View) -> View | None:
    """Read the words of a file's name apart."""
    if "_" not in view.text:
        return None
    return View(view.text.replace("_", " "), view.starts, view.ends)


def _unquoted(view: View) -> View | None:
    """Read a quoted reply without its marks."""
    if "\n>" not in view.text:
        return None
    quotes = _QUOTED.finditer(view.text)
    return replaced(view, ((mark.start(), mark.end(), "\n") for mark in quotes))


def _rejoined(view: View) -> Iterator[View]:
    """Yield the surroundings of each line that ends inside of a word, or may, without the end."""
    if not any(end in view.text for end in "\n\u2028\u2029"):
        return
    for found in _BROKEN.finditer(view.text):
        end = found.start() + 1
        low, high = max(0, end - _BESIDE), found.end() + _BESIDE
        text = view.text[low:end] + view.text[found.end() : high]
        starts, ends = (
            [*column[low:end], *column[found.end() : high]] for column in (view.starts, view.ends)
        )
        yield View(text, starts, ends)


_READINGS: Final[tuple[Callable[[View], View | None], ...]] = (
    _unescaped,
    _without_tags,
    _without_struck,
    _joined,
    _turned,
    as_drawn,
    spoken,
    spelled,
    _styled,
    _underscored,
    _unquoted,
    _mistyped,
    _latin_beside_digits,
)


def _decoded_tokens(view: View) -> Iterator[View]:
    """Yield what base64 and hexadecimal words say, where it is readable."""
    if _LONG.search(view.text):
        yield from _decoded(view, _TOKEN)
    if "/" in view.text:
        yield from _decoded(view, _SLASHED)


def _decoded(view: View, pattern: re.Pattern[str]) -> Iterator[View]:
    for token in pattern.finditer(view.text):
        word = token[0]
        if word.isalpha() and (word.islower() or word[1:].islower()):
            continue
        for text in filter(None, (_from_base64(word), _from_hex(word))):
            low, high = view.part(*token.span())
            yield View(text, [low] * len(text), [high] * len(text))


def _from_base64(word: str) -> str | None:
    word = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(word + "=" * (-len(word) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return _readable(raw)


def _from_hex(word: str) -> str | None:
    try:
        return _readable(bytes.fromhex(word))
    except ValueError:
        return None


def _readable(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(text) < 5 or not all(char.isprintable() or char.isspace() for char in text):
        return None
    return text
