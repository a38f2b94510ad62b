# ruff: noqa: RUF001, RUF003 - words of four scripts
"""Birth dates: a date that a word calls one, or a full date of the years in which people were born.

Deadlines are of this decade and are left alone. Refuses to decide between days and months that both
may be: day before month, as most of the world writes, and always the same.
"""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.folding import Folded, fold
from bot.redaction.hits import Kind
from bot.redaction.rules import At, Rule, pattern

_MONTHS: Final = (
    "january januar janvier enero ocak jan январ янв січ stycznia يناير ינואר ژانویه|february februar fevrier febrero subat feb феврал фев лют lutego فبراير شباط פברואר فوریه"
    "|march marz mars marzo mart mar март мар берез березн marca مارس آذار מרץ|april avril abril nisan apr апрел апр квіт квітн kwietnia ابريل نيسان אפריל آوریل"
    "|may mai mayo mayis май мая трав травн maja مايو أيار מאי مه|june juni juin junio haziran jun июн черв червн czerwca يونيو حزيران יוני ژوئن"
    "|july juli juillet julio temmuz jul июл лип липн lipca يوليو تموز יולי ژوئیه|august aout agosto agustos aug август авг серп серпн sierpnia اغسطس آب אוגוסט اوت"
    "|september septembre septiembre eylul sep sept сентябр сен верес вересн wrzesnia سبتمبر أيلول ספטמבר سپتامبر|october oktober octobre octubre ekim oct октябр окт жовт жовтн pazdziernika اكتوبر אוקטובר اکتبر"
    "|november novembre noviembre kasim nov ноябр ноя листоп листопад listopada نوفمبر נובמבר نوامبر|december dezember decembre diciembre aralik dec декабр дек груд грудн grudnia ديسمبر דצמבר دسامبر"
)
"""Names and beginnings of the Gregorian months, by month, in eleven languages."""
_BY_NAME: Final = {
    fold(name).text: number
    for number, names in enumerate(_MONTHS.split("|"), 1)
    for name in names.split()
}
_LEVANT: Final = {
    fold(name).text: number
    for name, number in (
        ("كانون الثاني", 1),
        ("كانون الأول", 12),
        ("تشرين الأول", 10),
        ("تشرين الثاني", 11),
    )
}
_PERSIAN_MONTHS: Final = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"
_PERSIAN: Final = {
    fold(name).text: number for number, name in enumerate(_PERSIAN_MONTHS.split(), 1)
}
"""Months of the Persian calendar; such a date keeps its own year."""
_NAMES: Final = {**_LEVANT, **_PERSIAN, **_BY_NAME}
_ROMANS: Final = "i ii iii iv v vi vii viii ix x xi xii"
_ROMAN: Final = {roman: number for number, roman in enumerate(_ROMANS.split(), 1)}
_NTH: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
    " twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh"
    " twenty-eighth twenty-ninth thirtieth thirty-first"
)
_DAYS: Final = {word: number for number, word in enumerate(_NTH.split(), 1)}
"""Days of a month in words, as English says them."""
_MONTH: Final = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
_DAY: Final = "|".join(sorted(_DAYS, key=len, reverse=True)).replace("-", "[ -]")
_YEAR: Final = r"(?:1[3489]\d\d|20[01]\d)"
_NUMERIC: Final = (
    rf"(?P<y1>{_YEAR}) ?[-./ ] ?(?P<m1>\d{{1,2}}) ?[-./ ] ?(?P<d1>\d{{1,2}})"
    rf"|(?P<d2>\d{{1,2}}) ?[-./ ] ?(?P<m2>\d{{1,2}}) ?[-./ ] ?(?P<y2>{_YEAR})"
)
_NAMED: Final = (
    rf"(?P<d3>\d{{1,2}})(?:st|nd|rd|th|-?го|-?е|\.)?[ -]?(?:day of|of|من|ב)? ?ב?(?P<m3>{_MONTH})\w{{0,3}}\.?,?[ -]?(?P<y3>{_YEAR})"
    rf"|(?P<d8>\d{{1,2}}) ?[-./] ?(?P<m8>x?i{{1,3}}|i?x|i?v|vi{{1,3}}) ?[-./] ?(?P<y8>{_YEAR})"
    rf"|(?P<y7>{_YEAR})年(?P<m7>\d{{1,2}})月(?P<d7>\d{{1,2}})日"
    rf"|(?P<m4>{_MONTH})\.? (?:the )?(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y4>{_YEAR})"
)
_SHORT: Final = (
    r"(?P<d5>\d{1,2})[-./](?P<m5>\d{1,2})[-./](?P<y5>\d\d)(?!\d)"
    rf"|(?P<d9>\d{{1,2}})[-./ ]?(?P<m9>{_MONTH}|x?i{{1,3}}|i?x|i?v|vi{{1,3}})\.?[-./ ]'?(?P<y9>{_YEAR}|\d\d)(?!\d)"
)
"""What only a word beside it makes a date of birth."""
_IN_WORDS: Final = rf"(?P<d10>{_DAY}) (?:day )?(?:of )?(?P<m10>{_MONTH}),? (?P<y10>{_YEAR})"
_ANY: Final = rf"(?:{_NUMERIC}|{_NAMED}|{_IN_WORDS}|{_SHORT}|(?P<y6>{_YEAR}))(?!\w|[.:]\d)"


def _key(found: re.Match[str]) -> str | None:
    """Return `yyyy-mm-dd`, or the year alone where only that is said."""
    groups = {
        name: value for name, value in found.groupdict().items() if value and name[0] in "ymd"
    }
    year = next((value for name, value in groups.items() if name[0] == "y"), None)
    month = next((value for name, value in groups.items() if name[0] == "m"), None)
    day = next((value for name, value in groups.items() if name[0] == "d"), None)
    if year is None:
        return None
    if len(year) == 2:
        year = f"{'19' if int(year) > 20 else '20'}{year}"
    if month is None or day is None:
        return year
    at = _DAYS.get(day.replace(" ", "-")) or int(day)
    of = _NAMES.get(month) or _ROMAN.get(month) or int(month)
    if of > 12 >= at:
        at, of = of, at
    return f"{year}-{of:02}-{at:02}" if 1 <= of <= 12 and 1 <= at <= 31 else None


def _announced(found: re.Match[str], _: Folded) -> str | None:
    return _key(found)


_TREATIES: Final = frozenset(
    [
        "1949-08-12",
        "1977-06-08",
        "1945-06-26",
        "1945-10-24",
        "1948-12-10",
        "1951-07-28",
        "1954-05-14",
        "1966-12-16",
        "1984-12-10",
        "1989-11-20",
        "1998-07-17",
        "2006-12-20",
        "2005-12-08",
        "2008-05-30",
    ]
)
"""Days of treaties that a text about prisoners cites; nobody's birth is guessed from them."""


def _of_age(found: re.Match[str], _: Folded) -> str | None:
    """Take a full date between 1925 and 2009, a Persian one of that time included."""
    key = _key(found)
    if key is None or len(key) < 10:
        return None
    if key in _TREATIES:
        return None
    year = int(key[:4])
    return key if 1925 <= year <= 2009 or 1304 <= year <= 1388 else None


AFTER_WORD: Final = Rule(
    Kind.BIRTH_DATE,
    pattern(
        rf"(?:[^\w]{{0,4}}(?:on|in|the|is|was|of|year|at|about|сам|сын|в|году|от|سنة|عام|في|هو|هي|بتاريخ|يوم|سال|بשנת|ב|בשנת|בתאריך)?(?!\d)\b){{0,3}}[^\w]{{0,4}}ב?-?(?P<it>{_ANY})"
    ),
    _announced,
)
_HAS_YEAR: Final = pattern(_YEAR)
_AFTERWARDS: Final = pattern(r"г\.? ?р|р\.? ?н|рожд|народж|dogumlu|مواليد|d\.?o\.?b")
DIGIT_RULES: Final = (
    Rule(
        Kind.BIRTH_DATE,
        pattern(rf"(?<![\w.\-/])(?P<it>{_NUMERIC}|{_NAMED})(?![\w/]|[.:-]\d)"),
        _of_age,
        least=5,
        hint=_HAS_YEAR,
        at=At.EITHER,
    ),
    # The word comes after: 12.05.1980 г.р., 1987 года рождения, 1987 doğumlu, b. after the date.
    Rule(
        Kind.BIRTH_DATE,
        pattern(
            rf"(?<![\w.\-/])(?P<it>(?:{_NUMERIC}|{_NAMED}|{_SHORT}|(?P<y6>{_YEAR}))) ?(?:г\.? ?р\b|г\. ?рожд|года? рожд|рожд|р\. ?н\b|року народж|народж|dogumlu|مواليد|d\.?o\.?b)"
        ),
        _announced,
        hint=_AFTERWARDS,
        at=At.EITHER,
    ),
)
BIRTH_WORDS: Final = (
    "born|born on|geboren|geb.|geburtsdatum|né le|née le|ne le|dogum|doğum tarihi|dob|d.o.b|d.o.b.|date of birth|birth date|birthdate|birthday|b."
    "|нар.|народився|народилась|народилася|дата народження|народження|родился|родилась|дата рождения|рожд.|рождения|д.р|д.р.|г.р|года рождения"
    "|مواليد|تاريخ الميلاد|تاريخ الولادة|ولد|ولدت|المولود|المولودة|ميلاده|متولد|تاریخ تولد|زاده"
    "|נולד|נולדה|תאריך לידה|ת. לידה|יליד|ילידת|תאריך הלידה"
)
