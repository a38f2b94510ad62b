"""Names: proposed away, released only knowingly, and never a way to ask what others protect."""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.ids import Code
from bot.engine.protected import kept_as_known_in, kept_from
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened


def recorded(play: Play, words: str, seat: str = "haddad", place: str = "caucus-north") -> str:
    return play.code_of(play.types(seat, place, f"!record {words}"))


def protected(play: Play, name: str, seat: str = "haddad", place: str = "caucus-north") -> str:
    return play.types(seat, place, f'!protect "{name}"')


def named(play: Play) -> bool:
    """Whether the last released item may hold protected names."""
    body = [body for _, body in play.written if isinstance(body, b.ItemReleased)][-1]
    record = next(r for r in play.case.named) if play.case.named else None
    assert body.named is (record is not None)
    return body.named


def test_a_tear_line_hides_names_and_numbers_and_goes_nowhere_by_itself() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    code = recorded(play, "Karim Haddad is held at the mill, call +964 770 123 4567")
    said = play.types("haddad", "caucus-north", f"!tear {code} for shuttle-south")
    assert "Karim" not in said
    assert "4567" not in said
    assert "[person 1] is held at the mill, call [phone 1]" in said
    assert "person (1)" in said
    assert "phone (1)" in said
    tear = play.code_of(said)
    assert f"`!release {tear} to shuttle-south`" in said
    play.nothing_elsewhere("caucus-north")
    for seat, place in (
        ("merrow", "shuttle-south"),
        ("karam", "bench-north"),
        ("lindqvist", "desk"),
    ):
        assert f"no item `{tear}`" in play.types(seat, place, f"!show {tear}")
    assert "[person 1]" not in play.types("karam", "bench-north", "!digest now")


def test_a_protected_place_is_a_place_in_a_tear_line() -> None:
    play = opened(text=QUIET)
    play.types("haddad", "caucus-north", '!protect place "Wadi Salam"')
    code = recorded(play, "they wait at Wadi Salam")
    said = play.types("haddad", "caucus-north", f"!tear {code} for shuttle-south")
    assert "they wait at [place 1]" in said
    assert "Salam" not in said
    for typed in ("!protect place", "!protect place Wadi Salam", '!protect "x"'):
        head = play.case.head
        play.types("haddad", "caucus-north", typed)
        assert play.case.head == head


def test_a_tear_line_is_sent_as_it_is_with_the_consent_of_the_sources_owners() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    code = recorded(play, "Karim Haddad is ill")
    tear = play.code_of(play.types("haddad", "caucus-north", f"!tear {code} for shuttle-south"))
    asked = play.types("haddad", "caucus-north", f"!release {tear} to shuttle-south")
    assert "protected names" not in asked
    play.types("yazan", "caucus-north", f"!consent {play.code_of(asked)}")
    assert "> [person 1] is ill" in play.said_in("shuttle-south")


def test_stand_ins_stay_the_same_for_one_recipient() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    protected(play, "Samir Nasser")
    first = recorded(play, "Karim Haddad met Samir Nasser")
    second = recorded(play, "Samir Nasser came alone")
    play.types("haddad", "caucus-north", f"!tear {first} for shuttle-south")
    said = play.types("haddad", "caucus-north", f"!tear {second} for shuttle-south")
    assert "> [person 2] came alone" in said
    other = play.types("haddad", "caucus-north", f"!tear {second} for plenary")
    assert "> [person 1] came alone" in other


def test_what_a_tear_line_is_made_of_gives_it_its_owners_and_caveats() -> None:
    play = opened(text=QUIET)
    code = recorded(play, "ten are ill")
    asked = play.types(
        "haddad", "caucus-north", f'!release {code} to shuttle-south as "ten" no-forward'
    )
    play.types("yazan", "caucus-north", f"!consent {play.code_of(asked)}")
    there = play.code_of(play.said_in("shuttle-south"))
    said = play.types("merrow", "shuttle-south", f"!tear {there} for plenary")
    item = play.case.items[Code(play.code_of(said))]
    assert item.label.owner_parties() == {"north"}
    assert item.label.caveats.no_forward
    assert "Waiting for North" in play.types(
        "merrow", "shuttle-south", f"!release {item.code} to plenary"
    )


def test_a_release_that_holds_a_protected_name_says_which_and_needs_a_consent_with_names() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    code = recorded(play, "a list")
    asked = play.types(
        "haddad", "caucus-north", f'!release {code} to shuttle-south as "كريم حداد is well"'
    )
    assert "holds protected names" in asked
    assert "Karim Haddad" in asked
    request = play.code_of(asked)
    assert f"`!consent {request} with names`" in asked
    refused = play.types("yazan", "caucus-north", f"!consent {request}")
    assert refused.startswith("Nothing done")
    assert "Karim Haddad" in refused
    play.nothing_elsewhere("caucus-north")
    play.types("yazan", "caucus-north", f"!consent {request} with names")
    assert "is well" in play.said_in("shuttle-south")
    assert named(play)


def test_recorded_words_are_looked_at_as_typed_ones_are() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    code = recorded(play, "K a r i m  Haddad is well")
    asked = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    assert "holds protected names" in asked


def test_words_without_a_protected_name_need_no_more_than_a_consent() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    code = recorded(play, "ten are well")
    asked = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    assert "names" not in asked.replace("Nobody", "")
    play.types("yazan", "caucus-north", f"!consent {play.code_of(asked)} with names")
    assert "ten are well" in play.said_in("shuttle-south")
    assert not named(play)


def test_nobody_can_find_out_by_releasing_what_others_protect() -> None:
    """Twins: in one South protects the very name, has a watch on it and a person of that name."""
    play, twin = opened(text=QUIET), opened(text=QUIET)
    protected(play, "Samir Nasser", "merrow", "caucus-south")
    play.types("merrow", "caucus-south", "!watch add welfare for H-TEAL every 6h grace 1h step 5h")
    for one in (play, twin):
        code = recorded(one, "Samir Nasser, H-TEAL and Minister Okonjo are well")
        lines = (
            f"!tear {code} for shuttle-south",
            f"!tear {code} for plenary",
            f"!release {code} to shuttle-south",
            f'!release {code} to plenary as "Samir Nasser, H-TEAL and Minister Okonjo"',
            "!protect list",
        )
        one.heard.clear()
        for line in lines:
            one.types("haddad", "caucus-north", line)
    said = [h.text for h in play.heard if h.compartment == "caucus-north"]
    assert said == [h.text for h in twin.heard if h.compartment == "caucus-north"]
    assert "Samir Nasser" in said[0]
    assert not any("protected names" in text for text in said)


def test_nobody_can_find_out_whether_the_other_side_knows_a_name_too() -> None:
    play, twin = opened(text=QUIET), opened(text=QUIET)
    protected(play, "Karim Haddad", "merrow", "shuttle-south")
    for one in (play, twin):
        protected(one, "Karim Haddad")
        one.heard.clear()
        code = recorded(one, "Karim Haddad is well")
        one.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
        one.types("haddad", "caucus-north", f"!tear {code} for shuttle-south")
    said = [h.text for h in play.heard if h.compartment == "caucus-north"]
    assert said == [h.text for h in twin.heard if h.compartment == "caucus-north"]
    assert "holds protected names" in said[-2]


def test_protected_names_are_listed_where_they_may_be_read_and_nowhere_else() -> None:
    play = opened(text=QUIET)
    assert "Protected as" in protected(play, "Karim Haddad")
    assert "Karim Haddad" in play.types("yazan", "caucus-north", "!protect list")
    for seat, place in (("merrow", "caucus-south"), ("lindqvist", "desk"), ("haddad", "plenary")):
        assert "Karim" not in play.types(seat, place, "!protect list")
    for wrong in ("Karim", '""', '"K"', '"Karim" now'):
        assert play.types("haddad", "caucus-north", f"!protect {wrong}").startswith("Nothing done")


def test_the_last_gate_is_given_all_that_a_room_may_not_read() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    caucus, shuttle = "caucus-north", "shuttle-south"
    everything = {one.record for one in kept_from(play.case, shuttle).names}  # type: ignore[arg-type]
    known = kept_as_known_in(play.case, shuttle, frozenset({caucus}))  # type: ignore[arg-type]
    assert {one.record for one in known.names} < everything
    assert play.case.protected[0].record in {one.record for one in known.names}
    assert play.case.protected[0].record not in {
        one.record
        for one in kept_as_known_in(play.case, caucus, frozenset({shuttle})).names  # type: ignore[arg-type]
    }


def test_an_erased_name_is_protected_no_more() -> None:
    play = opened(text=QUIET)
    protected(play, "Karim Haddad")
    before = len(kept_from(play.case, "plenary").names)  # type: ignore[arg-type]
    line = '!erase person H-TEAL because the family asked for it named "Karim Haddad"'
    said = play.types("lindqvist", "desk", line)
    play.types("adeyemi", "desk", f"!approve {play.code_of(said)}")
    assert len(kept_from(play.case, "plenary").names) == before - 1  # type: ignore[arg-type]


def test_each_owner_is_told_of_the_names_that_its_own_room_may_read() -> None:
    play = opened(text=QUIET)
    protected(play, "Samir Nasser", "merrow", "caucus-south")
    code = recorded(play, "Samir Nasser is on the list", "haddad", "plenary")
    asked = play.types("haddad", "plenary", f"!release {code} to humanitarian")
    request = play.code_of(asked)
    assert "protected names" not in asked
    assert "protected names" not in play.said_in("caucus-north")
    assert "protected names" not in play.said_in("desk")
    assert "holds protected names" in play.said_in("caucus-south")
    for seat, place in (("yazan", "caucus-north"), ("adeyemi", "desk"), ("brenner", "plenary")):
        assert "on record" in play.types(seat, place, f"!consent {request}")
    assert "Samir Nasser" in play.types("merrow", "caucus-south", f"!consent {request}")
    play.types("merrow", "caucus-south", f"!consent {request} with names")
    assert "Samir Nasser is on the list" in play.said_in("humanitarian")
    assert named(play)
