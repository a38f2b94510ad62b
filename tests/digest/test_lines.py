"""Marks, header and bands: they follow from labels, and tell nothing that a label hides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.digest.lines import Line, Section, banded, header, mark
from bot.policy.label import UNOWNED, Caveats, CompartmentId, Label, PartyId, owned_by_all
from bot.words.phrase import PartyName, Phrase, phrase

BENCH = CompartmentId("bench")
NORTH, SOUTH = PartyId("north"), PartyId("south")
OURS = owned_by_all(frozenset({NORTH, SOUTH}), frozenset({BENCH}))


def owners(label: Label) -> list[str]:
    found = dict(mark(label).args)["owners"]
    assert isinstance(found, tuple)
    names = [dict(one.args).get("party") for one in found]
    return [name.party for name in names if isinstance(name, PartyName)]


def line(caveats: Caveats | None = None) -> Line:
    caveats = caveats or Caveats()
    return Line(replace(OURS, caveats=caveats), lambda: phrase("digest.no_kept"))


def test_a_mark_names_every_owner() -> None:
    assert owners(OURS) == [NORTH, SOUTH]
    assert owners(UNOWNED) == []


def test_words_without_attribution_are_marked_with_no_owner() -> None:
    assert owners(replace(OURS, caveats=Caveats(unattributed=True))) == []


def test_one_line_for_named_eyes_makes_the_whole_red_but_only_if_it_is_shown() -> None:
    eyes = line(Caveats(eyes_only=True, eyes=frozenset({"@a:x"})))
    assert header([Section([line()], "digest.no_kept")]) == phrase("digest.amber")
    assert header([Section([line()], "digest.no_kept"), Section([eyes], "x")]) == phrase(
        "digest.red"
    )
    assert header([Section([line(), eyes], "digest.no_kept", most=1)]) == phrase("digest.amber")


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, ("digest.few", 5)),
        (4, ("digest.few", 5)),
        (5, ("digest.at_least", 5)),
        (14, ("digest.at_least", 10)),
    ],
)
def test_a_small_number_is_not_counted_out(count: int, told: tuple[str, int]) -> None:
    assert banded(count) == Phrase(told[0], (("count", told[1]),))


def test_what_is_not_shown_is_not_written() -> None:
    def never() -> Phrase:
        raise AssertionError("a line was written that nobody sees")

    lines = [line(), Line(OURS, never)]
    shown = Section(lines, "digest.no_kept", most=1).said()
    assert [one.key for one in shown] == ["digest.line", "digest.more"]
    assert Section([], "digest.no_kept").said() == (phrase("digest.no_kept"),)
