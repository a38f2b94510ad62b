"""What the Third Geneva Convention asks for about a held person, as tables.

Cites the article; indicative, not legal advice. Nothing here holds a value of a person's data:
only that it is there. Refuses true names: a person is known by a code name (`H-TEAL`), which stays
on record for ever.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from bot.domain.ids import CompartmentId, RecordId
from bot.domain.vocabulary import PartyKind
from bot.policy.label import Label

E = TypeVar("E", bound=StrEnum)


class Clock(StrEnum):
    """What starts a week for the card of Art. 70 GC III."""

    CAPTURE = "capture"
    TRANSFER = "transfer"
    SICKNESS = "sickness"


CARD_WITHIN: Final = timedelta(days=7)
"""Art. 70 GC III: "not more than one week after arrival at a camp", likewise sickness or transfer."""


class Datum(StrEnum):
    """What the information bureau gathers "so far as available": Art. 122 GC III, fourth paragraph."""

    SURNAME = "surname"
    FIRST_NAMES = "first names"
    NUMBER = "number"
    RANK = "rank"
    BIRTH_PLACE = "birth place"
    BIRTH_DATE = "birth date"
    POWER = "power"
    FATHER = "father"
    MOTHER = "mother"
    INFORMED = "person to inform"
    ADDRESS = "mail address"


class Notice(StrEnum):
    """What the bureau is told when it happens: Art. 122 GC III, fifth and sixth paragraphs."""

    TRANSFER = "transfer"
    RELEASE = "release"
    REPATRIATION = "repatriation"
    ESCAPE = "escape"
    HOSPITAL = "hospital"
    DEATH = "death"
    HEALTH = "health"


class Modality(StrEnum):
    """The five that a visit by the ICRC rests on (cf. Art. 126 GC III)."""

    ALL_PLACES = "all places"
    ALL_PREMISES = "all premises"
    PRIVATE = "private"
    REPEAT = "repeat"
    LIST = "list"


class Answer(StrEnum):
    """What the detaining side said to a modality."""

    YES = "yes"
    NO = "no"
    REFUSED = "refused"


class Flag(StrEnum):
    """To whom a person's name may go, as that person said."""

    PUBLISH = "publish"
    FAMILY = "family"
    ICRC = "icrc"
    OWN_STATE = "own state"


class Topic(StrEnum):
    """What a note is about."""

    CLOCK = "clock"
    DATA = "data"
    VISIT = "visit"
    CONSENT = "consent"


FORBIDS: Final[dict[Flag, frozenset[PartyKind]]] = {
    Flag.PUBLISH: frozenset(),
    Flag.FAMILY: frozenset({PartyKind.FAMILY}),
    Flag.ICRC: frozenset({PartyKind.HUMANITARIAN}),
    # Which state is the person's own is not on record: no state or armed group but the speaker's.
    Flag.OWN_STATE: frozenset({PartyKind.STATE, PartyKind.GROUP}),
}
"""Parties that a name may not be released to where the flag is no; `publish` closes the plenary."""

_ALIASES: Final[dict[str, StrEnum]] = {
    "last name": Datum.SURNAME,
    "first name": Datum.FIRST_NAMES,
    "service number": Datum.NUMBER,
    "serial number": Datum.NUMBER,
    "regimental number": Datum.NUMBER,
    "personal number": Datum.NUMBER,
    "place of birth": Datum.BIRTH_PLACE,
    "date of birth": Datum.BIRTH_DATE,
    "father's name": Datum.FATHER,
    "mother's name": Datum.MOTHER,
    "next of kin": Datum.INFORMED,
    "address": Datum.ADDRESS,
    "places": Modality.ALL_PLACES,
    "premises": Modality.ALL_PREMISES,
    "private talks": Modality.PRIVATE,
    "private interviews": Modality.PRIVATE,
    "repeat visits": Modality.REPEAT,
    "registration": Modality.LIST,
    "public": Flag.PUBLISH,
    "publication": Flag.PUBLISH,
    "state": Flag.OWN_STATE,
}

_CODE_NAME: Final = re.compile(r"[A-Z]-[A-Z0-9]{2,20}", re.ASCII)
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\uff0d]")


@dataclass(frozen=True, slots=True)
class Note:
    """One thing noted of a person: the latest of its name in its compartment."""

    topic: Topic
    name: str
    value: str
    record: RecordId
    place: CompartmentId
    label: Label
    at: datetime


def code_name(typed: str) -> str | None:
    """Return a code name as it is written, `H-TEAL`; None for anything else."""
    name = typed.strip("`\"'").upper()
    return name if _CODE_NAME.fullmatch(name) else None


def called(kind: type[E], typed: str) -> E | None:
    """Return the member of a vocabulary that is meant by a typed name."""
    plain = " ".join(typed.replace("_", " ").replace("\u2019", "'").casefold().split())
    found = next((one for one in kind if one.value == plain), None)
    alias = _ALIASES.get(plain)
    return found or (alias if isinstance(alias, kind) else None)


def names_person(text: str, person: str) -> bool:
    """Tell whether a text holds a code name, however its dash was typed."""
    seen = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    plain = _DASHES.sub("-", "".join(seen)).casefold()
    name = r"[\s-]{0,3}".join(map(re.escape, person.casefold().split("-")))
    return re.search(rf"(?<!\w){name}(?!\w)", plain) is not None
