import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matrix.facts import ABOVE_ALL, MALFORMED, STATE_TYPES, RoomFacts
from bot.matrix.rooms import creation
from bot.matrix.strict_json import POISON, JsonObject, JsonValue, array
from bot.policy.guard import (
    BOT_LEVEL,
    ENCRYPTION,
    RoomId,
    Rule,
    UserId,
    WantedRoom,
    breaches,
    inspect,
)

ROOM = RoomId("!room")
BOT, ANNA, EVE = UserId("@bot:x"), UserId("@anna:x"), UserId("@eve:x")
WANTED = WantedRoom(ROOM, BOT, frozenset({ANNA}))


def state(kind: str, content: JsonValue, key: str = "", sender: str = BOT) -> JsonObject:
    return {"type": kind, "state_key": key, "sender": sender, "content": content}


def member(user: str, membership: JsonValue, sender: str = BOT) -> JsonObject:
    return state("m.room.member", {"membership": membership}, user, sender)


def good_room() -> RoomFacts:
    facts = RoomFacts(ROOM)
    facts.take(state("m.room.create", {"room_version": "12"}))
    facts.take(member(BOT, "join"))
    for event in array(creation("x"), "initial_state") or []:
        assert isinstance(event, dict)
        facts.take(event)
    facts.take(member(ANNA, "join"))
    return facts


def broken(facts: RoomFacts) -> set[Rule]:
    return {finding.rule for finding in breaches(inspect(WANTED, facts.seen()))}


def test_a_room_made_by_the_bot_passes_the_guard() -> None:
    assert broken(good_room()) == set()


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (state("m.room.encryption", {"algorithm": "m.none"}), Rule.ENCRYPTED),
        (state("m.room.encryption", {"algorithm": [ENCRYPTION]}), Rule.ENCRYPTED),
        (state("m.room.encryption", "nothing"), Rule.ENCRYPTED),
        (member(EVE, "join"), Rule.MEMBERS),
        (member(EVE, "invite"), Rule.MEMBERS),
        (member(EVE, "knock", EVE), Rule.MEMBERS),
        (member(EVE, "lurk"), Rule.MEMBERS),
        (member(EVE, None), Rule.MEMBERS),
        (state("m.room.member", [], EVE), Rule.MEMBERS),
        (state("m.room.join_rules", {"join_rule": "public"}), Rule.JOIN_RULE),
        (state("m.room.join_rules", {}), Rule.JOIN_RULE),
        (state("m.room.join_rules", {"join_rule": {}}), Rule.JOIN_RULE),
        (state("m.room.guest_access", {"guest_access": "can_join"}), Rule.GUESTS),
        (state("m.room.guest_access", {"guest_access": 7}), Rule.GUESTS),
        (state("m.room.history_visibility", {"history_visibility": "shared"}), Rule.HISTORY),
        (state("m.room.history_visibility", None), Rule.HISTORY),
        (state("m.room.canonical_alias", {"alias": "#a:x"}), Rule.UNLISTED),
        (state("m.room.canonical_alias", {"alt_aliases": ["#a:x"]}), Rule.UNLISTED),
        (state("m.room.canonical_alias", {"alt_aliases": 1}), Rule.UNLISTED),
        (state("m.room.canonical_alias", []), Rule.UNLISTED),
        (state("m.room.tombstone", {}), Rule.TOMBSTONE),
        (state("m.widget", {"url": "x"}, "w"), Rule.WIDGETS),
        (state("im.vector.modular.widgets", "odd", "w"), Rule.WIDGETS),
        (state("m.room.third_party_invite", {"key": 1}, "t"), Rule.THIRD_PARTY_INVITES),
        (state("m.room.create", {}, sender=EVE), Rule.POWER),
        (state("m.room.create", {"additional_creators": [EVE]}), Rule.POWER),
        (state("m.room.create", {"additional_creators": {}}), Rule.POWER),
        (state("m.room.create", None), Rule.POWER),
        (member(BOT, "leave", EVE), Rule.BOT_PRESENT),
    ],
)
def test_each_unsafe_or_unreadable_state_is_a_breach(event: JsonObject, rule: Rule) -> None:
    facts = good_room()
    assert facts.take(event)
    assert rule in broken(facts)


@pytest.mark.parametrize(
    "change",
    [
        {"users": {EVE: 1}},
        {"users": {EVE: "100"}},
        {"users": {EVE: True}},
        {"users": []},
        {"users_default": 1},
        {"users_default": "0"},
        {"state_default": 50},
        {"state_default": "100"},
        {"invite": 0},
        {"kick": None},
        {"ban": 99},
        {"redact": 50},
        {"events": {"m.room.name": 50}},
        {"events": {"m.room.message": "100"}},
        {"events": 5},
    ],
)
def test_any_power_for_anybody_else_is_a_breach(change: JsonObject) -> None:
    facts = good_room()
    (power,) = (
        e["content"]
        for e in array(creation("x"), "initial_state") or []
        if isinstance(e, dict) and e["type"] == "m.room.power_levels"
    )
    assert isinstance(power, dict)
    facts.take(state("m.room.power_levels", power))
    assert Rule.POWER not in broken(facts)
    facts.take(state("m.room.power_levels", power | change))
    assert Rule.POWER in broken(facts)


@pytest.mark.parametrize("left_out", ["invite", "kick", "ban", "redact", "state_default"])
def test_a_level_left_out_counts_as_what_the_protocol_says(left_out: str) -> None:
    facts = good_room()
    levels: JsonObject = dict.fromkeys(["invite", "kick", "ban", "redact", "state_default"], 100)
    del levels[left_out]
    facts.take(state("m.room.power_levels", levels))
    assert facts.seen().lowest_control_level == (0 if left_out == "invite" else 50)


def test_nothing_seen_of_the_power_counts_as_no_control() -> None:
    assert RoomFacts(ROOM).seen().lowest_control_level == 0


def test_a_creator_stands_above_every_level() -> None:
    assert (BOT, ABOVE_ALL) in good_room().seen().powers


def test_encryption_once_seen_cannot_be_hidden() -> None:
    seen = good_room().renewed([member(BOT, "join")]).seen()
    assert seen.encryption == ENCRYPTION
    assert seen.join_rule is None


def test_a_full_answer_replaces_everything_else() -> None:
    facts = good_room()
    facts.take(member(EVE, "join"))
    assert EVE not in facts.renewed([member(ANNA, "join")]).present()


def test_a_blanked_widget_is_gone_and_named_until_then() -> None:
    facts = good_room()
    facts.take(state("m.widget", {"url": "x"}, "w1"))
    assert facts.clutter() == {("m.widget", "w1")}
    facts.take(state("m.widget", {}, "w1"))
    assert facts.clutter() == frozenset()


def test_who_left_by_their_own_will_is_told_from_who_was_removed() -> None:
    facts = good_room()
    facts.take(member(ANNA, "leave", ANNA))
    facts.take(member(EVE, "leave", BOT))
    assert facts.left_by_own_will() == {ANNA}
    facts.take(member(ANNA, "invite"))
    assert facts.left_by_own_will() == frozenset()


def test_what_has_no_state_key_or_another_key_is_no_state() -> None:
    facts = good_room()
    before = facts.seen()
    stateless: list[JsonObject] = [
        {"type": "m.room.encryption", "content": {"algorithm": "none"}},
        state("m.room.encryption", {"algorithm": "none"}, "key"),
        state("m.room.name", {"name": "x"}),
        {"type": 5, "state_key": "", "content": {}},
        {"type": "m.room.member", "state_key": None, "content": {}},
        {"type": "m.room.member", "state_key": POISON, "content": {"membership": "join"}},
    ]
    for event in stateless:
        assert not facts.take(event)
    assert facts.seen() == before


def test_poison_inside_content_is_read_as_unsafe() -> None:
    facts = good_room()
    facts.take(state("m.room.join_rules", {"join_rule": "invite", "allow": POISON}))
    assert facts.seen().join_rule == MALFORMED


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(POISON),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_fields = st.sampled_from(
    ["membership", "users", "events", "algorithm", "join_rule", "alias", "alt_aliases", "invite"]
)


@settings(max_examples=100)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(STATE_TYPES), "state_key": st.sampled_from(["", EVE]) | _json},
            optional={"content": _json | st.dictionaries(_fields, _json), "sender": _json},
        ),
        max_size=6,
    )
)
def test_no_state_whatever_crashes_the_fold_or_gives_control(events: list[JsonObject]) -> None:
    facts = good_room()
    for event in events:
        facts.take(event)
    seen = facts.seen()
    inspect(WANTED, seen)
    if seen.lowest_control_level >= BOT_LEVEL and seen.default_user_level == 0:
        # Only whole numbers get here: nothing unreadable passes for control.
        assert all(isinstance(level, int) for _, level in seen.powers)
