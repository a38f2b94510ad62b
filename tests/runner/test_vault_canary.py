"""Answers and duress phrases are planted; then every byte that is left behind is searched for them."""

from __future__ import annotations

import base64
import io
import logging
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from bot.cli.exported import collect, holding
from bot.domain.ids import CompartmentId, EventId, PartyId, RecordId, SeatId
from bot.domain.questions import key_of
from bot.domain.records import PLANS
from bot.engine.effects import Hash
from bot.engine.events import CommandReceived
from bot.log import configure
from bot.ports import NewItem
from bot.runner import weighing
from bot.runner.cases import Arrived
from bot.storage.forms import ledger_fields
from bot.storage.sealing import Lock
from bot.storage.store import SqlStore
from tests.hostile.running import CASE, Running, played
from tests.runner.test_weighing import settle
from tests.storage.samples import MASTER
from tests.support.orchid import codes_in
from tests.support.playbook import CHEAP

ANSWERS = ("Qazwenna Threlkeld", "الأستاذة زَرقاء الڤيوم", "Жёлтый Взморник")
DURESS = ("vermillion octopus", "بومة ليلية غريبة")
WRONG = ("Mordbrixton", "Pelluvian Hask", "Quorthemby")
ROOM = "humanitarian"


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """The log at its most talkative, and nothing of it left over afterwards."""
    root, out = logging.getLogger(), io.StringIO()
    kept = (root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    raising = logging.raiseExceptions
    configure("debug", "json", out)
    root.setLevel(logging.DEBUG)
    yield out
    root.handlers[:], hooks = kept[0], kept[2:]
    root.setLevel(kept[1])
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.raiseExceptions = raising
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every plain text that a lock of the store was given."""
    made: list[bytes] = []
    real = Lock.seal

    def noted(lock: Lock, plain: bytes, *place: bytes | str | int) -> bytes:
        made.append(plain)
        return real(lock, plain, *place)

    monkeypatch.setattr(Lock, "seal", noted)
    return made


def needles() -> Iterator[bytes]:
    """Each planted text, and each word of it, in every spelling it could have slipped out in."""
    for text in (*ANSWERS, *DURESS, *WRONG):
        for part in {text, *text.split(), key_of(text), text.casefold(), text.upper()}:
            for raw in (part.encode(), part.encode("utf-16-le"), part.encode("utf-16-be")):
                yield raw
                yield raw.hex().encode()
                yield raw.hex().upper().encode()
                for shift in range(3):
                    # What stands before it moves the letters; the ends depend on neighbours.
                    coded = base64.b64encode(b"\0" * shift + raw)[4:-4]
                    yield coded
                    yield coded.replace(b"+", b"-").replace(b"/", b"_")
            yield part.encode("unicode_escape")
            yield quote(part).encode()


NEEDLES = tuple({needle for needle in needles() if len(needle) >= 6})


def found_in(hay: bytes) -> list[bytes]:
    return [needle for needle in NEEDLES if needle in hay]


class Vault:
    """A case on a real store; each line goes through the inbox, as a message does."""

    def __init__(self, home: Path) -> None:
        self.running = Running(SqlStore.open(home / "parley.db", MASTER))
        self.running.cases.weighing._cost = CHEAP
        self.count = 0

    @property
    def store(self) -> SqlStore:
        assert isinstance(self.running.store, SqlStore)
        return self.running.store

    async def types(self, seat: str, place: str, text: str) -> str:
        self.count += 1
        name, now = EventId(f"$typed-{self.count}"), self.running.now
        # Worse than it is: the message as it comes from the homeserver is encrypted.
        self.store.take(f"token-{self.count}", [NewItem("event", name, None, text)])
        (item,) = self.store.pending()
        event = CommandReceived(name, now, CompartmentId(place), SeatId(seat), text, now)
        before = len(self.running.heard(place))
        await settle(self.running, Arrived(CASE, event, item.number))
        await self.running.says()
        assert self.store.pending() == ()
        return "\n".join(self.running.heard(place)[before:])

    async def lives(self) -> None:
        """All that can be done with questions, rightly and wrongly."""
        await self.running.opens()
        await self.types("brenner", ROOM, "!watch add sign of life for H-TEAL every 24h")
        variants = " or ".join(f'"{answer}"' for answer in ANSWERS)
        codes = [
            codes_in(await self.types("salim", ROOM, line))[0]
            for line in (
                f'!question deposit for H-TEAL: "Who sang?" answer {variants} duress "{DURESS[0]}"',
                f'!question deposit for H-TEAL: "Who sang?" answer "{ANSWERS[0]}"',
                f'!question deposit for H-TEAL: "Who sang?" answer "{ANSWERS[1]}" duress "{DURESS[1]}"',
                f'!question deposit for H-TEAL: "Who sang?" answer "{ANSWERS[2]}"',
            )
        ]
        for bad in (
            f'!question deposit for H-TEAL: "Who?" answer {ANSWERS[0]}',
            f'!question deposit for H-TEAL: "{ANSWERS[0]}?" answer "{ANSWERS[0]}"',
            f"!question {ANSWERS[0]}",
            f"!question answer {ANSWERS[0]}",
            f"!question answr {codes[0]}: {ANSWERS[0]}",
        ):
            assert "Nothing done" in await self.types("salim", ROOM, bad)
        for code in codes:
            await self.types("brenner", ROOM, f"!question ask {code}")
        right, wrong, duress, burnt = codes
        for line, told in (
            (f"{right}: {WRONG[0]}", "does not match"),
            (f"{right}: {ANSWERS[1]}", "the answer matches"),
            (f"{wrong}: {WRONG[1]}", "One more try"),
            (f"{wrong}: {WRONG[2]}", "second time"),
            (f"{duress}: {ANSWERS[1]} {DURESS[1]}", "the answer matches"),
            (f"{duress}: {DURESS[1]}", "used up"),
        ):
            assert told in await self.types("brenner", ROOM, f"!question answer {line}")
        await self.types("salim", ROOM, f"!question burn {burnt} because it is known")
        for line in ("!question list", "!digest now", "!status", f"!receipt {right}"):
            await self.types("lindqvist", "desk", line)
        assert "Duress" in "".join(self.running.heard("desk"))
        await self.types("lindqvist", "desk", f"!question noted {duress}")

    async def fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A bug of ours, and a machine without memory, with the answer at hand."""

        def bug(wish: Hash, _cost: object) -> None:
            raise MemoryError(wish.answers)

        def lost(_store: SqlStore, _record: RecordId) -> None:
            raise KeyError(ANSWERS[0])

        with monkeypatch.context() as broken:
            broken.setattr(weighing, "hashed", bug)
            said = await self.types(
                "salim", ROOM, f'!question deposit for H-TEAL: "Who?" answer "{ANSWERS[0]}"'
            )
            assert "type it again" in said
        with monkeypatch.context() as broken:
            broken.setattr(SqlStore, "prose", lost)
            await self.types("brenner", ROOM, f"!question list {ANSWERS[0]}")

    def proofs(self) -> Iterator[bytes]:
        """Receipts and exports: what leaves the house on purpose."""
        for number in range(40):
            self.store.checkpoint(self.running.now.replace(microsecond=number))
        files: list[bytes] = []
        records = self.store.load(CASE)
        for party in ("families", "relief", "mediation"):
            part = holding(self.running.case, records, PartyId(party))
            shown = collect(
                self.store, part, self.running.now, lambda _, raw: files.append(raw), lambda: None
            )
            yield repr(shown).encode()
        yield from files

    def opened(self) -> Iterator[bytes]:
        """Everything in the store that the master key opens."""
        for record in self.store.load(CASE):
            found = self.store.prose(record.id)
            assert found is not None
            told = replace(record, body=replace(record.body, **found[1]))  # type: ignore[arg-type]
            assert set(found[1]) <= set(PLANS[type(record.body)].prose)
            yield repr(ledger_fields(told)).encode()
            yield self.store.jwt(record.id) or b""
        yield repr(self.store.waiting()).encode()
        yield repr(self.store.pending()).encode()


def test_no_answer_and_no_duress_phrase_is_left_anywhere(
    tmp_path: Path,
    log_lines: io.StringIO,
    sealed: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vault = Vault(tmp_path)

    @played
    async def live() -> None:
        await vault.lives()
        await vault.fails(monkeypatch)

    live()
    typed = [plain for plain in sealed if plain.startswith(b'["event"')]
    kept = [plain for plain in sealed if not plain.startswith(b'["event"')]
    assert any(found_in(plain) for plain in typed)
    proofs, opened = list(vault.proofs()), list(vault.opened())
    said = [repr(vault.running.speaker.sent).encode()]
    vault.store.close()
    disk = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    written = [log_lines.getvalue().encode()]
    # What is searched is not empty, and is what it seems to be.
    assert any(b"Who sang?" in hay for hay in opened)
    assert any(b"Who sang?" in hay for hay in said)
    assert any(b"argon2id" in hay for hay in opened)
    assert any(b"weighing_failed" in hay for hay in written)
    assert len(kept) > 50
    assert len(b"".join(disk)) > 50_000
    for hay in (*kept, *proofs, *opened, *said, *disk, *written):
        assert found_in(hay) == []
    # Hashes of low answers are guessed by trying: they leave in nothing that leaves the house.
    for hay in (*proofs, *said, *disk, *written):
        assert b"argon2id" not in hay


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    for text in (*ANSWERS, *DURESS, *WRONG):
        for hay in (
            text.encode(), text.encode("utf-16-le"), text.encode().hex().encode(),
            b"x" + base64.b64encode(b"ab" + text.encode() + b"yz"), repr(text).encode("unicode_escape"),
            quote(text).encode(), key_of(text).encode(), text.upper().encode(),
        ):  # fmt: skip
            assert found_in(b"before " + hay + b" after"), (text, hay)
