import secrets
from pathlib import Path

import pytest
from nio.crypto import InboundGroupSession, OlmAccount, OutboundGroupSession
from nio.store import SqliteStore

from bot.matrix import store as module
from bot.matrix.fence import FencedOlm
from bot.matrix.machine import Machine
from bot.matrix.store import SealBroken, SealedStore
from tests.support.machines import ANNA, BORIS, BOT, ROOM


def test_the_store_opens_only_with_its_secret_and_only_once(tmp_path: Path) -> None:
    path, secret = tmp_path / "crypto.db", secrets.token_bytes(32)
    first = Machine.open(path, secret, BOT, "DEV")
    identity = first.identity
    with pytest.raises(SealBroken):
        Machine.open(path, secret, BOT, "DEV")
    first.close()
    with pytest.raises(SealBroken) as caught:
        Machine.open(path, secrets.token_bytes(32), BOT, "DEV")
    assert secret.hex() not in repr(caught.value)
    with pytest.raises(ValueError, match="32 bytes"):
        Machine.open(path, b"short", BOT, "DEV")
    second = Machine.open(path, secret, BOT, "DEV")
    assert second.identity == identity
    assert path.stat().st_mode & 0o777 == 0o600
    second.close()


def test_no_stock_entry_point_is_open(tmp_path: Path) -> None:
    machine = Machine.open(tmp_path / "c.db", secrets.token_bytes(32), BOT, "DEV")
    for name in ("handle_to_device_event", "handle_response", "decrypt_event", "group_encrypt"):
        with pytest.raises(AssertionError):
            getattr(machine._olm, name)(None)
    assert isinstance(machine._olm, FencedOlm)
    machine.close()


def inbound(outbound: OutboundGroupSession, sender_key: str = "curve") -> InboundGroupSession:
    outbound.mark_as_shared()
    return InboundGroupSession(outbound.session_key, "ed", sender_key, ROOM)


def test_a_worse_copy_of_a_room_key_never_replaces_a_better_one(tmp_path: Path) -> None:
    store = SealedStore(tmp_path / "c.db", bytes(32), BOT, "DEV")
    outbound = OutboundGroupSession()
    best = inbound(outbound)
    outbound.encrypt("one")
    worse = inbound(outbound)
    assert store.keep_room_key(ANNA, worse)
    assert store.keep_room_key(ANNA, best)
    assert not store.keep_room_key(ANNA, worse)
    assert not store.keep_room_key(ANNA, best)
    assert store.room_keys(ROOM, best.id)["curve"].first_known_index == 0
    store.close()


def test_two_owners_of_one_session_stay_apart_across_a_restart(tmp_path: Path) -> None:
    path, outbound = tmp_path / "c.db", OutboundGroupSession()
    store = SealedStore(path, bytes(32), BOT, "DEV")
    assert store.keep_room_key(BORIS, inbound(outbound, "thief"))
    assert store.keep_room_key(ANNA, inbound(outbound, "owner"))
    store.close()
    store = SealedStore(path, bytes(32), BOT, "DEV")
    assert store.room_keys(ROOM, outbound.id).keys() == {"thief", "owner"}
    assert store.room_keys("!other:x", outbound.id) == {}
    store.close()


def test_one_person_cannot_fill_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM_KEYS_PER_SENDER", 3)
    store = SealedStore(tmp_path / "c.db", bytes(32), BOT, "DEV")
    mine = OutboundGroupSession()
    store.keep_room_key(ANNA, inbound(mine))
    theirs = [OutboundGroupSession() for _ in range(5)]
    for session in theirs:
        store.keep_room_key(BORIS, inbound(session))
    kept = [bool(store.room_keys(ROOM, session.id)) for session in theirs]
    assert kept == [False, False, True, True, True]
    assert store.room_keys(ROOM, mine.id)
    store.close()


def test_no_stored_byte_can_be_read_without_the_key(tmp_path: Path) -> None:
    store = SealedStore(tmp_path / "c.db", secrets.token_bytes(32), BOT, "DEVICE-CANARY")
    olm = FencedOlm(store)
    outbound = OutboundGroupSession()
    store.keep_room_key("@canary:x", inbound(outbound))
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in ("canary", "CANARY", "SQLite format", "CREATE TABLE", outbound.id, ROOM):
        assert secret.encode() not in on_disk
    assert olm.account.identity_keys["ed25519"].encode() not in on_disk
    store.close()


def test_an_olm_session_is_saved_as_nio_saves_it(tmp_path: Path) -> None:
    store = SealedStore(tmp_path / "c.db", bytes(32), BOT, "DEV")
    ours, peer = FencedOlm(store), OlmAccount()
    peer.generate_one_time_keys(1)
    (one_time,) = peer.one_time_keys["curve25519"].values()
    curve25519 = peer.identity_keys["curve25519"]
    session = ours.create_session(one_time, curve25519)
    columns = "creation_time, last_usage_date, sender_key, account_id, session_id, typeof(session)"
    rows = []
    for save in (SealedStore.save_session, SqliteStore.save_session):
        save(store, curve25519, session)
        rows += store._sql(f"SELECT {columns} FROM olmsessions")  # noqa: S608  # our own text
        loaded = store.load_sessions().get(curve25519)
        assert (loaded.id, loaded.creation_time) == (session.id, session.creation_time)
    assert rows[0] == rows[1]
    store.close()


def test_a_ratchet_without_an_account_is_not_lost_in_silence(tmp_path: Path) -> None:
    store = SealedStore(tmp_path / "c.db", bytes(32), BOT, "DEV")
    session = FencedOlm(SealedStore(tmp_path / "d.db", bytes(32), BOT, "DEV")).create_session(
        OlmAccount().identity_keys["curve25519"], OlmAccount().identity_keys["curve25519"]
    )
    with pytest.raises(LookupError):
        store.save_session("curve", session)
    store.close()
