import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner

from bot.cli.main import parley
from bot.cli.opened import hand_in
from bot.domain.bodies import ApprovalAsked, Approved, Body, SeatAdded
from bot.domain.case import Case
from bot.domain.casefile_change import Change
from bot.domain.codec import from_json
from bot.domain.enrolment import code_matches
from bot.domain.fold import replay
from bot.domain.ids import CaseId, Code, EventId, Prose, RecordId, SeatId, UserId
from bot.domain.records import Record
from bot.engine.events import CaseFileTaken
from bot.policy.label import UNOWNED
from bot.ports import Batch, InboxItem
from bot.runner.cases import Arrived, Cases, Committed
from bot.settings import load, read_master_key
from bot.storage.store import SqlStore

T = TypeVar("T")
ORCHID = Path(__file__).parents[2] / "config/cases/gulf-war-1991.toml"
AT = datetime(2026, 3, 1, tzinfo=UTC)
CASE = CaseId("orchid")
CODE = re.compile(r"!enrol ([2-9A-Z]{4}-[2-9A-Z]{4})")


class Installation:
    """A directory as `parley init` leaves it, and the bot's side of its store."""

    def __init__(self, home: Path) -> None:
        self.settings = home / "config/parley.toml"
        args = ["--dir", str(home / "config"), "--state", str(home / "state")]
        done = CliRunner().invoke(
            parley, ["init", *args, "--homeserver", "https://x.example", "--user", "@p:x.example"]
        )
        assert done.exit_code == 0, done.output

    def typed(self, *args: str, stdin: str | None = None) -> tuple[int, str]:
        whole = ["--config", str(self.settings), "case", *args]
        done = CliRunner().invoke(parley, whole, input=stdin, terminal_width=200)
        return done.exit_code, done.output

    def store(self) -> SqlStore:
        found = load(self.settings)
        return SqlStore.open(found.store.database, read_master_key(found))

    def waiting(self) -> tuple[InboxItem, ...]:
        store = self.store()
        try:
            return store.pending()
        finally:
            store.close()

    def bot_runs(self) -> None:
        """Let the real engine take what waits in the inbox."""
        store = self.store()
        try:
            asyncio.run(taken(store))
        finally:
            store.close()

    def journal(self, *bodies: Body) -> Case:
        """Append records as the bot would, and return the case."""
        store = self.store()
        try:
            case = replay(Case(CASE), store.load(CASE))
            records = tuple(
                Record(
                    RecordId(f"{case.head + n:032x}"), CASE, next(iter(case.desks())).id, AT,
                    UNOWNED, "test", body,
                )
                for n, body in enumerate(bodies)
            )  # fmt: skip
            if records:
                store.commit(Batch(f"test-{case.head}", CASE, case.head, records))
            return replay(case, records)
        finally:
            store.close()


async def taken(store: SqlStore) -> None:
    async def at_once(call: Callable[[], T], /) -> T:
        return call()

    async def nobody(_done: Committed) -> None:
        return None

    cases = Cases(store, at_once, UserId("@p:x.example"), nobody)
    await cases.load()
    for item in store.pending():
        raw = json.loads(item.raw)
        event: CaseFileTaken = from_json(raw["event"], CaseFileTaken)
        event = replace(event, id=EventId(f"case-file:{item.key}"))
        await cases.take(Arrived(CaseId(raw["case"]), event, item.number))


@pytest.fixture
def there(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def edited(home: Path, old: str, new: str) -> str:
    text = ORCHID.read_text("utf-8")
    assert text.count(old) == 1
    path = home / "case.toml"
    path.write_text(text.replace(old, new))
    return str(path)


def codes_in(said: str) -> list[str]:
    return CODE.findall(said)


LADDER = """
[[ladder]]
id = "night"
[[ladder.step]]
roles = ["mediator"]
rooms = ["desk"]
outside = ["oncall"]
wait = "5 min"
"""


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_ladder_that_calls_a_channel_nobody_set_up_is_refused(
    there: Installation, tmp_path: Path, verb: str
) -> None:
    path = tmp_path / "case.toml"
    path.write_text(ORCHID.read_text("utf-8") + LADDER)
    code, said = there.typed(verb, str(path))
    assert code != 0
    assert "oncall" in said
    assert "[outside.channels]" in said
    with there.settings.open("a") as settings:
        settings.write('\n[outside.channels]\noncall = "file:/nowhere/oncall"\n')
    code, said = there.typed(verb, str(path), stdin="y\n")
    assert code == 0, said


def test_a_plan_says_what_would_happen_and_makes_no_store(there: Installation) -> None:
    code, said = there.typed("plan", str(ORCHID))
    assert code == 0, said
    assert "Seat Lt. Haddad (North, negotiator) is new" in said
    assert "nobody could approve it yet" in said
    assert f"To do this: parley case apply {ORCHID}" in said
    assert codes_in(said) == []
    assert not load(there.settings).store.path.joinpath("parley.db").exists()


def test_applying_shows_each_new_person_a_code_that_the_journal_knows_by_its_digest(
    there: Installation,
) -> None:
    code, said = there.typed("apply", str(ORCHID), "--yes")
    assert code == 0, said
    assert len(set(codes_in(said))) == 9
    assert "out of band" in said
    there.bot_runs()
    case = there.journal()
    haddad = case.seats[SeatId("haddad")]
    (line,) = [
        line for line in said.splitlines() if "@haddad:localhost" in line and "!enrol" in line
    ]
    assert code_matches(codes_in(line)[0], haddad.id, haddad.code_digest)
    assert not code_matches(codes_in(line)[0], haddad.id, case.seats[SeatId("yazan")].code_digest)


def test_no_code_stands_in_any_file(there: Installation) -> None:
    _, said = there.typed("apply", str(ORCHID), "--yes")
    there.bot_runs()
    home = there.settings.parent.parent
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for code in codes_in(said):
        assert code.encode() not in stored


def test_after_applying_a_plan_finds_nothing(there: Installation) -> None:
    there.typed("apply", str(ORCHID), "--yes")
    there.bot_runs()
    code, said = there.typed("plan", str(ORCHID))
    assert (code, said) == (0, "Nothing changes: case orchid is as the file says.\n")
    assert there.typed("apply", str(ORCHID), "--yes") == (code, said)
    assert there.waiting() == ()


def test_applying_asks_first_and_no_means_no(there: Installation) -> None:
    code, said = there.typed("apply", str(ORCHID), stdin="n\n")
    assert code == 1
    assert codes_in(said) == []
    assert there.waiting() == ()


def test_a_second_file_waits_for_the_first(there: Installation) -> None:
    there.typed("apply", str(ORCHID), "--yes")
    code, said = there.typed("apply", str(ORCHID), "--yes")
    assert code == 2
    assert "another case file waits for the bot" in said
    assert codes_in(said) == []
    assert len(there.waiting()) == 1


def test_a_file_compared_with_a_case_that_moved_on_is_not_handed_in(there: Installation) -> None:
    there.typed("apply", str(ORCHID), "--yes")
    there.bot_runs()
    case = there.journal()
    nothing = Change((), widens=False, lines=(), digest="0" * 32)
    assert not hand_in(load(there.settings), CASE, case.head - 1, nothing)
    assert there.waiting() == ()
    assert hand_in(load(there.settings), CASE, case.head, nothing)


def test_what_lets_somebody_read_more_waits_for_a_mediator_and_draws_no_codes_before(
    there: Installation, tmp_path: Path
) -> None:
    without = edited(tmp_path, 'seats = ["haddad", "yazan"]', 'seats = ["haddad"]')
    there.typed("apply", without, "--yes")
    there.bot_runs()
    code, said = there.typed("apply", str(ORCHID), "--yes")
    assert code == 0, said
    assert "Maj. Yazan (North, negotiator) joins caucus-north: may read caucus-north." in said
    assert "a mediator must approve this at the desk" in said
    there.bot_runs()
    case = there.journal()
    assert case.compartments[case.caucus_of(case.seats[SeatId("yazan")].party).id].seats == {  # type: ignore[union-attr]
        "haddad"
    }
    (asked,) = case.approvals.values()
    assert re.fullmatch(r"case file [0-9a-f]{32}", asked.line)
    there.journal(Approved(asked.code, SeatId("adeyemi")))
    _, said = there.typed("apply", str(ORCHID), "--yes")
    assert "No approval is needed" in said
    there.bot_runs()
    assert there.typed("plan", str(ORCHID))[1].startswith("Nothing changes")


def test_a_new_person_gets_a_code_only_after_the_approval(
    there: Installation, tmp_path: Path
) -> None:
    there.typed("apply", str(ORCHID), "--yes")
    there.bot_runs()
    seat = '[[seat]]\nid = "novak"\nname = "Capt. [bold]Novak"\nparty = "south"\n'
    more = edited(
        tmp_path,
        "# -- compartments",
        f'{seat}role = "negotiator"\nuser = "@novak:localhost"\n\n# -- compartments',
    )
    text = Path(more).read_text().replace('seats = ["merrow"]', 'seats = ["merrow", "novak"]')
    Path(more).write_text(text)
    _, said = there.typed("apply", more, "--yes")
    assert codes_in(said) == []
    (item,) = there.waiting()
    assert '"code_digest": ""' in item.raw
    there.bot_runs()
    (asked,) = there.journal().approvals.values()
    there.journal(Approved(asked.code, SeatId("adeyemi")))
    _, said = there.typed("apply", more, "--yes")
    (code,) = codes_in(said)
    assert "Capt. [bold]Novak" in next(line for line in said.splitlines() if code in line)
    there.bot_runs()
    novak = there.journal().seats[SeatId("novak")]
    assert code_matches(code, novak.id, novak.code_digest)


def test_an_approval_of_one_change_is_none_of_another(there: Installation, tmp_path: Path) -> None:
    there.typed("apply", str(ORCHID), "--yes")
    there.bot_runs()
    other = ApprovalAsked(Code("ABCD"), None, f"case file {'0' * 32}", AT, Prose(""))
    there.journal(other, Approved(other.code, SeatId("adeyemi")))
    more = edited(tmp_path, 'seats = ["haddad", "merrow",', 'seats = ["yazan", "haddad", "merrow",')
    assert "must approve this at the desk" in there.typed("plan", more)[1]


def test_a_removed_person_needs_no_approval(there: Installation, tmp_path: Path) -> None:
    there.typed("apply", str(ORCHID), "--yes")
    there.bot_runs()
    fewer = edited(tmp_path, 'seats = ["haddad", "yazan"]', 'seats = ["haddad"]')
    code, said = there.typed("apply", fewer, "--yes")
    assert code == 0
    assert "No approval is needed" in said
    there.bot_runs()
    assert there.typed("plan", fewer)[1].startswith("Nothing changes")


def test_every_problem_of_a_file_is_a_line_of_its_own(there: Installation, tmp_path: Path) -> None:
    path = edited(tmp_path, 'role = "liaison"', 'role = "boss"\ncolour = "red"')
    code, said = there.typed("plan", path)
    assert code == 2
    assert [line.split(":")[0] for line in said.splitlines()] == ["parley", "parley"]
    assert "seat salim: role must be one of" in said
    assert "seat salim: colour is not a key here" in said


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_line(
    there: Installation, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "odd.toml"
    if content is not None:
        path.write_bytes(content)
    code, said = there.typed("plan", str(path))
    assert code == 2
    assert said.count("\n") == 1


def test_another_master_key_is_told_in_a_line(there: Installation) -> None:
    there.typed("apply", str(ORCHID), "--yes")
    (there.settings.parent / "keys/master.key").write_bytes(b"x" * 32)
    code, said = there.typed("plan", str(ORCHID))
    assert code == 2
    assert said == "parley: the master key does not open this store\n"


def test_what_is_handed_in_is_what_was_shown(there: Installation) -> None:
    _, said = there.typed("apply", str(ORCHID), "--yes")
    (item,) = there.waiting()
    event: CaseFileTaken = from_json(json.loads(item.raw)["event"], CaseFileTaken)
    assert all(f"  {line}\n" in said for line in event.lines)
    seats = [body for _, body in event.bodies if isinstance(body, SeatAdded)]
    assert all(len(seat.code_digest) == 64 for seat in seats)
