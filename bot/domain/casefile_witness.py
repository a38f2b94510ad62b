"""Witnesses in a case file: which party's they are, how they are asked, where their lines show.

It refuses a way that could be listened to or sent elsewhere (no http but on this machine, no
user or query in a URL). Where the file names no rooms, the lines show in the party's own alone;
a promise between two parties needs the witnesses of both in the rooms of both (spec 8.4), so
others may be named: whoever sits there then knows that the party has a witness.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from bot.domain.casefile_table import Problem, Table
from bot.domain.ids import CompartmentId, PartyId
from bot.ledger.encoding import FormatError
from bot.ledger.keys import WITNESS_KEY, PublicKey, parse_vkey

LONGEST_WAY = 255
# No user, query, fragment or backslash: what programs read differently.
_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~%/-]*)?")
# Matrix specification, appendix "User Identifiers", without the historical characters.
_USER = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.-]+(:[0-9]{1,5})?|@[a-z0-9._=/+-]+:\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")  # fmt: skip
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class FileWitness:
    """One witness; `rooms` are the party's own compartments where the file names none."""

    party: PartyId
    key: str
    via: str
    rooms: frozenset[CompartmentId]
    where: str


class Room(Protocol):
    """What is asked of a compartment here."""

    @property
    def id(self) -> CompartmentId:
        """Its id."""

    @property
    def party(self) -> PartyId | None:
        """Whose it is."""


def is_user(value: str) -> bool:
    """Tell whether this is a Matrix ID."""
    return len(value) <= LONGEST_WAY and _USER.fullmatch(value) is not None


def read(
    table: Table, parties: Collection[PartyId], rooms: Mapping[CompartmentId, Room]
) -> FileWitness:
    """Read one `[[witness]]`; what is wrong with it is noted on the table."""
    party = table.text("party", parties.__contains__, "a party of this file")
    key = table.text("key", _is_witness, "a witness's key: name+keyid+base64, of type 04")
    via = table.text("via", _is_way, "an https URL, http to this machine, or a Matrix ID")
    named = table.maybe_names("rooms")
    table.close()
    own = (room.id for room in rooms.values() if room.party == party)
    found = frozenset(own if named is None else map(CompartmentId, named))
    if party and not found:
        table.wrong("rooms must name a compartment: the party has none of its own")
    for room in sorted(found - rooms.keys()):
        table.wrong(f"rooms: there is no compartment {room}")
    return FileWitness(PartyId(party), key, via, found, table.where)


def check(witnesses: Collection[FileWitness]) -> Iterator[Problem]:
    """Yield what the witnesses get wrong together."""
    seen: set[bytes] = set()
    for witness in witnesses:
        public = parse_vkey(witness.key).public
        if public in seen:
            yield Problem(witness.where, "this key is on another witness too: one key, one witness")
        seen.add(public)


def public_of(key: str) -> PublicKey | None:
    """Return a witness's key, None for anything else."""
    try:
        found = parse_vkey(key)
    except FormatError:
        return None
    return found if found.kind == WITNESS_KEY else None


def _is_witness(value: str) -> bool:
    return public_of(value) is not None


def _is_way(value: str) -> bool:
    return is_user(value) or _is_url(value)


def _is_url(value: str) -> bool:
    """Tell whether a URL says where to ask, and nothing else: the request's own path is added."""
    if len(value) > LONGEST_WAY or _URL.fullmatch(value) is None:
        return False
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in _HERE)
