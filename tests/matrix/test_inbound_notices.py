"""A notice is a program's word: it is read of witnesses only, and marked so."""

from __future__ import annotations

from bot.domain.ids import UserId
from bot.matrix.inbound import Line, Nothing
from bot.matrix.strict_json import JsonObject
from tests.conftest import Run
from tests.matrix.test_inbound import ANNA, SAID, Bench, encrypted, heard

NOTICE: JsonObject = {"msgtype": "m.notice", "body": "409 7\n"}


def test_a_notice_of_a_witness_is_a_line_that_says_so(run: Run) -> None:
    bench = Bench()
    bench.inbound.hear_notices_of({ANNA})
    bench.opened(NOTICE)
    line = heard(run, bench, encrypted())
    assert isinstance(line, Line)
    assert (line.text, line.notice) == ("409 7\n", True)


def test_what_a_witness_types_is_an_ordinary_line(run: Run) -> None:
    bench = Bench()
    bench.inbound.hear_notices_of({ANNA})
    bench.opened(SAID)
    line = heard(run, bench, encrypted())
    assert isinstance(line, Line)
    assert not line.notice


def test_nobody_elses_notice_is_read(run: Run) -> None:
    bench = Bench()
    bench.inbound.hear_notices_of({UserId("@boris:x")})
    bench.opened(NOTICE)
    assert heard(run, bench, encrypted()) == Nothing("inner_kind")
    bench.inbound.hear_notices_of({ANNA})
    bench.inbound.hear_notices_of(())
    assert heard(run, bench, encrypted()) == Nothing("inner_kind")


def test_a_notice_may_say_what_it_answers_where_nobody_else_reads_it(run: Run) -> None:
    bench = Bench()
    bench.inbound.hear_notices_of({ANNA})
    bench.opened({**NOTICE, "m.relates_to": {"m.in_reply_to": {"event_id": "$asked"}}})
    line = heard(run, bench, encrypted())
    assert isinstance(line, Line)
    assert line.reply_to == "$asked"
