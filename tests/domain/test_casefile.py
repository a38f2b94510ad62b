from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.bodies import (
    Body,
    CompartmentOpened,
    RoomBound,
    SeatAdded,
    SeatEnrolled,
    SeatPlaced,
    SeatRemoved,
    SeatWithdrawn,
    WallBuilt,
)
from bot.domain.case import Case
from bot.domain.casefile import CaseFile, CaseFileWrong, parse
from bot.domain.casefile_change import Change, difference, seats_needing_codes
from bot.domain.fold import replay
from bot.domain.ids import (
    CASE_ROOM,
    CaseId,
    CompartmentId,
    MasterKey,
    RecordId,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.records import Record
from bot.domain.sittings import sittings
from bot.policy.label import UNOWNED, PartyId
from bot.policy.wall import Sitting

ORCHID = (Path(__file__).parents[2] / "config/cases/gulf-war-1991.toml").read_text("utf-8")
AT = datetime(2026, 3, 1, tzinfo=UTC)
KEY = "A" * 43


def folded(case: Case | None, *bodies: Body) -> Case:
    start = case if case is not None else Case(CaseId("orchid"))
    return replay(
        start,
        (
            Record(RecordId(f"r{start.head + n}"), start.id, CASE_ROOM, AT, UNOWNED, "test", body)
            for n, body in enumerate(bodies)
        ),
    )


def change(text: str, case: Case | None = None) -> Change:
    history = sittings(case) if case is not None else frozenset[Sitting]()
    return difference(parse(text), case, code_digests={}, history=history)


def applied(text: str, case: Case | None = None) -> Case:
    return folded(case, *(body for _, body in change(text, case).bodies))


def edited(old: str, new: str, text: str = ORCHID) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
    return text.replace(old, new)


def wrong(text: str, case: Case | None = None) -> list[str]:
    with pytest.raises(CaseFileWrong) as caught:
        change(text, case)
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)
    return str(caught.value).splitlines()


def without_table(header: str, id_: str, text: str = ORCHID) -> str:
    """Cut one table out of the file, and its seat out of every compartment."""
    start = text.index(f'{header}\nid = "{id_}"')
    end = text.index("\n\n", start)
    return text[:start] + text[end:].replace(f', "{id_}"', "").replace(f'"{id_}", ', "")


# -- parsing -------------------------------------------------------------------------------


def test_the_demonstration_file_has_five_parties_nine_seats_and_nine_compartments() -> None:
    file = parse(ORCHID)
    assert [party.name for party in file.parties.values()] == [
        "North",
        "South",
        "Mediation",
        "Relief Society",
        "Families",
    ]
    assert (len(file.seats), len(file.compartments), len(file.walls)) == (9, 9, 1)


def test_a_seat_takes_zone_and_language_from_its_party() -> None:
    assert parse(ORCHID).seats[SeatId("haddad")].zone == "Asia/Baghdad"
    text = edited('name = "Lt. Haddad"', 'name = "Lt. Haddad"\nzone = "Europe/Paris"')
    assert parse(text).seats[SeatId("haddad")].zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('id = "orchid"', 'id = "Orchid!"', "line 7, case: id must be 1 to 32 of a-z"),
        ('id = "orchid"', "", "line 7, case: id is missing"),
        ('zone = "UTC"', 'zone = "Mars/Base"', "case: zone must be an IANA time zone"),
        (
            'name = "Lt. Haddad"',
            'nmae = "x"\nname = "y"',
            "seat haddad: nmae is not a key here; known",
        ),
        ('name = "Lt. Haddad"', 'name = "a\\nb"', "seat haddad: name must be one line"),
        ('name = "Lt. Haddad"', 'name = "\\u202Ea"', "seat haddad: name must be one line"),
        ('name = "Lt. Haddad"', "name = 7", "seat haddad: name must be one line"),
        ('role = "liaison"', 'role = "boss"', "seat salim: role must be one of: principal"),
        ('kind = "family"', 'kind = "clan"', "party families: kind must be one of: state"),
        (
            'party = "relief"',
            'party = "relieve"',
            "seat brenner: party must be a party of this file",
        ),
        ('"@salim:localhost"', '"salim"', "seat salim: user must be a Matrix ID"),
        ('"@salim:localhost"', '"@salim:localhost"\nmaster = "x"', "seat salim: master must be"),
        ('id = "salim"', 'id = "brenner"', "seat brenner: the id brenner is taken already"),
        ('id = "plenary"', 'id = "case"', "compartment case: case is the name of the case's own"),
        (
            'seats = ["karam"]',
            'seats = ["kram"]',
            "compartment bench-north: seats: there is no seat",
        ),
        ('seats = ["karam"]', 'seats = "karam"', "bench-north: seats must be a list of ids"),
        (
            'seats = ["karam"]',
            'seats = ["karam", "karam"]',
            "bench-north: seats names something twice",
        ),
        ('reads = ["humanitarian"]', 'reads = ["relief"]', "desk: reads: there is no compartment"),
        ('"daily 06:00 Asia/Riyadh"', '"now and then"', "bench-south: digest must be a schedule"),
        ('reads = ["humanitarian"]', 'reads = ["desk"]', "desk: reads must not name itself"),
        ('between = ["north", "south"]', 'between = ["north"]', "wall: between must be two of"),
        (
            'between = ["north", "south"]',
            'between = ["north", "x"]',
            "wall: between must be two of",
        ),
        ("[[wall]]", "[[walls]]", "walls: walls is not a table of a case file"),
        ("[[wall]]", "[wall]", "wall: write [[wall]], with two brackets"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_right_form(
    old: str, new: str, line: str
) -> None:
    lines = wrong(edited(old, new))
    assert any(line in found for found in lines), lines


def test_all_problems_are_told_at_once() -> None:
    text = edited('zone = "UTC"', 'zone = "x"')
    text = edited('role = "liaison"', 'role = "boss"', text)
    text = edited('kind = "family"', 'kind = "clan"', text)
    assert len(wrong(text)) == 3


def test_broken_toml_is_refused_with_its_line() -> None:
    (line,) = wrong("[case]\nid = \n")
    assert line.startswith("line 2, column 6: not valid TOML")


def test_an_endless_file_is_refused() -> None:
    assert wrong("#" * 300_000) == ["the file: is longer than 262144 characters"]


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser(text: str) -> None:
    with pytest.raises(CaseFileWrong):
        parse(text)


# -- what the tables must be together ------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"@salim:localhost"', '"@brenner:localhost"', "one person, one seat"),
        ('role = "liaison"', 'role = "mediator"', "a mediator belongs to a party of kind interm"),
        ('seats = ["merrow"]', 'seats = ["merrow", "haddad"]', "a caucus is for south alone"),
        ('seats = ["merrow"]', 'seats = ["merrow", "lindqvist"]', "a caucus is for south alone"),
        (
            'seats = ["merrow", "lindqvist", "adeyemi"]',
            'seats = ["merrow", "lindqvist", "adeyemi", "brenner"]',
            "a shuttle is for south and the mediators",
        ),
        ('seats = ["okonjo"]', 'seats = ["merrow"]', "a bench is for a principal of south"),
        ('seats = ["lindqvist", "adeyemi"]', 'seats = ["lindqvist"]', "a desk with two mediators"),
        (
            'seats = ["lindqvist", "adeyemi"]',
            'seats = ["lindqvist", "adeyemi", "salim"]',
            "a desk is for the mediators' party",
        ),
        (
            'kind = "desk"\nparty = "mediation"',
            'kind = "desk"\nparty = "relief"',
            "a desk's party is of kind intermediary",
        ),
        ('kind = "plenary"', 'kind = "plenary"\nparty = "mediation"', "takes no party"),
        ('kind = "caucus"\nparty = "north"', 'kind = "caucus"', "party is missing: a caucus"),
        ('reads = ["humanitarian"]', 'reads = ["caucus-north"]', "must not read caucus-north"),
        ('kind = "plenary"', 'kind = "back-channel"', "people of two parties"),
        (
            'reads = ["caucus-south", "shuttle-south", "plenary"]',
            'reads = ["caucus-north"]',
            "must not read caucus-north",
        ),
        (
            'reads = ["caucus-south", "shuttle-south", "plenary"]',
            'reads = ["humanitarian"]',
            "must not read humanitarian",
        ),
    ],
)
def test_tables_that_would_open_a_door_are_refused(old: str, new: str, line: str) -> None:
    lines = wrong(edited(old, new))
    assert any(line in found for found in lines), lines


def test_one_key_on_two_seats_is_refused() -> None:
    text = edited('"@salim:localhost"', f'"@salim:localhost"\nmaster = "{KEY}"')
    text = edited('"@karam:localhost"', f'"@karam:localhost"\nmaster = "{KEY}"', text)
    assert sum("one key, one person" in line for line in wrong(text)) == 2


def test_the_wall_stands_inside_one_file() -> None:
    # A party's own humanitarian room is that party's compartment like any other.
    text = ORCHID + '\n[[compartment]]\nid = "camp"\nkind = "humanitarian"\nparty = "north"\n'
    lines = wrong(text + 'seats = ["brenner", "merrow"]\n')
    assert len(lines) == 1
    assert "seat merrow: must not sit with north: this person has sat with south" in lines[0]


@pytest.mark.parametrize("trait", ["user:@merrow:localhost", "seat:merrow"])
def test_the_wall_remembers_other_cases(trait: str) -> None:
    history = frozenset({Sitting(trait, PartyId("north"))})
    with pytest.raises(CaseFileWrong, match="seat merrow: must not sit with south"):
        difference(parse(ORCHID), None, code_digests={}, history=history)


def test_the_wall_remembers_other_cases_while_this_one_runs() -> None:
    case = folded(applied(ORCHID), SeatEnrolled(SeatId("merrow"), MasterKey(KEY), "AAAA"))
    elsewhere = frozenset({Sitting(f"master:{KEY}", PartyId("north"))})
    with pytest.raises(CaseFileWrong, match="seat merrow: must not sit with south"):
        difference(parse(ORCHID), case, code_digests={}, history=sittings(case) | elsewhere)


def test_who_once_sat_as_a_guest_of_one_side_never_sits_with_the_other() -> None:
    camp = '\n[[compartment]]\nid = "camp-{0}"\nkind = "humanitarian"\nparty = "{0}"\nseats = {1}\n'
    north = ORCHID + camp.format("north", '["brenner"]')
    left = ORCHID + camp.format("north", "[]")
    case = applied(left, applied(north))
    (line,) = wrong(left + camp.format("south", '["brenner"]'), case)
    assert "seat brenner: must not sit with south: this person has sat with north" in line


def test_the_wall_knows_a_removed_person_by_the_account_and_by_the_pinned_key() -> None:
    case = applied(ORCHID)
    case = folded(case, SeatEnrolled(SeatId("yazan"), MasterKey(KEY), "AAAA"))
    case = applied(without_table("[[seat]]", "yazan"), case)
    turned = without_table("[[seat]]", "yazan").replace(
        'seats = ["merrow"', 'seats = ["merrow", "novak"'
    )
    seat = '\n[[seat]]\nid = "novak"\nname = "Capt. Novak"\nparty = "south"\nrole = "negotiator"\n'
    for line in ('user = "@yazan:localhost"', f'user = "@novak:localhost"\nmaster = "{KEY}"'):
        (found,) = wrong(f"{turned}{seat}{line}\n", case)
        assert "seat novak: must not sit with south: this person has sat with north" in found
    assert change(f'{turned}{seat}user = "@novak:localhost"\n', case).widens


def test_a_former_negotiator_cannot_come_back_as_the_other_sides_mediator() -> None:
    case = applied(without_table("[[seat]]", "yazan"), applied(ORCHID))
    seat = '\n[[seat]]\nid = "visitor"\nname = "Visitor"\nparty = "mediation"\nrole = "mediator"\nuser = "@yazan:localhost"\n'
    text = without_table("[[seat]]", "yazan").replace(
        'seats = ["merrow", "lin', 'seats = ["visitor", "merrow", "lin'
    )
    (found,) = wrong(text + seat, case)
    assert "seat visitor: must not sit with south" in found


def test_mediators_sit_in_both_shuttles_and_may_be_moved_again() -> None:
    case = applied(ORCHID)
    more = ORCHID + '\n[[compartment]]\nid = "shuttle-two"\nkind = "shuttle"\nparty = "south"\n'
    assert change(more + 'seats = ["merrow", "lindqvist"]\n', case).widens


# -- the difference ------------------------------------------------------------------------


def test_a_new_case_is_folded_from_its_file() -> None:
    case = applied(ORCHID)
    file = parse(ORCHID)
    assert case.zone == "UTC"
    assert set(case.parties) == set(file.parties)
    assert set(case.seats) == set(file.seats)
    assert {c.id: c.seats for c in case.compartments.values()} == {
        c.id: frozenset(c.seats) for c in file.compartments.values()
    }
    assert case.walls == frozenset(file.walls)


def test_every_record_of_a_case_file_belongs_to_the_case_itself() -> None:
    assert {where for where, _ in change(ORCHID).bodies} == {CASE_ROOM}


def test_an_unchanged_file_changes_nothing() -> None:
    found = change(ORCHID, applied(ORCHID))
    assert (found.bodies, found.widens, found.lines) == ((), False, ())


def test_new_people_who_need_a_code_get_their_own_digest() -> None:
    text = edited('"@salim:localhost"', f'"@salim:localhost"\nmaster = "{KEY}"')
    needing = seats_needing_codes(parse(text), None)
    assert SeatId("haddad") in needing
    assert SeatId("salim") not in needing
    assert seats_needing_codes(parse(text), applied(text)) == ()
    made = difference(parse(text), None, code_digests={SeatId("haddad"): "d1"})
    digests = {
        body.seat: body.code_digest for _, body in made.bodies if isinstance(body, SeatAdded)
    }
    assert digests[SeatId("haddad")] == "d1"
    assert {digest for seat, digest in digests.items() if seat != "haddad"} == {""}
    assert folded(None, *(b for _, b in made.bodies)).seats[SeatId("salim")].verified


def test_a_digest_names_the_change_and_nothing_but_the_change() -> None:
    file, codes = parse(ORCHID), {SeatId("haddad"): "d1"}
    first = difference(file, None, code_digests={}).digest
    assert difference(file, None, code_digests=codes).digest == first
    assert difference(parse("# a remark\n" + ORCHID), None, code_digests={}).digest == first
    for old, new in (
        ('name = "Lt. Haddad"', 'name = "Lt. Hadad"'),
        ('id = "orchid"', 'id = "lotus"'),
        ('seats = ["karam"]', "seats = []"),
        ('digest = "daily 06:00 Asia/Riyadh"', 'digest = "daily 07:00 Asia/Riyadh"'),
    ):
        assert change(edited(old, new)).digest != first


def test_a_bench_keeps_the_schedule_of_its_digest() -> None:
    case = applied(ORCHID)
    assert case.compartments[CompartmentId("bench-north")].digest == "daily 06:00 Asia/Baghdad"
    assert case.compartments[CompartmentId("desk")].digest == ""


def test_a_new_seat_says_what_it_may_read() -> None:
    before = applied(without_table("[[seat]]", "yazan"))
    found = change(ORCHID, before)
    (line,) = found.lines
    assert line == (
        "Seat Maj. Yazan (North, negotiator) is new, sits in caucus-north, shuttle-north:"
        " may read caucus-north, shuttle-north."
    )
    assert found.widens
    assert [type(body) for _, body in found.bodies] == [SeatAdded, SeatPlaced, SeatPlaced]


def test_a_principal_is_said_to_be_told_of_what_the_bench_reads() -> None:
    assert any(
        "may read bench-north, is told of caucus-north, plenary, shuttle-north." in line
        for line in change(ORCHID).lines
    )


def test_a_removed_seat_leaves_its_rooms_first_and_widens_nothing() -> None:
    found = change(without_table("[[seat]]", "yazan"), applied(ORCHID))
    assert [body for _, body in found.bodies] == [
        SeatWithdrawn(CompartmentId("caucus-north"), SeatId("yazan")),
        SeatWithdrawn(CompartmentId("shuttle-north"), SeatId("yazan")),
        SeatRemoved(SeatId("yazan")),
    ]
    assert not found.widens
    assert found.lines == (
        "yazan (North, negotiator) leaves caucus-north and reads nothing new there.",
        "yazan (North, negotiator) leaves shuttle-north and reads nothing new there.",
        "Seat yazan (North, negotiator) is removed.",
    )


def test_moving_a_person_is_told_on_both_sides() -> None:
    text = edited('seats = ["haddad", "yazan"]', 'seats = ["haddad"]')
    text = edited('seats = ["haddad", "merrow",', 'seats = ["yazan", "haddad", "merrow",', text)
    found = change(text, applied(ORCHID))
    assert found.widens
    assert found.lines == (
        "Maj. Yazan (North, negotiator) joins plenary: may read plenary.",
        "Maj. Yazan (North, negotiator) leaves caucus-north and reads nothing new there.",
    )


def test_a_compartment_that_reads_widens_even_while_it_is_empty() -> None:
    more = ORCHID + '\n[[compartment]]\nid = "own"\nkind = "caucus"\nparty = "north"\nseats = []\n'
    assert not change(more, applied(ORCHID)).widens
    assert change(more + 'reads = ["shuttle-north"]\n', applied(ORCHID)).widens


def test_a_later_wall_is_built_once_and_checked_at_once() -> None:
    before = applied(edited('[[wall]]\nbetween = ["north", "south"]\n', ""))
    found = change(ORCHID, before)
    assert [body for _, body in found.bodies] == [WallBuilt(PartyId("north"), PartyId("south"))]
    turned = edited('between = ["north", "south"]', 'between = ["south", "north"]')
    assert change(turned, applied(ORCHID)).bodies == ()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('zone = "UTC"', 'zone = "Asia/Baghdad"', "case: zone and language stay UTC, en"),
        (
            'kind = "family"',
            'kind = "state"',
            "party families: kind is family and cannot be changed",
        ),
        ('zone = "Asia/Kuwait"', 'zone = "UTC"', "party families: zone is Asia/Kuwait"),
        ('role = "liaison"', 'role = "observer"', "seat salim: role is liaison"),
        ('"@salim:localhost"', '"@other:localhost"', "seat salim: user is @salim:localhost"),
        ('"@salim:localhost"', f'"@salim:localhost"\nmaster = "{KEY}"', "two mediators re-pin"),
        ('kind = "plenary"', 'kind = "humanitarian"', "compartment plenary: kind is plenary"),
        ('"daily 06:00 Asia/Riyadh"', '"daily 07:00"', "bench-south: digest is daily 06:00"),
        ('reads = ["humanitarian"]', "", "compartment desk: reads is humanitarian"),
        ('[[wall]]\nbetween = ["north", "south"]', "", "a wall is never taken down"),
        ('id = "plenary"', 'id = "forum"', "compartment plenary is missing: to close it"),
    ],
)
def test_what_no_record_can_say_is_refused(old: str, new: str, line: str) -> None:
    text = ORCHID.replace(', "plenary"]', ', "forum"]') if "forum" in new else ORCHID
    lines = wrong(edited(old, new, text), applied(ORCHID))
    assert any(line in found for found in lines), lines


def test_the_id_of_a_removed_seat_is_never_used_again() -> None:
    case = applied(without_table("[[seat]]", "yazan"), applied(ORCHID))
    (line,) = wrong(ORCHID, case)
    assert "seat yazan: this id was removed" in line


def test_a_party_is_never_taken_out() -> None:
    text = without_table("[[seat]]", "salim")
    text = without_table("[[party]]", "families", text)
    assert any("party families is missing" in line for line in wrong(text, applied(ORCHID)))


def test_a_compartment_is_closed_by_emptying_it_and_keeps_its_room() -> None:
    case = folded(applied(ORCHID), RoomBound(CompartmentId("humanitarian"), RoomId("!r:x")))
    text = edited('seats = ["brenner", "salim", "lindqvist", "adeyemi"]', "seats = []")
    after = applied(text, case)
    closed = after.compartments[CompartmentId("humanitarian")]
    assert closed.seats == frozenset()
    assert closed.room == "!r:x"


def test_a_file_of_another_case_is_a_bug_of_the_caller() -> None:
    other = replace(applied(ORCHID), id=CaseId("other"))
    with pytest.raises(ValueError, match="another case"):
        change(ORCHID, other)


@given(st.data())
def test_whatever_moves_a_second_look_at_the_same_file_finds_nothing(data: st.DataObject) -> None:
    """The difference is complete: applied once, the case is what the file says."""
    first, second = (seated(data) for _ in range(2))
    case = folded(None, *(b for _, b in difference(first, None, code_digests={}).bodies))
    change_two = difference(second, case, code_digests={}, history=sittings(case))
    case = folded(case, *(b for _, b in change_two.bodies))
    assert difference(second, case, code_digests={}, history=sittings(case)).bodies == ()
    for compartment in second.compartments.values():
        assert case.compartments[compartment.id].seats == frozenset(compartment.seats)
    gained = [b for _, b in change_two.bodies if isinstance(b, SeatPlaced | CompartmentOpened)]
    assert change_two.widens == bool(gained)


def seated(data: st.DataObject) -> CaseFile:
    """Return ORCHID with any part of each compartment's people, the desk apart."""
    file = parse(ORCHID)
    rooms = {
        c.id: c
        if c.id == "desk"
        else replace(c, seats=tuple(s for s in c.seats if data.draw(st.booleans())))
        for c in file.compartments.values()
    }
    # Who may be told depends on who sits; here only the seating is under test.
    rooms = {id_: replace(c, reads=frozenset()) for id_, c in rooms.items()}
    return replace(file, compartments=rooms)


def test_a_matrix_id_of_an_address_server_is_taken() -> None:
    text = edited('"@salim:localhost"', '"@salim:[2001:db8::1]:8448"')
    assert parse(text).seats[SeatId("salim")].user == UserId("@salim:[2001:db8::1]:8448")
