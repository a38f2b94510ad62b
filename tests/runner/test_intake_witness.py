"""What a witness answers is for who asked it, and never a command or an enrolment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.engine.events import CommandReceived
from bot.ports import Line
from bot.runner.intake import Intake
from tests.runner.test_intake_recovers import Bench, line
from tests.support.fake_sync import at_once


def listening(bench: Bench, said: list[Line], *, taken: bool) -> None:
    def witness_said(one: Line) -> bool:
        said.append(one)
        return taken

    bench.intake = Intake(
        bench.store,
        at_once,
        bench.ears,
        bench.eyes,
        bench.cases,
        now=lambda: bench.now,
        person_of=lambda _: None,
        room_changed=bench._changed,
        patience=timedelta(minutes=2),
        witness_said=witness_said,
    )


def test_a_line_of_a_witness_goes_to_who_asked_and_nowhere_else() -> None:
    bench, said = Bench(), list[Line]()
    listening(bench, said, taken=True)
    bench.comes("$said", line("$said"))
    bench.step()
    assert said == [line("$said")]
    assert bench.cases.events == []
    assert bench.store.pending() == ()


def test_every_other_line_is_read_as_ever() -> None:
    bench, said = Bench(), list[Line]()
    listening(bench, said, taken=False)
    bench.comes("$said", line("$said"))
    bench.step()
    assert [event.id for event in bench.of(CommandReceived)] == ["$said"]


def test_a_notice_is_no_command_even_if_nobody_asked() -> None:
    bench = Bench()
    bench.comes("$said", replace(line("$said"), notice=True))
    bench.step()
    assert bench.cases.events == []
    assert bench.store.pending() == ()
