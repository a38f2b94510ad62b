"""A party's key and signature on the whole road: room, store, receipt, `parley sign`, `parley verify`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner, Result

from bot.cli.main import parley
from bot.domain.case import Case
from bot.domain.casefile import parse
from bot.domain.casefile_change import difference
from bot.domain.ids import CompartmentId, EventId, SeatId, UserId
from bot.engine.effects import GiveReceipt, Say
from bot.engine.events import CaseFileTaken, CommandReceived, Event
from bot.runner.cases import Arrived, Cases, Committed
from bot.runner.receipts import signatures_under
from bot.storage.store import SqlStore
from tests.storage.samples import MASTER
from tests.support.orchid import MEDIATORS, MONDAY, QUIET, codes_in, with_keys
from tests.support.wall_clock import showing

T = TypeVar("T")


class House:
    """One case on a real store; what is typed is decided and committed at once."""

    def __init__(self, home: Path) -> None:
        async def at_once(call: Callable[[], T], /) -> T:
            return call()

        async def nobody(_done: Committed) -> None:
            return None

        self.home = home
        self.store = SqlStore.open(home / "parley.db", MASTER)
        self.cases = Cases(self.store, at_once, UserId("@parley:localhost"), nobody)
        self.count = 0
        asyncio.run(self.cases.load())
        file = parse(with_keys(QUIET, "haddad", "yazan", "merrow", *MEDIATORS))
        change = difference(file, None, code_digests={})
        told = (change.bodies, change.widens, change.digest, change.lines)
        self.id = file.id
        self.happens(CaseFileTaken(self.event(), MONDAY, *told))

    @property
    def case(self) -> Case:
        return self.cases.all[self.id]

    def event(self) -> EventId:
        self.count += 1
        return EventId(f"${self.count}")

    def happens(self, event: Event) -> Committed:
        done = asyncio.run(self.cases.take(Arrived(self.id, event)))
        assert done is not None
        return done

    def types(self, seat: str, place: str, text: str) -> Committed:
        who, where = SeatId(seat), CompartmentId(place)
        return self.happens(CommandReceived(self.event(), MONDAY, where, who, text, MONDAY))

    def receipts(self, done: Committed) -> list[Path]:
        """The files that a decision gives, once checkpoints cover them: each takes a few records."""
        for number in range(len(self.store.load(self.id))):
            self.store.checkpoint(MONDAY + timedelta(minutes=self.count, seconds=number))
        files = []
        for effect in done.effects:
            if isinstance(effect, GiveReceipt):
                signed = signatures_under(self.case, effect.record)
                text = self.store.receipt(effect.record, (), signed).text
                assert text is not None
                files.append(self.home / effect.name)
                files[-1].write_text(text)
        return files


def keys(done: Committed) -> list[str]:
    return [effect.phrase.key for effect in done.effects if isinstance(effect, Say)]


def command(*args: str | Path) -> Result:
    """Run a command at the case's time: a signature of a time to come is none."""
    with showing(lambda: MONDAY):
        return CliRunner().invoke(parley, [str(arg) for arg in args], prog_name="parley")


def signs(house: House, receipt: Path, secret: Path) -> str:
    """The line that `parley sign` prints."""
    out = house.home / f"{receipt.name}-by-{secret.stem}"
    result = command("sign", receipt, "--key", secret, "--out", out, "--yes")
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def code_of(done: Committed) -> str:
    said = next(effect for effect in done.effects if isinstance(effect, Say))
    return codes_in(f"`{dict(said.phrase.args)['code']}`")[0]


def in_use(house: House, seat: str, place: str) -> tuple[Path, Path]:
    """A party's new key, in use: its file and the receipt of its registration."""
    secret = house.home / f"{seat}.key"
    public = command("key", "new", secret).stdout.strip()
    (receipt,) = house.receipts(house.types(seat, place, f"!key register {public}"))
    done = house.types(seat, place, signs(house, receipt, secret))
    assert keys(done) == ["signed.confirmed"]
    (registration,) = house.receipts(done)
    return secret, registration


def confirmed(house: House) -> Path:
    """The receipt of a promise that North confirmed."""
    promise = "!commit to South by fri 18:00: release ten wounded prisoners"
    code = code_of(house.types("haddad", "caucus-north", promise))
    return house.receipts(house.types("haddad", "caucus-north", f"!confirm {code}"))[0]


def test_a_promise_is_signed_and_anybody_with_the_registration_sees_by_whom(house: House) -> None:
    secret, registration = in_use(house, "haddad", "caucus-north")
    receipt = confirmed(house)
    trust = ("--trust", house.store.log_vkey(), "--registered", registration)
    assert "Level: recorded by the bot." in command("verify", receipt, *trust).stdout
    done = house.types("yazan", "caucus-north", signs(house, receipt, secret))
    assert keys(done) == ["signed.done"]
    (signed,) = house.receipts(done)
    result = command("verify", signed, *trust)
    assert result.exit_code == 0
    assert "Level: signed by the obligor." in result.stdout
    assert "To compare by voice: the history of" in result.stdout


def test_a_line_that_was_made_for_another_record_changes_nothing(house: House) -> None:
    secret, _ = in_use(house, "haddad", "caucus-north")
    one, two = confirmed(house), confirmed(house)
    head = house.case.head
    codes = [path.name.removeprefix("commitment-") for path in (one, two)]
    line = signs(house, one, secret).replace(codes[0], codes[1])
    done = house.types("haddad", "caucus-north", line)
    assert keys(done) == ["refused"]
    assert len(done.effects) == 1
    assert house.case.head == head


def test_what_was_signed_is_folded_again_after_a_restart(house: House) -> None:
    secret, _ = in_use(house, "haddad", "caucus-north")
    done = house.types("haddad", "caucus-north", signs(house, confirmed(house), secret))
    before = house.receipts(done)[0].read_text()
    asyncio.run(house.cases.load())
    record = next(e.record for e in done.effects if isinstance(e, GiveReceipt))
    assert house.store.receipt(record, (), signatures_under(house.case, record)).text == before
