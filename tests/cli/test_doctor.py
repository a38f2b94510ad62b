import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from nacl.signing import SigningKey
from typing_extensions import override

from bot.cli import checks
from bot.cli.checks import Check, Level, Visit, examine, fail, ok
from bot.cli.doctor import rendered
from bot.cli.main import parley
from bot.cli.visiting import AUDITS, _audited
from bot.demo.homeserver import EmbeddedHomeserver
from bot.matrix.delayed import NO_ROOM
from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable
from bot.matrix.session import TOKEN
from bot.matrix.strict_json import JsonObject
from bot.matrix.trust import encode_base64
from bot.settings import Settings, load, read_master_key
from bot.storage.store import SqlStore
from bot.storage.verdicts import Damaged
from tests.conftest import Run
from tests.support.synapse import Account, new_account

BOT = "@parley:example.org"
AT = datetime(2026, 3, 1, tzinfo=UTC)
VERSIONS: JsonObject = {
    "versions": ["r0.6.1", "v1.1", "v1.12"],
    "unstable_features": {"org.matrix.msc4140": True},
}
GOOD: dict[str, JsonObject | Exception] = {
    "/versions": VERSIONS,
    "/capabilities": {
        "capabilities": {
            "m.room_versions": {"available": {"12": "stable"}},
            "org.matrix.msc4140.delayed_events": {
                "max_delay_ms": 86_400_000,
                "max_scheduled": 1000,
            },
        }
    },
    "/keys/upload": {"one_time_key_counts": {}},
    "/keys/query": {},
    "/override_ratelimit": HomeserverRefused(403, "M_FORBIDDEN"),
    "/send": HomeserverRefused(400, "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE"),
}


class Answers(Homeserver):
    """A homeserver that answers from a table of path endings."""

    def __init__(self, answers: Mapping[str, JsonObject | Exception]) -> None:
        super().__init__("http://127.0.0.1:1", token="t", pause=asyncio.sleep, jitter=lambda: 0.0)
        self.answers = answers
        self.asked: list[str] = []

    @override
    async def call(self, method: str, path: str, **_rest: object) -> JsonObject:
        self.asked.append(f"{method} {path}")
        if "/send/" in path:
            path = "/send"
        found = next(answer for end, answer in self.answers.items() if path.endswith(end))
        if isinstance(found, Exception):
            raise found
        return found


def identity(seed: bytes) -> tuple[str, JsonObject]:
    """Return a public master key and an honest `/keys/query` answer that shows it."""
    from canonicaljson import encode_canonical_json  # noqa: PLC0415

    master, signer = SigningKey(seed), SigningKey(b"s" * 32)
    public, other = (encode_base64(bytes(k.verify_key)) for k in (master, signer))
    keys: JsonObject = {
        "user_id": BOT,
        "usage": ["self_signing"],
        "keys": {f"ed25519:{other}": other},
    }
    mark = encode_base64(master.sign(encode_canonical_json(keys)).signature)
    return public, {
        "master_keys": {
            BOT: {"user_id": BOT, "usage": ["master"], "keys": {f"ed25519:{public}": public}}
        },
        "self_signing_keys": {BOT: {**keys, "signatures": {BOT: {f"ed25519:{public}": mark}}}},
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    args = ["--dir", str(tmp_path / "config"), "--state", str(tmp_path / "state")]
    done = CliRunner().invoke(
        parley, ["init", *args, "--homeserver", "https://example.org", "--user", BOT]
    )
    assert done.exit_code == 0, done.output
    (tmp_path / "config/keys/password").write_text("sesame")
    return load(tmp_path / "config/parley.toml")


@pytest.fixture
def visit(settings: Settings) -> Visit:
    login, database = ok("log-in", "stands"), ok("database", "opens")
    return Visit(settings, database, login, Answers(GOOD), None, (AT, AT), VERSIONS)


def report(visit: Visit) -> dict[str, Check]:
    return {check.name: check for check in asyncio.run(examine(visit))}


def answered(visit: Visit, end: str, answer: JsonObject | Exception) -> Visit:
    return replace(visit, server=Answers({**GOOD, end: answer}))


def allows(visit: Visit, longest: int, most: int) -> Visit:
    shown = {"max_delay_ms": longest, "max_scheduled": most}
    rooms = {"available": {"12": "stable"}}
    capabilities = {"m.room_versions": rooms, "org.matrix.msc4140.delayed_events": shown}
    return answered(visit, "/capabilities", cast("JsonObject", {"capabilities": capabilities}))


def calls(visit: Visit, where: str) -> Visit:
    outside = visit.settings.outside.model_copy(update={"channels": {"oncall": where}})
    return replace(visit, settings=visit.settings.model_copy(update={"outside": outside}))


def test_a_sound_installation_has_one_thing_to_look_at(visit: Visit) -> None:
    found = report(visit)
    assert list(found) == [name for name, _ in (*checks.LOCAL, *checks.SERVER)]
    assert {c.name for c in found.values() if c.level is not Level.OK} == {"outside"}
    assert "outside.ping_url" in found["outside"].do


def test_looking_asks_and_publishes_nothing(visit: Visit) -> None:
    report(visit)
    assert isinstance(visit.server, Answers)
    # The rate limit is tried on a room that nobody is in, with a delay that is always refused.
    probe = f"PUT /_matrix/client/v3/rooms/{quote(NO_ROOM, safe='')}/send/m.room.encrypted/"
    asked = [line for line in visit.server.asked if not line.startswith(("GET ", probe))]
    assert asked == [
        "POST /_matrix/client/v3/keys/upload",
        "POST /_matrix/client/v3/keys/query",
    ]


@pytest.mark.parametrize(
    ("name", "spoil", "level", "says"),
    [
        ("homeserver", lambda v: replace(v, versions=None), "fail", "no usable answer"),
        (
            "homeserver",
            lambda v: replace(v, versions={"versions": ["v1.10", 3, "x"]}),
            "fail",
            "1.10",
        ),
        ("homeserver", lambda v: replace(v, versions={"versions": "v1.12"}), "fail", "no usable"),
        ("clock", lambda v: replace(v, date=None), "warn", "shows no time"),
        ("clock", lambda v: replace(v, date=(AT, AT + timedelta(seconds=6))), "warn", "by 6 s"),
        ("clock", lambda v: replace(v, date=(AT, AT - timedelta(hours=1))), "fail", "by 3600 s"),
        ("log-in", lambda v: replace(v, login=fail("log-in", "refused", "x")), "fail", "refused"),
        ("rooms", lambda v: answered(v, "/capabilities", {}), "fail", "12 is not offered"),
        (
            "rooms",
            lambda v: answered(
                v,
                "/capabilities",
                {"capabilities": {"m.room_versions": {"available": {"12": "unstable"}}}},
            ),
            "fail",
            "version 12 is not offered",
        ),
        (
            "rooms",
            lambda v: answered(v, "/capabilities", HomeserverUnreachable("network")),
            "fail",
            "no usable answer (network)",
        ),
        (
            "encryption",
            lambda v: answered(v, "/keys/upload", HomeserverRefused(400, "M_UNKNOWN")),
            "fail",
            "refused by the homeserver (400)",
        ),
        ("encryption", lambda v: answered(v, "/keys/upload", {}), "fail", "cannot be published"),
        ("identity", lambda v: replace(v, master="x"), "fail", "(no_identity)"),
        (
            "identity",
            lambda v: answered(v, "/keys/query", identity(b"1" * 32)[1]),
            "fail",
            "its keys are not in the store",
        ),
        (
            "identity",
            lambda v: replace(
                answered(v, "/keys/query", identity(b"1" * 32)[1]), master=identity(b"2" * 32)[0]
            ),
            "fail",
            "(changed)",
        ),
        (
            "rate limit",
            lambda v: answered(v, "/send", HomeserverUnreachable("rate_limited")),
            "fail",
            "holds the bot back",
        ),
        (
            "rate limit",
            lambda v: answered(v, "/override_ratelimit", {"messages_per_second": 0}),
            "warn",
            "is a server administrator",
        ),
        (
            "rate limit",
            lambda v: replace(v, versions={**VERSIONS, "unstable_features": {}}),
            "warn",
            "cannot be tried",
        ),
        (
            "dead-man switch",
            lambda v: replace(v, versions={**VERSIONS, "unstable_features": {}}),
            "warn",
            "holds no delayed events",
        ),
        (
            "dead-man switch",
            lambda v: replace(
                v, versions={**VERSIONS, "unstable_features": {"org.matrix.msc4140": "true"}}
            ),
            "warn",
            "nobody there notices",
        ),
        ("dead-man switch", lambda v: allows(v, 60_000, 1000), "fail", "for 0:01:00 at most"),
        ("dead-man switch", lambda v: allows(v, 3_600_000, 1000), "warn", "for 1:00:00 at most"),
        ("dead-man switch", lambda v: allows(v, 86_400_000, 100), "warn", "holds 100 events"),
        ("dead-man switch", lambda v: allows(v, 0, 100), "warn", "does not say"),
        (
            "outside",
            lambda v: calls(v, "file:/nowhere/oncall"),
            "fail",
            "outside.channels.oncall: /nowhere/oncall cannot be read",
        ),
    ],
)
def test_each_fault_is_told_with_what_to_do(
    visit: Visit, name: str, spoil: Callable[[Visit], Visit], level: str, says: str
) -> None:
    found = report(spoil(visit))[name]
    assert found.level == level
    assert says in found.says
    assert found.do


def test_our_own_identity_is_recognised(visit: Visit) -> None:
    master, answer = identity(b"1" * 32)
    found = report(replace(answered(visit, "/keys/query", answer), master=master))["identity"]
    assert found.level is Level.OK


def test_a_clock_for_rehearsals_fails(visit: Visit) -> None:
    timing = visit.settings.timing.model_copy(update={"rehearsal_rate": 60})
    settings = visit.settings.model_copy(update={"timing": timing})
    found = report(replace(visit, settings=settings))["clock"]
    assert (found.level, found.says) == (Level.FAIL, "runs 60 times as fast as the world")


def test_without_a_log_in_only_what_needs_none_is_checked(visit: Visit) -> None:
    found = report(replace(visit, login=fail("log-in", "refused", "x")))
    assert set(found) >= {"clock", "dead-man switch"}
    assert not {"rooms", "encryption", "identity", "rate limit"} & set(found)


def test_without_a_homeserver_only_that_is_told_of_it(visit: Visit) -> None:
    found = report(replace(visit, versions=None))
    assert list(found) == [
        "keys",
        "directory",
        "space",
        "database",
        "outside",
        "ladders",
        "homeserver",
    ]


@pytest.mark.parametrize("name", ["config/keys/master.key", "config/keys/password"])
def test_a_key_that_others_can_read_fails(visit: Visit, tmp_path: Path, name: str) -> None:
    (tmp_path / name).chmod(0o644)
    found = report(visit)["keys"]
    assert found.level is Level.FAIL
    assert f"chmod 600 {tmp_path / name}" in found.says


def test_a_state_that_others_can_read_fails(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "state/olm.db").touch(mode=0o640)
    (tmp_path / "state/olm.db").chmod(0o640)
    found = report(visit)["directory"]
    assert (found.level, found.do) == (Level.FAIL, f"run: chmod go= {tmp_path / 'state/olm.db'}")
    (tmp_path / "state/olm.db").unlink()
    (tmp_path / "state").chmod(0o755)
    assert report(visit)["directory"].do == f"run: chmod go= {tmp_path / 'state'}"
    shutil.rmtree(tmp_path / "state")
    assert report(visit)["directory"].do == f"run: install -d -m 700 {tmp_path / 'state'}"


def test_little_space_is_told_before_there_is_none(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(visit.settings.store.path).free
    monkeypatch.setattr(checks, "LITTLE_SPACE", free * 2)
    assert report(visit)["space"].level is Level.WARN
    monkeypatch.setattr(checks, "TOO_LITTLE_SPACE", free * 2)
    assert report(visit)["space"].level is Level.FAIL


def test_the_report_says_what_to_do_below_each_line_and_counts() -> None:
    lines = rendered((ok("keys", "there"), fail("clock", "differs by 90 s", "set the clock")))
    assert lines[0].endswith("keys             there")
    assert lines[2].strip() == "→ set the clock"
    assert lines[3] == "1 ok, 0 to look at, 1 failed"


def test_a_commit_in_the_middle_of_an_audit_is_no_damage() -> None:
    class Busy(SqlStore):
        """Every audit but the last allowed one meets a commit."""

        left = AUDITS - 1

        @override
        def audit(self) -> int:
            if self.left:
                self.left -= 1
                raise Damaged("half a commit")
            return 7

    busy = object.__new__(Busy)
    assert _audited(busy) == 7
    busy.left = AUDITS
    with pytest.raises(Damaged):
        _audited(busy)


def doctor(settings_file: Path) -> tuple[int, dict[str, dict[str, str]]]:
    done = CliRunner().invoke(parley, ["--config", str(settings_file), "doctor", "--json"])
    return done.exit_code, {check["name"]: check for check in json.loads(done.output)}


def test_a_homeserver_that_is_away_is_a_failed_check_and_code_1(
    settings: Settings, tmp_path: Path
) -> None:
    del settings
    file = tmp_path / "config/parley.toml"
    file.write_text(file.read_text().replace("https://example.org", "http://127.0.0.1:1"))
    code, found = doctor(file)
    assert code == 1
    assert found["homeserver"]["level"] == "fail"
    assert found["database"] == {
        "name": "database", "level": "ok", "says": "is made at the first run", "do": "",
    }  # fmt: skip


def test_a_store_that_was_edited_fails(settings: Settings, tmp_path: Path) -> None:
    store = SqlStore.open(settings.store.database, read_master_key(settings))
    store.close()
    file = tmp_path / "config/parley.toml"
    file.write_text(file.read_text().replace("https://example.org", "http://127.0.0.1:1"))
    assert doctor(file)[1]["database"]["says"].startswith("opens, and all 0 entries")
    (tmp_path / "config/keys/master.key").write_bytes(b"x" * 32)
    assert doctor(file)[1]["database"]["says"] == "the master key does not open it"
    Path(settings.store.database).write_bytes(b"not a database" * 100)
    assert doctor(file)[1]["database"]["level"] == "fail"


@pytest.mark.e2e
def test_a_real_homeserver_is_judged_and_left_as_it_was(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    account = run(new_account(homeserver, "parley"))
    args = ["--dir", str(tmp_path / "config"), "--state", str(tmp_path / "state")]
    args += ["--homeserver", homeserver.url, "--user", account.user_id]
    assert CliRunner().invoke(parley, ["init", *args]).exit_code == 0
    file = tmp_path / "config/parley.toml"
    code, found = doctor(file)
    assert (code, found["keys"]["level"], found["log-in"]["level"]) == (1, "fail", "fail")
    (tmp_path / "config/keys/password").write_text("wrong")
    assert "refused (403 M_FORBIDDEN)" in doctor(file)[1]["log-in"]["says"]
    (tmp_path / "config/keys/password").write_text(account.password)
    code, found = doctor(file)
    assert {c["name"]: c["says"] for c in found.values() if c["level"] == "fail"} == {}
    assert code == 0
    assert found["dead-man switch"]["level"] == "ok"
    assert found["clock"]["level"] == "ok"
    assert run(devices_after(homeserver.url, account.user_id, account.password)) == 1


@pytest.mark.e2e
def test_the_running_bots_own_token_is_used_and_stays_good(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    account = run(new_account(homeserver, "parley"))
    args = ["--dir", str(tmp_path / "config"), "--state", str(tmp_path / "state")]
    args += ["--homeserver", homeserver.url, "--user", account.user_id]
    assert CliRunner().invoke(parley, ["init", *args]).exit_code == 0
    file = tmp_path / "config/parley.toml"
    (tmp_path / "config/keys/password").write_text(account.password)
    store = SqlStore.open(load(file).store.database, read_master_key(load(file)))
    store.put(TOKEN, run(token_of(homeserver.url, account)).encode())
    store.close()
    for _ in range(2):
        code, found = doctor(file)
        assert (code, found["log-in"]["says"]) == (
            0,
            f"the bot's token stands for {account.user_id}",
        )
    assert run(devices_after(homeserver.url, account.user_id, account.password)) == 2


async def token_of(url: str, account: Account) -> str:
    server = Homeserver(url, token=None, pause=asyncio.sleep, jitter=lambda: 0.0)
    try:
        return (await server.login(account.user_id, account.password, "THEBOT")).token
    finally:
        await server.close()


async def devices_after(url: str, user: str, password: str) -> int:
    """Count the account's devices, the one that asks included."""
    server = Homeserver(url, token=None, pause=asyncio.sleep, jitter=lambda: 0.0)
    try:
        await server.login(user, password, "COUNTING")
        answer = await server.call("GET", "/_matrix/client/v3/devices")
        devices = answer["devices"]
        return len(devices) if isinstance(devices, list) else -1
    finally:
        await server.close()


def test_a_ladder_that_the_start_would_refuse_is_found_before(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "ladders.toml"
    watches = visit.settings.watches.model_copy(update={"ladders": file})
    visit = replace(visit, settings=visit.settings.model_copy(update={"watches": watches}))
    shipped = Path(__file__).parents[2] / "config/ladders.toml"
    file.write_text(shipped.read_text("utf-8"))
    good = report(visit)["ladders"]
    assert (good.level, "sign-of-life" in good.says) == (Level.OK, True)
    file.write_text("[[ladder]]\nid = 3\n")
    found = report(visit)["ladders"]
    assert (found.level, str(file) in found.says) == (Level.FAIL, True)
    assert "docs/WATCHES.md" in found.do
