"""The fence around nio's Olm machine: its account and ratchets are used, its judgement is not.

It exists because stock nio raises on hostile input, lets a worse copy of a room key replace a
better one, serves key requests and believes a claimed device id (SECURITY, the sixteen holes).
Every stock entry point that reads hostile input or decides trust is shut here; what replaces it
takes plain values and answers with a value.
"""

import json
from collections.abc import Iterable
from typing import Any, Literal, NoReturn

import vodozemac
from nio.crypto import (
    GroupSessionStore,
    InboundGroupSession,
    InboundSession,
    Olm,
    OlmDevice,
    Session,
    TrustState,
)
from typing_extensions import override

from bot.matrix.store import SealBroken as SealBroken
from bot.matrix.store import SealedStore as SealedStore
from bot.matrix.strict_json import BadJson, JsonObject, loads, obj, sound, text
from bot.matrix.trust import MEGOLM, OLM, DeviceVerdict, decode_base64, decode_key, signed_by

OLM_SESSIONS_PER_USER = 64
PREKEY, NORMAL = 0, 1
NOBODY = ("", "")


class Undecryptable(Exception):
    """No Olm session opens this message: the peer's session and ours have parted ways."""


class FencedOlm(Olm):  # type: ignore[misc]  # nio is untyped
    """nio's Olm machine with a sealed store and no open gate."""

    store: SealedStore

    def __init__(self, store: SealedStore) -> None:
        with store.transaction():
            super().__init__(store.user_id, store.device_id, store)
        self._peers = store.peers()

    @override
    def load(self) -> None:
        self.session_store = self.store.load_sessions()
        self.inbound_group_store = GroupSessionStore()

    # -- what stock nio would do with hostile input ----------------------------------------

    def _shut(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("a stock nio entry point was called past the fence")

    handle_to_device_event = _shut
    handle_key_verification = _shut
    handle_response = _shut
    decrypt_event = _shut
    decrypt_megolm_event = _shut
    decrypt = _shut
    share_group_session = _shut
    share_group_session_parallel = _shut
    group_encrypt = _shut
    collect_key_requests = _shut
    continue_key_share = _shut
    import_keys = _shut
    export_keys = _shut

    # -- known devices ---------------------------------------------------------------------

    def know(self, user: str, devices: Iterable[DeviceVerdict]) -> None:
        """Replace what is known of a user by their chained devices; any other is dropped."""
        mine = self.device_store[user]
        mine.clear()
        mine.update({one.device: _nio_device(one) for one in devices if one.chained})

    # -- Olm: one device to one device -----------------------------------------------------

    def open_olm(
        self, sender: str, sender_key: str, kind: int, body: str
    ) -> tuple[JsonObject | None, bool]:
        """Decrypt one Olm message; return (payload, whether it began a new Olm session).

        The ratchet is saved whatever the payload holds. The payload is None if it is not strict
        JSON or not from `sender` to us. Raises `Undecryptable` (`ValueError` if it is no Olm
        message at all).
        """
        message: vodozemac.PreKeyMessage | vodozemac.AnyOlmMessage
        if kind == PREKEY:
            message = vodozemac.PreKeyMessage.from_base64(body)
        else:
            message = vodozemac.AnyOlmMessage.normal(decode_base64(body) or b"")
        session, plaintext, fresh = self._ratchet(sender_key, message)
        self.save_session(sender_key, session)
        if fresh:
            # The one-time key it used up is gone from now on.
            self.save_account()
            self.session_store.add(sender_key, session)
        try:
            payload: JsonObject | None = loads(plaintext)
        except BadJson:
            payload = None
        peer = self._peer(payload, sender) if payload is not None else NOBODY
        if fresh or self._peers.get(session.id) == NOBODY:
            # A session that began with nonsense is kept, for what follows, but for nobody.
            self._keep_peer(session, *peer)
        return (None if peer == NOBODY else payload), fresh

    def _ratchet(
        self, sender_key: str, message: vodozemac.PreKeyMessage | vodozemac.AnyOlmMessage
    ) -> tuple[Session, str, bool]:
        # "surrogateescape": bytes that are not UTF-8 reach the strict reader, which refuses them;
        # stock nio would replace them and go on.
        for session in list(self.session_store[sender_key]):
            matches = isinstance(message, vodozemac.PreKeyMessage) and session.matches(message)
            if isinstance(message, vodozemac.PreKeyMessage) and not matches:
                continue
            try:
                return session, session.decrypt(message, "surrogateescape"), False
            except ValueError:
                if matches:
                    raise Undecryptable from None
        if not isinstance(message, vodozemac.PreKeyMessage):
            raise Undecryptable
        try:
            session = InboundSession(self.account, message, sender_key)
            return session, session.decrypt(message, "surrogateescape"), True
        except ValueError:
            raise Undecryptable from None

    def _peer(self, payload: JsonObject, sender: str) -> tuple[str, str]:
        """Return (sender, their key) if the payload names sender, us and our key, else `NOBODY`.

        Source: Client-Server API, "m.olm.v1.curve25519-aes-sha2".
        """
        to, own = obj(payload, "recipient_keys") or {}, obj(payload, "keys") or {}
        key = text(own, "ed25519") or ""
        named = (
            text(payload, "sender") == sender
            and text(payload, "recipient") == self.user_id
            and text(to, "ed25519") == self.account.identity_keys["ed25519"]
            and decode_key(key) is not None
        )
        return (sender, key) if named else NOBODY

    def seal_olm(self, device: DeviceVerdict, kind: str, content: JsonObject) -> JsonObject:
        """Encrypt for one device over its newest Olm session (saved before it is returned)."""
        session = self.olm_session(device)
        if session is None:
            raise LookupError("no Olm session with this device")
        sealed: JsonObject = self._olm_encrypt(session, _nio_device(device), kind, content)
        return sealed

    def olm_session(self, device: DeviceVerdict) -> Session | None:
        """Return the newest session made for exactly this user and fingerprint.

        The curve25519 key alone is not enough: another user's device may publish the same one,
        with one-time keys of its own, and so poison the sessions of its true owner.
        """
        sessions = [
            session
            for session in self.session_store[device.curve25519]
            if self._peers.get(session.id) == (device.user, device.ed25519)
        ]
        return max(sessions, key=lambda session: session.use_time, default=None)

    def adopt_one_time_key(self, device: DeviceVerdict, claimed: object) -> str:
        """Begin an Olm session from one entry of `/keys/claim`; return "" or why not."""
        if not isinstance(claimed, dict) or not claimed:
            return "no_one_time_key"
        name, key = next(iter(claimed.items()))
        if not sound(claimed) or not isinstance(key, dict):
            return "bad_one_time_key"
        public = text(key, "key") or ""
        if not name.startswith("signed_curve25519:") or decode_key(public) is None:
            return "bad_one_time_key"
        if not signed_by(key, device.user, device.device, device.ed25519):
            return "bad_one_time_key"
        try:
            session = self.create_session(public, device.curve25519)
        except ValueError:
            return "bad_one_time_key"
        self._keep_peer(session, device.user, device.ed25519)
        return ""

    def _keep_peer(self, session: Session, user: str, ed25519: str) -> None:
        """Note whom a new session belongs to; the user's oldest sessions make room for it."""
        self._peers[session.id] = (user, ed25519)
        self.store.keep_peer(session.id, user, ed25519)
        mine = [
            (kept.use_time, kept.id, sender_key)
            for sender_key, sessions in self.session_store.items()
            for kept in sessions
            if self._peers.get(kept.id, NOBODY)[0] == user
        ]
        for _, session_id, sender_key in sorted(mine)[:-OLM_SESSIONS_PER_USER]:
            sessions = self.session_store[sender_key]
            sessions[:] = [kept for kept in sessions if kept.id != session_id]
            self._peers.pop(session_id, None)
            self.store.drop_olm_session(session_id)

    # -- Megolm: one device to a room ------------------------------------------------------

    @override
    def create_group_session(
        self,
        sender_key: str,
        sender_fp_key: str,
        room_id: str,
        session_id: str,
        session_key: str,
    ) -> None:
        """Keep our own outbound session readable to ourselves."""
        self.keep_room_key(
            self.user_id,
            sender_key,
            sender_fp_key,
            room_id=room_id,
            session_id=session_id,
            session_key=session_key,
        )

    def keep_room_key(
        self,
        sender: str,
        sender_key: str,
        ed25519: str,
        *,
        room_id: str,
        session_id: str,
        session_key: str,
    ) -> Literal["kept", "no_better", "bad"]:
        """Store a received room key unless we hold one that reaches back as far."""
        try:
            session = InboundGroupSession(session_key, ed25519, sender_key, room_id)
        except ValueError:
            return "bad"
        if session.id != session_id:
            return "bad"
        return "kept" if self.store.keep_room_key(sender, session) else "no_better"

    def sign_object(self, item: JsonObject) -> JsonObject:
        """Return a copy signed by this device."""
        bare = {key: value for key, value in item.items() if key not in {"signatures", "unsigned"}}
        signature = self.sign_json(bare)
        return bare | {"signatures": {self.user_id: {f"ed25519:{self.device_id}": signature}}}

    def device_keys(self) -> JsonObject:
        """Return this device's signed public keys as `/keys/upload` wants them."""
        keys = self.account.identity_keys
        return self.sign_object(
            {
                "algorithms": [OLM, MEGOLM],
                "device_id": self.device_id,
                "user_id": self.user_id,
                "keys": {
                    f"curve25519:{self.device_id}": keys["curve25519"],
                    f"ed25519:{self.device_id}": keys["ed25519"],
                },
            }
        )

    @property
    def raw_account(self) -> Any:
        """The vodozemac account: nio offers no fallback keys, and the stubs omit them."""
        return self.account._account  # noqa: SLF001


def dumps(value: JsonObject) -> str:
    """Encode a payload for encryption."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _nio_device(device: DeviceVerdict) -> OlmDevice:
    return OlmDevice(
        device.user,
        device.device,
        {"ed25519": device.ed25519, "curve25519": device.curve25519},
        trust_state=TrustState.verified,
    )
