"""Witnesses in a case file: who may name one, by which way, for which rooms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.bodies import WitnessDismissed, WitnessNamed
from bot.domain.casefile import parse
from bot.domain.casefile_change import Change
from bot.domain.casefile_table import Problem, Table
from bot.domain.casefile_witness import read
from bot.ledger.keys import log_key, witness_key
from tests.domain.test_casefile import ORCHID, applied, change, wrong
from tests.ledger.building import key

W1 = witness_key("w1.example", key("w1.example"))
W2 = witness_key("w2.example", key("w2.example"))
SAME = witness_key("w3.example", key("w1.example"))
LOG = log_key("w1.example", key("w1.example"))
WAY = "https://witness.example:8443/w1"


def witness(
    party: str = "north", key: str = W1.vkey(), via: str = WAY, rooms: str | None = None
) -> str:
    told = "" if rooms is None else f"rooms = {rooms}\n"
    return f'\n[[witness]]\nparty = "{party}"\nkey = "{key}"\nvia = "{via}"\n{told}'


def one(found: Change) -> WitnessNamed:
    (body,) = (body for _, body in found.bodies)
    assert isinstance(body, WitnessNamed)
    return body


def test_a_witness_shows_in_its_partys_own_rooms_where_the_file_names_none() -> None:
    case = applied(ORCHID)
    found = change(ORCHID + witness(), case)
    assert one(found).rooms == {"caucus-north", "shuttle-north", "bench-north"}
    assert one(found).via == WAY
    assert not found.widens
    (line,) = found.lines
    assert line.startswith(f"Witness {W1.key_id().hex()} of North is named: asked at {WAY}, ")
    assert line.endswith(" its lines show in bench-north, caucus-north, shuttle-north.")


def test_a_witness_may_show_wherever_the_file_says_for_a_promise_has_two_sides() -> None:
    text = ORCHID + witness("north", rooms='["caucus-north", "caucus-south"]')
    assert one(change(text, applied(ORCHID))).rooms == {"caucus-north", "caucus-south"}


def test_what_is_named_is_folded_and_a_second_look_finds_nothing() -> None:
    text = ORCHID + witness() + witness("south", W2.vkey(), "@watcher:south.example")
    case = applied(text)
    assert set(case.witnesses) == {W1.vkey(), W2.vkey()}
    assert change(text, case).bodies == ()


def test_a_witness_may_move_and_go() -> None:
    case = applied(ORCHID + witness())
    moved = change(ORCHID + witness(via="@watcher:north.example"), case)
    assert one(moved).via == "@watcher:north.example"
    assert "of North changes: asked at @watcher" in moved.lines[0]
    fewer = change(ORCHID + witness(rooms='["caucus-north"]'), case)
    assert one(fewer).rooms == {"caucus-north"}
    gone = change(ORCHID, case)
    assert [body for _, body in gone.bodies] == [WitnessDismissed(W1.vkey())]
    assert gone.lines == (f"Witness {W1.key_id().hex()} of North is dismissed.",)
    assert applied(ORCHID, case).witnesses == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (witness("nobody"), "party must be a party of this file"),
        (witness(key="w1.example"), "key must be a witness's key"),
        (witness(key=LOG.vkey()), "key must be a witness's key"),
        (witness(key=W1.vkey()[:-1]), "key must be a witness's key"),
        (witness(rooms='["nowhere"]'), "rooms: there is no compartment nowhere"),
        (witness(rooms="[]"), "rooms must name a compartment"),
        (witness("families"), "rooms must name a compartment"),
        (witness(rooms='["plenary", "plenary"]'), "rooms names something twice"),
        (witness() + "name = 'x'\n", "name is not a key here"),
        (witness() + witness(), "this key is on another witness too"),
        (witness() + witness("south", SAME.vkey()), "this key is on another witness too"),
    ],
)
def test_what_a_witness_may_not_be_is_refused_with_its_place(text: str, says: str) -> None:
    (line,) = wrong(ORCHID + text)
    assert ", witness: " in line
    assert says in line


def test_a_witness_is_not_handed_to_another_party() -> None:
    case = applied(ORCHID + witness())
    (line,) = wrong(ORCHID + witness("south"), case)
    assert "party is north and cannot be changed" in line


@pytest.mark.parametrize(
    "via",
    [
        "https://witness.example",
        "https://witness.example:8443/a/b/",
        "https://[2001:db8::1]:1",
        "http://127.0.0.1:8090",
        "http://localhost/w",
        "http://[::1]:8090",
        "@watcher:south.example",
        "@watcher:[2001:db8::1]:8448",
    ],
)
def test_a_way_is_https_or_this_machine_or_matrix(via: str) -> None:
    assert parse(ORCHID + witness(via=via)).witnesses[0].via == via


@pytest.mark.parametrize(
    "via",
    [
        "",
        "http://witness.example",
        "http://127.0.0.1.example",
        "http://127.0.0.2",
        "http://localhost:pw@witness.example",
        "https://user@witness.example",
        "https://:pw@witness.example",
        "https://witness.example?to=x",
        "https://witness.example#x",
        "https://witness.example/a b",
        "https://wit\\u0000ness.example",
        "https://witness.ex\\u0430mple",
        "https://witness.example:99999",
        "https://",
        "https:///w",
        "https://:1",
        "https://[::1",
        "https://witness.example\\\\@other.example",
        "https://witness.example/`x`",
        "HTTPS://witness.example",
        "ftp://witness.example",
        "file:///etc/passwd",
        "@watcher",
        "watcher:south.example",
        "https://witness.example/" + "a" * 240,
    ],
)
def test_every_other_way_is_refused(via: str) -> None:
    (line,) = wrong(ORCHID + witness(via=via))
    assert "via must be an https URL, http to this machine, or a Matrix ID" in line


@given(st.text(max_size=60))
def test_no_way_makes_the_reader_fail(via: str) -> None:
    problems: list[Problem] = []
    rooms = parse(ORCHID).compartments
    raw = {"party": "north", "key": W1.vkey(), "via": via}
    read(Table(raw, "line 1", problems), parse(ORCHID).parties.keys(), rooms)
    assert len(problems) <= 1
