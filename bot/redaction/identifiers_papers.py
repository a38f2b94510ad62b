# ruff: noqa: RUF001 - words of four scripts
"""Papers and plates: documents, machine-readable zones, service numbers, number plates.

A number is taken for a document's where a word announces it, where its check digit says so, or
where its form is one no amount, code or time has. A code of this bot (`K7QF`) has none of them.
"""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.checksums import iranian_id_is_sound, luhn_is_sound, mrz_digit
from bot.redaction.folding import Folded, fold
from bot.redaction.folding_table import CYRILLIC
from bot.redaction.hits import Kind
from bot.redaction.rules import At, Rule, alnum, digits, pattern, written

_TO_LATIN: Final = str.maketrans("бгдзилпфцчшщжэюя", "bgdzilpfccsszeua") | {
    ord(letter): latin for letter, latin in CYRILLIC.items()
}


def number_key(text: str) -> str:
    """Return letters and digits, a Cyrillic letter as the Latin one it is drawn or read as."""
    return alnum(text).translate(_TO_LATIN)


def _announced(found: re.Match[str], _: Folded) -> str | None:
    key = number_key(found["it"])
    return key if sum(char.isdecimal() for char in key) >= 4 else None


def _plain(found: re.Match[str], _: Folded) -> str:
    return number_key(found["it"] if "it" in found.re.groupindex else found[0])


def _capitals(found: re.Match[str], folded: Folded) -> str | None:
    shown = written(folded, *found.span("it"))
    return number_key(found["it"]) if shown == shown.upper() else None


def _series(found: re.Match[str], folded: Folded) -> str | None:
    shown = written(folded, *found.span("series"))
    return number_key(found["series"] + found["number"]) if shown == shown.upper() else None


def _card(found: re.Match[str], _: Folded) -> str | None:
    number = digits(found["it"])
    sound = 13 <= len(number) <= 19 and luhn_is_sound(number) and len(set(number)) > 1
    return number if sound else None


def _long(found: re.Match[str], _: Folded) -> str | None:
    number = found["it"]
    return None if number.endswith("0000") else number


def _nine(found: re.Match[str], _: Folded) -> str | None:
    """Take nine digits with the check digit of an Israeli identity number (Luhn's)."""
    number = found["it"]
    return number if luhn_is_sound(number) and not number.endswith("00") else None


def _iranian(found: re.Match[str], _: Folded) -> str | None:
    number = digits(found["it"])
    return number if iranian_id_is_sound(number) else None


def _turkish(found: re.Match[str], folded: Folded) -> str | None:
    """Take `34 ABC 123` where all is in capitals and three parts are apart; months are not."""
    parts = found["it"].split(" ")
    months = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
    if len(parts) != 3 or parts[1] in months or int(parts[0]) > 81:
        return None
    return _capitals(found, folded)


def _zone_line(found: re.Match[str], _: Folded) -> str | None:
    """Name a line of a machine-readable zone by the document's number where it has one."""
    line = found["it"].replace(" ", "")
    if line.count("<") < 2:
        return None
    number = line[:9]
    if len(line) >= 28 and line[9:10] == mrz_digit(number):
        return number.replace("<", "")
    inner = line[5:14]
    if len(line) >= 28 and line[14:15] == mrz_digit(inner):
        return inner.replace("<", "")
    return line.strip("<")


_NUMBER_WORD: Final = r"(?:number|num|no|nr|id|is|was|card|book|and|series|№|#|n°|номер\w*|серия|серии|и|рф|رقم|رقمه|عدد|שלו|שלה|מספר|מס'?|شماره)"
_FIGURES: Final = (
    # Letters behind a space belong to the number only where it goes on: `7318845 is on the tag`.
    r"[^\W\d]{0,3}[ -]?\d(?:[ \-/]?\d|[\-/]?[^\W\d](?![^\W\d]{2})| [^\W\d]{1,2}(?=-?\d)){3,13}(?!\w)"
)
_LEAD: Final = rf"(?:\w{{0,6}}[^\w]{{0,3}}\b{_NUMBER_WORD}(?!\w)){{0,3}}\.?[^\w(]{{0,4}}"

DOCUMENT_AFTER_WORD: Final = (
    Rule(Kind.DOCUMENT, pattern(rf"{_LEAD}(?P<it>{_FIGURES})"), _announced),
    # A Russian passport's series and number with a word between them.
    Rule(
        Kind.DOCUMENT,
        pattern(r"[^\w]{1,3}(?:серия )?(?P<it>\d\d ?\d\d(?:,? (?:№|номер|no)?\.? ?)\d{6})(?!\w)"),
        lambda found, _: digits(found["it"]),
    ),
)
SERVICE_AFTER_WORD: Final = Rule(
    Kind.SERVICE_NUMBER, pattern(rf"{_LEAD}(?P<it>{_FIGURES})"), _announced
)
_PLATE_LEAD: Final = rf"(?:[^\w]{{1,3}}(?:{_NUMBER_WORD}|plates?|with|bearing|white|black|نمره|رقمها|المركبه)(?!\w)){{0,3}}[^\w]{{1,4}}"
_PLATE: Final = (
    r"(?:[^\W\d]{1,3}[ -]?){0,3}\d{2,6}(?:-?[^\W\d]{1,3}(?![^\W\d])|[ -]?\d{1,4}(?![^\W\d])){0,3}"
)


def _plate(found: re.Match[str], _: Folded) -> str | None:
    return key if len(key := number_key(found["it"])) >= 5 else None


def _plate_apart(found: re.Match[str], folded: Folded) -> str | None:
    """Take letters that stand apart behind the figures where they are no word."""
    words = [word for word in written(folded, *found.span("tail")).split() if word.isalpha()]
    if any(word != word.upper() or (word == word.lower() and len(word) > 1) for word in words):
        return None
    return _plate(found, folded)


PLATE_AFTER_WORD: Final = (
    Rule(Kind.PLATE, pattern(rf"{_PLATE_LEAD}(?P<it>{_PLATE})(?!\w|[:]\d)"), _plate),
    Rule(
        Kind.PLATE,
        pattern(
            rf"{_PLATE_LEAD}(?P<it>{_PLATE}(?P<tail>(?: (?:[^\W\d]{{1,3}}(?![^\W\d])|\d{{1,4}})){{1,3}}))(?!\w|[:]\d)"
        ),
        _plate_apart,
    ),
)

_RU: Final = "авекмнорстухabekmhopctyx"
_UA: Final = "авеікмнорстхabekmhopctxi"
ZONE_LINE: Final = Rule(
    Kind.DOCUMENT,
    pattern(r"(?<![\w<])(?P<it>[0-9a-z<](?:[0-9a-z]| ?<){27,44})(?![\w<])"),
    _zone_line,
    needs=("<",),
)
"""Also asked for where there is no digit: the first line of a zone is letters."""
_NUMERO: Final = pattern(r"(?:no\.?|номер) ?\d{6}")
_SINGLE_ARABIC: Final = pattern(r"(?:^| )[\u0627-\u064a](?: |$)")
DIGIT_RULES: Final = (
    ZONE_LINE,
    # The second line of a passport's zone, the fillers at its end lost.
    Rule(
        Kind.DOCUMENT,
        pattern(r"(?<!\w)(?P<it>[0-9a-z<]{9}\d[a-z<]{3}\d{7}[mfx<]\d{7})"),
        lambda found, _: found["it"][:9].replace("<", ""),
        least=13,
        token=28,
    ),
    Rule(Kind.DOCUMENT, pattern(r"\b(?P<it>\d{3}-\d{2}-\d{4})(?![\w-])"), _plain, least=9, needs=("-",), at=At.NUMBER),
    Rule(Kind.DOCUMENT, pattern(r"(?<![\w.,+-])(?P<it>\d{4}([ -]?)\d{4}\2\d{4}\2\d{1,7})(?!\w)"), _card, least=13, at=At.NUMBER),
    Rule(Kind.DOCUMENT, pattern(r"\b(?P<it>\d{3}-\d{6}-\d)(?![\w-])"), _iranian, least=10, needs=("-",), at=At.NUMBER),
    Rule(Kind.DOCUMENT, pattern(r"(?<![\w.,])(?P<it>\d{16,22})(?!\w)"), _long, token=16, at=At.NUMBER),
    Rule(Kind.DOCUMENT, pattern(r"(?<![\w.,+-])(?P<it>\d{9})(?![\w-]|[.,]\d)"), _nine, least=9, token=9, at=At.NUMBER),
    Rule(Kind.DOCUMENT, pattern(r"(?<![\w-])(?P<it>[a-z]{1,2} ?\d{6,9})(?![\w-])"), _capitals, least=6, at=At.LETTERS),
    Rule(Kind.DOCUMENT, pattern(r"(?<![\w-])(?P<it>(?P<series>[^\W\d]{1,2}),? ?(?:no\.?|номер) ?(?P<number>\d{6,9}))(?!\w)"), _series, least=6, needs=tuple(fold(one).text for one in ("no", "номер")), hint=_NUMERO),
    Rule(Kind.SERVICE_NUMBER, pattern(r"(?<![\w-])(?P<it>(?:[a-zа-я]{1,2} ?-|[а-я]{1,2}) ?\d{6})(?![\w-])"), _capitals, least=6, at=At.LETTERS),
    Rule(Kind.PLATE, pattern(rf"(?<!\w)(?P<it>[{_RU}][ -]?\d{{3}}[ -]?[{_RU}]{{2}}[ /-]?\d{{2,3}})(?:rus)?(?!\w)"), _plain, least=5, at=At.LETTERS),
    Rule(Kind.PLATE, pattern(rf"(?<!\w)(?P<it>[{_UA}]{{2}}[ -]?\d{{4}}[ -]?[{_UA}]{{2}})(?!\w)"), _capitals, least=4, at=At.LETTERS),
    Rule(Kind.PLATE, pattern(r"(?<![\w-])(?P<it>[a-zäöü]{1,3}-[a-z]{1,2}[ -]?\d{1,4}[eh]?)(?![\w-])"), _capitals, needs=("-",), at=At.LETTERS),
    Rule(Kind.PLATE, pattern(r"(?<![\w-])(?P<it>[a-z]{2}\d{2} ?[a-z]{3})(?![\w-])"), _capitals, least=2, at=At.LETTERS),
    Rule(Kind.PLATE, pattern(r"(?<![\w-])(?P<it>[a-z]{2}[ -]\d{3}[ -][a-z]{2})(?![\w-])"), _capitals, least=3, at=At.LETTERS),
    Rule(Kind.PLATE, pattern(r"(?<![\w-])(?P<it>\d{2,3}-\d{2,3}-\d{2,3})(?![\w-])"),
         lambda found, _: number if len(number := digits(found["it"])) in {7, 8} else None, least=7, needs=("-",), at=At.NUMBER),
    Rule(Kind.PLATE, pattern(r"(?<![\w-])(?P<it>\d{2} ?[\u0621-\u064a]{1,4} ?\d{3} ?-? ?(?:ايران ?)?\d{2})(?!\w)"), _plain, least=7, at=At.NUMBER),
    Rule(Kind.PLATE, pattern(r"(?<!\w)(?P<it>\d{1,4}(?: [\u0621-\u064a]){2,3}|(?:[\u0621-\u064a] ){2,3}\d{1,4})(?!\w)"), _plain, hint=_SINGLE_ARABIC),
    Rule(Kind.PLATE, pattern(r"(?<![\w-])(?P<it>\d{2} ?[a-z]{1,3} ?\d{2,4})(?![\w-])"),
         _turkish, least=4, at=At.NUMBER),
)  # fmt: skip

DOCUMENT_WORDS: Final = (
    "passport|passport no|id card|identity card|identity|national id|id no|id number|id:|id #|travel document|laissez-passer"
    "|visa|residence permit|ssn|social security|driving licence|driver's license|license no|licence no|birth certificate"
    "|паспорт|паспорта|загранпаспорт|удостоверение|удостоверения|снилс|инн|виза|водительское"
    "|جواز|جواز سفر|جواز السفر|هوية|الهوية|بطاقة|الرقم الوطني|رقم وطني|رقم قومي|الرقم القومي|شناسنامه|کد ملی|کارت ملی|شماره ملی|گذرنامه|پاسپورت|اقامة"
    "|דרכון|דרכונו|תעודת זהות|ת.ז|ת״ז|מספר זהות|רישיון"
)
SERVICE_WORDS: Final = (
    "service number|service no|svc no|serial number|serial no|military id|military number|army number|army no|regimental number"
    "|personal number|dog tag|identity disc|capture card|isn|pow number|prisoner number|detainee number|file number|case file|internment serial"
    "|личный номер|личного номера|личным номером|жетон|жетона|военный билет|военного билета|табельный номер|номер дела"
    "|الرقم العسكري|رقم عسكري|رقمه العسكري|الرقم الذاتي|رقم الأسير|رقم المعتقل|رقم الخدمة|شماره پرسنلی|کد پرسنلی|شماره خدمت|پلاک شناسایی|شماره اسیر"
    "|מספר אישי|מ.א|מ״א|דיסקית|מספר אסיר|מספר שירות"
)
PLATE_WORDS: Final = (
    "plate|plates|licence plate|license plate|registration|reg no|reg|number plate|vehicle|car|truck|van|pickup|ambulance|bus|lorry|toyota|hilux"
    "|госномер|номерной знак|номера|машина|автомобиль|автомобиля|автобус|номером|госномером|гос. номер|г/н"
    "|لوحة|لوحه|اللوحة|سيارة|السيارة|نمرة|پلاک|پلاك|ماشین|خودرو|شاحنة|حافلة"
    "|לוחית|לוחית רישוי|מספר רכב|רכב|מכונית|משאית"
)
