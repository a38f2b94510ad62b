"""The chart shows what its reader may read: each point a fact of a record, under its own label."""

from __future__ import annotations

from bot.digest.chart import Chart, Unit, chart, in_words
from bot.domain.ids import Code, CompartmentId
from bot.engine.effects import DigestMark, Say
from bot.ports import OutboxRow
from bot.runner.sources import needed
from bot.storage.forms import row_json, row_of
from bot.words.phrase import phrase
from tests.engine.test_storyboard import confirmed
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

NORTH, SOUTH = CompartmentId("bench-north"), CompartmentId("bench-south")


def watched() -> tuple[Play, str]:
    play = opened(text=QUIET)
    line = "!watch add welfare for H-TEAL every 24h"
    code = play.code_of(play.types("haddad", "caucus-north", line))
    return play, code


def drawn(play: Play, place: CompartmentId = NORTH) -> Chart:
    return chart(play.case, place, play.now)


def test_each_assessor_is_a_line_of_its_own_and_nothing_is_averaged() -> None:
    play, code = watched()
    for seat, value in (("haddad", 4), ("yazan", 8), ("haddad", 6)):
        play.passes(hours=1)
        play.types(seat, "caucus-north", f"!index {code} {value}")
    found = [one for one in drawn(play).series if one.unit is Unit.INDEX]
    assert [[p.value.value for p in one.points] for one in found] == [[4, 6], [8]]
    assert all((one.low, one.high) == (1, 10) for one in found)
    at = [p.at.value for p in found[0].points]
    assert at == sorted(at)


def test_commitments_are_counted_up_as_they_were_recorded() -> None:
    play, _ = watched()
    confirmed(play)
    play.passes(hours=1)
    confirmed(play)
    (count,) = [one for one in drawn(play).series if one.unit is Unit.COUNT]
    assert [p.value.value for p in count.points] == [1, 2]


def test_what_its_reader_may_not_read_draws_nothing() -> None:
    play, code = watched()
    play.types("haddad", "caucus-north", f"!index {code} 4")
    confirmed(play)
    assert drawn(play, SOUTH) == drawn(opened(text=QUIET), SOUTH) == Chart(play.now)


def test_the_chart_in_words_needs_every_record_that_the_picture_is_made_of() -> None:
    play, code = watched()
    play.types("haddad", "caucus-north", f"!index {code} 4")
    confirmed(play)
    found = drawn(play)
    points = {r for one in found.series for p in one.points for r in (p.at.record, p.value.record)}
    assert points
    assert points <= needed(in_words(found), play.case)


def test_a_chart_waits_in_the_outbox_with_its_digest_and_comes_back_as_it_was() -> None:
    play, code = watched()
    play.types("haddad", "caucus-north", f"!index {code} 4")
    mark = DigestMark(Code("D7KX"), play.now, scheduled=True, chart=drawn(play))
    said = Say(NORTH, phrase("digest.no_kept"), digest=mark)
    row = OutboxRow("row", play.case.id, 1, said, urgent=False, made_at=play.now)
    assert row_of(row_json(row)) == row


def test_the_picture_has_more_points_than_the_message_has_room_for() -> None:
    play, code = watched()
    for number in range(8):
        play.passes(hours=1)
        play.types("haddad", "caucus-north", f"!index {code} {number + 1}")
    (found,) = [one for one in drawn(play).series if one.unit is Unit.INDEX]
    assert [p.value.value for p in found.points] == [1, 2, 3, 4, 5, 6, 7, 8]
    play.types("karam", "bench-north", "!digest now")
    assert "Points: 4, 5, 6, 7, 8." in play.said_in("bench-north")
    assert "4, 5, 6, 7, 8." in play.types("haddad", "caucus-north", f"!alive {code}")
    assert "3, 4, 5, 6, 7, 8." not in play.said_in("caucus-north")
