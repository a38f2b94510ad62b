"""`parley verify`: check a receipt offline, without the bot, its operator or a network.

Imports the ledger and nothing else of the bot, so that what a party must trust stays small.
Refuses to say "proved" without a key that the reader already trusts.

Exit codes: 0 proved; 1 not proved (false, or no trusted key given); 2 the file or the trusted
key cannot be read.
"""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.ledger.encoding import FormatError
from bot.ledger.evidence import FORK_MAGIC, verify_evidence
from bot.ledger.keys import parse_vkey
from bot.ledger.party import one_party_per_key, parse_party
from bot.ledger.quorum import quorum_of
from bot.ledger.receipt import MAX_RECEIPT
from bot.ledger.verdict import Verdict, instant
from bot.ledger.verify import StampCheck, Trust, parse_trust, registered_key, verify_receipt

PROVED = 0
NOT_PROVED = 1
UNREADABLE = 2


@dataclass(frozen=True, slots=True)
class Brought:
    """What the reader brings along from elsewhere than the file, as typed.

    `trusted` holds verifier keys separated by white space: the log's, and those of any
    witnesses, all of which must then have cosigned. `parties` are `NAME=KEY`, `registered` the
    receipts of parties' keys. `witnesses` are further witnesses' keys; with `quorum` so many of
    all witnesses given must have cosigned, else all. `stamp` is a time stamp of the receipt's
    checkpoint, `authorities` the certificates of the authorities that may have given it.
    """

    trusted: str | None = None
    parties: tuple[str, ...] = ()
    registered: tuple[Path, ...] = ()
    witnesses: tuple[str, ...] = ()
    quorum: int | None = None
    stamp: Path | None = None
    authorities: tuple[Path, ...] = ()


def run(path: Path, brought: Brought, *, as_json: bool, out: Callable[[str], None]) -> int:
    """Verify the receipt, or the evidence of a fork, in a file and say so, sentence by sentence; return the exit code."""
    try:
        trust = _trust(brought)
        stamp = _stamp(brought)
        raw = _read(path, "The file")
    except Unusable as wrong:
        return _unreadable(str(wrong), as_json, out)
    if raw.startswith(FORK_MAGIC.encode()):
        if stamp:
            return _unreadable("A time stamp dates receipts; this is evidence.", as_json, out)
        return _report(verify_evidence(raw, trust=trust), as_json, out)
    return _report(verify_receipt(raw, trust=trust, stamp=stamp), as_json, out)


class Unusable(Exception):
    """What was typed, or a file, cannot be used; the text says which and why."""


def _trust(brought: Brought) -> Trust | None:
    if brought.trusted is None:
        if brought != Brought():
            raise Unusable("Other keys are of use only with the log's: give --trust as well.")
        return None
    try:
        trust = parse_trust(_as_typed(brought.trusted))
    except FormatError as wrong:
        raise Unusable(f"The trusted key cannot be read: {wrong}.") from None
    try:
        more = [parse_vkey(_as_typed(witness)) for witness in brought.witnesses]
        witnesses, quorum = quorum_of([*trust.witnesses, *more], brought.quorum)
        trust = replace(trust, witnesses=witnesses, quorum=quorum)
    except FormatError as wrong:
        raise Unusable(f"The witnesses cannot be used: {wrong}.") from None
    return replace(trust, parties=_parties(brought, trust))


def _parties(brought: Brought, trust: Trust) -> tuple[tuple[str, bytes], ...]:
    try:
        given = [parse_party(_as_typed(party)) for party in brought.parties]
    except FormatError as wrong:
        raise Unusable(f"A party's key cannot be read: {wrong}.") from None
    for path in brought.registered:
        raw = _read(path, "A registration")
        try:
            given.append(registered_key(raw, trust=trust))
        except FormatError as wrong:
            raise Unusable(f"A party's key is not registered: {wrong}.") from None
    try:
        return one_party_per_key(given)
    except FormatError as wrong:
        raise Unusable(f"The parties' keys contradict each other: {wrong}.") from None


def _stamp(brought: Brought) -> StampCheck | None:
    if brought.stamp is None and not brought.authorities:
        return None
    if brought.stamp is None or not brought.authorities:
        raise Unusable(
            "A time stamp is judged by its authority's certificate: give both --stamp and --tsa."
        )
    from bot.ledger.stamp import parse_roots, verify_stamp  # noqa: PLC0415  # few receipts bring one

    token = _read(brought.stamp, "The time stamp")
    roots = [_read(path, "A certificate") for path in brought.authorities]
    try:
        parse_roots(roots)
    except FormatError as wrong:
        raise Unusable(f"A certificate cannot be used: {wrong}.") from None
    return lambda note: verify_stamp(note, token, roots)


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_RECEIPT + 1)
    except OSError as wrong:
        raise Unusable(f"{what} cannot be read: {wrong.strerror}.") from None


def _as_typed(trusted: str) -> str:
    """Drop what cannot be seen: a key copied out of a chat brings invisible marks along."""
    return "".join(mark for mark in trusted if unicodedata.category(mark) != "Cf")


def _report(verdict: Verdict, as_json: bool, out: Callable[[str], None]) -> int:
    if as_json:
        out(json.dumps(_as_json(verdict), indent=2))
    else:
        for sentence in verdict.sentences:
            out(sentence)
    if verdict.ok:
        return PROVED
    return NOT_PROVED if verdict.readable else UNREADABLE


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "kind": verdict.kind,
        "proved": verdict.ok,
        "fault": verdict.fault,
        "sentences": verdict.sentences,
        "level": verdict.level,
        "fields": dict(verdict.fields),
        "withheld": verdict.withheld,
        "not_before": verdict.not_before,
        "not_after": verdict.not_after,
        "stamped": verdict.stamped
        and {
            "by": verdict.stamped.authority,
            "at": instant(verdict.stamped.at),
            "not_after": verdict.stamped.not_after,
        },
        "log": verdict.log,
        "witnesses": verdict.witnesses,
        "missing_witnesses": verdict.missing,
    }


def _unreadable(sentence: str, as_json: bool, out: Callable[[str], None]) -> int:
    fault = {"proved": False, "fault": "unreadable", "sentences": [sentence]}
    out(json.dumps(fault, indent=2) if as_json else sentence)
    return UNREADABLE
