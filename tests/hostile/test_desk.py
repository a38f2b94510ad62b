"""A held desk: the place where everything is told must not be where nobody can hear."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import UserId
from tests.support.playbook import opened

EVE = (UserId("@eve:elsewhere.example"), "join")


def test_who_sits_at_a_held_desk_is_told_outside_of_it() -> None:
    play = opened()
    room = play.room("desk")
    play.sees("desk", replace(room, present=room.present | {EVE}))
    assert {user for user, _ in play.direct} == {"@lindqvist:localhost", "@adeyemi:localhost"}
    assert all("`!guard clear desk`" in text for _, text in play.direct)


def test_a_breach_elsewhere_is_told_at_the_desk_alone() -> None:
    play = opened()
    room = play.room("caucus-north")
    play.sees("caucus-north", replace(room, present=room.present | {EVE}))
    assert play.direct == []
    assert "is held" in play.said_in("desk")
