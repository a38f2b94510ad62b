"""What a receipt needs of the case: whose lines it may carry, who signed, what is said with it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.case import Case
from bot.domain.ids import CompartmentId, RecordId
from bot.ledger.encoding import FormatError, from_base64, sized
from bot.ledger.keys import KEY_SIZE, SIGNATURE_SIZE, PublicKey, parse_vkey
from bot.ledger.party import PartySignature
from bot.words.phrase import Moment, Phrase, phrase

MIME = "application/json"


def witnesses_of(case: Case, compartment: CompartmentId) -> tuple[PublicKey, ...]:
    """Return the keys of the witnesses whose lines this compartment may see."""
    found = (w for _, w in sorted(case.witnesses.items()) if compartment in w.rooms)
    return tuple(parse_vkey(witness.key) for witness in found)


def signatures_under(case: Case, record: RecordId) -> tuple[PartySignature, ...]:
    """Return the parties' signatures under a record, as the ledger has them."""
    made = []
    for one in case.signatures.get(record, ()):
        try:
            key = sized(from_base64(one.key), KEY_SIZE)
            signature = sized(from_base64(one.signature), SIGNATURE_SIZE)
        except FormatError:
            continue
        made.append(PartySignature(key, int(one.signed_at.timestamp()), signature))
    return tuple(made)


def given(name: str, at: datetime, witnessed: int, witnesses: int) -> Phrase:
    """Return what is said with a receipt."""
    if not witnesses:
        return phrase("receipt.given_alone", name=name, at=Moment(at))
    return phrase(
        "receipt.given", name=name, at=Moment(at), witnessed=witnessed, witnesses=witnesses
    )
