"""What a person is told about a time that was typed: why it was refused, and in which zones it is."""

from datetime import UTC, datetime

import pytest

from bot.domain.ids import RecordId
from bot.domain.when_schedule import NEVER
from bot.engine.times import read_back
from bot.runner.sources import Opening
from bot.words.catalogues import catalogue
from bot.words.message import render
from bot.words.phrase import Fact, Moment, Phrase, phrase
from bot.words.render import Renderer
from tests.support.orchid import QUIET, UNSEEN
from tests.support.playbook import opened

AT = datetime(2027, 3, 5, 0, tzinfo=UTC)


def refused(schedule: str) -> str:
    play = opened(text=QUIET)
    said = play.types("haddad", "caucus-north", f"!watch add welfare for H-TEAL {schedule}")
    assert not play.case.watches
    return said


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        (
            "rrule FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1;BYHOUR=9",
            ("`BYSETPOS` in a rule is not taken", "BYDAY=MO,TH;BYHOUR=18;BYMINUTE=0 Asia/Baghdad"),
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;BYHOUR=9",
            (
                "`BYMONTHDAY=31` in a rule is not one that a watch can keep",
                "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=9",
            ),
        ),
        (
            "FREQ=DAILY;COUNT=5;BYHOUR=9",
            ("`COUNT`: a watch has no end of its own", "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad"),
        ),
        ("FREQ=DAILY", ("this rule lacks `BYHOUR`", "rrule FREQ=DAILY;BYHOUR=18 Asia/Baghdad")),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9",
            ("on which day does this rule begin", "from 2027-03-01`", "from 2027-03-08`"),
        ),
        ("now+3d", ("`now` names no event", "`every 3 days`")),
        ("EIF+36h 18:00", ("hours and a time of day do not go together", "`EIF+1d 18:00`")),
        ("3 days after EIF", ("can be read in more than one way", "`EIF+3d`")),
        ("daily 9:00", ("can be read in more than one way", "`daily 09:00`, `daily 21:00`")),
        ("mon,thu 18:00 Europe/Geneva", ("is no time", "`Europe/Zurich`")),
    ],
)
def test_a_schedule_is_refused_with_its_reason_and_what_to_type(
    schedule: str, says: tuple[str, ...]
) -> None:
    said = refused(schedule)
    for words in says:
        assert words in said, said


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (None, "Fri 5 Mar 03:00 Baghdad (00:00 UTC)"),
        ("Asia/Baghdad", "Fri 5 Mar 03:00 Baghdad (00:00 UTC)"),
        ("UTC", "Fri 5 Mar 03:00 Baghdad (00:00 UTC)"),
        (
            "Asia/Tokyo",
            "Fri 5 Mar 03:00 Baghdad (00:00 UTC), that is Fri 5 Mar 09:00 Tokyo (00:00 UTC)",
        ),
    ],
)
def test_a_time_is_read_back_in_the_speakers_zone_and_in_that_of_its_schedule(
    own: str | None, expected: str
) -> None:
    assert shown(read_back(Moment(AT), speaker="Asia/Baghdad", own=own)) == expected


def test_what_is_read_back_of_a_record_keeps_its_label() -> None:
    found = read_back(Fact(RecordId("r1"), AT), speaker="Asia/Baghdad", own="Asia/Tokyo")
    assert isinstance(found, Phrase)
    assert [value for _, value in found.args] == [
        Fact(RecordId("r1"), AT, "Asia/Baghdad"),
        Fact(RecordId("r1"), AT, "Asia/Tokyo"),
    ]


def test_what_has_no_time_is_shown_without_one() -> None:
    assert shown(Moment(NEVER)) == "no time yet"


def shown(what: Phrase | Moment | Fact) -> str:
    """As a room in UTC shows it."""
    case = opened(text=QUIET).case
    maker = Renderer(catalogue("en"), "UTC", AT, Opening(case, {}, {}))
    said = maker.blocks(phrase("anchor.line", name="EIF", at=what))
    return render(said, notice=False, mentions=()).body.translate(UNSEEN).removeprefix("EIF: ")
