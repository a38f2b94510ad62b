# ruff: noqa: RUF001 - words of four scripts
"""Military units: a numbered or ordinal battalion, brigade, regiment, in four scripts.

The key is the level and the number, so that `3rd Bn` and its Arabic name are one unit. A unit
without a number is a word like any other, and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import ahocorasick

from bot.redaction.folding import Folded, fold
from bot.redaction.hits import Hit, Kind
from bot.redaction.rules import At, Rule, pattern, written

_LEVELS: Final = {
    "battalion": "battalion bn btn bataillon tabur батальон батальона батальйон б-н бат-н омсб бтро бтрo كتيبة كتيبه کتیبه گردان גדוד גדודי גד'",
    "brigade": "brigade bde tugay бригада бригады бригаду бригаде бригадой бригадою бригади бригаді омсбр омбр осбр обрмп дшбр тбр абр осн лواء لواء اللواء תיפ تیپ חטיבה חטיבת חט'",
    "regiment": "regiment regt rgt полк полка полку мсп тп дшп пдп сп فوج الفوج هنگ רגימנט",
    "division": "division div divn дивизия дивизии дивизию дивизией дивізія дивізії дивізію дивізією мсд тд вдд дшд فرقة الفرقة לשכר لشکر אוגדה אוגדת",
    "corps": "corps корпус корпуса ак فيلق الفيلق سپاه גיס",
    "company": "company coy рота роты роту سرية السرية گروهان פלוגה פלוגת",
    "platoon": "platoon plt взвод взвода فصيل الفصيل دسته מחלקה",
    "squadron": "squadron sqn эскадрон эскадрилья سرب טייסת",
    "army": "army армия армии جيش",
    "unit": "unit отряд подразделение часть وحدة الوحدة یگان יחידה יחידת סיירת",
    "battery": "battery дивизион батарея بطارية סוללה",
}
_ORDINALS: Final = (
    "first 1st الحادي الحادية первый первая первого первой перший перша першої 1-й الأول الأولى اول یکم ראשון ראשונה|second второй вторая второго другий друга другої الثاني الثانية دوم שני שנייה שניה|third третий третья третьего третьей третій третя третьої الثالث الثالثة سوم שלישי שלישית"
    "|fourth четвертый четвертая четвертого четвертий четверта الرابع الرابعة چهارم רביעי רביעית|fifth пятый пятая пятого п'ятий п'ята الخامس الخامسة پنجم חמישי חמישית|sixth шестой шестая шестого шостий шоста السادس السادسة ششم שישי שישית"
    "|seventh седьмой седьмая седьмого сьомий сьома السابع السابعة هفتم שביעי שביעית|eighth восьмой восьмая восьмого восьмий восьма الثامن الثامنة هشتم שמיני שמינית|ninth девятый девятая девятого дев'ятий дев'ята التاسع التاسعة نهم תשיעי תשיעית"
    "|tenth десятый десятая десятого десятий десята العاشر العاشرة دهم עשירי עשירית|eleventh|twelfth"
)
LEVEL_OF: Final = {
    fold(word).text: level for level, words in _LEVELS.items() for word in words.split()
}
_ORDINAL_OF: Final = {
    fold(word).text: str(number)
    for number, words in enumerate(_ORDINALS.split("|"), 1)
    for word in words.split()
}
_TENS: Final = (
    "twenty двадцать двадцать двадцять|thirty тридцать тридцять|forty сорок|fifty пятьдесят п'ятдесят|sixty шестьдесят шістдесят"
    "|seventy семьдесят сімдесят|eighty восемьдесят вісімдесят|ninety девяносто дев'яносто"
)
_TENS_OF: Final = {
    fold(word).text: 10 * number
    for number, words in enumerate(_TENS.split("|"), 2)
    for word in words.split()
}
_ARABIC_TENS: Final = {
    fold(word).text: 10 * number
    for number, word in enumerate(["عشر", "ثلاث", "اربع", "خمس", "ست", "سبع", "ثمان", "تسع"], 2)
}
_AND_TENS: Final = pattern(
    r" (?:عشرة?|وال(?P<tens>عشر|ثلاث|اربع|خمس|ست|سبع|ثمان|تسع)(?:ون|ين))(?!\w)"
)
_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7"}


def _words(table: dict[str, str]) -> str:
    return "|".join(sorted(table, key=len, reverse=True))


_NUMBER: Final = pattern(
    r"(\d{1,4})(?:/\d{1,4})?(-?(?:st|nd|rd|th|e|eme|er|ere|te)|-?[а-яіїє]{1,3})?\.?"
)
_GLUED: Final = pattern(r"\W?(\d{1,4})(st|nd|rd|th)?-?")
_CASES: Final = pattern("[а-яії]{0,3}(?!\\w)")
"""Endings that a Russian or Ukrainian noun has by case."""
_ARM: Final = pattern(r"(?!(?:of|and|to|in|the|для|и|в|و|في)\Z)[^\W\d][\w.-]{1,16}")
_ORDINAL: Final = pattern(r"\d{1,4}-?(?:st|nd|rd|th|[а-я])|[^\W\d]")
_FARTHEST, _ARMS = 60, 3
"""How far before its level a unit's number stands: characters, and words of the arm between."""
_BEHIND: Final = pattern(
    rf"\.?[ -]?(?:(?:№|no\.?|رقم|מספר|مشاة|مدرع|شماره|ال[^\W\d]{{3,10}}) ?){{0,2}}(?:ה-?)?"
    rf"(?:(?P<number>\d{{1,5}})|ה?(?P<ordinal>{_words(_ORDINAL_OF)})|(?P<roman>vi{{0,2}}|iv|i{{1,3}}))(?!\w|[:.,]\d)"
)
_ARMS_BEHIND: Final = pattern(
    r"(?: (?:ال)?(?:محمول|مدرع|مشاة|ميكانيكي|آلي|مظلي|مدفعية|حرس|حدودي?|جوا|المظليين|قوات|خاصة|مغاوير)[ةه]?(?!\w)){1,3}"
)
"""What an Arabic unit is, said behind its number."""
_JOINED: Final = frozenset(
    fold(one).text for one in ("", "ال", "وال", "ب", "بال", "لل", "ל", "ה", "ו", "מ", "ה", "וה")
)
"""What may be written together with the word for a level."""


def units(folded: Folded, finder: ahocorasick.Automaton) -> Iterator[Hit]:
    """Yield the units whose level the finder finds, with the number before or behind it."""
    text = folded.text
    for last, word in finder.iter_long(text):
        start, end = last + 1 - len(word), last + 1
        begin = text.rfind(" ", 0, start) + 1
        if "а" <= word[-1] <= "я" and len(word) >= 4 and (ending := _CASES.match(text, end)):
            end = ending.end()
        if text[end : end + 1].isalnum():
            continue
        level = LEVEL_OF[word]
        if glued := _GLUED.fullmatch(text, begin, start):
            yield Hit(*folded.span(begin, end), Kind.UNIT, f"{level}:{int(glued[1])}")
            continue
        if start - begin > 3:
            continue
        if text[begin:start].strip("(\"'[-") not in _JOINED and text[start - 1] not in "(\"'[-/":
            continue
        behind = _behind(text, end, level, ascii_word=word.isascii())
        if behind:
            yield Hit(*folded.span(begin, behind[0]), Kind.UNIT, behind[1])
        before = _before(text, begin, level, ascii_word=word.isascii())
        # With a number on both sides, as in a table's cells, an ordinal before it is its number too.
        if before and (not behind or _ORDINAL.match(text, before[0])):
            yield Hit(*folded.span(before[0], end), Kind.UNIT, before[1])


_WEAK: Final = frozenset({"unit", "company", "army", "division", "battery"})
"""Levels that are everyday words too: counted things, and years beside them, are no units."""


def _behind(text: str, end: int, level: str, *, ascii_word: bool) -> tuple[int, str] | None:
    found = _BEHIND.match(text, end)
    if not found or found.end() == end:
        return None
    if number := found["number"]:
        year = len(number) == 4 and number[:2] in {"19", "20"}
        arms = _ARMS_BEHIND.match(text, found.end())
        found_end = (arms or found).end()
        return None if level in _WEAK and year else (found_end, f"{level}:{int(number)}")
    if ordinal := found["ordinal"]:
        tens = _AND_TENS.match(text, found.end())
        more = (_ARABIC_TENS[tens["tens"]] if tens["tens"] else 10) if tens else 0
        count = int(_ORDINAL_OF[ordinal]) + more
        return None if ascii_word else ((tens or found).end(), f"{level}:{count}")
    return found.end(), f"{level}:{_ROMAN[found['roman']]}"


def _before(text: str, begin: int, level: str, *, ascii_word: bool) -> tuple[int, str] | None:
    """Walk back over words of the arm to a number or an ordinal."""
    at = begin
    for _ in range(_ARMS + 1):
        start = text.rfind(" ", max(0, at - _FARTHEST), max(0, at - 1)) + 1
        shown = text[start : at - 1].lstrip("(\"'[") if at else ""
        start, word = at - 1 - len(shown), shown.rstrip(")\"',")
        if not word:
            return None
        if number := _NUMBER.fullmatch(word):
            # "12 units", "40 company men": counted, where no ordinal says otherwise.
            counted = level in _WEAK and not number[2] and ascii_word
            return None if counted else (start, f"{level}:{int(number[1])}")
        if compound := _compound(text, start, word):
            # "A sixty-second battery" is timed, where no figure says otherwise.
            timed = level in _WEAK and ascii_word and level != "division"
            return None if timed else (compound[0], f"{level}:{compound[1]}")
        if ordinal := _ORDINAL_OF.get(word) or _ROMAN.get(word):
            counted = level in _WEAK and ascii_word and level != "division"
            return None if counted else (start, f"{level}:{ordinal}")
        if not _ARM.fullmatch(word):
            return None
        at = start
    return None


def _compound(text: str, start: int, word: str) -> tuple[int, int] | None:
    """Return where `seventy-second` begins that ends in a word at `start`, and its number."""
    tens, _, units = word.rpartition("-")
    if not tens:
        begin = text.rfind(" ", max(0, start - _FARTHEST), max(0, start - 1)) + 1
        tens, units = text[begin : max(0, start - 1)].lstrip("(\"'["), word
        start -= 1 + len(tens)
    if tens in _TENS_OF and len(number := _ORDINAL_OF.get(units, "")) == 1:
        return start, _TENS_OF[tens] + int(number)
    return None


_FIELD: Final = Rule(
    Kind.UNIT,
    pattern(
        r"(?<!\w)(?P<it>(?:в/ч|в\. ?ч\.?|вч|войсков\w{2,3} част\w{1,3}|військов\w{1,2} частин\w{1,2}|military unit|military base|v/ch|рота в/ч|יחידה צבאית)"
        r"(?: ?(?:полевая почта|пп|п/п|№|no\.?|number|[a-zа-я]))?[ -]?(?P<number>[a-zа-я]?-?\d{4,5}))(?!\w)"
    ),
    lambda found, _: f"field:{found['number'][-5:].lstrip('-')}",
    needs=tuple(
        fold(one).text
        for one in ("в/ч", "в.ч", "в. ч", "вч", "войск", "військ", "military", "v/ch", "יחידה")
    ),
)


_SHORT_ARMS: Final = "пд опд аем оаем аэм дш одш ом омс от гш огш ош омп гмс тро вдш"
_ARMS_OF_BRIGADES: Final = frozenset(fold(arm).text for arm in _SHORT_ARMS.split())


def _abbreviated(found: re.Match[str], folded: Folded) -> str | None:
    """Take `25 ОПДБр`: capitals, or what is an arm also in small letters; no month."""
    shown = written(folded, *found.span("arm"))
    known = shown == shown.upper() or found["arm"] in _ARMS_OF_BRIGADES
    return f"brigade:{int(found['number'])}" if known else None


_SHORT: Final = Rule(
    Kind.UNIT,
    pattern(
        r"(?<!\w)(?P<it>(?P<number>\d{1,4})(?:-?[а-яіїє]{1,3})? ?(?P<arm>(?!дека|\w+ябр)[а-яіїє]{1,6})бр)(?![^\W\d])"
    ),
    _abbreviated,
    needs=("бр",),
    at=At.NUMBER,
)
DIGIT_RULES: Final = (_FIELD, _SHORT)
