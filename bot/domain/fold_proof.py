"""The fold of the proof's records: witnesses, keys, signatures, erasure. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import proof_bodies as p
from bot.domain.case import Case, Item, PartyKey, PartySignature, Witness
from bot.domain.growing import put, without
from bot.domain.records import Record


def proof(case: Case, record: Record, body: p.ProofBody) -> Case:
    """Return the case after one record of the proof."""
    match body:
        case p.WitnessNamed():
            named = Witness(case.parties[body.party].id, body.key, body.via, body.rooms, record.id)
            return replace(case, witnesses=put(case.witnesses, body.key, named))
        case p.WitnessDismissed():
            return replace(case, witnesses=without(case.witnesses, body.key))
        case p.KeyRegistered():
            item = Item(body.code, record.id, record.compartment, record.label, record.at)
            key = PartyKey(case.parties[body.party].id, body.key, record.id, body.code)
            return replace(
                case,
                items=put(case.items, body.code, item),
                party_keys=put(case.party_keys, record.id, key),
            )
        case p.SignatureAdded():
            made = PartySignature(body.party, body.key, body.signed_at, body.signature)
            others = case.signatures.get(body.signs, ())
            case = replace(case, signatures=put(case.signatures, body.signs, (*others, made)))
            return _confirmed(case, body)
        case p.Erased():
            return replace(case, erased=case.erased | frozenset(body.records))
        case p.LogDoubted():
            return replace(case, log_doubted=record.id)
        case p.ExportApproved():
            party = case.parties[body.party].id
            return replace(case, exports=put(case.exports, party, body.until))


def _confirmed(case: Case, body: p.SignatureAdded) -> Case:
    """A key that signed its own registration is the party's."""
    registered = case.party_keys.get(body.signs)
    if registered is None or registered.key != body.key:
        return case
    key = replace(registered, confirmed=True)
    return replace(case, party_keys=put(case.party_keys, body.signs, key))
