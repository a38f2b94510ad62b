"""The last gate on the real road: what is closed to whom, and what stops a finished text."""

from __future__ import annotations

import time

from bot.domain.ids import CompartmentId, EventId, RecordId, SeatId
from bot.engine.events import CommandReceived
from bot.redaction.hits import Kind
from bot.redaction.last_gate import Finding
from bot.redaction.protected import Protected
from bot.runner.closed import Closed
from bot.runner.last_gate import LastGate, Stopped
from bot.runner.sources import Opened, open_all
from tests.hostile.running import Running, played
from tests.support.fake_sync import at_once
from tests.support.orchid import codes_in

SOUTH, BENCH = CompartmentId("caucus-south"), CompartmentId("bench-south")
NUMBER = "+964 770 123 4567"


class Talks:
    """A running case, and what its last gate says."""

    def __init__(self) -> None:
        self.running = Running()
        self.closed = Closed(self.running.store, at_once)
        self.gate = LastGate(self.closed)
        self.count = 0

    async def types(self, seat: str, place: str, text: str) -> str:
        self.count += 1
        name, now = EventId(f"$typed-{self.count}"), self.running.now
        before = len(self.running.heard(place))
        await self.running.take(
            CommandReceived(name, now, CompartmentId(place), SeatId(seat), text, now)
        )
        await self.running.says()
        return "\n".join(self.running.heard(place)[before:])

    async def stops(self, *parts: str, reader: CompartmentId = BENCH, of: str = "") -> object:
        """What the gate says of parts that were made of the item `of`."""
        record = [i.record for c, i in self.running.case.items.items() if c == of]
        opened: Opened = open_all(self.running.store, frozenset(record))
        return await self.gate.stops(self.running.case, reader, parts, opened)


async def opened() -> Talks:
    talks = Talks()
    await talks.running.opens()
    await talks.types("brenner", "humanitarian", "!watch add welfare for H-TEAL every 24h")
    await talks.types("haddad", "caucus-north", f"!record Karim's brother is at {NUMBER}")
    return talks


@played
async def test_names_and_numbers_of_closed_compartments_stop_a_text() -> None:
    talks = await opened()
    assert await talks.stops("Ten wounded on Friday.") is None
    for text in (
        "Maj. Yazan will be there",
        "MAJ. Y\u0430zan will be there",
        "Major Y a z a n will be there",
        "H-TEAL is ill",
        "call 00964-770 123 45 67",
    ):
        assert await talks.stops("Ten wounded.", text) is Stopped.FOUND, text
    assert await talks.stops("to be met by Yaz", "an at noon") is Stopped.FOUND


@played
async def test_a_number_that_was_spaced_out_or_spoken_is_closed_as_one_that_was_not() -> None:
    talks = await opened()
    north = "caucus-north"
    await talks.types("haddad", north, "!record ring 0 6 7 4 1 2 5 5 3 8")
    await talks.types(
        "haddad", north, "!record or zero five zero, four one three, double nine, two one"
    )
    assert await talks.stops("call +380 67 412 55 38") is Stopped.FOUND
    assert await talks.stops("call +380 50 413 99 21") is Stopped.FOUND
    said = await talks.types("merrow", SOUTH, "!record mine is 0 6 7 4 1 2 5 5 3 8")
    (code,) = codes_in(said)[:1]
    assert await talks.stops("mine is 0 6 7 4 1 2 5 5 3 8", of=code) is None


@played
async def test_the_formatted_words_are_read_as_they_will_be_seen() -> None:
    talks = await opened()
    for formatted in (
        "<p>Maj. <b>Ya</b>zan</p>",
        "<p>Maj. &#89;azan</p>",
        '<a href="https://x.example/?q=Yazan">there</a>',
        '<span title="Maj. Yazan">he</span>',
        "<!-- Maj. Yazan -->",
    ):
        assert await talks.stops("he will be there", formatted) is Stopped.FOUND, formatted
    assert await talks.stops("he will be there", "<p>he will be <b>there</b></p>") is None


@played
async def test_what_a_reader_may_read_stops_nothing() -> None:
    talks = await opened()
    north = CompartmentId("bench-north")
    assert await talks.stops(f"Maj. Yazan is at {NUMBER}", reader=north) is None
    assert await talks.stops("H-TEAL is ill", reader=CompartmentId("desk")) is None
    assert await talks.stops("Col. Merrow and Amb. Lindqvist for South, with North") is None


@played
async def test_what_the_own_side_said_it_may_read_again() -> None:
    talks = await opened()
    said = await talks.types("merrow", SOUTH, f"!record Yazan called from {NUMBER}")
    (code,) = codes_in(said)[:1]
    text = f"Status: Yazan called from {NUMBER}"
    assert await talks.stops(text, of=code) is None
    # Known from these words alone: it does not open the name elsewhere.
    assert await talks.stops("Status: Yazan is ill") is Stopped.FOUND


@played
async def test_words_that_came_by_release_open_no_name() -> None:
    talks = await opened()
    (code,) = codes_in(await talks.types("haddad", "caucus-north", "!record Yazan will come"))[:1]
    asked = await talks.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    before = set(talks.running.case.items)
    for request in codes_in(asked):
        await talks.types("yazan", "caucus-north", f"!consent {request}")
    for code in set(talks.running.case.items) - before:
        assert await talks.stops("Yazan will come", of=code) is Stopped.FOUND


@played
async def test_an_erased_name_protects_nobody_any_more() -> None:
    talks = await opened()
    (code,) = codes_in(await talks.types("haddad", "caucus-north", "!record he is at 10.20.30.40"))[
        :1
    ]
    assert await talks.stops("10.20.30.40") is Stopped.FOUND
    asked = await talks.types("lindqvist", "desk", f"!erase {code} because it was a mistake")
    if "Waiting as" in asked:
        await talks.types("adeyemi", "desk", f"!approve {codes_in(asked)[0]}")
        assert await talks.stops("10.20.30.40") is None


@played
async def test_a_scanner_that_fails_is_slow_or_missing_stops_everything() -> None:
    talks = await opened()

    def breaks(_parts: tuple[str, ...], _: Protected) -> tuple[Finding, ...]:
        raise RuntimeError("Yazan")

    def sleeps(_parts: tuple[str, ...], _: Protected) -> tuple[Finding, ...]:
        time.sleep(0.2)
        return ()

    talks.gate = LastGate(talks.closed, scanner=breaks)
    assert await talks.stops("Ten wounded.") is Stopped.FAILED
    talks.gate = LastGate(talks.closed, scanner=sleeps, longest_s=0.01)
    assert await talks.stops("Ten wounded.") is Stopped.SLOW


@played
async def test_new_names_are_closed_as_soon_as_they_are_recorded() -> None:
    talks = await opened()
    assert await talks.stops("H-OCHRE is ill") is None
    await talks.types("brenner", "humanitarian", "!watch add welfare for H-OCHRE every 24h")
    assert await talks.stops("H-OCHRE is ill") is Stopped.FOUND


@played
async def test_what_is_closed_cannot_be_printed() -> None:
    talks = await opened()
    protected = await talks.closed.to(talks.running.case, BENCH)
    assert "azan" not in repr(protected)
    assert "azan" not in repr(talks.closed._cases)
    assert talks.closed.is_foreign(talks.running.case, RecordId("unknown")) is False
    assert (Kind.PHONE, NUMBER) not in protected.keys


@played
async def test_a_party_that_somebody_watches_in_secret_is_still_a_party() -> None:
    talks = await opened()
    await talks.types("lindqvist", "desk", "!watch add contact gap for South every 24h")
    await talks.types("lindqvist", "desk", "!watch add contact gap for Mediation every 24h")
    assert await talks.stops("Mediation told North and South.") is None
