# ruff: noqa: RUF001 - words of four scripts
"""Messages of an invented case with names and identifiers planted in them, the same in every run.

Written as people in such rooms write: mostly sentences, now and then a number. Each planted thing
is known, so that whoever masks the text can be asked whether it is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from bot.redaction.hits import Kind

NAMES: Final = 10_000
LENGTH: Final = 300
"""Characters of a message."""

_SENTENCES: Final = (
    "The northern side proposes to release ten wounded prisoners at the crossing on Friday.",
    "The delegates ask to be let in before noon, and to speak with everybody without a guard.",
    "We accept the first point and need one more day for the second; the third is a red line.",
    "Please confirm the list by 18:00 on 2026-11-30, K7QF is otherwise void.",
    "Two buses and one ambulance leave at 06:30 and need about 45 minutes for the road.",
    "Nobody has seen the two brothers since the transfer; their mother asks every morning.",
    "Ten for ten was agreed in March, 25 for 25 was not, and the lists were never exchanged.",
    "Конвой выходит в шесть часов с северного переезда, десять раненых и два врача.",
    "Мы согласны на первый пункт и просим ещё один день на второй.",
    "تغادر القافلة عند الساعة السادسة من المعبر الشمالي ومعها عشرة جرحى وطبيبان.",
    "نوافق على البند الأول ونطلب يوما آخر للبند الثاني قبل التوقيع.",
    "השיירה יוצאת בשעה שש מהמעבר הצפוני עם עשרה פצועים ושני רופאים.",
    "The mediator carries the words unchanged and says nothing of who spoke first.",
    "It was quiet at the crossing today; the hotline rang once, by mistake.",
)
_SCRIPTS: Final = (
    ("Samir Karim Yusuf Tarek Anna Layla Pavel Mirko Selma Idris",
     "Had Bar Kov Mans Zel Ror Tam Qas Vol Ner Dar Lub Sok Yar Gil Fan", "ad an enko uri insky iani ov ashvili ez ikar",
     "a e i o u al an er is or"),
    ("Иван Олег Петро Тарас Анна Мария Павло Юрий Олена Богдан",
     "Кова Шев Бонд Ткач Мель Лыс Крав Зай Гон Руд", "ленко чук ский ович енко ин аренко", "а о е и"),
    ("أحمد سمير يوسف ليلى كريم عمر فاطمة حسن زينب طارق",
     "حدا منص زهر قاس خط بغد شمر نعي صبا عبد", "دي وري اني مي يب يدي لاوي", "ا و ي ن"),
    ("יוסף דוד משה יעל רבקה אבי נועה שרה דן רות",
     "ברז כהנ לוי מזר אבר שטר גול פרי רוז חדד", "ילי וביץ סקי מן ברג ינזון", "א ו י ה"),
)  # fmt: skip


def roster() -> tuple[tuple[str, str], ...]:
    """Return ten thousand (id, name), a quarter in each of four scripts."""
    found: list[tuple[str, str]] = []
    for number, (given, first, last, middle) in enumerate(_SCRIPTS):
        firsts = given.split()
        parts = product(last.split(), middle.split(), first.split(), firsts[: NAMES // 1000])
        made = (f"{name} {one}{two}{three}" for three, two, one, name in _repeated(parts))
        people = list(islice(dict.fromkeys(made), NAMES // len(_SCRIPTS)))
        found += [(f"p{number}-{at}", name) for at, name in enumerate(people)]
    return tuple(found)


def _repeated(
    parts: Iterator[tuple[str, str, str, str]],
) -> Iterator[tuple[str, str, str, str]]:
    """Yield the combinations, then again with a syllable more, until there are enough."""
    once = list(parts)
    yield from once
    for syllable in ("l", "r", "n", "t"):
        for three, two, one, name in once:
            foreign = not one.isascii()
            yield three, two + (two if foreign else syllable), one, name


@dataclass(frozen=True, slots=True)
class Planted:
    """What was written into a message."""

    kind: Kind
    text: str


def _iban(number: int) -> str:
    account = f"37040044{532_013_000 + number:010}"
    check = 98 - int(f"{account}131400") % 97
    compact = f"DE{check:02}{account}"
    return " ".join(compact[at : at + 4] for at in range(0, len(compact), 4))


_ARABIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_PLANTS: Final[tuple[tuple[Kind, Callable[[int], str]], ...]] = (
    (Kind.PHONE, lambda n: f"+963 944 {n % 900 + 100} {n * 7 % 900 + 100}"),
    (Kind.EMAIL, lambda n: f"delegate.{n}@mail{n % 7}.example.org"),
    (Kind.COORDINATES, lambda n: f"33.{n % 9000 + 1000}, 36.{n * 3 % 9000 + 1000}"),
    (Kind.IBAN, _iban),
    (Kind.MATRIX_ID, lambda n: f"@u{n}:parley.example.org"),
    (Kind.IP, lambda n: f"192.0.{n % 256}.{n * 5 % 256}"),
    (Kind.URL, lambda n: f"https://files.example.org/case/{n}"),
    (Kind.UNIT, lambda n: f"{n % 90 + 4}th Mechanised Brigade"),
    (Kind.PLATE, lambda n: f"А{n % 900 + 100}ВС{n % 90 + 100}"),
    (Kind.BIRTH_DATE, lambda n: f"{n % 27 + 1:02}.{n % 12 + 1:02}.{1950 + n % 50}"),
    (Kind.WALLET, lambda n: f"0x{n:04x}B295669a9FD93d5F28D9Ec85E40f4cb697B{n % 16:x}"[:42]),
    (Kind.COORDINATES, lambda n: f"33°{n % 50 + 10}'49.7\"N 36°{n % 40 + 11}'35.4\"E"),
    (Kind.MGRS, lambda n: f"37SBT{n % 90000 + 10000}{n * 3 % 90000 + 10000}"),
    (Kind.PHONE, lambda n: "٠٩٤٤ " + str(n % 900 + 100).translate(_ARABIC) + " ٤٥٦"),
    (Kind.EMAIL, lambda n: f"delegate.{n} [at] mail{n % 7} [dot] example [dot] org"),
)
SHARED: Final = frozenset({Kind.PHONE, Kind.EMAIL, Kind.IBAN, Kind.IP, Kind.URL})
"""Kinds that Presidio's pattern recognisers are made for as well."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of 300 characters and what is planted in it."""

    text: str
    planted: tuple[Planted, ...]


def messages(count: int, names: tuple[tuple[str, str], ...]) -> list[Message]:
    """Return messages, each with one identifier and every second with a name of the roster."""
    return [_message(number, names) for number in range(count)]


def _message(number: int, names: tuple[tuple[str, str], ...]) -> Message:
    kind, make = _PLANTS[number % len(_PLANTS)]
    planted = [Planted(kind, make(number * 37 + 11))]
    if number % 2:
        planted.append(Planted(Kind.NAME, names[number * 7919 % len(names)][1]))
    text = ""
    for at in range(len(_SENTENCES)):
        sentence = _SENTENCES[(number * 5 + at * 3) % len(_SENTENCES)]
        if at < len(planted):
            sentence += f" ({planted[at].text})"
        if len(text) + len(sentence) > LENGTH:
            break
        text += sentence + " "
    return Message(text.strip(), tuple(one for one in planted if one.text in text))
