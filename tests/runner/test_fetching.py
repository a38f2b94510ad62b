"""A file on the whole road: fetched, read apart, sealed, shown clean, erased with its record."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from typing_extensions import override

from bot.domain.ids import Code, CompartmentId, EventId, SeatId
from bot.engine.events import CommandReceived, FileOffered
from bot.files import AttachedFiles
from bot.ports import Attached, File, Media, NotFetched
from bot.runner.cases import Arrived
from bot.runner.fetching import LIMIT
from bot.storage.backup import back_up, restore
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.hostile.running import CASE, Running, played
from tests.runner.test_weighing import settle
from tests.storage.filled import cells
from tests.storage.samples import MASTER
from tests.storage.test_erasure import blocks
from tests.support.orchid import codes_in
from tests.support.planted import found_in
from tests.support.planted_office import word
from tests.support.planted_pdf import pdf
from tests.support.planted_pictures import jpeg

ROOM = "humanitarian"
WHY = "because the family asked for it"
PLANTED: Mapping[str, bytes] = {"photo.jpg": jpeg(), "list.pdf": pdf(), "list.docx": word()}


class Shelf(Media):
    """A homeserver with one file, or a reason why it does not come."""

    def __init__(self, content: bytes, reason: str = "") -> None:
        self.content = content
        self.reason = reason
        self.asked = 0

    @override
    async def fetch(self, attached: Attached, limit: int) -> bytes:
        assert limit == LIMIT
        self.asked += 1
        if self.reason:
            raise NotFetched(self.reason)
        return self.content


class Scene:
    """A case on a store, with somebody who sends files."""

    def __init__(self, store: SqlStore | MemoryStore, shelf: Shelf) -> None:
        self.running = Running(store)
        self.count = 0
        self.watch = ""
        self.serve(shelf)

    def serve(self, shelf: Shelf) -> None:
        files = AttachedFiles(shelf)
        self.running.cases.fetching.files = files
        self.running.speaking._files = files

    async def begin(self) -> None:
        await self.running.opens()
        said = await self.types("brenner", ROOM, "!watch add sign of life for H-TEAL every 24h")
        self.watch = codes_in(said)[0]

    async def types(
        self, seat: str, place: str, text: str, attached: Attached | None = None
    ) -> str:
        self.count += 1
        who = SeatId(seat)
        event = CommandReceived(
            EventId(f"$file-{self.count}"),
            self.running.now,
            CompartmentId(place),
            who,
            text,
            self.running.now,
            file=FileOffered(own=True, sealed=True, by=who) if attached else None,
        )
        before = len(self.running.heard(place))
        await settle(self.running, Arrived(CASE, event, attached=attached))
        await self.running.says()
        return "\n".join(self.running.heard(place)[before:])

    async def reports(self, name: str = "photo.jpg", mime: str = "") -> str:
        attached = Attached("mxc://x/y", name, mime, 1, sealed=True)
        return await self.types("salim", ROOM, f"!report {self.watch} media: a paper", attached)

    def evidence(self) -> Code:
        return list(self.running.case.evidence)[-1]

    def given(self) -> File | None:
        files = [sent.file for sent in self.running.speaker.sent if sent.file is not None]
        shown = [f for f in files if not f.name.endswith(".parley")]
        return shown[-1] if shown else None


@pytest.mark.parametrize("name", sorted(PLANTED))
@played
async def test_what_was_planted_is_in_no_byte_that_leaves_or_lies_on_disk(
    tmp_path: Path, name: str
) -> None:
    content = PLANTED[name]
    assert found_in(content)
    store = SqlStore.open(tmp_path / "store.db", MASTER)
    scene = Scene(store, Shelf(content))
    await scene.begin()
    said = await scene.reports(name)
    assert "It is sealed and stays here." in said
    code = scene.evidence()
    record = scene.running.case.evidence[code].record
    assert store.file(record) == content
    assert f"`{code}`: its file comes" in await scene.types("brenner", ROOM, f"!show {code}")
    shown = scene.given()
    assert shown is not None
    assert shown.name == f"{code}.{name.rpartition('.')[2]}"
    assert shown.content != content
    for sent in scene.running.speaker.sent:
        assert found_in(sent.text.encode()) == []
        assert sent.file is None or found_in(sent.file.content) == []
        assert sent.file is None or sent.room == scene.running.room(ROOM) or sent.file != shown
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert found_in(raw) == []
    store.close()


@pytest.mark.parametrize("what", ["evidence", "watch", "person", "compartment"])
@pytest.mark.parametrize("durable", [True, False])
@played
async def test_a_file_is_erased_with_whatever_it_is_evidence_of(
    tmp_path: Path, what: str, durable: bool
) -> None:
    store = SqlStore.open(tmp_path / "store.db", MASTER) if durable else MemoryStore()
    scene = Scene(store, Shelf(jpeg()))
    await scene.begin()
    await scene.reports()
    code = scene.evidence()
    record = scene.running.case.evidence[code].record
    assert store.file(record) is not None
    kept = cells(tmp_path / "store.db", "SELECT sealed FROM files") if durable else []
    about = {
        "evidence": code,
        "watch": scene.watch,
        "person": "person H-TEAL",
        "compartment": f"compartment {ROOM}",
    }[what]
    said = await scene.types("lindqvist", "desk", f"!erase {about} {WHY}")
    asked = codes_in(said[said.index("Waiting as") :])[0]
    assert "Erased" in await scene.types("adeyemi", "desk", f"!approve {asked}")
    assert store.file(record) is None
    for (sealed,) in kept:
        raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert not any(block in raw for block in blocks(sealed))
    scene.running.speaker.sent.clear()
    await scene.types("brenner", ROOM, f"!show {code}")
    assert scene.given() is None
    store.close()


@pytest.mark.parametrize(
    ("shelf", "name", "mime", "says"),
    [
        (Shelf(b"", "wrong_hash"), "photo.jpg", "", "SHA-256 is another"),
        (Shelf(b"", "too_large"), "photo.jpg", "", "larger than 15 MB"),
        (Shelf(b"", "unreadable"), "photo.jpg", "", "could not be decrypted"),
        (Shelf(b"", "gone"), "photo.jpg", "", "does not have it any more"),
        (Shelf(b"", "unreachable"), "photo.jpg", "", "did not hand it out"),
        (Shelf(b"x" * (LIMIT + 1)), "photo.jpg", "", "larger than 15 MB"),
        (Shelf(b""), "photo.jpg", "", "it is empty"),
        (Shelf(pdf()), "photo.jpg", "", "named as jpeg, and its bytes are pdf"),
        (Shelf(pdf()), "scan", "image/png", "named as png, and its bytes are pdf"),
        (Shelf(jpeg()[:400]), "photo.jpg", "", "damaged or cut short"),
        (Shelf(b"MZ\x90\x00 a program"), "tool.exe", "", "of no type that is taken"),
    ],
)
@played
async def test_a_file_that_is_not_taken_gets_an_answer_and_changes_nothing(
    shelf: Shelf, name: str, mime: str, says: str
) -> None:
    scene = Scene(MemoryStore(), shelf)
    await scene.begin()
    before = scene.running.case
    said = await scene.reports(name, mime)
    assert says in said
    assert "Nothing was kept" in said
    assert scene.running.case == before
    assert shelf.asked == 1
    assert scene.running.cases.idle()


@played
async def test_a_line_that_was_committed_fetches_nothing_again() -> None:
    shelf = Shelf(jpeg())
    scene = Scene(MemoryStore(), shelf)
    await scene.begin()
    await scene.reports()
    scene.count -= 1
    head = scene.running.case.head
    await scene.reports()
    assert scene.running.case.head == head
    assert shelf.asked == 1


@played
async def test_a_reader_that_fails_on_the_way_out_shows_nothing() -> None:
    scene = Scene(MemoryStore(), Shelf(jpeg()))
    await scene.begin()
    await scene.reports()
    code = scene.evidence()
    record = scene.running.case.evidence[code].record
    store = scene.running.store
    assert isinstance(store, MemoryStore)
    store._files[record] = jpeg()[:500]
    said = await scene.types("brenner", ROOM, f"!show {code}")
    assert f"The file of {code} is not shown" in said.replace("`", "")
    assert scene.given() is None


@played
async def test_a_backup_holds_files_as_it_holds_words(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "store.db", MASTER)
    scene = Scene(store, Shelf(PLANTED["photo.jpg"]))
    await scene.begin()
    await scene.reports()
    record = scene.running.case.evidence[scene.evidence()].record
    copy = back_up(tmp_path / "store.db", tmp_path / "kept", scene.running.now)
    assert cells(copy, "SELECT count(*) FROM files") == [(1,)]
    restore(tmp_path / "kept", tmp_path / "new.db")
    store.close()
    again = SqlStore.open(tmp_path / "new.db", MASTER)
    assert again.file(record) == PLANTED["photo.jpg"]
    again.close()


@played
async def test_a_store_of_before_is_given_the_table_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SqlStore.open(path, MASTER).close()
    with closing(sqlite3.connect(path)) as old:
        old.execute("DROP TABLE files")
        old.commit()
    store = SqlStore.open(path, MASTER)
    scene = Scene(store, Shelf(PLANTED["photo.jpg"]))
    await scene.begin()
    await scene.reports()
    assert store.file(scene.running.case.evidence[scene.evidence()].record) == PLANTED["photo.jpg"]
    store.close()
