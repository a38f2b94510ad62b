"""A case file that was approved once, that comes late, or that was written by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain import bodies as b
from bot.domain.casefile import parse
from bot.domain.casefile_change import Change, difference, digest_of
from bot.domain.ids import CASE_ROOM, CompartmentId, EventId, PartyId, Prose, SeatId, UserId
from bot.domain.sittings import sittings
from bot.domain.vocabulary import CompartmentKind, PartyKind, Role
from bot.engine.events import CaseFileTaken
from bot.ledger.keys import log_key, witness_key
from bot.policy.wall import Sitting
from tests.ledger.building import key
from tests.support.orchid import MEDIATORS, ORCHID, with_keys
from tests.support.playbook import Play, opened

PLENARY = CompartmentId("plenary")
SAME = with_keys(ORCHID, *MEDIATORS)
WIDER = SAME.replace('seats = ["haddad", "merrow", ', 'seats = ["haddad", "yazan", "merrow", ')


def compared(play: Play, text: str) -> Change:
    return difference(parse(text), play.case, code_digests={}, history=sittings(play.case))


def hands_in(play: Play, change: Change, *, name: str = "f") -> None:
    event = EventId(name)
    play.take(
        CaseFileTaken(event, play.now, change.bodies, change.widens, change.digest, change.lines)
    )


def approves(play: Play) -> None:
    asked = next(h.text for h in reversed(play.heard) if "a case file lets somebody" in h.text)
    play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")


def test_an_approval_is_used_up_and_what_was_undone_is_asked_again() -> None:
    play = opened(enrolled=[])
    play.takes_case_file(WIDER)
    approves(play)
    play.takes_case_file(WIDER)
    assert "yazan" in play.case.compartments[PLENARY].seats
    play.types("lindqvist", "desk", "!unseat yazan from plenary")
    play.takes_case_file(WIDER)
    assert "yazan" not in play.case.compartments[PLENARY].seats
    assert "a case file lets somebody read more" in play.said_in("desk")


def test_an_approval_is_void_once_who_sits_where_has_changed() -> None:
    play = opened(enrolled=[])
    change = compared(play, WIDER)
    hands_in(play, change)
    approves(play)
    play.types("lindqvist", "desk", "!unseat karam")
    hands_in(play, change, name="again")
    assert "yazan" not in play.case.compartments[PLENARY].seats
    assert "a case file lets somebody read more" in play.said_in("desk")


def test_a_file_says_itself_neither_that_it_widens_nothing_nor_what_it_is() -> None:
    play = opened(enrolled=[])
    change = compared(play, WIDER)
    hands_in(play, replace(change, widens=False))
    assert "yazan" not in play.case.compartments[PLENARY].seats
    approves(play)
    more = (CASE_ROOM, b.SeatPlaced(CompartmentId("caucus-south"), SeatId("yazan")))
    hands_in(play, replace(change, bodies=(more,)), name="other")
    assert "yazan" not in play.case.compartments[CompartmentId("caucus-south")].seats
    assert "was not taken" in play.said_in("desk")


@pytest.mark.parametrize(
    "body",
    [
        b.SeatVerified(SeatId("haddad"), SeatId("lindqvist")),
        b.BreachCleared(PLENARY, SeatId("lindqvist")),
        b.SeatPlaced(PLENARY, SeatId("haddad")),
        b.SeatPlaced(PLENARY, SeatId("nobody")),
        b.SeatWithdrawn(PLENARY, SeatId("yazan")),
        b.SeatRemoved(SeatId("haddad")),
        b.CompartmentOpened(PLENARY, CompartmentKind.PLENARY, None),
        b.CaseOpened("en", "UTC", Prose("again")),
        b.SeatAdded(
            SeatId("twice"),
            PartyId("north"),
            Role.NEGOTIATOR,
            UserId("@haddad:localhost"),
            "UTC",
            "en",
            "",
            Prose("Twice"),
        ),
    ],
    ids=lambda body: f"{type(body).__name__} {getattr(body, 'seat', '')}",
)
def test_a_record_that_does_not_fit_refuses_the_whole_file_and_the_desk_is_told(
    body: b.Body,
) -> None:
    play = opened(enrolled=[])
    before = play.case
    bodies = (b.PartyAdded(PartyId("new"), PartyKind.STATE, "UTC", "en", Prose("New")), body)
    placed = tuple((CASE_ROOM, one) for one in bodies)
    change = Change(placed, widens=False, lines=(), digest=digest_of(play.case.id, bodies))
    hands_in(play, change)
    assert "was not taken, and nothing of it was done" in play.said_in("desk")
    assert play.case == before


MEANWHILE: dict[str, Callable[[Play], object]] = {
    "the person was taken out": lambda play: play.types("lindqvist", "desk", "!unseat yazan"),
    "the person sits there already": lambda play: play.appends(
        b.SeatPlaced(PLENARY, SeatId("yazan"))
    ),
}


@pytest.mark.parametrize("meanwhile", sorted(MEANWHILE))
def test_a_file_that_comes_late_is_not_taken(meanwhile: str) -> None:
    play = opened(enrolled=[])
    change = compared(play, WIDER)
    MEANWHILE[meanwhile](play)
    before = play.case
    hands_in(play, change)
    assert "was not taken" in play.said_in("desk")
    assert play.case == before


def test_a_seat_that_moved_into_a_new_room_is_not_removed_under_it() -> None:
    play = opened(enrolled=[])
    lines = SAME.replace('"yazan", ', "").replace(', "yazan"', "")
    start = lines.rindex("[[seat]]", 0, lines.index('id = "yazan"'))
    text = lines[:start] + lines[lines.index("[[seat]]", start + 1) :]
    change = compared(play, text)
    for mediator in MEDIATORS:
        play.types(mediator, "desk", "!compartment aside caucus north with yazan")
    hands_in(play, change)
    assert "was not taken" in play.said_in("desk")
    assert "yazan" in play.case.seats
    assert "Nothing done" not in play.types("lindqvist", "desk", "!status")


def test_the_wall_is_asked_again_when_a_file_is_taken() -> None:
    play = opened(enrolled=[])
    change = compared(play, WIDER)
    hands_in(play, change)
    approves(play)
    # A file of another case was handed in beside this one, and was taken first.
    play.history = frozenset({Sitting("user:@yazan:localhost", PartyId("south"))})
    hands_in(play, change, name="again")
    assert "yazan" not in play.case.compartments[PLENARY].seats
    assert "was not taken" in play.said_in("desk")


W1 = witness_key("w1.example", key("w1.example")).vkey()
OTHER_NAME = witness_key("w2.example", key("w1.example")).vkey()
LOG = log_key("w1.example", key("w1.example")).vkey()
OWN = frozenset({CompartmentId("caucus-north")})


def named(vkey: str = W1, rooms: frozenset[CompartmentId] = OWN) -> b.WitnessNamed:
    return b.WitnessNamed(PartyId("north"), vkey, "https://witness.example", rooms)


def hands_in_witnesses(play: Play, *bodies: b.WitnessNamed | b.WitnessDismissed) -> None:
    """A case file that claims to say exactly this, whatever a reader of files would refuse."""
    placed = tuple((CASE_ROOM, body) for body in bodies)
    digest = digest_of(play.case.id, bodies)
    hands_in(play, Change(placed, widens=False, lines=(), digest=digest), name=str(bodies))


def test_a_witness_is_taken_without_asking_and_shown_at_once() -> None:
    play = opened()
    hands_in_witnesses(play, named())
    play.nothing_elsewhere()
    assert play.types("haddad", "caucus-north", "!witness list").startswith("Witnesses")
    hands_in_witnesses(play, b.WitnessDismissed(W1))
    assert not play.case.witnesses


@pytest.mark.parametrize(
    "bodies",
    [
        [named(rooms=frozenset({CompartmentId("nowhere")}))],
        [named(LOG)],
        [named("no key")],
        [named(), named(OTHER_NAME)],
        [b.WitnessDismissed(W1)],
        [replace(named(), party=PartyId("nobody"))],
    ],
)
def test_a_forged_file_names_no_witness_that_a_case_file_could_not(
    bodies: list[b.WitnessNamed | b.WitnessDismissed],
) -> None:
    play = opened()
    hands_in_witnesses(play, *bodies)
    assert not play.case.witnesses
    assert "A case file was not taken" in play.said_in("desk")
