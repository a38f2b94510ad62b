"""The crypto store on disk: nio's tables inside SQLCipher, plus two tables nio gets wrong.

It exists because stock nio keeps plain SQLite under a default key, keys a room key by its
session id alone (so a second owner overwrites the first), and loads every old session at start.
It refuses to open with another secret, to be opened twice, and to remember anybody's trust:
devices are proved again at every start.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

from nio.crypto import (
    DeviceStore,
    GroupSessionStore,
    InboundGroupSession,
    OlmDevice,
    Session,
    TrustState,
)
from nio.store import SqliteStore
from peewee import DatabaseError, OperationalError, SqliteDatabase
from sqlcipher3 import dbapi2 as sqlcipher
from typing_extensions import override

SECRET_BYTES = 32
OPEN_ROOM_KEYS = 4_000
ROOM_KEYS_PER_SENDER = 5_000

_TABLES = (
    """CREATE TABLE IF NOT EXISTS room_keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT, room_id TEXT NOT NULL, session_id TEXT NOT NULL,
        sender_key TEXT NOT NULL, sender TEXT NOT NULL, ed25519 TEXT NOT NULL,
        first_index INTEGER NOT NULL, session BLOB NOT NULL,
        UNIQUE (room_id, session_id, sender_key))""",
    "CREATE INDEX IF NOT EXISTS room_keys_by_sender ON room_keys (sender, id)",
    """CREATE TABLE IF NOT EXISTS olm_peers (
        session_id TEXT PRIMARY KEY, user TEXT NOT NULL, ed25519 TEXT NOT NULL)""",
)
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
"""How nio writes an instant, and expects to read it."""

_PRAGMAS = (
    # Exclusive: a second process on the same store would fork the ratchets.
    ("locking_mode", "exclusive"),
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("secure_delete", 1),
    ("temp_store", "memory"),
    # In KiB; a page is touched once for many messages.
    ("cache_size", -256),
)


class SealBroken(Exception):
    """The crypto store cannot be opened: another secret, a damaged file, or already in use."""


class _CipherDatabase(SqliteDatabase):  # type: ignore[misc]  # peewee is untyped
    """SQLite whose every page, write-ahead log included, is encrypted with a raw 256-bit key."""

    def __init__(self, path: str, key: bytes) -> None:
        super().__init__(path, pragmas=_PRAGMAS)
        self._cipher_key = key.hex()

    @override
    def _connect(self) -> Any:
        connection = sqlcipher.connect(self.database, timeout=2, isolation_level=None)
        try:
            # The x'' form is a raw key: no passphrase stretching.
            connection.execute(f"PRAGMA key = \"x'{self._cipher_key}'\"")
            self._add_conn_hooks(connection)
        except BaseException:
            connection.close()
            raise
        return connection


class SealedStore(SqliteStore):  # type: ignore[misc]  # nio is untyped
    """nio's store, encrypted; room keys in their own table; trust never read from disk."""

    def __init__(self, path: Path, secret: bytes, user_id: str, device_id: str) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError("the crypto store needs a secret of 32 bytes")
        self._database_key = _derive(secret, b"parley-sqlcipher")
        self._open_keys: OrderedDict[tuple[str, str], dict[str, InboundGroupSession]] = (
            OrderedDict()
        )
        # Made by us first, so that no moment exists in which others may read it.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        pickle_key = _derive(secret, b"parley-pickles").hex()
        try:
            super().__init__(user_id, device_id, str(path.parent), pickle_key, path.name)
            for statement in _TABLES:
                self._sql(statement)
        except OperationalError:
            self._close_quietly()
            raise SealBroken("the crypto store is in use or cannot be written") from None
        except DatabaseError:
            self._close_quietly()
            raise SealBroken("the crypto store does not open with this secret") from None

    @override
    def _create_database(self) -> _CipherDatabase:
        return _CipherDatabase(self.database_path, self._database_key)

    def _close_quietly(self) -> None:
        if "database" in self.__dict__ and not self.database.is_closed():
            self.database.close()

    def close(self) -> None:
        """Close the file and release its lock."""
        self._close_quietly()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable together or not at all. May be nested."""
        with self.database.atomic():
            yield

    def _sql(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return list(self.database.execute_sql(statement, values).fetchall())

    # -- trust: what the in-memory device says, nothing else -------------------------------

    @override
    def is_device_verified(self, device: OlmDevice) -> bool:
        return bool(device.trust_state is TrustState.verified)

    @override
    def is_device_blacklisted(self, device: OlmDevice) -> bool:
        return not self.is_device_verified(device)

    @override
    def is_device_ignored(self, device: OlmDevice) -> bool:
        return False

    @override
    def load_device_keys(self) -> DeviceStore:
        return DeviceStore()

    # -- room keys, each owned by the device that sent it ----------------------------------

    @override
    def load_inbound_group_sessions(self) -> GroupSessionStore:
        """Load none: they are read one by one when a message needs them."""
        return GroupSessionStore()

    def room_keys(self, room_id: str, session_id: str) -> dict[str, InboundGroupSession]:
        """Return every copy of a room key: sender's curve25519 -> session."""
        at = (room_id, session_id)
        found = self._open_keys.get(at)
        if found is not None:
            self._open_keys.move_to_end(at)
            return found
        rows = self._sql(
            "SELECT session, ed25519, sender_key FROM room_keys"
            " WHERE room_id = ? AND session_id = ?",
            at,
        )
        found = {
            sender_key: InboundGroupSession.from_pickle(
                bytes(session), ed25519, sender_key, room_id, self.pickle_key
            )
            for session, ed25519, sender_key in rows
        }
        if found:
            self._open_keys[at] = found
            if len(self._open_keys) > OPEN_ROOM_KEYS:
                self._open_keys.popitem(last=False)
        return found

    def keep_room_key(self, sender: str, session: InboundGroupSession) -> bool:
        """Store a room key unless the same owner's copy reaches back as far; say if it was kept."""
        at = (session.room_id, session.id)
        known = self.room_keys(*at).get(session.sender_key)
        if known is not None and known.first_known_index <= session.first_known_index:
            return False
        with self.transaction():
            self._sql(
                "INSERT INTO room_keys (room_id, session_id, sender_key, sender, ed25519,"
                " first_index, session) VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (room_id, session_id, sender_key) DO UPDATE SET"
                " first_index = excluded.first_index, session = excluded.session,"
                " ed25519 = excluded.ed25519",
                (
                    *at,
                    session.sender_key,
                    sender,
                    session.ed25519,
                    session.first_known_index,
                    session.pickle(self.pickle_key),
                ),
            )
            # One person cannot fill the disk: their oldest keys make room.
            self._sql(
                "DELETE FROM room_keys WHERE id IN (SELECT id FROM room_keys WHERE sender = ?"
                " ORDER BY id DESC LIMIT -1 OFFSET ?)",
                (sender, ROOM_KEYS_PER_SENDER),
            )
        self._open_keys.pop(at, None)
        return True

    def forget_room(self, room_id: str) -> None:
        """Delete every room key of a room: what was said there stays unreadable from now on."""
        self._sql("DELETE FROM room_keys WHERE room_id = ?", (room_id,))
        for at in [at for at in self._open_keys if at[0] == room_id]:
            del self._open_keys[at]

    # -- Olm sessions: who is at the other end ---------------------------------------------

    @override
    def save_session(self, curve_key: str, session: Session) -> None:
        """Save one Olm session, as nio does, in one statement instead of a millisecond of models."""
        saved = self._sql(
            "INSERT OR REPLACE INTO olmsessions (creation_time, last_usage_date, sender_key,"
            " account_id, session, session_id)"
            " SELECT ?, ?, ?, id, ?, ? FROM accounts WHERE user_id = ? AND device_id = ?"
            " RETURNING session_id",
            (
                session.creation_time.strftime(_MOMENT),
                session.use_time.strftime(_MOMENT),
                curve_key,
                session.pickle(self.pickle_key),
                session.id,
                self.user_id,
                self.device_id,
            ),
        )
        if not saved:
            raise LookupError("the crypto store has no account for this device")

    def keep_peer(self, session_id: str, user: str, ed25519: str) -> None:
        """Remember whom an Olm session was proved or made for."""
        self._sql(
            "INSERT OR REPLACE INTO olm_peers VALUES (?, ?, ?)",
            (session_id, user, ed25519),
        )

    def peers(self) -> dict[str, tuple[str, str]]:
        """Return Olm session id -> (user, ed25519)."""
        rows = self._sql("SELECT session_id, user, ed25519 FROM olm_peers")
        return {session: (user, ed25519) for session, user, ed25519 in rows}

    def drop_olm_session(self, session_id: str) -> None:
        """Delete an Olm session that newer ones have replaced."""
        with self.transaction():
            self._sql("DELETE FROM olmsessions WHERE session_id = ?", (session_id,))
            self._sql("DELETE FROM olm_peers WHERE session_id = ?", (session_id,))


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return blake2b(key=secret, person=purpose, digest_size=32).digest()
