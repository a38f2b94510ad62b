"""Figures that are said in words, `nine four four`, read as the figures they are.

Ten languages, and words among figures. Refuses to take a count for a number: it needs several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import ahocorasick

from bot.redaction.folding import fold
from bot.redaction.view import View, replaced

_DIGIT: Final = re.compile(r"\d")
_DIGITS: Final = (
    "zero oh null nil ноль нуль صفر אפס|one один واحد واحدة אחת אחד یک|two два اثنان اثنين שתיים שתים שניים دو|three три ثلاثة שלוש שלושה سه"
    "|four четыре чотири اربعة ארבע ארבעה چهار|five пять п'ять خمسة חמש חמישה پنج|six шесть шість ستة שש שישה شش|seven семь сім سبعة שבע שבעה هفت"
    "|eight восемь вісім ثمانية שמונה هشت|nine niner девять дев'ять تسعة תשע תשעה نه"
)
_SPOKEN: Final = {
    fold(word).text: str(digit)
    for digit, words in enumerate(_DIGITS.split("|"))
    for word in words.split()
}


_FURTHER: Final = (
    "zéro s\u0131f\u0131r cero|un eins bir uno|deux zwei iki dos|trois drei üç tres|quatre vier dört cuatro"
    "|cinq fünf beş cinco|six sechs alt\u0131 seis|sept sieben yedi siete|huit acht sekiz ocho"
    "|neuf neun dokuz nueve"
)
"""French, German, Turkish and Spanish; the short ones stand in too many other words to begin with."""
_ALSO: Final = {
    word: str(digit) for digit, words in enumerate(_FURTHER.split("|")) for word in words.split()
}
_SIGNS: Final = {
    fold(word).text: sign
    for word, sign in (
        ("plus", "+"),
        ("плюс", "+"),
        ("زائد", "+"),
        ("פלוס", "+"),
        ("double", "*2"),
        ("triple", "*3"),
    )
}
"""Words among spoken digits that are none; the next digit is said twice or three times."""


def _finder(table: Mapping[str, str]) -> ahocorasick.Automaton:
    words = ahocorasick.Automaton()
    for word, digit in table.items():
        words.add_word(word, (len(word), digit))
    words.make_automaton()
    return words


_LIKELY: Final = _finder({**_SPOKEN, **_SIGNS, **{w: d for w, d in _ALSO.items() if len(w) > 3}})
_FINDER: Final = _finder({**_SPOKEN, **_SIGNS, **{fold(w).text: d for w, d in _ALSO.items()}})
_FIGURES: Final = re.compile(r"\d+")
_ENOUGH: Final = 5


def spoken(view: View) -> View | None:
    """Write digits for a run of five and more that are spelled as words."""
    # Most texts have no five such words; a look at them as they are written is cheap.
    lower = view.text.lower()
    words = [(last + 1 - length, last + 1) for last, (length, _) in _LIKELY.iter(lower)]
    if len(words) < _ENOUGH and not any(_by_figures(lower, *word) for word in words):
        return None
    folded = fold(view.text)
    text = folded.text
    found: list[tuple[int, int, str]] = []
    for last, (length, digit) in _FINDER.iter(text):
        start, end = last + 1 - length, last + 1
        alone = not (start and text[start - 1].isalpha()) and not text[end : end + 1].isalpha()
        if alone:
            found.append((start, end, digit))
    found += ((*figures.span(), figures[0]) for figures in _FIGURES.finditer(text))
    found.sort()
    runs: list[list[tuple[int, int, str]]] = []
    for word in found:
        if runs and word[0] - runs[-1][-1][1] <= 3:
            runs[-1].append(word)
        else:
            runs.append([word])
    long = [run for run in runs if _is_said(run)]
    if not long:
        return None
    return replaced(
        view,
        (
            (*folded.span(run[0][0], run[-1][1]), _figures("".join(digit for _, _, digit in run)))
            for run in long
        ),
    )


def _by_figures(text: str, start: int, end: int) -> bool:
    """Tell whether a word stands beside figures."""
    before, behind = text[max(0, start - 3) : start], text[end : end + 3]
    return any(map(str.isdecimal, before + behind))


def _is_said(run: list[tuple[int, int, str]]) -> bool:
    """Tell whether a run has words, and digits enough that it is no count."""
    words = sum(
        not figures.isdecimal() or end - start > len(figures) for start, end, figures in run
    )
    length = sum(len(figures) for _, _, figures in run)
    return words > 0 and length >= (_ENOUGH if words == len(run) else 2 * _ENOUGH - 1)


def _figures(said: str) -> str:
    return re.sub(r"\*(\d)(\d)", lambda found: found[2] * int(found[1]), said).replace("*", "")
