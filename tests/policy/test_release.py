from __future__ import annotations

import copy
import operator
import types
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Generic, TypeVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy import release as gate
from bot.policy.guard import RoomId, Rule, WantedRoom, Why
from bot.policy.label import UNOWNED, CompartmentId, Label, PartyId, owned_by
from bot.policy.release import Cleared, Denied, Labelled, Room, release
from tests.architecture.source_rules import gate_keepers
from tests.policy.rooms import BOT, BREAKS, ROOM, ROSTER, SOUND, WANTED, broken_room

T = TypeVar("T")
LAW = settings(max_examples=200, deadline=None)
SECRET = "canary: nine people by the old mill"
HERE = CompartmentId("caucus-lowland")
LOWLAND = PartyId("lowland")
OURS = owned_by(LOWLAND, frozenset({HERE}))
THEIRS = owned_by(PartyId("upland"), frozenset({CompartmentId("caucus-upland")}))
OPEN = Room(HERE, held=False, wanted=WANTED, seen=SOUND)


def cleared() -> Cleared[str]:
    made = release(Labelled(SECRET, OURS), OPEN)
    assert isinstance(made, Cleared)
    return made


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    """A room with any mixture of faults, none of them more than now and then."""
    rules = draw(st.just(frozenset[Rule]()) | st.frozensets(st.sampled_from(Rule), max_size=3))
    seen = broken_room(rules)
    name = draw(st.sampled_from([ROOM, ROOM, ROOM, RoomId("!other:parley.example")]))
    wanted = WantedRoom(name, BOT, draw(st.sampled_from([ROSTER, ROSTER, ROSTER, frozenset()])))
    if not wanted.roster and draw(st.booleans()):
        seen = replace(seen, present=frozenset({(BOT, "join")}))
    return Room(
        HERE,
        held=draw(st.sampled_from([False, False, False, True])),
        wanted=draw(st.sampled_from([wanted, wanted, wanted, None])),
        seen=draw(st.sampled_from([seen, seen, seen, None])),
    )


def may_go(label: Label, room: Room) -> bool:
    """The gate's definition from the design, rule by rule, without the guard's code."""
    wanted, seen = room.wanted, room.seen
    if room.held or wanted is None or seen is None or wanted.room != seen.room:
        return False
    people = {user for user, _ in seen.present}
    return (
        all(room.compartment in readers for _, readers in label.owners)
        and bool(wanted.roster)
        and seen.encryption == "m.megolm.v1.aes-sha2"
        and people <= wanted.roster | {wanted.bot}
        and (wanted.bot, "join") in seen.present
        and (seen.join_rule, seen.history) == ("invite", "joined")
        and seen.guest_access in ("forbidden", None)
        and not (seen.aliases or seen.listed or seen.tombstone)
        and (seen.widgets, seen.third_party_invites, seen.default_user_level) == (0, 0, 0)
        and seen.lowest_control_level >= 100
        and all(user == wanted.bot for user, level in seen.powers if level > 0)
    )


@LAW
@given(rooms(), st.sampled_from([OURS, OURS, UNOWNED, THEIRS, OURS.join(THEIRS)]))
def test_a_text_is_cleared_exactly_when_every_condition_holds(room: Room, label: Label) -> None:
    found = release(Labelled(SECRET, label), room)
    if may_go(label, room):
        assert isinstance(found, Cleared)
        assert room.wanted is not None
        assert (found.value, found.room, found.readers) == (SECRET, ROOM, room.wanted.roster)
    else:
        assert isinstance(found, Denied)


@LAW
@given(rooms(), st.sampled_from([OURS, THEIRS]))
def test_a_denial_carries_a_word_and_rules_and_nothing_of_the_text(
    room: Room, label: Label
) -> None:
    found = release(Labelled(SECRET, label), room)
    if isinstance(found, Denied):
        assert [f.name for f in fields(found)] == ["why", "rules"]
        assert isinstance(found.why, Why)
        assert set(found.rules) <= {rule.value for rule in Rule}
        assert "canary" not in repr(found)
        assert found == release(Labelled("other words", label), room)


DENIALS: list[tuple[Label, Room, Denied]] = [
    (OURS, replace(OPEN, held=True), Denied(Why.HELD)),
    (THEIRS, OPEN, Denied(Why.LABEL)),
    (OURS.join(THEIRS), OPEN, Denied(Why.LABEL)),
    (OURS, replace(OPEN, wanted=None), Denied(Why.UNKNOWN_ROOM)),
    (OURS, replace(OPEN, seen=None), Denied(Why.UNKNOWN_ROOM)),
    (
        OURS,
        replace(OPEN, seen=replace(SOUND, room=RoomId("!other:parley.example"))),
        Denied(Why.UNKNOWN_ROOM),
    ),
    (
        OURS,
        replace(
            OPEN,
            wanted=WantedRoom(ROOM, BOT, frozenset()),
            seen=replace(SOUND, present=frozenset({(BOT, "join")})),
        ),
        Denied(Why.NO_READERS),
    ),
    *(
        (OURS, replace(OPEN, seen=BREAKS[rule][0](SOUND)), Denied(Why.BREACH, (rule.value,)))
        for rule in Rule
        if rule is not Rule.DEVICES
    ),
]


@pytest.mark.parametrize(("label", "room", "denied"), DENIALS, ids=range(len(DENIALS)))
def test_each_fault_alone_denies_and_says_which(label: Label, room: Room, denied: Denied) -> None:
    assert release(Labelled(SECRET, label), room) == denied


def test_each_reason_to_deny_is_met_here() -> None:
    assert {denied.why for _, _, denied in DENIALS} == set(Why)


def test_a_bad_device_of_one_reader_does_not_silence_the_others() -> None:
    seen = BREAKS[Rule.DEVICES][0](SOUND)
    assert isinstance(release(Labelled(SECRET, OURS), replace(OPEN, seen=seen)), Cleared)


def test_what_was_cleared_does_not_show_its_text_when_printed() -> None:
    assert "canary" not in repr(cleared())
    assert "canary" not in str(cleared())


def _derive() -> object:
    # The type checker refuses this too; so it is made as no source code of ours is.
    return type("Mine", (Cleared,), {"__init__": lambda _: None})


def _derive_with_type() -> object:
    return types.new_class("Mine", (Cleared[str],))


def _rebuild(original: Cleared[str]) -> object:
    """Do what a pickle does, with the protocol of `object` in place of the class's own."""
    taken = object.__reduce_ex__(original, 2)
    assert not isinstance(taken, str)
    make, arguments, (_, slots) = taken[:3]
    made = make(*arguments)
    for name, value in slots.items():
        setattr(made, name, value)
    return made


TRICKS: dict[str, Callable[[Cleared[str]], object]] = {
    "build": lambda _: Cleared(object(), "forged", WANTED),
    "build with no key": lambda _: Cleared(None, "forged", WANTED),
    "build of a type": lambda _: Cleared[str](object(), "forged", WANTED),
    "build with another's key": lambda c: Cleared(c, "forged", WANTED),
    "build again in place": lambda c: Cleared.__init__(c, object(), "forged", WANTED),
    "derive": lambda _: _derive(),
    "derive from a typed one": lambda _: _derive_with_type(),
    "assign": lambda c: setattr(c, "value", "forged"),
    "assign the room": lambda c: setattr(c, "room", RoomId("!x:y")),
    "assign the readers": lambda c: setattr(c, "readers", frozenset()),
    "delete": lambda c: delattr(c, "value"),
    "add": lambda c: setattr(c, "note", "forged"),
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "reduce": lambda c: c.__reduce__(),
    "reduce for a pickle": lambda c: c.__reduce_ex__(4),
    "rebuild as a pickle does": _rebuild,
    "replace as dataclass": lambda c: replace(c, value="forged"),
    "replace as python 3.13": operator.methodcaller("__replace__", value="forged"),
    "its dictionary": lambda c: vars(c).update(value="forged"),
    "set state": operator.methodcaller("__setstate__", (None, {"value": "forged"})),
    "half made": lambda _: object.__new__(Cleared).value,
}


@pytest.mark.parametrize("name", TRICKS)
def test_no_honest_way_makes_or_changes_a_cleared_text(name: str) -> None:
    original = cleared()
    with pytest.raises((TypeError, AttributeError)):
        TRICKS[name](original)
    assert (original.value, original.room, original.readers) == (SECRET, ROOM, ROSTER)


def test_two_clearances_are_never_taken_for_one_another() -> None:
    assert cleared() != cleared()


def test_an_error_of_the_gate_does_not_repeat_the_text() -> None:
    for name in ("build", "assign", "copy"):
        with pytest.raises((TypeError, AttributeError)) as caught:
            TRICKS[name](cleared())
        assert "forged" not in str(caught.value)
        assert "canary" not in str(caught.value)


def _by_force() -> object:
    made = object.__new__(Cleared)
    object.__setattr__(made, "value", "forged")
    return made.value


def _with_the_key() -> object:
    return Cleared(gate._KEY, "forged", WANTED).value


def _by_descriptor() -> object:
    made = cleared()
    cast("property", Cleared.__dict__["value"]).__set__(made, "forged")
    return made.value


class _Twin(Generic[T]):
    __slots__ = ("readers", "room", "value")


def _by_class() -> object:
    made: object = _Twin()
    object.__setattr__(made, "value", "forged")
    object.__setattr__(made, "__class__", Cleared)
    return made.value if isinstance(made, Cleared) else None


@pytest.mark.parametrize("force", [_by_force, _with_the_key, _by_descriptor, _by_class])
def test_what_python_cannot_prevent_is_known(force: Callable[[], object]) -> None:
    """Force succeeds in any Python program: no guard at run time, only the eye on our source."""
    assert force() == "forged"


@pytest.mark.parametrize(
    "line",
    [
        "object.__new__(Cleared)",
        "gate._KEY",
        "from bot.policy.release import _KEY",
        "Cleared(k, 'forged', room)",
        "class Mine(Cleared): ...",
    ],
)
def test_the_source_rules_see_what_python_cannot_prevent(line: str, tmp_path: Path) -> None:
    source = tmp_path / "bot/runner/forging.py"
    source.parent.mkdir(parents=True)
    source.write_text(line + "\n", encoding="utf-8")
    assert gate_keepers(tmp_path)
