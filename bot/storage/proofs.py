"""Receipts: what a party keeps of a record, written from what is stored.

Refuses a receipt before a checkpoint covers the record.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from bot.domain.ids import RecordId
from bot.ledger.keys import PublicKey
from bot.ledger.party import PartySignature
from bot.ledger.record import disclose
from bot.ports import Receipt
from bot.storage.forms import shown_in_receipt
from bot.storage.growth import SqlGrowth
from bot.storage.log import Entry, is_late, receipt_text
from bot.storage.tables import PLACES, RECORDS

_PLACE = (
    select(RECORDS.c.entry, PLACES.c.leaf)
    .join(PLACES, PLACES.c.number == RECORDS.c.number)
    .where(RECORDS.c.number == bindparam("number"))
)


class SqlProofs(SqlGrowth):
    """The receipts of `ports.Journal` on SQL. The last beat tells what is late."""

    def receipt(
        self,
        record: RecordId,
        witnesses: Sequence[PublicKey] = (),
        parties: Sequence[PartySignature] = (),
        under: int | None = None,
    ) -> Receipt:
        """Return a record's receipt with the fields that its label's readers hold.

        LookupError if there is no such record. An erased record's receipt shows no field.
        """
        self._catch_up()
        row = self._find(record)
        if row is None:
            raise LookupError("no such record")
        number, seq, digest, skeleton, jwt, row_number = row
        found = self._record(self._ring.case_name(number), seq, digest, skeleton)
        place = self._db.row(_PLACE, number=row_number)
        covering = None if place is None else self._covering(place[1], witnesses, under)
        if place is None or covering is None:
            return Receipt(None, is_late(found.at, self._last_beat()))
        opened = self._open(self._whole(row))
        every = () if opened is None else opened[1]
        shown = disclose(every, shown_in_receipt(type(found.body), (d.name for d in every)))
        text = receipt_text(
            self._keys,
            Entry(jwt, place[0], place[1]),
            shown=shown,
            nodes=self._tree,
            covering=covering.note,
            before=self._before(place[1], witnesses),
            parties=parties,
        )
        late = is_late(found.at, covering.made_at)
        return Receipt(text, late, covering.made_at, covering.witnessed)
