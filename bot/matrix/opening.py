"""Open one encrypted room event and prove who sent it.

It exists because a decrypted event is only worth something if its sender is the owner of the
device that owns the session: the clear-text device id and sender key are anybody's words. It
works straight on the Megolm session, without nio's event classes, whose parsing hostile plain
text can break. It refuses other rooms' messages, state events, and anything not strict JSON.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import vodozemac
from peewee import PeeweeException

from bot.matrix.store import SealedStore
from bot.matrix.strict_json import BadJson, JsonObject, integer, loads, obj, text
from bot.matrix.trust import MEGOLM

WhyUnreadable: TypeAlias = Literal[
    "not_encrypted", "redacted", "malformed", "algorithm", "no_key", "index_unknown",
    "foreign_device", "bad_ciphertext", "wrong_room", "state_event",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A decrypted event, proved to come from one device of `sender`.

    `master` is the master key that device chains from: not yet compared with a pin unless one is
    set, so an enrolling person can be read and then pinned. `origin_ts` (ms) is the homeserver's
    word. (`session_id`, `index`) is used once in an honest history. `vouched`: the device itself
    signed `master` (see `trust.DeviceVerdict`).
    """

    event_id: str
    room_id: str
    sender: str
    device_id: str
    curve25519: str
    ed25519: str
    master: str
    type: str
    # Never printed: a log line or an error may hold this object.
    content: JsonObject = field(repr=False)
    origin_ts: int
    session_id: str
    index: int
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that could not be opened. `no_key` and `foreign_device` may heal by themselves."""

    event_id: str
    reason: WhyUnreadable


@dataclass(frozen=True, slots=True)
class Holder:
    """The known, chained device that owns a curve25519 key."""

    device_id: str
    ed25519: str
    master: str
    vouches: bool = False


FindHolder: TypeAlias = Callable[[str, str], Holder | None]


def open_event(
    store: SealedStore, holder_of: FindHolder, raw: JsonObject, room_id: str
) -> Opened | Unreadable:
    """Open a raw timeline event; `holder_of(sender, curve25519)` names a known device.

    Never raises on what the event holds; a failing store raises.
    """
    event_id = text(raw, "event_id") or ""
    try:
        found = _open(store, holder_of, raw, event_id, room_id)
    except BadJson:
        found = "malformed"
    except PeeweeException:
        raise
    except (ValueError, TypeError, LookupError):
        found = "bad_ciphertext"
    return found if isinstance(found, Opened) else Unreadable(event_id, found)


def _open(
    store: SealedStore, holder_of: FindHolder, raw: JsonObject, event_id: str, room_id: str
) -> Opened | WhyUnreadable:
    sender, content = text(raw, "sender"), obj(raw, "content")
    if text(raw, "type") != "m.room.encrypted":
        return "not_encrypted"
    if not event_id or sender is None or content is None:
        return "malformed"
    if "state_key" in raw:
        return "state_event"
    if not content:
        return "redacted"
    if text(content, "algorithm") != MEGOLM:
        return "algorithm"
    session_id, ciphertext = text(content, "session_id"), text(content, "ciphertext")
    if session_id is None or ciphertext is None:
        return "malformed"
    copies = store.room_keys(room_id, session_id)
    if not copies:
        return "no_key"
    for curve25519, session in copies.items():
        holder = holder_of(sender, curve25519)
        if holder is not None and holder.ed25519 == session.ed25519:
            break
    else:
        return "foreign_device"
    try:
        plaintext, index = session.decrypt(ciphertext)
    except vodozemac.MegolmDecryptionException:
        known_from: int = session.first_known_index
        early = vodozemac.MegolmMessage.from_base64(ciphertext).message_index() < known_from
        return "index_unknown" if early else "bad_ciphertext"
    payload = loads(plaintext)
    if text(payload, "room_id") != room_id:
        return "wrong_room"
    if "state_key" in payload:
        return "state_event"
    inner, said = text(payload, "type"), obj(payload, "content")
    if inner is None or said is None:
        return "malformed"
    return Opened(
        event_id=event_id,
        room_id=room_id,
        sender=sender,
        device_id=holder.device_id,
        curve25519=curve25519,
        ed25519=holder.ed25519,
        master=holder.master,
        type=inner,
        content=said,
        origin_ts=integer(raw, "origin_server_ts") or 0,
        session_id=session_id,
        index=index,
        vouched=holder.vouches,
    )
