from __future__ import annotations

from datetime import timedelta

from bot.domain import bodies as b
from bot.domain.ids import PartyId, SeatId
from bot.engine.effects import Append
from tests.support.playbook import Play, opened

NORTH = PartyId("north")
TWO = SeatId("lindqvist"), SeatId("adeyemi")


def approved(play: Play, party: str = "north") -> str:
    """Two mediators approve an export; what the desk is told then."""
    waiting = play.types("lindqvist", "desk", f"!export {party}")
    assert "Waiting as" in waiting, waiting
    return play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")


def test_two_mediators_let_the_operator_write_files_for_a_day() -> None:
    play = opened()
    said = approved(play)
    assert "parley export orchid --for north --out DIRECTORY" in said
    assert play.case.exports == {NORTH: play.now + timedelta(hours=24)}
    made = [e.body for e in play.effects if isinstance(e, Append)]
    assert made[-1] == b.ExportApproved(NORTH, *TWO, play.now + timedelta(hours=24))
    play.nothing_elsewhere("desk")


def test_one_mediator_alone_approves_nothing() -> None:
    play = opened()
    waiting = play.types("lindqvist", "desk", "!export north")
    assert "leave encryption" in waiting
    play.types("lindqvist", "desk", f"!approve {play.code_of(waiting)}")
    play.types("lindqvist", "desk", "!export north")
    assert play.case.exports == {}


def test_only_mediators_at_the_desk_may_ask() -> None:
    play = opened()
    assert "there is no" in play.types("haddad", "caucus-north", "!export north")
    assert "there is no" in play.types("lindqvist", "shuttle-north", "!export north")


def test_an_unknown_party_is_refused_and_the_parties_are_named() -> None:
    play = opened()
    said = play.types("lindqvist", "desk", "!export west")
    assert "families, mediation, north, relief, south" in said
    assert "`!export PARTY`" in said


def test_the_approval_ends_when_somebody_is_seated_or_taken_out() -> None:
    play = opened()
    approved(play)
    play.types("lindqvist", "desk", "!unseat yazan from shuttle-north")
    assert play.case.exports == {}


def test_each_party_has_its_own_approval() -> None:
    play = opened()
    approved(play)
    play.passes(hours=1)
    approved(play, "relief")
    first, second = play.case.exports.values()
    assert second - first == timedelta(hours=1)
    assert set(play.case.exports) == {"north", "relief"}
