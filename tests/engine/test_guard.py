"""A room that is not as it should be is held, and only two people let it speak again."""

from dataclasses import replace

from bot.domain.ids import CompartmentId, EventId, SeatId, UserId
from bot.engine.effects import Append
from bot.engine.events import DevicesExcluded, MessageUnreadable, PersonEntered, SendDenied
from tests.engine.test_storyboard import PROMISE, confirmed
from tests.support.playbook import Play, opened

INTRUDER = UserId("@intruder:localhost")


def intruded(play: Play, place: str) -> None:
    room = play.room(place)
    play.sees(place, replace(room, present=room.present | {(INTRUDER, "join")}))


def test_a_breach_holds_the_room_and_the_desk_is_told_that_and_not_what() -> None:
    play = opened()
    play.types("haddad", "caucus-north", PROMISE)
    intruded(play, "caucus-north")
    said = play.said_in("desk")
    assert said.startswith("Breach: `caucus-north` is held, nothing leaves.")
    assert "only seated people. People not seated there: 1." in said
    assert "wounded" not in said
    play.nothing_elsewhere("desk")
    assert play.dropped == ["caucus-north"]
    (raised,) = [e for e in play.effects if isinstance(e, Append)]
    assert raised.label.admits(CompartmentId("desk"))
    assert not raised.label.admits(CompartmentId("caucus-north"))
    assert "Held by the guard: caucus-north" in play.types("lindqvist", "desk", "!status")


def test_nothing_counts_and_nothing_is_said_in_a_held_room() -> None:
    play = opened()
    code = confirmed(play)
    intruded(play, "caucus-north")
    head = play.case.head
    for line in (PROMISE, "!help", "!zzz", f"!release {code} to shuttle-south"):
        assert play.types("haddad", "caucus-north", line) == ""
    assert play.case.head == head
    before = len(play.all_said_in("caucus-north"))
    play.types("merrow", "plenary", "!record lists by Friday")
    play.types("haddad", "plenary", f"!release {play.code_of(play.said_in('plenary'))} to desk")
    assert len(play.all_said_in("caucus-north")) == before


def test_a_held_room_is_cleared_by_two_and_only_once_it_is_mended() -> None:
    play = opened()
    intruded(play, "caucus-north")
    said = play.types("lindqvist", "desk", "!guard clear caucus-north")
    assert "still in breach: only seated people" in said
    play.sees("caucus-north", play.room("caucus-north"))
    assert play.fresh == []
    said = play.types("lindqvist", "desk", "!guard clear caucus-north")
    code = play.code_of(said)
    assert "you asked for" in play.types("lindqvist", "desk", f"!approve {code}")
    play.dropped.clear()
    play.types("adeyemi", "desk", f"!approve {code}")
    assert "is cleared" in play.said_in("desk")
    assert play.said_in("caucus-north").startswith("This room was held and is cleared.")
    assert play.dropped == ["caucus-north"]
    assert play.types("haddad", "caucus-north", PROMISE).startswith("Read-back")
    assert "is not held" in play.types("lindqvist", "desk", "!guard clear caucus-north")


def test_a_breach_that_comes_back_before_the_approval_keeps_the_room_held() -> None:
    play = opened()
    intruded(play, "caucus-north")
    play.sees("caucus-north", play.room("caucus-north"))
    code = play.code_of(play.types("lindqvist", "desk", "!guard clear caucus-north"))
    intruded(play, "caucus-north")
    assert "still in breach" in play.types("adeyemi", "desk", f"!approve {code}")
    assert play.case.compartments[CompartmentId("caucus-north")].held


def test_the_same_breach_is_told_once_and_another_one_again() -> None:
    play = opened()
    intruded(play, "caucus-north")
    intruded(play, "caucus-north")
    assert play.fresh == []
    play.sees("caucus-north", replace(play.room("caucus-north"), join_rule="public"))
    assert "by invitation only" in play.said_in("desk")


def test_a_held_desk_is_cleared_by_two_who_type_the_same_line() -> None:
    play = opened()
    intruded(play, "desk")
    assert play.fresh == []
    assert play.types("lindqvist", "desk", "!status") == ""
    play.sees("desk", play.room("desk"))
    play.types("lindqvist", "desk", "!guard clear desk")
    play.types("lindqvist", "desk", "!guard clear desk")
    assert play.case.compartments[CompartmentId("desk")].held
    play.types("adeyemi", "desk", "!guard clear desk")
    assert not play.case.compartments[CompartmentId("desk")].held
    assert "Breach: `desk` is held," in play.said_in("desk")
    assert "`desk` is cleared" in play.said_in("desk")


def test_who_is_on_the_way_out_is_no_intruder() -> None:
    play = opened()
    before = play.room("caucus-north")
    play.types("lindqvist", "desk", "!unseat yazan from caucus-north")
    play.sees("caucus-north", before)
    assert play.fresh == []
    assert not play.case.compartments[CompartmentId("caucus-north")].held


def test_a_watch_in_a_held_room_goes_to_the_desk_at_once() -> None:
    play = opened()
    play.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 1h")
    intruded(play, "caucus-north")
    play.passes(hours=1)
    said = play.said_in("desk")
    assert "Nobody in `caucus-north` can answer watch" in said
    assert "H-TEAL" not in said


def test_guard_status_shows_each_rule_and_only_the_desk_sees_other_rooms() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", "!guard status")
    assert said.startswith("`caucus-north`: not held")
    assert said.count("• pass") == 12
    said = play.types("haddad", "caucus-north", "!guard status caucus-south")
    assert said.replace("caucus-south", "zzz") == play.types(
        "haddad", "caucus-north", "!guard status zzz"
    )
    intruded(play, "caucus-north")
    said = play.types("lindqvist", "desk", "!guard status caucus-north")
    assert said.startswith("`caucus-north`: HELD, nothing leaves")
    assert "FAIL only seated people: 4 present, 1 not seated here" in said


def test_one_bad_device_is_reported_and_holds_nobody_up() -> None:
    play = opened()
    room = play.room("caucus-north")
    user = play.case.seats[SeatId("haddad")].user
    play.sees("caucus-north", replace(room, unchained=frozenset({(user, "OLDPHONE")})))
    assert play.fresh == []
    play.take(
        DevicesExcluded(
            EventId("$x"), play.now, CompartmentId("caucus-north"), ((user, "OLDPHONE"),)
        )
    )
    assert play.said_in("desk").startswith("In `caucus-north`, Lt. Haddad has a device")
    assert "Devices that get no key: 1." in play.types("yazan", "caucus-north", "!where")
    assert play.types("yazan", "caucus-north", PROMISE)


def test_an_unreadable_message_is_said_so_where_it_was_written() -> None:
    play = opened()
    place = CompartmentId("caucus-north")
    play.take(MessageUnreadable(EventId("$x"), play.now, place, SeatId("haddad")))
    assert play.said_in("caucus-north").startswith("A message from Lt. Haddad could not be read")
    assert play.fresh[0].say.mention == ("haddad",)
    play.nothing_elsewhere("caucus-north")
    play.take(MessageUnreadable(EventId("$y"), play.now, place, None))
    assert play.said_in("caucus-north").startswith("A message from somebody")


def test_a_denied_text_is_reported_without_its_words() -> None:
    play = opened()
    place = CompartmentId("caucus-north")
    for why in ("label", "breach", "unknown_room", "no_readers"):
        play.take(SendDenied(EventId(f"$denied-{why}"), play.now, place, why))
        assert play.said_in("desk").startswith("Something for `caucus-north` could not be sent")
        play.nothing_elsewhere("desk")
    play.take(SendDenied(EventId("$held"), play.now, place, "held"))
    assert play.fresh == []


def test_who_enters_is_told_which_room_this_is() -> None:
    play = opened()
    user = play.case.seats[SeatId("haddad")].user
    place = CompartmentId("caucus-north")
    play.take(PersonEntered(EventId("$in"), play.now, place, user))
    assert "caucus-north" in play.said_in("caucus-north")
    play.take(PersonEntered(EventId("$out"), play.now, place, INTRUDER))
    assert play.fresh == []
