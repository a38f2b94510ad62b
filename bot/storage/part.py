"""What the parts of the SQL store share: the database and the seals."""

from __future__ import annotations

from bot.storage.database import Database
from bot.storage.sealing import Seals


class Part:
    """One part of a store; all parts of a store hold the same database and seals."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._db = database
        self._seals = seals
        self._forget()
        database.on_rollback(self._forget)

    def _forget(self) -> None:
        """Drop all that is remembered from the tables: it may have been rolled back."""
