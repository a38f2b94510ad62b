"""A list kept by column is the tuple of phrases that it stands for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codec import BadForm, from_json, to_json
from bot.domain.ids import RecordId
from bot.words.phrase import (
    Fact,
    Lengths,
    Lines,
    Phrases,
    Ref,
    Refs,
    Times,
    Words,
    listed,
    phrase,
)

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE, TWO = RecordId("one"), RecordId("two")


def test_each_line_has_its_own_of_every_column() -> None:
    made = Lines(
        "due",
        (ONE, TWO),
        (
            ("code", Words(("K7QF", "B4TR"))),
            ("person", Refs("person")),
            ("due", Times((NOON, NOON + HOUR))),
            ("late", Lengths((HOUR, 2 * HOUR))),
            ("last", Phrases((phrase("never"), phrase("seen", by="x")))),
        ),
    )
    assert made.phrases() == (
        phrase(
            "due",
            code="K7QF",
            person=Ref(ONE, "person"),
            due=Fact(ONE, NOON),
            late=Fact(ONE, HOUR),
            last=phrase("never"),
        ),
        phrase(
            "due",
            code="B4TR",
            person=Ref(TWO, "person"),
            due=Fact(TWO, NOON + HOUR),
            late=Fact(TWO, 2 * HOUR),
            last=phrase("seen", by="x"),
        ),
    )


@given(st.integers(0, 5))
def test_one_phrase_alone_stands_in_every_line_and_none_in_a_list_of_none(count: int) -> None:
    about = tuple(RecordId(str(number)) for number in range(count))
    made = Lines("due", about, (("last", Phrases((phrase("never"),))),))
    assert made.phrases() == (phrase("due", last=phrase("never")),) * count
    assert Lines("due", about, ()).phrases() == (phrase("due"),) * count


@pytest.mark.parametrize(
    "column",
    [
        Words(("a",)),
        Words(("a", "b", "c")),
        Times((NOON,)),
        Lengths(()),
        Phrases(()),
        Phrases((phrase("a"),) * 3),
    ],
)
def test_a_line_without_its_words_is_not_made_and_not_read(
    column: Words | Times | Lengths | Phrases,
) -> None:
    with pytest.raises(ValueError, match="for each line"):
        Lines("due", (ONE, TWO), (("x", column),))
    kept = cast("dict[str, Any]", to_json(Lines("due", (ONE, TWO), (("x", Refs("a")),)), Lines))
    kept["columns"][0][1] = {
        "_": type(column).__name__,
        **cast("Any", to_json(column, type(column))),
    }
    with pytest.raises(BadForm):
        from_json(kept, Lines)


def test_only_lists_are_lists() -> None:
    made = Lines("due", (ONE,), (("code", Words(("K7QF",))),))
    assert listed(made) == listed(made.phrases()) == (phrase("due", code="K7QF"),)
    assert [listed(one) for one in ("x", 1, HOUR, Ref(ONE, "a"), phrase("a"), None)] == [None] * 6
