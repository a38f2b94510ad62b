"""The offline verifier: a receipt and the keys one trusts go in, a verdict comes out.

It never raises on what a file contains, asks nobody, and reads no clock. It refuses to call
anything proved that rests only on the bot's word: such things are said as claims.
The order of the checks is docs/spec/ledger.md section 8.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.ledger.checkpoint import log_signature_holds
from bot.ledger.disclosure import Value
from bot.ledger.encoding import FormatError, from_base64, sized
from bot.ledger.keys import KEY_SIZE, LOG_KEY, PublicKey, parse_vkey
from bot.ledger.leaf import checksum_of, leaf_signature_holds, message_of, parse_leaf
from bot.ledger.party import party_signature_holds
from bot.ledger.quorum import (
    Attested,
    attest,
    earliest_upper_bound,
    latest_lower_bound,
    quorum_of,
)
from bot.ledger.receipt import MAGIC, MAX_RECEIPT, Receipt, parse_receipt
from bot.ledger.record import SLOTS, parse_jwt, record_signature_holds, verify_disclosures
from bot.ledger.telling import Findings, level_of, tell
from bot.ledger.tree import ProofError, leaf_hash, root_from_path
from bot.ledger.verdict import Fault, Stamped, StampFalse, Verdict, rejected

REGISTRATION = "key.registered/1"
_BYTE_ORDER_MARK = "\ufeff"

StampCheck = Callable[[bytes], Stamped]
"""`bot.ledger.stamp.verify_stamp` with its token: takes a note text, raises StampFalse."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier already believes, from elsewhere than the receipt.

    `quorum` is how many of `witnesses` must have cosigned. `parties` maps a party's name to
    its registered 32-byte key. `required` names the fields that must be shown.
    """

    log: PublicKey
    submit: bytes | None = None
    witnesses: tuple[PublicKey, ...] = ()
    quorum: int = 0
    parties: tuple[tuple[str, bytes], ...] = ()
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Times:
    before: int | None
    after: int | None
    seen: Attested


def parse_trust(text: str) -> Trust:
    """Read verifier keys separated by white space: one of a log, the others of witnesses.

    Every witness named is then required. FormatError for anything else.
    """
    keys = [parse_vkey(word) for word in text.split()]
    logs = [key for key in keys if key.kind == LOG_KEY]
    witnesses = tuple(key for key in keys if key.kind != LOG_KEY)
    if len(logs) != 1:
        raise FormatError("exactly one key must be a log's")
    witnesses, quorum = quorum_of(witnesses)
    return Trust(log=logs[0], witnesses=witnesses, quorum=quorum)


def verify_receipt(
    text: str | bytes, *, trust: Trust | None = None, stamp: StampCheck | None = None
) -> Verdict:
    """Judge a receipt, and with `stamp` a time stamp of its checkpoint; never raises on either.

    Without `trust` the best possible outcome is NO_TRUSTED_KEY: a receipt cannot vouch for
    the key it brings along.
    """
    text = readable(text)
    if isinstance(text, Fault):
        return rejected(text)
    if not text.startswith(MAGIC + "\n"):
        return rejected(Fault.NOT_A_RECEIPT)
    try:
        receipt = parse_receipt(text)
    except FormatError as wrong:
        return rejected(Fault.MALFORMED, str(wrong))
    return _judge(receipt, trust, stamp)


def readable(raw: str | bytes) -> str | Fault:
    """Return the text of a file if it has a usable length, encoding and line ends."""
    if len(raw) > MAX_RECEIPT:
        return Fault.TOO_LARGE
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
    except UnicodeDecodeError:
        return Fault.NOT_TEXT
    return Fault.LINE_ENDINGS if "\r" in text or text.startswith(_BYTE_ORDER_MARK) else text


def registered_key(text: str | bytes, *, trust: Trust) -> tuple[str, bytes]:
    """Read a party's name and key from the receipt of its registration (section 9.2).

    FormatError says why it registers nothing. The registration must hold under `trust`, and
    the key itself must have signed it: else a party could claim another's key.
    """
    verdict = verify_receipt(text, trust=replace(trust, parties=(), required=()))
    if not verdict.ok:
        raise FormatError(f"the registration does not hold: {verdict.sentences[0]}")
    fields = dict(verdict.fields)
    name, key = fields.get("party"), fields.get("key")
    if fields.get("record") != REGISTRATION or not isinstance(name, str):
        raise FormatError("the receipt is not one of a party's key")
    if not isinstance(key, str):
        raise FormatError("the registration does not show the key")
    public = sized(from_base64(key), KEY_SIZE)
    receipt = parse_receipt(text if isinstance(text, str) else text.decode())
    if public not in {party.public for party in receipt.parties}:
        raise FormatError("the registered key has not signed its own registration")
    return name, public


def _judge(receipt: Receipt, trust: Trust | None, stamp: StampCheck | None) -> Verdict:
    believed = trust or Trust(log=receipt.log)
    fault = _wrong_keys(receipt, believed) or _wrong_record(receipt, believed)
    fault = fault or _wrong_entry(receipt) or _wrong_parties(receipt)
    if fault:
        return rejected(fault)
    times = _times(receipt, believed)
    if isinstance(times, Verdict):
        return times
    try:
        stamped = stamp(receipt.proof.checkpoint.body()) if stamp else None
    except StampFalse as wrong:
        return rejected(wrong.fault)
    if stamped and times.before is not None and stamped.not_after < times.before:
        return rejected(Fault.STAMP_TIMES)
    fields: Mapping[str, Value] = {d.name: d.value for d in receipt.disclosures}
    signers = tuple(
        (next((name for name, key in believed.parties if key == p.public), None), p)
        for p in receipt.parties
    )
    found = Findings(
        fields=fields,
        signers=signers,
        not_before=times.before,
        not_after=times.after,
        trusted=trust is not None,
        parties=tuple(name for name, _ in believed.parties),
        seen=times.seen,
        stamped=stamped,
    )
    return Verdict(
        ok=found.trusted,
        sentences=tell(receipt, found),
        fault=None if found.trusted else Fault.NO_TRUSTED_KEY,
        level=level_of(found),
        fields=tuple(fields.items()),
        withheld=SLOTS - len(fields),
        not_before=found.not_before,
        not_after=found.not_after,
        log=receipt.log.vkey(),
        witnesses=len(believed.witnesses),
        missing=times.seen.missing,
        stamped=stamped,
    )


def _wrong_keys(receipt: Receipt, trust: Trust) -> Fault | None:
    if receipt.log != trust.log:
        return Fault.FOREIGN_LOG
    if trust.submit is not None and receipt.submit != trust.submit:
        return Fault.FOREIGN_SUBMITTER
    return None


def _wrong_record(receipt: Receipt, trust: Trust) -> Fault | None:
    if not record_signature_holds(parse_jwt(receipt.jwt), receipt.submit):
        return Fault.RECORD_SIGNATURE
    try:
        fields = verify_disclosures(receipt.jwt, receipt.disclosures)
    except FormatError:
        return Fault.FOREIGN_FIELD
    return None if fields.keys() >= set(trust.required) else Fault.MISSING_FIELD


def _wrong_entry(receipt: Receipt) -> Fault | None:
    proof, leaf = receipt.proof, parse_leaf(receipt.proof.extra)
    if leaf.checksum != checksum_of(message_of(receipt.jwt)):
        return Fault.LEAF_OF_OTHER_RECORD
    if not leaf_signature_holds(leaf, receipt.submit):
        return Fault.LEAF_SIGNATURE
    if not log_signature_holds(proof.checkpoint, receipt.log):
        return Fault.LOG_SIGNATURE
    if proof.index >= proof.checkpoint.size:
        return Fault.STALE_CHECKPOINT
    try:
        root = root_from_path(
            leaf_hash(proof.extra), proof.index, proof.checkpoint.size, proof.path
        )
    except ProofError:
        return Fault.PATH_SHAPE
    return None if root == proof.checkpoint.root else Fault.PATH_ROOT


def _wrong_parties(receipt: Receipt) -> Fault | None:
    good = all(party_signature_holds(receipt.jwt, party) for party in receipt.parties)
    return None if good else Fault.PARTY_SIGNATURE


def _times(receipt: Receipt, trust: Trust) -> _Times | Verdict:
    before = receipt.before
    if before and not log_signature_holds(before, receipt.log):
        return rejected(Fault.BEFORE_SIGNATURE)
    if before and before.size > receipt.proof.index:
        return rejected(Fault.BEFORE_HOLDS_ENTRY)
    try:
        seen = attest(receipt.proof.checkpoint, trust.witnesses)
        unseen = attest(before, trust.witnesses) if before else Attested()
    except FormatError:
        return rejected(Fault.WITNESS_SIGNATURE)
    if len(seen.times) < trust.quorum:
        return _too_few(Fault.WITNESS_QUORUM, seen, trust)
    if before and len(unseen.times) < trust.quorum:
        return _too_few(Fault.BEFORE_QUORUM, unseen, trust)
    after = earliest_upper_bound(seen, trust.quorum)
    not_before = latest_lower_bound(unseen, trust.quorum)
    if after is not None and not_before is not None and not_before > after:
        return rejected(Fault.TIMES_CROSSED)
    return _Times(not_before, after, seen)


def _too_few(fault: Fault, attested: Attested, trust: Trust) -> Verdict:
    count = f"Witnesses: {attested.says()}. You require {trust.quorum}."
    found = rejected(fault)
    return replace(
        found,
        sentences=(*found.sentences, count),
        witnesses=len(trust.witnesses),
        missing=attested.missing,
    )
