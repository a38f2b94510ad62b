# ruff: noqa: RUF001 - letters that look alike are what this table is about
"""One folded spelling per character: what `folding` looks up, and the look-alikes of scripts.

A table with a rule for what it does not list; refuses to judge words, which needs neighbours.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from anyascii import anyascii


def _pairs(listed: str) -> dict[str, str]:
    words = listed.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_PLAIN: Final = {
    # Strokes and hooks that no decomposition removes.
    **_pairs(
        "ł l  ø o  đ d  ħ h  ŧ t  ƀ b  ɨ i  ɫ l  ɍ r  ꞓ c  ƚ l  ᵽ p  ı i  ɩ i  ɡ g  ɑ a  ƙ k  ƥ p"
        "  ƭ t  ʋ v  ɓ b  ɗ d  ɠ g  ɦ h  ɱ m  ʍ m  ɯ m  ŋ n  ɲ n  ʈ t  ƴ y  ȥ z  ʐ z  ɐ a  ə e  ɛ e  ɔ o"
        "  ʟ l  ɪ i  ʏ y  ʀ r  ɴ n  ʜ h  ʙ b  ɢ g  ᴀ a  ᴄ c  ᴅ d  ᴇ e  ᴊ j  ᴋ k  ᴍ m  ᴏ o  ᴘ p  ꜱ s"
        "  ᴛ t  ᴜ u  ᴠ v  ᴡ w  ᴢ z  ꜰ f  ꞯ q"
    ),
    "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
    # One hyphen, one quote, one stop; slashes, colons and middle dots of other alphabets.
    **dict.fromkeys("‐‑‒–—―−﹘﹣⁃־᠆", "-"),
    **dict.fromkeys("‘’‛ʼʹ′`´ʻʾʿ‵＇׳", "'"),
    **dict.fromkeys("“”„‟″״«»", '"'),
    **dict.fromkeys("·•∙‧・。･٫۔․⋅●", "."),
    **dict.fromkeys("،٬、﹑‚", ","),
    **dict.fromkeys("∕⁄⧸", "/"),
    **dict.fromkeys("ː꞉∶׃", ":"),
    "؛": ";", "؟": "?", "٪": "%", "º": "°", "˚": "°", "⁰": "0",
    # Letters of Arabic writing that differ by language or by place in the word.
    "ٱ": "ا", "ک": "ك", "ڪ": "ك", "ی": "ي", "ى": "ي", "ے": "ي", "ہ": "ه", "ە": "ه", "ھ": "ه",
    "ۀ": "ه", "ـ": "",
    # Hebrew letters at a word's end.
    "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
    # Letters that show nothing.
    **dict.fromkeys("\u115f\u1160\u3164\uffa0\u17b4\u17b5", ""),
    "\u2800": " ",
    # Cherokee, Lisu and other letters drawn as Latin capitals.
    **_pairs(
        "Ꭺ a  Ᏼ b  Ꮯ c  Ꭰ d  Ꭼ e  Ꮋ h  Ꭻ j  Ꮶ k  Ꮮ l  Ꮇ m  Ꮲ p  Ꮢ r  Ꮪ s  Ꭲ t  Ꮩ v  Ꮃ w  Ꮓ z"
        "  Ꭱ r  Ꮍ y  Ꭵ i  Ꮒ h  Ꮐ g  Ꭹ y  Ꮤ w  Ꭸ f  Ꮟ b"
        "  ꓮ a  ꓐ b  ꓚ c  ꓓ d  ꓰ e  ꓝ f  ꓖ g  ꓧ h  ꓲ i  ꓙ j  ꓗ k  ꓡ l  ꓟ m  ꓠ n  ꓳ o  ꓑ p  ꓣ r"
        "  ᗅ a  ᗩ a  ᗷ b  ᑕ c  ᗪ d  ᗴ e  ᖴ f  ᕼ h  ᒍ j  ᛕ k  ᒪ l  ᗰ m  ᑎ n  ᑭ p  ᑫ q  ᖇ r  ᔕ s  ᑌ u"
        "  ᐯ v  ᗯ w  ᙭ x  ᘔ z  ꓢ s  ꓔ t  ꓴ u  ꓦ v  ꓪ w  ꓫ x  ꓬ y  ꓜ z"
    ),
}  # fmt: skip

CYRILLIC: Final = _pairs(
    "а a  в b  е e  к k  м m  н h  о o  р p  с c  т t  у y  х x  і i  ј j  ѕ s  ԁ d  ԛ q  ԝ w"
    "  һ h  ѵ v  г r  ь b  ї i  ӏ l  ү y"
)
"""Cyrillic letters that are drawn as a Latin one, small or capital."""
GREEK: Final = _pairs(
    "α a  β b  γ y  ε e  ζ z  η n  ι i  κ k  μ m  ν v  ο o  ρ p  σ o  τ t  υ u  χ x  ω w  ϲ c  ϳ j"
)
"""Greek letters that are drawn as a Latin one."""
GREEK_CAPITALS: Final = _pairs("Η h  Ν n  Υ y")
"""Those whose capital is drawn as another Latin letter than the small one."""
ARMENIAN: Final = _pairs("օ o  ս u  ո n  հ h  ց g  ք p  զ q  յ j  ռ n  ե t")
TO_LATIN: Final = {**CYRILLIC, **GREEK, **ARMENIAN}
TO_CYRILLIC: Final = _pairs("a а  c с  e е  i і  k к  m м  o о  p р  t т  x х  y у")
"""Latin letters inside a Cyrillic word; only those of which real words are made."""
CYRILLIC_CAPITALS: Final = _pairs("H н  B в")
"""Latin capitals drawn as a Cyrillic letter that the small ones are not drawn as."""
TO_GREEK: Final = {latin: letter for letter, latin in reversed(GREEK.items()) if latin in "aeikmnoptuvxyz"}  # fmt: skip

_FLAGS: Final = 0x1F1E6
"""Regional indicator A."""
_ROUND: Final = {0x1F130: 26, 0x1F150: 26, 0x1F170: 26, _FLAGS: 26}
"""Rows of letters in boxes and discs that compatibility forms leave alone."""
_SPACES: Final = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
_HIDDEN: Final = frozenset({"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"})


def _folded(char: str) -> str:
    """Return what one character is folded to: letters, a space, or nothing."""
    if char in _SPACES or unicodedata.category(char) in {"Zs", "Zl", "Zp"}:
        return " "
    for first, count in _ROUND.items():
        if first <= ord(char) < first + count:
            return chr(ord("a") + ord(char) - first)
    if (plain := _PLAIN.get(char)) is not None:
        return plain
    out = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
        if (plain := _PLAIN.get(part)) is not None:
            out.append(plain)
        elif unicodedata.category(part) in _HIDDEN:
            continue
        elif ord(part) > 127 and unicodedata.name(part, "").startswith("LATIN "):
            latin = anyascii(part).lower()
            # Letters for a glottal stop are written as the quote that others write for it.
            out.append(latin if latin.isalpha() else "'")
        elif (digit := unicodedata.decimal(part, None)) is not None:
            out.append(str(int(digit)))
        else:
            out.append(" " if part in _SPACES or part.isspace() else part)
    return "".join(out)


class Table(dict[int, str]):
    """What `str.translate` asks; a character is worked out once and then kept."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()
        """Characters met so far that become none or several."""

    def __missing__(self, code: int) -> str:
        """Work out a character that was not met before."""
        folded = self[code] = _folded(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


TABLE: Final = Table()
