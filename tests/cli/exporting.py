"""A real store with a case of two sides in it, for `parley export`: each side's words are planted."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli.main import parley
from bot.domain.bodies import Body
from bot.domain.ids import CASE_ROOM, Code, CompartmentId, EventId, RecordId, SeatId
from bot.domain.records import Record
from bot.engine.events import CommandReceived
from bot.ledger.encoding import from_base64url
from bot.ledger.receipt import parse_receipt
from bot.policy.label import UNOWNED
from bot.ports import Batch
from bot.settings import load, read_master_key
from bot.storage.store import SqlStore
from tests.hostile.running import Running
from tests.support.wall_clock import showing

RTL = "\u0627\u0644\u0623\u0633\u0631\u0649 \u202e\u0623\u062d\u064a\u0627\u0621 <script>alert(1)</script>"

PARTIES = ("north", "south", "mediation", "relief", "families")

PLANTED = {
    "caucus-north": "the heron keeps its nest at the mill",
    "shuttle-north": "the bittern calls before dawn",
    "caucus-south": "the plover counts nine eggs",
    "shuttle-south": "the dunlin follows the tide",
    "humanitarian": "the ibis was seen in good health",
    "plenary": "the crane has two brothers",
    "desk": "the kestrel hovers over both",
}
BY = {
    "caucus-north": "haddad", "shuttle-north": "lindqvist",
    "caucus-south": "merrow", "shuttle-south": "lindqvist",
    "humanitarian": "brenner", "plenary": "lindqvist", "desk": "lindqvist",
}  # fmt: skip
OFFERED = "ten wounded at the northern crossing"
HIDDEN = "twelve more if the bridge is opened"
ERASED = "the avocet sleeps under the second bridge"


@dataclass
class Told:
    """An installation on disk, a case on its real road, and what was said where."""

    home: Path
    running: Running = field(init=False)
    store: SqlStore = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.home.mkdir(exist_ok=True)
        done = self.cli(
            "init", "--dir", str(self.home / "config"), "--state", str(self.home / "state"),
            "--homeserver", "https://x.example", "--user", "@p:x.example", config=False,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        found = load(self.home / "config/parley.toml")
        self.store = SqlStore.open(found.store.database, read_master_key(found))
        self.running = Running(self.store)
        asyncio.run(self.running.opens())

    @property
    def now(self) -> datetime:
        return self.running.now

    def cli(self, *args: str, config: bool = True) -> Result:
        """Run a command at the case's time: an approval lasts a day."""
        whole = ["--config", str(self.home / "config/parley.toml")] if config else []
        with showing(lambda: self.now):
            return CliRunner().invoke(parley, [*whole, *args], terminal_width=200)

    def types(self, seat: str, place: str, text: str) -> None:
        """A person types a line; it must change something."""
        self.count += 1
        head = self.running.case.head
        event = CommandReceived(
            EventId(f"$typed-{self.count}"),
            self.now,
            CompartmentId(place),
            SeatId(seat),
            text,
            self.now - timedelta(seconds=3),
        )
        asyncio.run(self.running.take(event))
        assert self.running.case.head > head, text

    def journal(self, *bodies: Body) -> None:
        """Append records of the case as a whole, as a case file would."""
        case = self.running.case
        records = tuple(
            Record(
                RecordId(f"{case.head + n:032x}"), case.id, CASE_ROOM, self.now, UNOWNED, "$test", body
            )
            for n, body in enumerate(bodies)
        )  # fmt: skip
        self.store.commit(Batch(f"$test-{case.head}", case.id, case.head, records))
        asyncio.run(self.running.cases.load())

    def checkpoints(self, count: int = 12) -> None:
        """So many minutes pass, each with a batch of the log; a rush is spread over some."""
        for _ in range(count):
            self.running.now += timedelta(minutes=1)
            self.store.beat(self.now)
            self.store.checkpoint(self.now)

    def approves(self, line: str) -> None:
        """Two mediators have a line carried out."""
        self.types("lindqvist", "desk", line)
        code = next(reversed(list(self.running.case.approvals)))
        self.types("adeyemi", "desk", f"!approve {code}")

    def code_of(self, place: str) -> Code:
        """The newest code given in a compartment."""
        found = [i for i in self.running.case.items.values() if i.compartment == place]
        return found[-1].code

    def exports(self, party: str, *, to: str = "") -> Path:
        out = self.home / (to or f"for-{party}")
        done = self.cli("export", "orchid", "--for", party, "--out", str(out))
        assert done.exit_code == 0, done.output
        return out


def told(home: Path) -> Told:
    """The whole story, logged, but not approved for anybody."""
    made = Told(home)
    for place, words in PLANTED.items():
        made.types(BY[place], place, f"!record {words}")
    made.types("haddad", "caucus-north", f"!record {RTL}")
    made.types("haddad", "shuttle-north", f"!record {ERASED}")
    gone = made.code_of("shuttle-north")
    made.types("merrow", "caucus-south", f"!commit to North by fri 18:00: {HIDDEN}")
    made.types("haddad", "caucus-north", f"!commit to South by fri 18:00: {OFFERED}")
    promise = made.code_of("caucus-north")
    made.types("haddad", "caucus-north", f"!confirm {promise}")
    made.types("haddad", "caucus-north", f"!release {promise} to shuttle-south")
    made.types(
        "yazan", "caucus-north", f"!consent {next(reversed(list(made.running.case.requests)))}"
    )
    made.types("merrow", "shuttle-south", f"!accept {made.code_of('shuttle-south')}")
    made.types("brenner", "humanitarian", "!watch add sign of life for H-TEAL every 24h grace 2h")
    watch = made.code_of("humanitarian")
    made.types("brenner", "humanitarian", f"!report {watch} visit: seen by the delegate at ten")
    made.types("lindqvist", "plenary", f"!release {made.code_of('plenary')} to humanitarian")
    request = next(reversed(list(made.running.case.requests)))
    made.types("yazan", "caucus-north", f"!consent {request}")
    made.types("merrow", "caucus-south", f"!refuse {request}")
    made.checkpoints()
    made.approves(f"!erase {gone} because it was typed in the wrong room")
    made.checkpoints()
    return made


def exported(home: Path) -> Told:
    """The story with every party's export written out, while the bot's store is open."""
    made = told(home)
    for party in PARTIES:
        made.approves(f"!export {party}")
    made.checkpoints()
    for party in PARTIES:
        made.exports(party)
    return made


def out(there: Told, party: str) -> Path:
    """Where a party's export lies."""
    return there.home / f"for-{party}"


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file by its name in the directory, with what stands in it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def bytes_of(folder: Path) -> bytes:
    """All there is to read: names, bytes, and what receipts hold in base64."""
    parts: list[bytes] = []
    for name, content in files_of(folder).items():
        parts += [name.encode(), content]
        if name.endswith(".parley"):
            read = parse_receipt(content.decode())
            parts += [from_base64url(d.text) for d in read.disclosures]
            parts += [read.before.text().encode()] if read.before else []
    return b"\n".join(parts)


def document(folder: Path) -> dict[str, object]:
    found = json.loads((folder / "case.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def records(folder: Path) -> list[dict[str, object]]:
    found = document(folder)["records"]
    assert isinstance(found, list)
    return found


def verified(folder: Path, receipts: list[str], *more: str) -> Iterator[dict[str, object]]:
    """What `parley verify` says of receipts, each in a process of its own."""
    key = (folder / "log.vkey").read_text().strip()
    for receipt in receipts:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "verify", receipt, "--trust", key, "--json", *more],
            cwd=folder, capture_output=True, text=True, check=False, env=None,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        yield json.loads(done.stdout)
