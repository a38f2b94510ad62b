# ruff: noqa: RUF001 - four scripts
"""What languages hang onto a name: cases, articles, small words written together, possessives.

Every way to take such parts off gives one more word to look up; the word as it stands is the
first. Refuses to know a language's grammar: a part that could come off may come off.
"""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.spelling import Script


def _longest_first(listed: str) -> tuple[str, ...]:
    return tuple(sorted(listed.split(), key=lambda ending: (-len(ending), ending)))


_CYRILLIC: Final = _longest_first(
    "а у ом ем ою ею е і ы и ои еи ов ев ів ам ям ами ями ах ях ым им ым ими ыми ого его ому ему"
    " ую юю ая яя ыи ии ое ее ые ых их я ю ью єм єві ові еві еви ови ої ій ько о ь"
)
_CYRILLIC_NAMED: Final = _longest_first("ии ыи ои ая яя а я о ь е и ы і іи")
"""With what a name itself may end, which its other cases replace."""
_HARDENED: Final = {"ц": "к", "з": "г", "ч": "к", "с": "х"}
"""Ukrainian `Савці`, `Ользі`: the consonant that the dative softened."""
_LATIN: Final = _longest_first("s es a u om em ov ev ym im y i e oy oi ei ou ogo omu owi a ova")
_ARABIC_STARTS: Final = (
    *(a + b + c for a in ("", "و", "ف") for b in ("", "ب", "ك", "ل") for c in ("ال", "")),
    *("لل", "ولل", "فلل", "يا"),
)
_ARABIC_ENDS: Final = ("ا", "ي", "ه", "ها", "هم", "نا", "ين", "ون", "ات", "ية", "يه")
_PERSIAN_ENDS: Final = ("هايشان", "هايش", "هاي", "شان", "اش")
"""What Persian writes behind a name, most often joined to it by a sign that shows nothing."""
_HEBREW_STARTS: Final = _longest_first(
    "ו ה ב ל מ ש כ וה וב ול ומ וש וכ שה שב של שמ מה כש כשה ומה ושה ושל שבה לכש"
)
_SERVANT: Final = re.compile(
    r"^(abd|абд|عبد|עבד)(?:[aeou]{1,2}[lrsnzdt]|[уэеа]ль?|у[рснзд]|ال|אל|ול)?(?=...)"
)
_ARTICLES: Final = {
    Script.LATIN: ("al", "el", "ul", "ash", "as", "ar", "an", "ad", "at", "az"),
    Script.CYRILLIC: ("аль", "эль", "ал", "эл"),
    Script.ARABIC: ("ال",),
    Script.HEBREW: ("אל",),
}


def stems(word: str, script: Script) -> tuple[str, ...]:
    """Return a folded word and what it is without the parts that a language may have added."""
    found = {word: None, as_servant(word): None}
    match script:
        case Script.LATIN:
            found.update(dict.fromkeys(_cut(word, _LATIN, 4, 3)))
        case Script.CYRILLIC:
            for stem in _cut(word, _CYRILLIC, 3, 3):
                found[stem] = None
                if word[-1] == "і" and stem[-1] in _HARDENED:
                    found[stem[:-1] + _HARDENED[stem[-1]]] = None
        case Script.ARABIC:
            for start in _ARABIC_STARTS:
                if start and word.startswith(start) and len(word) - len(start) >= 3:
                    found[word[len(start) :]] = None
            for stem in tuple(found):
                found.update(dict.fromkeys(_cut(stem, _ARABIC_ENDS, 3, 2)))
            found.update(dict.fromkeys(_cut(word, _PERSIAN_ENDS, 4, 1)))
        case Script.HEBREW:
            for start in _HEBREW_STARTS:
                if word.startswith(start) and len(word) - len(start) >= 3:
                    found[word[len(start) :]] = None
    return tuple(found)


def as_servant(word: str) -> str:
    """Return `abdulrahman`, `abdurrahman` and the like as `abdrahman`; other words as they are."""
    return _SERVANT.sub(r"\1", word)


def bare_name(word: str, script: Script) -> tuple[str, ...]:
    """Return a folded roster word and what stays of it in its other cases."""
    return (word, *(_cut(word, _CYRILLIC_NAMED, 3, 1) if script is Script.CYRILLIC else ()))


def without_article(word: str, script: Script) -> str:
    """Return a folded word without a leading `al-` of any spelling that leaves three letters."""
    for article in _ARTICLES[script]:
        rest = word[len(article) :]
        if not word.startswith(article) or len(rest) < 4:
            continue
        # `ash-Sharif`, `ar-Rashid`: the article takes the letter that it meets.
        if script is Script.LATIN and article[1] != "l" and not rest.startswith(article[1]):
            continue
        return rest
    return word


def _cut(word: str, endings: tuple[str, ...], shortest: int, most: int) -> list[str]:
    cut = [
        word[: -len(ending)]
        for ending in endings
        if word.endswith(ending) and len(word) - len(ending) >= shortest
    ]
    return cut[:most]
