# ruff: noqa: RUF001 - words of four scripts
"""Military units: a numbered or ordinal battalion, brigade, regiment, in four scripts.

The key is the level and the number, so that `3rd Bn` and its Arabic name are one unit. A unit
without a number is a word like any other, and left alone.
"""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.folding import Folded, fold
from bot.redaction.hits import Kind
from bot.redaction.rules import Rule, pattern

_LEVELS: Final = {
    "battalion": "battalion bn btn батальон батальона бат-н омсб бтро бтрo كتيبة كتيبه کتیبه گردان גדוד גדודי",
    "brigade": "brigade bde бригада бригады бригаду бригаде омсбр омбр осбр обрмп дшбр тбр абр осн лواء لواء اللواء תיפ تیپ חטיבה חטיבת",
    "regiment": "regiment regt rgt полк полка полку мсп тп дшп пдп сп فوج الفوج هنگ רגימנט",
    "division": "division div divn дивизия дивизии дивизию мсд тд вдд дшд فرقة الفرقة לשכר لشکر אוגדה אוגדת",
    "corps": "corps корпус корпуса ак فيلق الفيلق سپاه גיס",
    "company": "company coy рота роты роту سرية السرية گروهان פלוגה פלוגת",
    "platoon": "platoon plt взвод взвода فصيل الفصيل دسته מחלקה",
    "squadron": "squadron sqn эскадрон эскадрилья سرب טייסת",
    "army": "army армия армии جيش",
    "unit": "unit отряд подразделение часть وحدة الوحدة یگان יחידה יחידת סיירת",
    "battery": "battery дивизион батарея بطارية סוללה",
}
_ORDINALS: Final = (
    "first 1st первый первая первого первой 1-й الأول الأولى اول یکم|second второй вторая второго الثاني الثانية دوم|third третий третья третьего третьей الثالث الثالثة سوم"
    "|fourth четвертый четвертая четвертого الرابع الرابعة چهارم|fifth пятый пятая пятого الخامس الخامسة پنجم|sixth шестой шестая шестого السادس السادسة ششم"
    "|seventh седьмой седьмая седьмого السابع السابعة هفتم|eighth восьмой восьмая восьмого الثامن الثامنة هشتم|ninth девятый девятая девятого التاسع التاسعة نهم"
    "|tenth десятый десятая десятого العاشر العاشرة دهم|eleventh الحادي عشر|twelfth الثاني عشر"
)
LEVEL_OF: Final = {
    fold(word).text: level for level, words in _LEVELS.items() for word in words.split()
}
_ORDINAL_OF: Final = {
    fold(word).text: str(number)
    for number, words in enumerate(_ORDINALS.split("|"), 1)
    for word in words.split()
}
_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7"}


def _words(table: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, table), key=len, reverse=True))


_LEVEL: Final = rf"(?:ا?ل|ه)?(?P<word>{_words(LEVEL_OF)})(?!\w)\.?"
_ORDINAL: Final = rf"(?P<ordinal>{_words(_ORDINAL_OF)})(?!\w)"
# A number, or an ordinal word; then at most three words of the arm, then the level.
_BEFORE: Final = (
    rf"(?<![\w.,:])(?P<it>(?:(?P<number>\d{{1,4}})(?:st|nd|rd|th|-?(?:й|я|го|ой|ая|ый|ю|ей|е))?\.?|{_ORDINAL})"
    rf" (?:(?!of\b|and\b|to\b|in\b|the\b|для\b|и\b|в\b)[^\W\d][\w.-]{{1,16}} ){{0,3}}{_LEVEL})"
)
_BEHIND: Final = (
    rf"(?<!\w)(?P<it>[בהולم]?{_LEVEL}[ -]?(?:(?:№|no\.?|رقم|מספר|مشاة|مدرع|شماره|ال[^\W\d]{{3,10}}) ?){{0,2}}"
    rf"(?:(?P<number>\d{{1,5}})|{_ORDINAL}|(?P<roman>vi{{0,2}}|iv|i{{1,3}})(?!\w)))(?!\w|[:.,]\d)"
)


def _unit(found: re.Match[str], _: Folded) -> str | None:
    level = LEVEL_OF[found["word"]]
    groups = found.groupdict()
    if number := groups.get("number"):
        weak = level in {"unit", "company", "army", "division", "battery"}
        year = len(number) == 4 and number[:2] in {"19", "20"}
        # "12 unit prices", "40 company men": counted things, where no ordinal says otherwise.
        counted = found.string.startswith(" ", found.end("number")) and found["word"].isascii()
        first = found.start("number") < found.start("word")
        return None if weak and (year or (first and counted)) else f"{level}:{int(number)}"
    if ordinal := groups.get("ordinal"):
        # "The second unit", "first company": things that are counted, not named.
        counted = level in {"unit", "company"} and found["word"].isascii()
        return None if counted else f"{level}:{_ORDINAL_OF[ordinal]}"
    return f"{level}:{_ROMAN[found['roman']]}"


_FIELD: Final = Rule(
    Kind.UNIT,
    pattern(
        r"(?<!\w)(?P<it>(?:в/ч|в\. ?ч\.?|вч|войсков\w{2,3} част\w{1,3}|military unit|military base|v/ch|рота в/ч|יחידה צבאית)"
        r"(?: ?(?:полевая почта|пп|п/п|№|no\.?|number|[a-zа-я]))?[ -]?(?P<number>[a-zа-я]?-?\d{4,5}))(?!\w)"
    ),
    lambda found, _: f"field:{found['number'][-5:].lstrip('-')}",
)
DIGIT_RULES: Final = (_FIELD,)
WORD_RULES: Final = (
    Rule(Kind.UNIT, pattern(_BEFORE), _unit),
    Rule(Kind.UNIT, pattern(_BEHIND), _unit),
)
