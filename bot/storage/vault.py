"""The vault: small sealed secrets of the installation, by name."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from bot.storage.database import putting
from bot.storage.part import Part
from bot.storage.tables import VAULT

_PUT = putting(VAULT, "name_digest", "sealed")
_GET = select(VAULT.c.sealed).where(VAULT.c.name_digest == bindparam("name"))


class SqlVault(Part):
    """`ports.Vault` on SQL."""

    def get(self, name: str) -> bytes | None:
        """Return a secret."""
        digest = self._seals.digest("vault", name)
        found = self._db.row(_GET, name=digest)
        return None if found is None else self._seals.vault.open(found[0], digest)

    def put(self, name: str, value: bytes) -> None:
        """Store a secret, replacing an old one."""
        with self._db.writing():
            self.keep(name, value)

    def keep(self, name: str, value: bytes) -> None:
        """Store a secret inside a transaction that is open already."""
        digest = self._seals.digest("vault", name)
        sealed = self._seals.vault.seal(value, digest)
        self._db.run(_PUT, name_digest=digest, sealed=sealed)
