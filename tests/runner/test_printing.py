"""A digest leaves with its paper, or not at all: the real road, the real press, the last gate."""

from __future__ import annotations

import asyncio

from typing_extensions import override

from bot.domain import bodies as b
from bot.domain.ids import CompartmentId, EventId, SeatId
from bot.engine.events import CommandReceived
from bot.ports import NotPrinted, Paper, Press
from bot.redaction.last_gate import Finding
from bot.redaction.protected import Protected
from bot.runner.closed import Closed
from bot.runner.last_gate import LastGate
from bot.runner.printing import Printing
from bot.typeset.press import TypstPress, words_of
from tests.hostile.running import Running, played
from tests.support.fake_sync import at_once
from tests.support.orchid import codes_in

BENCH, DESK = "bench-north", "desk"
WORDS = "ten wounded at the northern crossing"


class Talks:
    """A running case whose digests are printed."""

    def __init__(self) -> None:
        self.running = Running()
        self.count = 0
        self.prints(TypstPress())

    def prints(self, press: Press | None) -> None:
        running = self.running
        running.speaking._printing = Printing(running.store, at_once, press, lambda: running.now)

    async def types(self, seat: str, place: str, text: str) -> str:
        self.count += 1
        name, now = EventId(f"$typed-{self.count}"), self.running.now
        before = len(self.running.heard(place))
        await self.running.take(
            CommandReceived(name, now, CompartmentId(place), SeatId(seat), text, now)
        )
        await self.says()
        return "\n".join(self.running.heard(place)[before:])

    async def says(self) -> None:
        """Send while the case takes what becomes of it, and what that causes to be said."""
        async with asyncio.TaskGroup() as group:
            taking = group.create_task(self.running.cases.run())
            await self.running.says()
            await asyncio.sleep(0)
            await self.running.says()
            taking.cancel()

    def papers(self, place: str = BENCH) -> list[tuple[str, bytes]]:
        room = self.running.room(place)
        sent = (s.file for s in self.running.speaker.sent if s.room == room)
        return [(file.name, file.content) for file in sent if file is not None]


async def opened() -> Talks:
    talks = Talks()
    await talks.running.opens()
    await talks.types("haddad", "caucus-north", f"!record {WORDS}")
    return talks


@played
async def test_a_digest_comes_with_a_paper_that_says_the_same() -> None:
    talks = await opened()
    said = await talks.types("karam", BENCH, "!digest now")
    assert WORDS in said
    ((name, pdf),) = talks.papers()
    (code,) = {c for c in codes_in(said) if c in name}
    assert name == f"digest-{code}.pdf"
    text = " ".join(" ".join(words_of(pdf)).split())
    assert WORDS in text
    assert "TLP:AMBER+STRICT" in text
    assert any(
        isinstance(r.body, b.DigestDelivered)
        for r in talks.running.store.load(talks.running.case.id)
    )


@played
async def test_the_paper_has_a_chart_of_how_people_are() -> None:
    talks = await opened()
    watch = codes_in(
        await talks.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 24h")
    )[0]
    await talks.types("haddad", "caucus-north", f"!index {watch} 7 needs water")
    await talks.types("karam", BENCH, "!digest now")
    text = " ".join(" ".join(words_of(talks.papers()[-1][1])).split())
    assert "How held people are" in text
    assert "H-TEAL" in text


@played
async def test_a_press_that_fails_costs_the_paper_and_not_the_digest() -> None:
    class Broken(Press):
        @override
        async def pdf(self, paper: Paper) -> bytes:
            raise NotPrinted("not_compiled")

        @override
        async def words_in(self, pdf: bytes) -> tuple[str, ...]:
            raise NotPrinted("not_read")

    talks = await opened()
    talks.prints(Broken())
    assert WORDS in await talks.types("karam", BENCH, "!digest now")
    assert talks.papers() == []


@played
async def test_what_the_last_gate_stops_leaves_in_no_form_and_the_desk_is_told() -> None:
    talks = await opened()

    def finds(_parts: tuple[str, ...], _: Protected) -> tuple[Finding, ...]:
        raise RuntimeError("secret")

    talks.running.speaking._printing.gate = LastGate(
        Closed(talks.running.store, at_once), scanner=finds
    )
    assert await talks.types("karam", BENCH, "!digest now") == ""
    assert talks.papers() == []
    told = "\n".join(talks.running.heard(DESK))
    assert "A digest was not sent" in told
    assert "the last gate failed" in told
    assert WORDS not in told


@played
async def test_a_name_of_the_other_side_in_released_words_stops_the_digest() -> None:
    talks = await opened()
    code = codes_in(await talks.types("merrow", "caucus-south", "!record Okonjo agrees"))[0]
    asked = await talks.types("merrow", "caucus-south", f"!release {code} to shuttle-north")
    for request in codes_in(asked):
        await talks.types("okonjo", "bench-south", f"!consent {request}")
        await talks.types("merrow", "caucus-south", f"!consent {request}")
    assert "Okonjo agrees" in "\n".join(talks.running.heard("shuttle-north"))
    said = await talks.types("karam", BENCH, "!digest now")
    assert said == ""
    assert "the last gate found words" in "\n".join(talks.running.heard(DESK))
