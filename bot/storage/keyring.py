"""The keys of cases and compartments: made at first use, wrapped, found again by digest.

Refuses to remember a key whose transaction was rolled back: what it sealed could never be
opened again.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from typing_extensions import override

from bot.domain.ids import CaseId, CompartmentId
from bot.storage.database import adding
from bot.storage.part import Part
from bot.storage.sealing import Lock
from bot.storage.tables import CASES, COMPARTMENTS
from bot.storage.verdicts import Damaged

_CASE = select(CASES.c.number, CASES.c.wrapped).where(CASES.c.case_digest == bindparam("case"))
_NAME = select(CASES.c.case_digest, CASES.c.sealed).where(CASES.c.number == bindparam("number"))
_ADD_CASE = adding(CASES, "case_digest", "sealed", "wrapped")
_COMPARTMENT = select(COMPARTMENTS.c.wrapped).where(
    COMPARTMENTS.c.compartment_digest == bindparam("compartment")
)
_ADD_COMPARTMENT = adding(COMPARTMENTS, "compartment_digest", "wrapped")


@dataclass(frozen=True, slots=True)
class CaseKey:
    """A case's number in the tables, and the lock of its skeletons and compartment keys."""

    number: int
    lock: Lock


class Keyring(Part):
    """Finds keys; inside `writing` it also makes them."""

    def case(self, case: CaseId) -> CaseKey | None:
        """Return a case's key, None if there is no such case."""
        known = self._cases.get(case)
        if known is None:
            digest = self._seals.digest("case", case)
            row = self._db.row(_CASE, case=digest)
            if row is None:
                return None
            key = self._seals.cases.unwrap(row[1], digest)
            known = self._cases[case] = CaseKey(row[0], self._seals.lock(key))
        return known

    def case_or_new(self, case: CaseId) -> CaseKey:
        """Return a case's key, made now if need be."""
        known = self.case(case)
        if known is not None:
            return known
        digest = self._seals.digest("case", case)
        _, wrapped = self._seals.cases.new_key(digest)
        sealed = self._seals.names.seal(case.encode(), digest)
        self._db.run(_ADD_CASE, case_digest=digest, sealed=sealed, wrapped=wrapped)
        made = self.case(case)
        if made is None:
            raise Damaged("a case that was just made is not there")
        return made

    def case_name(self, number: int) -> CaseId:
        """Return the case with a number in the tables."""
        row = self._db.row(_NAME, number=number)
        if row is None:
            raise Damaged("a record belongs to no case")
        return self.opened_name(row[0], row[1])

    def opened_name(self, digest: bytes, sealed: bytes) -> CaseId:
        """Open a sealed case name."""
        return CaseId(self._seals.names.open(sealed, digest).decode())

    def compartment(self, case: CaseId, compartment: CompartmentId) -> Lock | None:
        """Return the lock of a compartment's record keys, None if there is none."""
        known = self._compartments.get((case, compartment))
        if known is None:
            key = self.case(case)
            digest = self._seals.digest("compartment", case, compartment)
            row = self._db.row(_COMPARTMENT, compartment=digest)
            if row is None or key is None:
                return None
            known = self._seals.lock(key.lock.unwrap(row[0], digest))
            self._compartments[case, compartment] = known
        return known

    def compartment_or_new(self, case: CaseId, compartment: CompartmentId) -> Lock:
        """Return the lock of a compartment's record keys, made now if need be."""
        known = self.compartment(case, compartment)
        if known is not None:
            return known
        digest = self._seals.digest("compartment", case, compartment)
        key, wrapped = self.case_or_new(case).lock.new_key(digest)
        self._db.run(_ADD_COMPARTMENT, compartment_digest=digest, wrapped=wrapped)
        made = self._compartments[case, compartment] = self._seals.lock(key)
        return made

    @override
    def _forget(self) -> None:
        self._cases: dict[CaseId, CaseKey] = {}
        self._compartments: dict[tuple[CaseId, CompartmentId], Lock] = {}
