from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.guard import (
    BREACHES,
    RoomId,
    Rule,
    SeenRoom,
    UserId,
    breaches,
    inspect,
)
from tests.policy.rooms import (
    BOT,
    BREAKS,
    ROSTER,
    ROWAN,
    SORREL,
    SOUND,
    STRANGER,
    WANTED,
    Break,
    broken_room,
)

LAW = settings(max_examples=200, deadline=None)
ALONE = [(rule, n, way) for rule, ways in BREAKS.items() for n, way in enumerate(ways)]


def broken(seen: SeenRoom) -> frozenset[Rule]:
    return frozenset(f.rule for f in inspect(WANTED, seen) if not f.holds)


def test_every_rule_has_a_way_to_break_it_here() -> None:
    assert set(BREAKS) == set(Rule)


def test_a_sound_room_keeps_every_rule() -> None:
    assert broken(SOUND) == frozenset()
    assert breaches(inspect(WANTED, SOUND)) == ()


@pytest.mark.parametrize(("rule", "way"), [(r, w) for r, _, w in ALONE], ids=[f"{r}-{n}" for r, n, _ in ALONE])  # fmt: skip
def test_a_rule_broken_alone_is_found_alone(rule: Rule, way: Break) -> None:
    assert broken(way(SOUND)) == {rule}


@LAW
@given(st.frozensets(st.sampled_from(Rule)), st.data())
def test_any_mixture_of_broken_rules_is_found_in_full(
    rules: frozenset[Rule], data: st.DataObject
) -> None:
    seen = SOUND
    for rule in data.draw(st.permutations(sorted(rules))):
        seen = data.draw(st.sampled_from(BREAKS[rule]))(seen)
    assert broken(seen) == rules
    assert {f.rule for f in breaches(inspect(WANTED, seen))} == rules - {Rule.DEVICES}


@LAW
@given(st.frozensets(st.sampled_from(Rule)))
def test_there_is_one_finding_for_every_rule_in_one_order(rules: frozenset[Rule]) -> None:
    assert [f.rule for f in inspect(WANTED, broken_room(rules))] == list(Rule)


def test_a_device_without_a_key_is_found_and_holds_nothing() -> None:
    seen = broken_room(frozenset({Rule.DEVICES}))
    assert broken(seen) == {Rule.DEVICES}
    assert breaches(inspect(WANTED, seen)) == ()
    assert frozenset(Rule) - {Rule.DEVICES} == BREACHES


@LAW
@given(
    st.frozensets(
        st.tuples(
            st.sampled_from([BOT, ROWAN, SORREL, STRANGER, UserId("@eve:x.example")]),
            st.sampled_from(["join", "invite", "knock"]),
        )
    )
)
def test_intruders_are_exactly_those_present_without_a_seat(
    present: frozenset[tuple[UserId, str]],
) -> None:
    finding = inspect(WANTED, replace(SOUND, present=present))[list(Rule).index(Rule.MEMBERS)]
    assert finding.intruders == {u for u, _ in present} - ROSTER - {BOT}
    assert finding.holds == (not finding.intruders)
    assert all(not f.intruders for f in inspect(WANTED, SOUND))


def test_people_who_are_seated_and_away_break_nothing() -> None:
    assert broken(replace(SOUND, present=frozenset({(BOT, "join")}))) == frozenset()


def test_a_look_alike_of_a_seated_person_is_an_intruder() -> None:
    for name in (
        "@Rowan:lowland.example",
        "@rowan:lowland.example ",
        "@r\u043ewan:lowland.example",
    ):
        seen = replace(SOUND, present=SOUND.present | {(UserId(name), "join")})
        assert broken(seen) == {Rule.MEMBERS}


def test_the_bot_alone_may_have_power() -> None:
    assert broken(replace(SOUND, powers=frozenset({(BOT, 2**53 - 1)}))) == frozenset()
    assert broken(replace(SOUND, powers=frozenset({(ROWAN, 0), (SORREL, -5)}))) == frozenset()


def test_a_room_that_never_said_anything_of_guests_forbids_them() -> None:
    assert broken(replace(SOUND, guest_access=None)) == frozenset()


def test_a_room_that_was_never_described_is_not_taken_for_sound() -> None:
    blank = SeenRoom(RoomId(""), None, frozenset(), None, None, None)
    assert broken(blank) == {Rule.ENCRYPTED, Rule.JOIN_RULE, Rule.HISTORY, Rule.BOT_PRESENT}


@LAW
@given(st.text(min_size=1).map(lambda s: f"canary {s}"))
def test_evidence_repeats_no_word_that_a_homeserver_made_up(words: str) -> None:
    seen = replace(
        SOUND,
        room=RoomId(words),
        encryption=words,
        join_rule=words,
        guest_access=words,
        history=words,
        aliases=(words,),
        present=SOUND.present | {(UserId(words), "join")},
        powers=frozenset({(UserId(words), 5)}),
        unchained=frozenset({(UserId(words), words)}),
    )
    for finding in inspect(WANTED, seen):
        assert "canary" not in finding.evidence
        assert len(finding.evidence) < 100


@pytest.mark.parametrize(
    ("seen", "rule", "evidence"),
    [
        (SOUND, Rule.ENCRYPTED, "m.megolm.v1.aes-sha2"),
        (replace(SOUND, encryption=None), Rule.ENCRYPTED, "none"),
        (replace(SOUND, encryption="m.rot13"), Rule.ENCRYPTED, "something else"),
        (replace(SOUND, join_rule="public"), Rule.JOIN_RULE, "public"),
        (replace(SOUND, join_rule=None), Rule.JOIN_RULE, "none"),
        (replace(SOUND, guest_access=None), Rule.GUESTS, "forbidden"),
        (replace(SOUND, guest_access="can_join"), Rule.GUESTS, "can_join"),
        (replace(SOUND, history="world_readable"), Rule.HISTORY, "world_readable"),
        (replace(SOUND, history=None), Rule.HISTORY, "none"),
        (SOUND, Rule.MEMBERS, "3 present, 0 not seated here"),
        (SOUND, Rule.BOT_PRESENT, "joined"),
    ],
)
def test_evidence_says_what_was_seen(seen: SeenRoom, rule: Rule, evidence: str) -> None:
    assert {f.rule: f.evidence for f in inspect(WANTED, seen)}[rule] == evidence
