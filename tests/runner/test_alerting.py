"""Calls outside Matrix: a code and nothing else, only while it is needed, and a dumb channel is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typing_extensions import override

from bot.domain.casefile_ladder import parse_ladders
from bot.domain.ids import CompartmentId, EventId, SeatId
from bot.engine.events import CommandReceived
from bot.ports import NotSent, Outsider
from bot.runner.alerting import Alerting, NoChannels
from bot.scheduling.alarm import event_of
from tests.hostile.running import Running, played
from tests.support.fake_sync import at_once
from tests.support.orchid import codes_in

LADDER = """
[[ladder]]
id = "phone"
[[ladder.step]]
rooms = ["own", "desk"]
outside = ["oncall"]
wait = "30 min"
"""


class Phone(Outsider):
    """Somebody's telephone; `broken` is why it takes nothing."""

    def __init__(self) -> None:
        self.rang: list[tuple[str, str]] = []
        self.broken = ""

    @override
    async def alert(self, channel: str, text: str) -> None:
        if self.broken:
            raise NotSent(self.broken)
        self.rang.append((channel, text))


class Night(Running):
    """A watch with a telephone on its ladder."""

    def __init__(self) -> None:
        super().__init__()
        self.phone = Phone()
        self.cases.ladders = parse_ladders(LADDER)
        self.speaking._alerting = Alerting(
            self.store, at_once, self.phone, self.cases, lambda: self.now
        )
        self.code = ""
        self.number = 0

    async def types(self, line: str) -> None:
        self.number += 1
        place, who = CompartmentId("humanitarian"), SeatId("brenner")
        event = EventId(f"$line-{self.number}")
        await self.take(CommandReceived(event, self.now, place, who, line, self.now))

    async def begins(self) -> None:
        await self.opens()
        await self.types("!watch add welfare for H-TEAL every 24h ladder phone")
        await self.says()
        (self.code,) = codes_in(self.heard("humanitarian")[-1])[:1]

    async def comes(self) -> None:
        """Go to the next due time and raise what is due."""
        (row,) = (r for r in self.store.due(self.now + timedelta(days=9)) if r.keys)
        self.now = max(self.now, row.at)
        await self.take(event_of(row, self.now))

    async def is_overdue(self) -> None:
        await self.begins()
        await self.comes()
        await self.comes()


@played
async def test_a_channel_is_told_a_code_and_nothing_else() -> None:
    night = Night()
    await night.is_overdue()
    await night.says()
    assert night.phone.rang == [("oncall", f"Parley: case {night.code} needs you")]
    assert any(f"`{night.code}`" in text for text in night.heard("desk"))
    await night.comes()
    await night.says()
    assert len(night.phone.rang) == 2, "each repeat calls"


@played
async def test_what_was_dealt_with_meanwhile_calls_nobody() -> None:
    night = Night()
    await night.is_overdue()
    await night.types(f"!ack {night.code} until in 2 h because of rain")
    await night.says()
    assert night.phone.rang == []
    assert night.store.waiting() == ()


@played
async def test_a_channel_that_is_not_there_is_told_to_the_desk_and_holds_up_nothing() -> None:
    night = Night()
    await night.is_overdue()
    night.phone.broken = "no_channel"
    night.cases.kept = []
    await night.says()
    assert [type(a.event).__name__ for a in night.cases.kept] == ["AlertFailed"]
    (failed,) = night.cases.kept
    await night.cases.take(failed)
    await night.says()
    assert "The outside channel oncall cannot be used." in night.heard("desk")[-1].replace("`", "")


@played
async def test_a_channel_that_is_shut_is_tried_again_and_told_when_it_stays_so() -> None:
    night = Night()
    await night.is_overdue()
    night.phone.broken = "channel_refused"
    night.cases.kept = []
    await night.says()
    assert night.cases.kept == []
    night.now += timedelta(minutes=6)
    night.passed += 100
    await night.says()
    assert [type(a.event).__name__ for a in night.cases.kept] == ["AlertFailed"]
    night.phone.broken = ""
    night.passed += 100
    await night.says()
    assert len(night.phone.rang) == 1


@played
async def test_what_piled_up_behind_a_shut_channel_is_one_call() -> None:
    night = Night()
    await night.is_overdue()
    night.phone.broken = "channel_refused"
    night.cases.kept = []
    for _ in range(4):
        await night.says()
        await night.comes()
        night.passed += 100
    night.phone.broken = ""
    await night.says()
    assert len(night.phone.rang) == 1
    assert night.store.waiting() == ()


@played
async def test_an_installation_without_channels_has_none_by_any_name() -> None:
    with pytest.raises(NotSent, match="no_channel"):
        await NoChannels().alert("oncall", "Parley: case 2222 needs you")
