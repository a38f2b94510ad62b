"""A record in its three stored forms: skeleton, ledger fields, and what a receipt shows.

The skeleton is what the case is folded from and stays for ever; the ledger fields are what the
record's digests commit to; a receipt shows only the fields every reader of the label may
have. Pure. Refuses a skeleton that does not fit its tag (`BadForm`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from bot.domain.bodies import (
    BODIES,
    Body,
    CommitmentAccepted,
    CommitmentConfirmed,
    CommitmentProposed,
    ItemRecorded,
    KeyRegistered,
    OfferAccepted,
    OfferTerms,
    PromiseActed,
    PromiseTold,
    SignatureAdded,
    WatchSatisfied,
)
from bot.domain.codec import BadForm, Json, from_json, to_json
from bot.domain.ids import CaseId, CompartmentId, RecordId
from bot.domain.records import PLANS, Record
from bot.ledger.disclosure import Value
from bot.policy.label import Caveats, Label
from bot.ports import OutboxRow

# Made once: json.dumps with options makes one at each call.
# What is encoded was built a moment ago: nothing in it can hold itself.
_ENCODER = json.JSONEncoder(separators=(",", ":"), sort_keys=True, check_circular=False)

_BY_TAG: dict[str, type[Body]] = {body.TAG: body for body in BODIES}

KIND, MOMENT, ENVELOPE = "record", "recorded_at", "envelope"
"""Ledger fields beside the body's own: its tag, when the bot recorded it, and the rest of the
envelope, which no receipt shows: it names compartments."""

_SHOWN = frozenset(
    {"code", "text", "source", "said_at", "name", "person"}
    | {"due", "obligor", "obligee"}
    | {"schedule", "first_due", "grace", "step", "occurrence", "strength", "next_due"}
    | {"level", "until", "reason", "as_of", "period"}
)
# `by` only where whoever reads the record sits where it was said, or at the desk.
_ALSO_SHOWN: dict[type[Body], frozenset[str]] = {
    ItemRecorded: frozenset({"by"}),
    CommitmentProposed: frozenset({"by", "terms", "agreed", "method"}),
    CommitmentConfirmed: frozenset({"by"}),
    CommitmentAccepted: frozenset({"party", "date_agreed"}),
    OfferAccepted: frozenset({"offer", "by", "date_agreed"}),
    OfferTerms: frozenset({"offer", "terms", "agreed", "method"}),
    PromiseActed: frozenset({"by", "party", "happening", "instead", "words"}),
    PromiseTold: frozenset({"party", "happening", "instead"}),
    WatchSatisfied: frozenset({"by"}),
    KeyRegistered: frozenset({"by", "party", "key"}),
    SignatureAdded: frozenset({"by", "party", "key", "signature", "signed_at"}),
}


def skeleton_of(record: Record) -> bytes:
    """Return a record without its prose, as JSON bytes."""
    return _skeleton(record, _coded(record))


def ledger_fields(record: Record) -> dict[str, Value]:
    """Return every field that the record's digests commit to, in the values a record can carry."""
    return _fields(record, _coded(record))


def forms_of(record: Record) -> tuple[bytes, dict[str, Value]]:
    """Return a record's skeleton and ledger fields."""
    body = _coded(record)
    return _skeleton(record, body), _fields(record, body)


def _coded(record: Record) -> dict[str, Json]:
    return cast("dict[str, Json]", to_json(record.body, type(record.body)))


def _skeleton(record: Record, body: dict[str, Json]) -> bytes:
    plan = PLANS[type(record.body)]
    kept: dict[str, Json] = {name: body[name] for name in plan.skeleton}
    return compact(
        {
            "tag": record.body.TAG,
            "id": record.id,
            "compartment": record.compartment,
            "at": to_json(record.at, datetime),
            "label": _label(record.label),
            "cause": record.cause,
            "body": kept,
        }
    )


def record_of(case: CaseId, skeleton: bytes) -> Record:
    """Return the record of a skeleton, prose fields empty. Raises `BadForm`."""
    try:
        found = json.loads(skeleton)
        kind = _BY_TAG[found["tag"]]
        empty = dict.fromkeys(PLANS[kind].prose, "")
        return Record(
            id=RecordId(found["id"]),
            case=case,
            compartment=CompartmentId(found["compartment"]),
            at=from_json(found["at"], datetime),
            label=from_json(found["label"], Label),
            cause=found["cause"],
            body=from_json({**found["body"], **empty}, kind),
        )
    except (KeyError, TypeError) as wrong:
        raise BadForm(f"skeleton: {wrong.args[0] if wrong.args else 'form'}") from None


def _fields(record: Record, body: dict[str, Json]) -> dict[str, Value]:
    envelope = {
        "id": record.id,
        "case": record.case,
        "compartment": record.compartment,
        "label": _label(record.label),
        "cause": record.cause,
    }
    found: dict[str, Value] = {
        KIND: record.body.TAG,
        MOMENT: _moment(record.at),
        ENVELOPE: compact(envelope).decode(),
    }
    for name, coded in body.items():
        value = getattr(record.body, name)
        found[name] = _moment(value) if isinstance(value, datetime) else _plain(coded)
    return found


def _label(label: Label) -> Json:
    """Return a label as JSON; without caveats it is written as before there were any."""
    found = cast("dict[str, Json]", to_json(label, Label))
    return found if label.caveats != Caveats() else {"owners": found["owners"]}


def prose_of(kind: type[Body], shown: Mapping[str, Value]) -> dict[str, str]:
    """Pick the prose out of a record's opened ledger fields."""
    return {name: str(shown[name]) for name in PLANS[kind].prose if name in shown}


def names_one(words: Iterable[str], names: Iterable[str]) -> bool:
    """Tell whether words hold one of the names, as a whole word, whatever the case of letters."""
    found = [name for name in (_even(name) for name in names) if name]
    if not found:
        return False
    # A code name like H-TEAL must not be found in H-TEAL-2: a dash joins, as a letter does.
    pattern = "|".join(re.escape(name) for name in found)
    whole = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])")
    return any(whole.search(_even(text)) for text in words)


def _even(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def shown_in_receipt(kind: type[Body], names: Iterable[str]) -> frozenset[str]:
    """Return which ledger fields a receipt shows: nothing that names what others have.

    A list of what is shown, not of what is hidden, so that a new field stays hidden until
    somebody decides.
    """
    also = _ALSO_SHOWN.get(kind, frozenset())
    return (_SHOWN | also | {KIND, MOMENT}) & frozenset(names)


def row_json(row: OutboxRow) -> bytes:
    """Return an outbox row as JSON bytes."""
    return compact(cast("dict[str, Json]", to_json(row, OutboxRow)))


def row_of(raw: bytes) -> OutboxRow:
    """Return the outbox row of `row_json`. Raises `BadForm`."""
    return cast("OutboxRow", from_json(json.loads(raw), OutboxRow))


def compact(value: Mapping[str, Any] | list[Any]) -> bytes:
    """Return JSON bytes in one spelling."""
    return _ENCODER.encode(value).encode()


def micros(at: datetime) -> int:
    """Return microseconds since 1970 of an aware instant."""
    return cast("int", to_json(at, datetime))


def instant(value: int) -> datetime:
    """Return the instant of `micros`."""
    return cast("datetime", from_json(value, datetime))


def _plain(coded: Json) -> Value:
    if isinstance(coded, bool) or not isinstance(coded, str | int | None):
        return _ENCODER.encode(coded)
    return coded


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
