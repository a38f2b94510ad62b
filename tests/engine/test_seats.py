"""Enrolment, comparison, four eyes and the wall."""

import pytest

from bot.domain import bodies as b
from bot.domain.ids import CASE_ROOM, CompartmentId, PartyId, Prose, SeatId, UserId
from bot.domain.vocabulary import Role
from bot.policy.wall import Sitting
from tests.support.orchid import MEDIATORS, ORCHID, fingerprint_of, master_of, with_keys
from tests.support.playbook import Play, opened

SEAT = '!seat rahim @rahim:localhost north negotiator in caucus-north, plenary named "Capt. Rahim"'


def approved(play: Play, line: str) -> str:
    """One mediator asks, the other approves; what is then said at the desk."""
    said = play.types("lindqvist", "desk", line)
    assert said.startswith("Waiting as"), said
    return play.types("adeyemi", "desk", f"!approve {play.code_of(said)}")


# -- enrolment ---------------------------------------------------------------------------


def test_the_right_code_pins_an_identity_and_is_used_up() -> None:
    play = opened(enrolled=[])
    code = play.one_time[SeatId("haddad")]
    said = play.writes_to_the_bot("@haddad:localhost", f"!enrol {code.lower().replace('-', ' ')}")
    assert said.startswith("You are enrolled.")
    assert "`!verify haddad" in play.said_in("desk")
    play.nothing_elsewhere("desk")
    seat = play.case.seats[SeatId("haddad")]
    assert (seat.master, seat.verified) == (master_of("haddad"), False)
    again = play.writes_to_the_bot("@haddad:localhost", f"!enrol {code}", master=master_of("x"))
    assert again.startswith("That did not work.")
    assert play.case.seats[SeatId("haddad")].master == master_of("haddad")


def test_a_code_of_another_person_opens_nothing() -> None:
    play = opened(enrolled=[])
    code = play.one_time[SeatId("haddad")]
    said = play.writes_to_the_bot("@merrow:localhost", f"!enrol {code}")
    assert said.startswith("That did not work.")
    assert not any(play.case.seats[SeatId(s)].enrolled for s in ("haddad", "merrow"))


def test_a_stranger_and_a_seated_person_read_the_same_words() -> None:
    play = opened(enrolled=[])
    for line in ("!enrol 2222-3333", "!enrol", "hello", "!help", "!enrol nonsense"):
        seated = play.writes_to_the_bot("@haddad:localhost", line)
        assert play.writes_to_the_bot("@stranger:localhost", line) == seated


def test_five_wrong_tries_void_a_code_and_a_mediator_makes_a_new_one() -> None:
    play = opened(enrolled=[])
    code = play.one_time[SeatId("haddad")]
    for _ in range(4):
        play.writes_to_the_bot("@haddad:localhost", "!enrol 2222-3333")
        assert play.said_in("desk") == ""
    play.writes_to_the_bot("@haddad:localhost", "!enrol 2222-3333")
    assert "is void after five wrong tries" in play.said_in("desk")
    said = play.writes_to_the_bot("@haddad:localhost", f"!enrol {code}")
    assert said.startswith("That did not work.")
    assert play.said_in("desk") == ""
    fresh = play.types("lindqvist", "desk", "!code haddad").split("`")[1]
    said = play.writes_to_the_bot("@haddad:localhost", f"!enrol {fresh}")
    assert said.startswith("You are enrolled.")


def test_a_session_that_cannot_vouch_for_its_identity_enrols_nobody() -> None:
    play = opened(enrolled=())
    head = play.case.head
    code = play.one_time[SeatId("haddad")]
    said = play.writes_to_the_bot("@haddad:localhost", f"!enrol {code}", vouched=False)
    assert "cannot vouch" in said
    assert play.case.head == head
    assert "You are enrolled" in play.writes_to_the_bot("@haddad:localhost", f"!enrol {code}")


def test_an_identity_that_sat_beyond_the_wall_does_not_enrol_under_another_account() -> None:
    play = opened(enrolled=["merrow"])
    code = play.one_time[SeatId("haddad")]
    said = play.writes_to_the_bot("@haddad:localhost", f"!enrol {code}", master=master_of("merrow"))
    assert said.startswith("That did not work.")
    assert "the wall forbids this identity" in play.said_in("desk")
    assert not play.case.seats[SeatId("haddad")].enrolled


# -- verified ----------------------------------------------------------------------------


def test_the_right_fingerprint_verifies_however_it_is_grouped() -> None:
    play = opened(enrolled=[])
    play.enrols("haddad", "merrow")
    said = play.types("lindqvist", "desk", f"!verify haddad {fingerprint_of('haddad')}")
    assert said == "Lt. Haddad (North) is verified: from now on what is typed there binds."
    joined = fingerprint_of("merrow").replace(" ", "")
    play.types("lindqvist", "desk", f"!verify merrow {joined}")
    assert play.case.seats[SeatId("merrow")].verified


def test_a_wrong_fingerprint_is_an_incident_and_verifies_nobody() -> None:
    play = opened(enrolled=[])
    play.enrols("haddad")
    said = play.types("lindqvist", "desk", f"!verify haddad {fingerprint_of('merrow')}")
    assert said.startswith("Not verified:")
    assert "Incident" in said
    assert play.fresh[-1].say.mention == ("adeyemi", "lindqvist")
    assert not play.case.seats[SeatId("haddad")].verified


def test_nobody_compares_the_own_fingerprint() -> None:
    play = opened(enrolled=[])
    play.appends(
        b.SeatAdded(
            SeatId("alias"),
            PartyId("mediation"),
            Role.MEDIATOR,
            UserId("@lindqvist:localhost"),
            "UTC",
            "en",
            "",
            Prose("Alias"),
        ),
        b.SeatEnrolled(SeatId("alias"), master_of("lindqvist"), "abcd"),
    )
    said = play.types("lindqvist", "desk", "!verify alias abcd")
    assert "somebody else compares" in said
    assert not play.case.seats[SeatId("alias")].verified


@pytest.mark.parametrize("who", ["nobody", "haddad", "lindqvist"])
def test_only_who_waits_for_it_is_compared(who: str) -> None:
    play = opened(enrolled=[])
    assert play.types("lindqvist", "desk", f"!verify {who} abcd").startswith("Nothing done")


# -- four eyes ---------------------------------------------------------------------------


def test_a_seat_takes_two_mediators_who_see_the_whole_line() -> None:
    play = opened(enrolled=[])
    said = play.types("lindqvist", "desk", SEAT)
    assert f"> {SEAT}" in said
    code = play.code_of(said)
    assert SeatId("rahim") not in play.case.seats
    own = play.types("lindqvist", "desk", f"!approve {code}")
    assert "you asked for" in own
    assert SeatId("rahim") not in play.case.seats
    done = play.types("adeyemi", "desk", f"!approve {code}")
    assert "is seated for North as negotiator" in done
    one_time = next(part for part in done.split("`") if len(part) == 9)
    play.nothing_elsewhere("desk")
    play.writes_to_the_bot("@rahim:localhost", f"!enrol {one_time}")
    assert "Capt. Rahim has enrolled" in play.said_in("desk")
    again = play.types("adeyemi", "desk", f"!approve {code}")
    assert again.startswith("Nothing done: no item")


def test_a_seat_without_a_name_is_called_by_its_id() -> None:
    play = opened(enrolled=[])
    approved(play, "!seat rahim @rahim:localhost north negotiator in caucus-north")
    said = play.types("lindqvist", "desk", "!code rahim")
    assert said.startswith("New one-time code for rahim:")


def test_a_line_that_waits_expires() -> None:
    play = opened(enrolled=[])
    code = play.code_of(play.types("lindqvist", "desk", SEAT))
    play.passes(hours=12, minutes=1)
    assert "has expired" in play.types("adeyemi", "desk", f"!approve {code}")
    assert SeatId("rahim") not in play.case.seats


def test_the_same_person_on_two_seats_is_still_one_person() -> None:
    play = opened(enrolled=[])
    play.appends(
        b.SeatAdded(
            SeatId("alias"),
            PartyId("mediation"),
            Role.MEDIATOR,
            UserId("@lindqvist:localhost"),
            "UTC",
            "en",
            "",
            Prose("Alias"),
            master_of("lindqvist"),
        ),
        b.SeatPlaced(CompartmentId("desk"), SeatId("alias")),
    )
    code = play.code_of(play.types("lindqvist", "desk", SEAT))
    assert "you asked for" in play.types("alias", "desk", f"!approve {code}")
    line = "!seat rahim @rahim:localhost north negotiator in caucus-north"
    play.types("lindqvist", "desk", line)
    assert play.types("alias", "desk", line).startswith("Waiting as")
    assert SeatId("rahim") not in play.case.seats


def test_what_no_longer_fits_when_it_is_approved_is_refused() -> None:
    play = opened(enrolled=[])
    code = play.code_of(play.types("lindqvist", "desk", SEAT))
    approved(play, SEAT.replace("plenary", "shuttle-north"))
    said = play.types("adeyemi", "desk", f"!approve {code}")
    assert "is in use" in said
    assert CompartmentId("plenary") not in {
        c.id for c in play.case.compartments.values() if "rahim" in c.seats
    }


def test_a_new_room_takes_two_and_seats_whom_it_names() -> None:
    play = opened()
    said = approved(play, "!compartment channel-two back-channel with haddad, merrow")
    assert said.startswith("`channel-two` (back-channel) is open for")
    play.makes_rooms()
    assert "Lt. Haddad" in play.types("merrow", "channel-two", "!where")


def test_one_mediator_takes_somebody_out_and_the_keys_change() -> None:
    play = opened()
    said = play.types("lindqvist", "desk", "!unseat haddad")
    assert said.startswith("Lt. Haddad is out of: caucus-north, plenary, shuttle-north.")
    assert sorted(play.dropped) == ["caucus-north", "plenary", "shuttle-north"]
    assert play.types("haddad", "caucus-north", "!help") == ""


def test_the_same_line_after_half_a_day_is_a_new_request() -> None:
    play = opened(enrolled=[])
    line = "!seat rahim @rahim:localhost north negotiator in caucus-north"
    play.types("lindqvist", "desk", line)
    play.passes(hours=12, minutes=1)
    assert play.types("adeyemi", "desk", line).startswith("Waiting as")
    assert SeatId("rahim") not in play.case.seats


def test_a_request_of_one_desk_is_not_approved_at_another() -> None:
    play = opened(enrolled=[])
    approved(play, "!compartment annex desk mediation with lindqvist, adeyemi")
    play.makes_rooms()
    code = play.code_of(play.types("lindqvist", "desk", SEAT))
    said = play.types("adeyemi", "annex", f"!approve {code}")
    assert said.startswith("Nothing done: no item")
    assert play.types("adeyemi", "annex", SEAT).startswith("Waiting as")
    assert SeatId("rahim") not in play.case.seats


# -- where nobody may sit ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("!seat x @haddad:localhost north negotiator in caucus-north", "has a seat already"),
        ("!seat haddad @x:localhost north negotiator in caucus-north", "is in use"),
        ("!seat x @x:localhost relief verifier in caucus-north", "one party alone"),
        ("!seat x @x:localhost relief verifier in shuttle-north", "and the mediators"),
        ("!seat x @x:localhost north negotiator in desk", "the mediators' party"),
        ("!seat x @x:localhost north mediator in caucus-north", "mediating party"),
        ("!seat x @x:localhost north principal in bench-north", "one principal"),
        ("!seat x @x:localhost north negotiator in nowhere", "no compartment `nowhere`"),
        ("!seat x @x:localhost east negotiator in plenary", "write it like this"),
        ("!compartment spy bench south with okonjo reads caucus-north", "may not read"),
        ("!compartment spy humanitarian with okonjo reads caucus-north", "may not read"),
        ("!compartment spy caucus with okonjo", "seats one party alone"),
        ("!compartment spy caucus south with haddad", "seats one party alone"),
        ("!compartment spy desk south with okonjo", "the mediators' party"),
        ("!compartment spy back-channel with haddad", "people of two parties"),
        ("!compartment spy bench south with okonjo, merrow", "one principal"),
        ("!compartment desk plenary with haddad", "is in use"),
    ],
)
def test_two_mediators_cannot_seat_whom_a_case_file_may_not(line: str, says: str) -> None:
    play = opened()
    head = play.case.head
    assert says in play.types("lindqvist", "desk", line)
    assert play.case.head == head


def test_the_own_party_may_be_told_by_a_new_bench() -> None:
    play = opened()
    play.types("lindqvist", "desk", "!unseat karam")
    approved(play, "!seat amira @amira:localhost north principal in bench-north")
    said = approved(play, "!compartment annex caucus north with yazan reads caucus-north")
    assert said.startswith("`annex` (caucus) is open")


# -- the wall ----------------------------------------------------------------------------


def refused_by_the_wall(play: Play, line: str) -> None:
    said = play.types("lindqvist", "desk", line)
    assert "the wall forbids it" in said, said


def test_the_wall_knows_an_account_that_sat_on_the_other_side() -> None:
    play = opened()
    play.types("lindqvist", "desk", "!unseat merrow")
    refused_by_the_wall(play, "!seat x @merrow:localhost north negotiator in caucus-north")


def test_the_wall_remembers_other_cases() -> None:
    play = opened()
    play.history = frozenset({Sitting("user:@x:localhost", PartyId("south"))})
    refused_by_the_wall(play, "!seat x @x:localhost north negotiator in caucus-north")
    play.history = frozenset({Sitting("seat:x", PartyId("south"))})
    refused_by_the_wall(play, "!seat x @y:localhost north negotiator in caucus-north")


def test_the_wall_is_asked_again_when_the_second_mediator_approves() -> None:
    play = opened()
    line = "!seat x @x:localhost north negotiator in caucus-north"
    code = play.code_of(play.types("lindqvist", "desk", line))
    play.history = frozenset({Sitting("user:@x:localhost", PartyId("south"))})
    assert "the wall forbids it" in play.types("adeyemi", "desk", f"!approve {code}")


def test_the_wall_stands_in_a_room_that_one_side_owns() -> None:
    play = opened()
    approved(play, "!compartment care humanitarian north with haddad, brenner")
    refused_by_the_wall(play, "!seat x @x:localhost south negotiator in care")


def test_mediators_visit_both_shuttles_and_never_take_a_side() -> None:
    play = opened()
    line = "!seat third @third:localhost mediation mediator in desk, shuttle-north, shuttle-south"
    assert "is seated for Mediation" in approved(play, line)
    said = approved(play, "!compartment shuttle-two shuttle south with merrow, lindqvist")
    assert said.startswith("`shuttle-two` (shuttle) is open")
    play.types("lindqvist", "desk", "!unseat third")
    refused_by_the_wall(play, "!seat x @third:localhost north negotiator in caucus-north")


def test_who_sat_with_one_side_does_not_mediate_in_the_others_shuttle() -> None:
    play = opened()
    play.types("lindqvist", "desk", "!unseat merrow")
    refused_by_the_wall(play, "!seat x @merrow:localhost mediation mediator in shuttle-north")


# -- case files --------------------------------------------------------------------------

WIDER = with_keys(ORCHID, *MEDIATORS).replace(
    'seats = ["haddad", "merrow", ', 'seats = ["haddad", "yazan", "merrow", '
)


def test_a_case_file_that_lets_somebody_read_more_waits_for_the_desk() -> None:
    play = opened(enrolled=[])
    plenary = CompartmentId("plenary")
    change = play.takes_case_file(WIDER)
    assert change.widens
    said = play.said_in("desk")
    assert "Maj. Yazan (North, negotiator) joins plenary" in said
    assert SeatId("yazan") not in play.case.compartments[plenary].seats
    play.takes_case_file(WIDER)
    assert play.fresh == []
    play.types("adeyemi", "desk", f"!approve {play.code_of(said)}")
    assert "Approved" in play.said_in("desk")
    play.takes_case_file(WIDER)
    assert SeatId("yazan") in play.case.compartments[plenary].seats


def test_an_approved_case_file_does_not_approve_another() -> None:
    play = opened(enrolled=[])
    play.takes_case_file(WIDER)
    play.types("adeyemi", "desk", f"!approve {play.code_of(play.said_in('desk'))}")
    other = WIDER.replace('"yazan", "merrow", ', '"yazan", "karam", "merrow", ')
    play.takes_case_file(other)
    assert "Minister Karam" in play.said_in("desk")
    assert play.case.compartments[CompartmentId("plenary")].seats.isdisjoint({"yazan", "karam"})


def test_a_case_file_that_takes_somebody_out_works_at_once() -> None:
    play = opened()
    text = with_keys(ORCHID, *MEDIATORS).replace('seats = ["haddad", "yazan"]', 'seats = ["yazan"]')
    play.takes_case_file(text)
    assert SeatId("haddad") not in play.case.compartments[CompartmentId("caucus-north")].seats
    assert play.dropped == ["caucus-north"]
    assert play.types("haddad", "caucus-north", "!help") == ""
    assert play.effects == ()
    assert CASE_ROOM not in play.case.compartments
