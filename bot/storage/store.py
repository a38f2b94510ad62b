"""The SQL store: every port of `ports.Store` behind one transaction boundary.

Refuses a wrong master key, another schema, and a batch decided on an older head. It belongs
to one thread at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from sqlalchemy import bindparam, select

from bot.ports import Batch, HeadMoved
from bot.storage.audit import SqlAudit
from bot.storage.database import Conflict, Database, adding, beside, open_database
from bot.storage.inbox import SqlInbox
from bot.storage.log import LogKeys, log_keys
from bot.storage.outbox import SqlOutbox
from bot.storage.sealing import KEY_SIZE, SCHEMA, Entropy, Seals, new_root, open_root
from bot.storage.tables import META
from bot.storage.tree_file import TreeFile
from bot.storage.vault import SqlVault
from bot.storage.verdicts import OtherSchema, StoreFailed, WrongMasterKey

LOG_SEED, SUBMIT_SEED = "log seed", "submit seed"
_SCHEMA_ROW, _ROOT_ROW = "schema", "root key"
_ADD_META = adding(META, "name", "value")
_META = select(META.c.value).where(META.c.name == bindparam("name"))


class SqlStore(SqlAudit, SqlInbox, SqlOutbox):
    """`ports.Store` on SQL."""

    @classmethod
    def open(
        cls,
        where: str | Path,
        master_key: bytes,
        entropy: Entropy = secrets.token_bytes,
        *,
        tree: Path | None = None,
    ) -> Self:
        """Open the store in a SQLite file or at a database URL, making it if it is new.

        `master_key` is 32 bytes. `tree` is the file of the tree's nodes, which lies beside a
        SQLite file and must be named for a database elsewhere. Raises `WrongMasterKey`,
        `OtherSchema`, `StoreFailed`, and `Damaged` where the log is not the one that was signed.
        """
        if len(master_key) != KEY_SIZE:
            raise WrongMasterKey("a master key has 32 bytes")
        database = open_database(where)
        file: TreeFile | None = None
        try:
            seals = _opened(database, master_key, entropy)
            keys = _log_keys(SqlVault(database, seals), seals, database)
            file = TreeFile(tree or beside(where))
            return cls(database, seals, keys, file)
        except BaseException:
            if file is not None:
                file.close()
            database.close()
            raise

    def commit(self, batch: Batch) -> None:
        """Write a batch in one transaction: all of it, or nothing. Raises `HeadMoved`, `HasLeft`.

        Keys fire first, then prefixes are disarmed, in bundles too, then keys are armed. Of a batch whose
        event was handled already only `inbox_done` is taken. An outbox row whose id is
        known is left as it is. Raises FormatError, from the ledger, for a record with words
        that no record can carry (over 32 kB in a field, or not Unicode).
        """
        self._commit((batch,))

    def commit_all(self, batches: Sequence[Batch]) -> None:
        """Write batches in one transaction, as `commit` would one after another.

        All of them, or nothing. Raises what `commit` raises, for whichever batch it is.
        """
        self._commit(batches)

    def _commit(self, batches: Sequence[Batch]) -> None:
        try:
            with self._db.writing():
                for batch in batches:
                    self._write_batch(batch)
        except Conflict:
            # Rolled back: what is stored is what was there before the first of them.
            if self._moved(batches):
                raise HeadMoved("another writer appended to the case first") from None
            raise StoreFailed("the batch contradicts what is stored") from None

    def _moved(self, batches: Sequence[Batch]) -> bool:
        firsts = {batch.case: batch.head for batch in reversed(batches)}
        return any(self._head(case) != head for case, head in firsts.items())

    def _write_batch(self, batch: Batch) -> None:
        if not self.handled(batch.event):
            self._append(batch)
            for record, content in batch.files:
                self._keep_file(record, content)
            self._recall(batch.recall)
            self._erase(batch.erase)
            if batch.erase:
                # Nor may a copy stay in the write-ahead log.
                self._db.forget_log()
            self._send_later(batch.outbox)
            self._fire(batch.case, batch.fired)
            self._disarm(batch.case, batch.disarm)
            self._leave(batch.case, batch.leave)
            self._arm(batch.arm)
            self._note_handled((batch.event, *batch.also))
        self._finish(batch.inbox_done)

    def close(self) -> None:
        """Release the database and the tree's file."""
        self._tree.close()
        self._db.close()


def _opened(database: Database, master_key: bytes, entropy: Entropy) -> Seals:
    with database.writing():
        if database.is_empty():
            database.make_tables()
            database.run(_ADD_META, name=_SCHEMA_ROW, value=str(SCHEMA).encode())
            database.run(_ADD_META, name=_ROOT_ROW, value=new_root(master_key, entropy))
        else:
            database.add_tables()
    try:
        schema = database.row(_META, name=_SCHEMA_ROW)
        root = database.row(_META, name=_ROOT_ROW)
    except StoreFailed:
        raise OtherSchema("the database is not a store of this program") from None
    if schema is None or root is None:
        raise OtherSchema("the database is not a store of this program")
    if schema[0] != str(SCHEMA).encode():
        found = int(schema[0]) if schema[0].isdigit() else "unknown"
        raise OtherSchema(f"the store has schema {found}; this program reads schema {SCHEMA}")
    return open_root(master_key, root[0], entropy)


def _log_keys(vault: SqlVault, seals: Seals, database: Database) -> LogKeys:
    """Return the log's keys from the vault, made once."""
    with database.writing():
        seeds = []
        for name in (LOG_SEED, SUBMIT_SEED):
            if vault.get(name) is None:
                vault.keep(name, seals.random(KEY_SIZE))
            seeds.append(vault.get(name) or b"")
    return log_keys(seeds[0], seeds[1])
