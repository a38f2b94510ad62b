"""What people type: one row for each form of a command, who may type it and where.

A new command is one more row. `{words}`, `{person}`, `{party}`, `{place}`, `{when}`, `{event}`,
`{hidden}` and the like are filled in when a history is made. The others are codes, known only while it runs: of the
secret side's own (`{own}`), of this room (`{room}`, or of a kind of thing named in it, see `NAMED`),
of any room outside (`{far}`). Many rows are typed by people who may not, or with codes of something
else: wrong lines tell as much as right ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.ids import CODE_ALPHABET

CAUCUS, SHUTTLE, DESK = "caucus", "shuttle", "desk"
PARTY_ROOMS: Final = frozenset({CAUCUS, SHUTTLE})
QUESTION_ROOMS: Final = frozenset({CAUCUS, "humanitarian"})
READERS: Final = frozenset({"bench", DESK})
AT_DESK: Final = frozenset({DESK})
EVERYWHERE: Final[frozenset[str]] = frozenset()

_C: Final = f"`?([{CODE_ALPHABET}]{{4}})`?"
NAMED: Final[Mapping[str, re.Pattern[str]]] = {
    "{item}": re.compile(f"(?:On record as|Released to you,|Read back,|offers,|confirm) {_C}"),
    "{promise}": re.compile(f"!confirm {_C}"),
    "{offer}": re.compile(f"!accept {_C}"),
    "{request}": re.compile(f"!consent {_C}"),
    "{watch}": re.compile(f"!(?:report|ack|watch show|watch why) {_C}"),
    "{question}": re.compile(f"!question (?:ask|answer) {_C}"),
    "{evidence}": re.compile(f"!(?:show|verdict) {_C}"),
    "{approval}": re.compile(f"!approve {_C}"),
    "{digest}": re.compile(f"!read {_C}"),
    "{gate}": re.compile(f"[Gg]ate {_C}"),
}
"""How a room learns the code of a kind of thing: the bot says what can be typed with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One form of a command.

    `kinds`: where it is typed, everywhere if empty. `hidden`: it changes nothing that others may
    rightly see, so one twin alone may have it. `asks`: it asks other owners, or answers for one.
    `then`: what somebody else of the room types next. `makes`: something that others can be about. `looks`:
    it shows how things stand. `apart`: only where its speakers do not sit in the secret room too.
    `often`: how many tickets it has.
    """

    text: str
    kinds: frozenset[str] = EVERYWHERE
    hidden: bool = True
    asks: bool = False
    then: str = ""
    makes: bool = False
    looks: bool = False
    apart: bool = False
    often: int = 1
    file: bool = False
    reply: bool = False


APPROVED: Final = "!approve {approval}"

ROWS: Final = (
    # words on record
    Row("!record {words}", makes=True, often=3),
    Row("!record", reply=True),
    Row("!receipt {room}", often=2),
    Row("talk of {words}"),
    # promises
    Row("!commit to {party} by {when}: {words}", PARTY_ROOMS, then="!confirm {promise}", makes=True, often=3),
    Row("!commit to {party} by {when}: {words}", PARTY_ROOMS),
    Row("!commit to nobody by {when}: {words}", PARTY_ROOMS),
    Row("!commit amend {promise} to {party} by {when}: {words}", PARTY_ROOMS),
    Row("!confirm {promise}", PARTY_ROOMS),
    Row("!accept {offer}", hidden=False, often=3),
    Row("!board", looks=True, often=3),
    Row("!commit to {party} by {when}, verified by relief: {words}", PARTY_ROOMS, then="!confirm {promise}", makes=True),
    Row("!commit to {party} by EIF+21d: {words}", PARTY_ROOMS, then="!confirm {promise}"),
    Row("!commit to {party} by {when} if {far} fulfilled: {words}", PARTY_ROOMS, then="!confirm {promise}"),
    Row("!commit amend {promise} verified by relief, date agreed", PARTY_ROOMS),
    Row("!accept {offer} without date", hidden=False),
    Row("!fulfilled {promise}"),
    Row("!fulfilled {offer}", hidden=False),
    Row("!dispute {offer}: {words}", hidden=False),
    Row("!settle {offer}", hidden=False),
    Row("!withdraw {promise}"),
    Row("!supersede {promise} by {room}"),
    Row("!agree {offer}", hidden=False),
    Row("!pair {promise} with {offer}"),
    Row('!redline add "{words}"', frozenset({CAUCUS}), hidden=False),
    Row("!redline drop R1 because {words}", frozenset({CAUCUS}), hidden=False),
    Row("!redline list", frozenset({CAUCUS}), looks=True),
    Row("!redline answer {promise} redlines ok", frozenset({CAUCUS})),
    Row("!concession {party} 40 % on {room}: {words}"),
    Row("!concession list", looks=True),
    Row("!assess relations -2: {words}", often=2),
    Row("!assess release 40 % about {room}: {words}"),
    Row("!assess list", looks=True),
    # release
    Row("!release {item} to {place} as “{words}”", hidden=False, then="!consent {request}", often=4),
    Row("!release {item} to {place}", hidden=False, then="!consent {request}", often=2),
    Row("!release {own} to {place} as “{words}”", asks=True, often=4),
    Row("!release {own} to {place}", asks=True, often=2),
    Row("!release {own} to {place} as “{words}”", asks=True, then="!refuse {request}", often=2),
    Row("!release {own} to {inner} as “{words}”", asks=True, then="!consent {made}", often=5),
    Row("!release {far} to {place}", hidden=False),
    Row("!release {item} to {place} as “{words}” no-forward", hidden=False, then="!consent {request}"),
    Row("!release {item} to {place} as “{words}” chatham-house", hidden=False, then="!consent {request}"),
    Row("!release {item} to {place} as “{words}” held", hidden=False, then="!consent {request}"),
    Row("!release {own} to {inner} as “{words}” eyes-only until {when}", asks=True, then="!consent {made}"),
    Row("!deliver both {request} to shuttle-north, {room} to shuttle-south", AT_DESK, hidden=False),
    Row("!revoke {request}", asks=True, often=2),
    Row("!tear {item} for {place}", often=2),
    # A name that a side protects holds up that side's own releases.
    Row('!protect "northern crossing"', often=2, hidden=False),
    Row('!protect "Friday"', hidden=False),
    Row("!protect list", looks=True),
    Row("!consent {request}", hidden=False, often=5),
    Row("!consent {far}", hidden=False),
    Row("!refuse {request}", asks=True, often=3),
    Row("!refuse {offer}", asks=True),
    # watches
    Row("!watch add {event} for {person} every {hours}h grace 1h step 3h", makes=True, often=4),
    Row("!watch add {event} for {person} every {hours}h grace 30 min step 2h", makes=True, often=2),
    Row("!watch add contact gap for {heard} every {hours}h grace 1h step 3h", makes=True, often=3),
    Row("!watch list", looks=True, often=2),
    Row("!watch show {watch}"),
    Row("!watch why {watch}"),
    Row("!watch ladder {watch} nowhere"),
    Row("!watch resume {watch}"),
    Row("!watch suspend {watch} until tomorrow 12:00 because of {words}", AT_DESK, hidden=False, then=APPROVED),
    Row("!watch end {watch} because of {words}", AT_DESK, hidden=False, then=APPROVED),
    Row("!report {watch} visit: {words}", often=3),
    Row("!report {watch} assertion source D info 4: {words}"),
    Row("!report {watch} media: {words}", file=True),
    Row("!verdict {evidence} rejected because {words}"),
    Row("!index {watch} 4 physical 3 psychological 5 needs {words}"),
    Row("!alive {watch}"),
    Row("!show {evidence}"),
    Row("!ack {watch} until tomorrow 12:00 because {words}", often=2),
    # private questions
    Row('!question deposit for {person}: "{words}" answer "rain"', QUESTION_ROOMS, makes=True, often=2),
    Row("!question ask {question}", QUESTION_ROOMS),
    Row("!question answer {question}: rain", QUESTION_ROOMS),
    Row("!question answer {question}: {words}", QUESTION_ROOMS),
    Row("!question burn {question} because {words}", QUESTION_ROOMS),
    Row("!question noted {question}", AT_DESK, hidden=False),
    Row("!question list", looks=True),
    # held persons
    Row("!capture {person} at 2027-02-28 18:00"),
    Row("!sickness {person} at 2027-02-28 18:30"),
    Row("!transfer {person} at 2027-02-28 19:00"),
    Row("!data {person} has rank, birth date"),
    Row("!data {person}"),
    Row("!visit {person} private yes, all places refused because {words}"),
    Row("!consents {person} family yes, own state no, publish no", often=2),
    # digests and views
    Row("!digest now", READERS, looks=True, often=4),
    Row("!digest now bench-north", AT_DESK, hidden=False),
    Row("!digest now bench-south", AT_DESK, hidden=False),
    Row("!digest preview bench-south", AT_DESK, hidden=False, looks=True),
    Row("!digest preview bench-north", AT_DESK, hidden=False, looks=True),
    Row("!digest schedule", READERS, looks=True),
    Row("!digest schedule daily 07:00 confirm 6h", READERS),
    Row("!read {digest}", READERS, often=3),
    Row("!neutrality", AT_DESK, looks=True),
    Row("!status", looks=True, often=3),
    Row("!where", looks=True),
    Row("!whoami"),
    Row("!help", looks=True),
    Row("!help watch"),
    Row("!checkpoint", looks=True),
    Row("!witness list"),
    Row("!key register gUQFP7pSPc8oGSLpdzjdc81X7SdjxFuLVHoSoKdpyQI="),
    Row("!signed {room} party gUQFP7pSPc8oGSLpdzjdc81X7SdjxFuLVHoSoKdpyQI= 1804334400 " + "A" * 86 + "=="),
    Row("!key list", looks=True),
    Row("!anchor list", looks=True),
    Row("!gate list", looks=True),
    Row("!guard status", looks=True),
    Row("!guard status {place}"),
    # the desk, two by two
    Row("!anchor EIF at tomorrow 18:00", AT_DESK, hidden=False, then=APPROVED),
    Row("!gate offer requires {event} <= 14d in {offering}", AT_DESK, hidden=False, then=APPROVED, often=6),
    Row("!gate remove {gate} because {words}", AT_DESK, hidden=False, then=APPROVED),
    Row("!gate override {gate} for {far} because {words}", AT_DESK, hidden=False, then=APPROVED),
    Row("!erase {item} because {words}", AT_DESK, hidden=False, then=APPROVED, often=2),
    Row("!erase {far} because {words}", AT_DESK, hidden=False, then=APPROVED),
    Row("!erase person {person} because the family asked", AT_DESK, hidden=False, then=APPROVED, often=5),
    Row("!export north", AT_DESK, hidden=False, then=APPROVED),
    Row("!guard clear {place}", AT_DESK, hidden=False, then=APPROVED),
    Row('!seat nils @nils:localhost relief verifier in humanitarian named "Nils"', AT_DESK, hidden=False, then=APPROVED),
    Row("!unseat salim from humanitarian", AT_DESK, hidden=False),
    Row("!code nils", AT_DESK, hidden=False),
    Row("!verify nils Zm9v YmFy", AT_DESK, hidden=False),
    Row("!compartment channel-two back-channel with haddad, brenner", AT_DESK, hidden=False, then=APPROVED),
    # what is not there, or not here
    Row("!show {hidden}", hidden=False, often=2),
    Row("!receipt {hidden}", hidden=False, often=2),
    Row("!accept {hidden}", hidden=False),
    Row("!consent {hidden}", hidden=False),
    Row("!refuse {hidden}", hidden=False),
    Row("!confirm {hidden}", hidden=False),
    Row("!revoke {hidden}", hidden=False),
    Row("!fulfilled {hidden}", hidden=False),
    Row("!dispute {hidden}: {words}", hidden=False),
    Row("!withdraw {hidden}", hidden=False),
    Row("!pair {hidden} with {room}", hidden=False),
    Row("!commit to {party} by {when} if {hidden} fulfilled: {words}", PARTY_ROOMS, hidden=False),
    Row("!concession {party} 40 % on {hidden}: {words}", hidden=False),
    Row("!assess release 40 % about {hidden}: {words}", hidden=False),
    Row("!read {hidden}", READERS, hidden=False),
    Row("!watch show {hidden}", hidden=False, often=2),
    Row("!watch why {hidden}", hidden=False),
    Row("!report {hidden} visit: {words}", hidden=False),
    Row("!ack {hidden} until tomorrow 12:00 because {words}", hidden=False),
    Row("!index {hidden} 5 physical 5 psychological 5", hidden=False),
    Row("!alive {hidden}", hidden=False),
    Row("!question ask {hidden}", QUESTION_ROOMS, hidden=False),
    Row("!release {hidden} to {place} as “{words}”", hidden=False, often=2),
    Row("!erase {hidden} because {words}", AT_DESK, hidden=False, apart=True),
    Row("!gate override {hidden} for {hidden} because {words}", AT_DESK, hidden=False),
    # Not `!watch end {hidden}`: the desk may end a watch of any room by its code (docs/THREATS.md).
    Row("!approve {hidden}", AT_DESK, hidden=False),
    Row("!show {far}"),
    Row("!receipt {far}"),
    Row("!watch show {far}"),
    Row("!zzz"),
    Row("!bord"),
    Row("!watch"),
    Row("!report"),
    Row("!release"),
    Row("!commit to"),
    Row("!record {long}"),
)  # fmt: skip
