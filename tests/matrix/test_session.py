import secrets
from pathlib import Path

import pytest

from bot.domain.ids import UserId
from bot.matrix.session import (
    CRYPTO_STORE,
    DEVICE,
    SEEDS,
    TOKEN,
    Account,
    Ears,
    MatrixSession,
    SessionRefused,
    Waiting,
)
from bot.storage.memory import MemoryStore
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver
from tests.support.fake_sync import Pauses, at_once
from tests.support.machines import BOT, enter

SECRET = secrets.token_bytes(32)


async def start(fake: FakeHomeserver, store: MemoryStore, folder: Path) -> MatrixSession:
    return await MatrixSession.open(
        Account(fake.url, UserId(BOT), "pa55-canary", folder),
        store,
        SECRET,
        at_once,
        waiting=Waiting(Pauses(), lambda: 0.5),
        ears=Ears(lambda _new: None, lambda _room, _devices: None),
    )


def test_a_first_start_leaves_a_chained_reachable_device(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            store = MemoryStore()
            session = await start(fake, store, tmp_path)
            device = (store.get(DEVICE) or b"").decode()
            assert len(bytes.fromhex(device)) == 16
            assert fake.one_time[BOT, device]
            assert fake.fallback[BOT, device]
            observer = await enter(fake, tmp_path, "@zoe:fake.example", "PHONE")
            judged = await observer.machine.refresh(observer.server, [BOT])
            assert judged[BOT].state == "chained"
            assert judged[BOT].master == session.master
            assert [d.device for d in judged[BOT].chained] == [device]
            await observer.close()
            await session.close()

    run(scenario())


def test_a_restart_is_the_same_device_token_and_identity(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            store = MemoryStore()
            first = await start(fake, store, tmp_path)
            kept = [store.get(name) for name in (DEVICE, TOKEN, SEEDS)]
            await first.close()
            fake.counts.clear()
            second = await start(fake, store, tmp_path)
            assert [store.get(name) for name in (DEVICE, TOKEN, SEEDS)] == kept
            assert second.master == first.master
            assert fake.counts["login"] == fake.counts["signing_upload"] == 0
            await second.close()

    run(scenario())


def test_a_dead_token_is_replaced_on_the_same_device(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            store = MemoryStore()
            await (await start(fake, store, tmp_path)).close()
            device = store.get(DEVICE)
            fake.tokens.clear()
            session = await start(fake, store, tmp_path)
            assert store.get(DEVICE) == device
            assert fake.counts["login"] == 2
            await session.close()

    run(scenario())


def test_without_the_crypto_store_the_device_is_new_and_the_identity_is_not(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            store = MemoryStore()
            first = await start(fake, store, tmp_path)
            device = store.get(DEVICE)
            await first.close()
            for path in tmp_path.glob(CRYPTO_STORE + "*"):
                path.unlink()
            second = await start(fake, store, tmp_path)
            assert store.get(DEVICE) != device
            assert second.master == first.master
            await second.close()

    run(scenario())


def test_lost_seeds_are_never_made_anew(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            store = MemoryStore()
            await (await start(fake, store, tmp_path)).close()
            shown = dict(fake.cross[BOT])
            without = MemoryStore()
            for name in (DEVICE, TOKEN):
                without.put(name, store.get(name) or b"")
            with pytest.raises(SessionRefused, match="restore them"):
                await start(fake, without, tmp_path)
            assert without.get(SEEDS) is None
            assert fake.cross[BOT] == shown
            await (await start(fake, store, tmp_path)).close()

    run(scenario())


def test_another_identity_on_the_homeserver_is_refused(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            store = MemoryStore()
            await (await start(fake, store, tmp_path)).close()
            fake.cross.pop(BOT)
            fake.device_keys[BOT].pop("OTHER", None)
            await (await enter(fake, tmp_path, BOT, "OTHER")).close()
            with pytest.raises(SessionRefused, match="other_master_key"):
                await start(fake, store, tmp_path)

    run(scenario())


def test_damaged_seeds_are_refused(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            store = MemoryStore()
            store.put(SEEDS, b"short")
            with pytest.raises(SessionRefused, match="damaged"):
                await start(fake, store, tmp_path)

    run(scenario())


def test_a_wrong_password_is_a_verdict_that_does_not_name_it(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            fake.faults.append(Fault("/login", status=403, body={"errcode": "M_FORBIDDEN"}))
            with pytest.raises(SessionRefused) as caught:
                await start(fake, MemoryStore(), tmp_path)
            assert "canary" not in str(caught.value)
            assert "canary" not in repr(Account("", UserId(BOT), "canary", tmp_path))

    run(scenario())


def test_an_answer_for_another_account_is_refused(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            fake.bend["login"] = lambda made: made | {"user_id": "@eve:fake.example"}
            store = MemoryStore()
            with pytest.raises(SessionRefused, match="somebody else"):
                await start(fake, store, tmp_path)
            assert store.get(TOKEN) is None

    run(scenario())


def test_tending_wakes_what_waited_for_its_sender(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            session = await start(fake, MemoryStore(), tmp_path)
            assert await session.tend() == ()
            assert session.changed_identities() == {}
            await session.close()

    run(scenario())
