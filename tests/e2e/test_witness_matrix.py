"""A real witness process, asked by a real session of the bot's, over a real homeserver."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import parley
from bot.demo.bot_process import _die_with_parent, _environment
from bot.demo.homeserver import EmbeddedHomeserver
from bot.domain.ids import RoomId, UserId
from bot.ledger.checkpoint import cosignature_time
from bot.ledger.party import key_file
from bot.ledger.witness import parse_state, with_cosignature
from bot.matrix.http import Homeserver
from bot.matrix.rooms import creation
from bot.matrix.session import Account, Ears, MatrixSession, Waiting
from bot.matrix.trust import encode_base64
from bot.matrix.witness_line import MatrixWitness
from bot.ports import Answer, Line, Unanswered
from bot.storage.memory import MemoryStore
from tests.conftest import Run
from tests.ledger.building import key
from tests.ledger.test_witness import FORK, LOG, NAME, PUBLIC, asking
from tests.support.fake_sync import at_once
from tests.support.synapse import Account as Registered
from tests.support.synapse import new_account

pytestmark = pytest.mark.e2e

WAITING = Waiting(asyncio.sleep, lambda: 0.5)


class Asking:
    """The bot's side: its session, its sync, and what reads for it."""

    def __init__(self, session: MatrixSession, store: MemoryStore, witness: UserId) -> None:
        self.session, self.store = session, store
        self.bot = UserId(session.machine.user_id)
        self.lines: list[Line] = []
        self.line = MatrixWitness(
            session.speaker, bot=self.bot, user=witness, key=PUBLIC, patience_s=20
        )
        session.inbound.hear_notices_of({witness})

    async def read(self) -> None:
        """Read for ever what came, as the intake does."""
        while True:
            for item in self.store.pending():
                heard = await self.session.inbound.read(item)
                if isinstance(heard, Line):
                    self.lines.append(heard)
                    assert self.line.heard(heard)
                self.store.done([item.number])
            await asyncio.sleep(0.05)

    async def tend(self) -> None:
        while True:
            await self.session.tend()
            await asyncio.sleep(1)


@asynccontextmanager
async def asked_by(
    homeserver: EmbeddedHomeserver, account: Registered, folder: Path, witness: UserId
) -> AsyncIterator[Asking]:
    folder.mkdir(exist_ok=True)
    store = MemoryStore()
    session = await MatrixSession.open(
        Account(homeserver.url, UserId(account.user_id), account.password, folder),
        store,
        secrets.token_bytes(32),
        at_once,
        waiting=WAITING,
        ears=Ears(lambda _new: None, lambda _room, _devices: None),
    )
    asking_side = Asking(session, store, witness)
    tasks = (session.sync.run(), asking_side.read(), asking_side.tend())
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(task) for task in tasks]
            try:
                yield asking_side
            finally:
                for task in running:
                    task.cancel()
    finally:
        await session.close()


class WitnessProcess:
    """`parley witness --matrix` with its own directory."""

    def __init__(self, home: Path, homeserver: str, account: Registered, bot: str) -> None:
        self.home, self.bot, self.account = home, bot, account
        self.child: asyncio.subprocess.Process | None = None
        home.mkdir()
        for name, text in (("key", key_file(key(NAME))), ("password", account.password)):
            (home / name).touch(0o600)
            (home / name).write_text(text)
        (home / "witness.toml").write_text(
            f'[homeserver]\nurl = "{homeserver}"\nuser = "{account.user_id}"\n'
            'password_file = "password"\n[store]\npath = "account"\n'
            "[timing]\ntend_seconds = 1\n"
        )

    @property
    def state(self) -> Path:
        return self.home / "state"

    def told(self) -> str:
        return (self.home / "log").read_text()

    async def start(self, *more: str) -> None:
        new = [] if self.state.exists() else ["--new"]
        with (self.home / "log").open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "witness", "--name", NAME, "--log", LOG.public.vkey(),
                "--key", str(self.home / "key"), "--state", str(self.state), *new,
                "--matrix", str(self.home / "witness.toml"), "--bot", self.bot, *more,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log,
                env=_environment(), preexec_fn=_die_with_parent,
            )  # fmt: skip
        assert self.child.stdout is not None
        said = [(await self.child.stdout.readline()).decode() for _ in range(2)]
        assert said == [
            f"{PUBLIC.vkey()}\n", f"answering {self.bot} as {self.account.user_id}\n",
        ], self.told()  # fmt: skip

    async def end(self, how: signal.Signals) -> int:
        assert self.child is not None
        os.kill(self.child.pid, how)
        return await asyncio.wait_for(self.child.wait(), 20)


@asynccontextmanager
async def cast(
    homeserver: EmbeddedHomeserver, folder: Path
) -> AsyncIterator[tuple[Asking, WitnessProcess]]:
    bot = await new_account(homeserver, "bot")
    account = await new_account(homeserver, "witness")
    for user in (bot, account):
        await homeserver.override_ratelimit(user.user_id)
    process = WitnessProcess(folder / "witness", homeserver.url, account, bot.user_id)
    async with asked_by(homeserver, bot, folder / "bot", UserId(account.user_id)) as side:
        await process.start()
        try:
            yield side, process
        finally:
            if process.child is not None and process.child.returncode is None:
                process.child.kill()
                await process.child.wait()


def cosigned(answer: Answer, size: int) -> bool:
    found = with_cosignature(LOG.checkpoint(size), answer.lines, PUBLIC)
    return answer.status == 200 and cosignature_time(found, PUBLIC) is not None


async def logged_in(homeserver: EmbeddedHomeserver, account: Registered) -> Homeserver:
    server = Homeserver(homeserver.url, token=None, pause=asyncio.sleep, jitter=lambda: 0.5)
    await server.login(account.user_id, account.password, secrets.token_hex(8))
    return server


async def membership(server: Homeserver, room: str, user: str) -> str:
    for event in await server.state(room):
        assert isinstance(event, dict)
        if (event.get("type"), event.get("state_key")) == ("m.room.member", user):
            content = event["content"]
            assert isinstance(content, dict)
            return str(content["membership"])
    return "none"


def test_it_cosigns_is_killed_goes_on_and_refuses_to_go_back(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with cast(homeserver, tmp_path) as (side, process):
            assert cosigned(await side.line.ask(asking(0, 5)), 5)
            # What was sent and answered are the protocol's bytes and nothing else.
            assert re.fullmatch(rf"\u2014 {re.escape(NAME)} [A-Za-z0-9+/=]+\n", side.lines[-1].text)
            assert cosigned(await side.line.ask(asking(5, 7)), 7)
            await process.end(signal.SIGKILL)
            kept = parse_state(process.state.read_text()).seen(LOG.name)
            assert kept is not None
            assert kept.checkpoint.size == 7

            await process.start()
            back = await side.line.ask(asking(0, 5))
            assert back == Answer(409, size=7, checkpoint=LOG.checkpoint(7).text())
            assert side.lines[-1].text == f"409 7\n\n{LOG.checkpoint(7).text()}"
            fork = await side.line.ask(asking(7, 9, FORK))
            assert (fork.status, fork.checkpoint) == (422, LOG.checkpoint(7).text())
            assert cosigned(await side.line.ask(asking(7, 9)), 9)
            assert await process.end(signal.SIGTERM) == 0
            with pytest.raises(Unanswered, match="silent"):
                await MatrixWitness(
                    side.session.speaker, bot=side.bot, user=side.line.user, key=PUBLIC,
                    patience_s=1,
                ).ask(asking(9, 10))  # fmt: skip

    run(scenario())


def test_no_room_but_the_bots_own_is_entered_and_nobody_else_is_answered(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with cast(homeserver, tmp_path) as (side, process):
            witness, server = process.account.user_id, side.session.server
            stranger = await logged_in(homeserver, await new_account(homeserver, "mallory"))
            strange = await stranger.create_room(creation(None, [UserId(witness)], direct=True))
            plain = creation(None, [UserId(witness)], direct=True)
            clear = await server.create_room(plain | {"initial_state": []})
            crowd = await new_account(homeserver, "anna")
            crowded = await server.create_room(
                creation(None, [UserId(witness), UserId(crowd.user_id)], direct=True)
            )
            assert cosigned(await side.line.ask(asking(0, 5)), 5)
            # It took the invitations in their order: what it did with these is done.
            assert await membership(stranger, strange, witness) == "invite"
            assert await membership(server, clear, witness) == "invite"
            assert await membership(server, crowded, witness) == "leave"
            assert "it is not a room for us alone" in process.told()
            own = await side.session.directs.room(UserId(witness))
            assert await membership(server, own, witness) == "join"

            # Whoever comes into the room later ends the talk, for who asks and who answers.
            await server.invite(own, crowd.user_id)
            side.session.rooms.doubt(own)
            new = await side.line.ask(asking(5, 7))
            assert cosigned(new, 7)
            moved = await side.session.directs.room(UserId(witness))
            assert moved != own
            assert await membership(server, moved, witness) == "join"
            assert await membership(server, own, witness) == "leave"
            await stranger.close()

    run(scenario())


def test_a_room_that_is_no_longer_for_two_is_not_answered(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with cast(homeserver, tmp_path) as (side, process):
            assert cosigned(await side.line.ask(asking(0, 5)), 5)
            room = await side.session.directs.room(side.line.user)
            crowd = await new_account(homeserver, "anna")
            await process.end(signal.SIGKILL)
            side.line = MatrixWitness(
                side.session.speaker, bot=side.bot, user=side.line.user, key=PUBLIC, patience_s=3
            )
            with pytest.raises(Unanswered, match="silent"):
                await side.line.ask(asking(5, 7))
            await side.session.server.invite(room, crowd.user_id)
            await process.start()
            async with asyncio.timeout(20):
                while "somebody else is in it" not in process.told():
                    await asyncio.sleep(0.1)
            assert await membership(side.session.server, room, side.line.user) == "leave"
            kept = parse_state(process.state.read_text()).seen(LOG.name)
            assert kept is not None
            assert kept.checkpoint.size == 5

    run(scenario())


def test_what_is_no_add_checkpoint_body_is_passed_over(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with cast(homeserver, tmp_path) as (side, _):
            room = await side.session.directs.room(side.line.user)
            await side.line._entered(RoomId(room))
            machine, server = side.session.machine, side.session.server
            said = (
                {"msgtype": "m.notice", "body": "good morning"},
                {"msgtype": "m.notice", "body": "old 0\n"},
                {"msgtype": "m.text", "body": asking(0, 9)},
            )
            for number, content in enumerate(said):
                async with side.session.pins.lend(side.line.user):
                    await machine.share(server, room, [side.line.user])
                    sealed = machine.seal(room, "m.room.message", {**content})
                await server.send_event(room, "m.room.encrypted", f"t{number}", sealed)
            assert cosigned(await side.line.ask(asking(0, 5)), 5)
            assert len(side.lines) == 1

    run(scenario())


def test_a_bot_under_another_identity_is_not_answered_until_it_is_confirmed(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with cast(homeserver, tmp_path) as (side, process):
            true_key = side.session.master
            assert cosigned(await side.line.ask(asking(0, 5)), 5)
            assert "the bot's key, from now on" in process.told()
            await process.end(signal.SIGTERM)
            false_key = encode_base64(bytes(key("another identity").verify_key))
            # The pinned key is another one than the account shows: the same as if that changed.
            await process.start("--bot-key", false_key)
            assert "REFUSED: the bot's account shows another identity" in process.told()
            assert f"start again with --bot-key {true_key}" in process.told()
            asked_in_vain = MatrixWitness(
                side.session.speaker, bot=side.bot, user=side.line.user, key=PUBLIC, patience_s=4
            )
            with pytest.raises(Unanswered, match="silent"):
                await asked_in_vain.ask(asking(5, 7))
            await process.end(signal.SIGTERM)
            # It stays refused without a word, and is answered again once confirmed.
            await process.start()
            with pytest.raises(Unanswered, match="silent"):
                await asked_in_vain.ask(asking(5, 7))
            await process.end(signal.SIGTERM)
            await process.start("--bot-key", true_key)
            answer = await side.line.ask(asking(5, 9))
            assert answer.status in (200, 409)
            assert (parse_state(process.state.read_text()).seen(LOG.name)) is not None

    run(scenario())


def test_half_of_a_road_is_one_line_of_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "key").touch(0o600)
    (tmp_path / "key").write_text(key_file(key(NAME)))
    common = [
        "witness", "--name", NAME, "--log", LOG.public.vkey(), "--key", str(tmp_path / "key"),
        "--state", str(tmp_path / "state"), "--new",
    ]  # fmt: skip
    matrix = ["--matrix", str(tmp_path / "no.toml")]
    for more, why in (
        (["--bot", "@b:x"], "--bot and --bot-key go with --matrix FILE"),
        (matrix, "--matrix needs --bot, the bot's Matrix ID"),
        ([*matrix, "--bot", "parley"], "--matrix needs --bot, the bot's Matrix ID"),
        ([*matrix, "--bot", "@b:x", "--listen", "127.0.0.1:1"], "leave out --listen"),
    ):
        result = CliRunner().invoke(parley, [*common, *more], prog_name="parley")
        assert result.exit_code == 2
        assert why in result.output
        assert not (tmp_path / "state").exists()


def test_a_witness_that_cannot_begin_says_why_in_one_line(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with cast(homeserver, tmp_path) as (side, process):
            first = process.child
            with pytest.raises(AssertionError, match="another witness runs on"):
                await process.start()
            process.child = first
            await process.end(signal.SIGTERM)
            for more, why in (
                (("--bot", "@other:localhost"), "this witness answers "),
                (("--bot", str(side.line.user)), "a witness needs an account of its own"),
                (("--bot-key", "abc"), "the bot's key must be its public master key"),
            ):
                with pytest.raises(AssertionError, match=re.escape(why)):
                    await process.start(*more)
            (process.home / "password").write_text("wrong")
            await process.start()  # the token still stands
            await process.end(signal.SIGTERM)
            (process.home / "account" / "olm.db").unlink()
            with pytest.raises(AssertionError, match="does not accept this account's password"):
                await process.start()
            assert "Traceback" not in process.told()
            assert "bug" not in process.told()

    run(scenario())
