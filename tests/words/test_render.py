"""The label of a sentence follows from what it is made of; nobody declares it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import CompartmentId, PartyId, Prose, RecordId, SeatId
from bot.policy.label import UNOWNED, Label, owned_by
from bot.words.message import render
from bot.words.phrase import (
    Fact,
    Insertion,
    Lengths,
    Lines,
    Moment,
    PartyName,
    Phrase,
    Phrases,
    Ref,
    Refs,
    Said,
    SeatName,
    Times,
    Words,
    phrase,
)
from bot.words.render import Renderer

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
NORTH, SOUTH = PartyId("north"), PartyId("south")
CAUCUS, SHUTTLE = CompartmentId("caucus"), CompartmentId("shuttle")
NORTHS = owned_by(NORTH, frozenset({CAUCUS, SHUTTLE}))
SOUTHS = owned_by(SOUTH, frozenset({SHUTTLE}))
OF_NORTH, OF_SOUTH, GONE = RecordId("n"), RecordId("s"), RecordId("gone")

ERASED = "[gone, in their language]"
SENTENCES = {
    "erased": ERASED,
    "one": "say {a}",
    "two": "say {a} and {b}",
    "nothing": "",
    "hint": " (hint)",
    "item": "`{a}`",
    "block": "# title {a}\nfirst {b}\n> {c}\n{d}\n{e}",
}


@dataclass(frozen=True)
class Invented:
    """Two records, one erased one, one seat."""

    labels: dict[RecordId, Label] = field(
        default_factory=lambda: {OF_NORTH: NORTHS, OF_SOUTH: SOUTHS, GONE: NORTHS}
    )

    def prose(self, record: RecordId, field: str) -> tuple[str | None, Label]:
        del field
        return (None if record == GONE else f"words of {record}"), self.labels[record]

    def label_of(self, record: RecordId) -> Label:
        return self.labels[record]

    def label_in(self, compartment: CompartmentId) -> Label:
        return owned_by(NORTH, frozenset({compartment}))

    def seat(self, seat: SeatId) -> tuple[str | None, Label]:
        return f"Mx {seat}", SOUTHS

    def party(self, party: PartyId) -> str | None:
        return {"north": "North"}.get(party)


def rendered(said: Phrase) -> tuple[str, Label]:
    renderer = Renderer(SENTENCES, "Asia/Baghdad", NOW, Invented())
    body = render(renderer.blocks(said)).body
    return body, renderer.label


OWNED: list[tuple[Insertion, Label]] = [
    ("K7QF", UNOWNED),
    (7, UNOWNED),
    (timedelta(minutes=90), UNOWNED),
    (Moment(NOW), UNOWNED),
    (PartyName(NORTH), UNOWNED),
    (phrase("nothing"), UNOWNED),
    (Ref(OF_NORTH, "text"), NORTHS),
    (Ref(GONE, "text"), NORTHS),
    (Ref(OF_SOUTH, "text"), SOUTHS),
    (Fact(OF_NORTH, NOW), NORTHS),
    (Fact(OF_SOUTH, "in force"), SOUTHS),
    (Said(CAUCUS, Prose("typed")), owned_by(NORTH, frozenset({CAUCUS}))),
    (SeatName(SeatId("haddad")), SOUTHS),
    (phrase("one", a=Ref(OF_NORTH, "text")), NORTHS),
    (
        (phrase("one", a=Ref(OF_NORTH, "x")), phrase("one", a=Ref(OF_SOUTH, "x"))),
        NORTHS.join(SOUTHS),
    ),
    (Lines("one", (OF_NORTH, OF_SOUTH), (("a", Refs("text")),)), NORTHS.join(SOUTHS)),
    (Lines("one", (OF_NORTH,), (("a", Times((NOW,))),)), NORTHS),
    (Lines("one", (OF_NORTH,), (("a", Lengths((timedelta(hours=1),))),)), NORTHS),
    (Lines("one", (OF_NORTH,), (("a", Phrases((phrase("one", a=Ref(OF_SOUTH, "x")),))),)), SOUTHS),
    (Lines("one", (OF_NORTH,), (("a", Words(("K7QF",))),)), UNOWNED),
]


@pytest.mark.parametrize(("value", "label"), OWNED)
def test_each_insertion_brings_its_label(value: Insertion, label: Label) -> None:
    assert rendered(phrase("one", a=value))[1] == label


@given(st.sampled_from(OWNED), st.sampled_from(OWNED))
def test_a_sentence_is_read_only_where_every_part_may_be(
    one: tuple[Insertion, Label], other: tuple[Insertion, Label]
) -> None:
    _, label = rendered(phrase("two", a=one[0], b=other[0]))
    for place in (CAUCUS, SHUTTLE, CompartmentId("elsewhere")):
        assert label.admits(place) is (one[1].admits(place) and other[1].admits(place))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("K7QF", "say K7QF"),
        (7, "say 7"),
        (timedelta(minutes=90), "say 1 h 30 min"),
        (Moment(NOW), "say Mon 1 Mar 11:00 Baghdad (08:00 UTC)"),
        (Fact(OF_NORTH, NOW), "say Mon 1 Mar 11:00 Baghdad (08:00 UTC)"),
        (Fact(OF_NORTH, timedelta(hours=2)), "say 2 h"),
        (Ref(OF_NORTH, "text"), "say words of n"),
        (Ref(GONE, "text"), f"say {ERASED}"),
        (PartyName(NORTH), "say North"),
        (PartyName(SOUTH), f"say {ERASED}"),
        (SeatName(SeatId("haddad")), "say Mx haddad"),
        (phrase("hint"), "say  (hint)"),
        ((phrase("one", a="x"), phrase("nothing"), phrase("one", a="y")), "say say x, say y"),
        (Lines("one", (OF_NORTH, OF_SOUTH), (("a", Words(("x", "y"))),)), "say say x, say y"),
    ],
)
def test_each_insertion_is_shown(value: Insertion, shown: str) -> None:
    assert rendered(phrase("one", a=value))[0] == shown


def test_lines_become_headings_quotations_lists_and_paragraphs() -> None:
    said = phrase(
        "block",
        a="A",
        b="B",
        c=Said(CAUCUS, Prose("two\nlines")),
        d=(phrase("item", a="one"), phrase("nothing"), phrase("item", a="two")),
        e=phrase("nothing"),
    )
    assert rendered(said)[0] == "title A\n\nfirst B\n> two\n> lines\n• `one`\n• `two`"


def test_a_list_kept_by_column_is_shown_like_one_of_phrases() -> None:
    made = Lines("item", (OF_NORTH, OF_SOUTH), (("a", Refs("text")),))
    said = phrase("block", a="A", b="B", c="C", d=made, e=phrase("nothing"))
    apart = phrase("block", a="A", b="B", c="C", d=made.phrases(), e=phrase("nothing"))
    assert rendered(said) == rendered(apart)
    assert rendered(said)[0].endswith("• `words of n`\n• `words of s`")


def test_words_of_people_are_shown_and_not_obeyed() -> None:
    said = phrase("one", a=Said(CAUCUS, Prose("**bold** `code` {a}")))
    assert rendered(said)[0] == "say **bold** `code` {a}"


def test_a_sentence_that_is_missing_or_not_given_its_words_is_a_bug() -> None:
    with pytest.raises(KeyError):
        rendered(phrase("missing"))
    with pytest.raises(ValueError, match="no value"):
        rendered(phrase("two", a="x"))
