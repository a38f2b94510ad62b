"""Who is really behind a device: master key -> self-signing key -> device, proved by signatures.

It exists because the homeserver's device list is a claim, not evidence. Input is the raw answer
of `POST /_matrix/client/v3/keys/query` (Client-Server API, "Cross-signing"); nothing is trusted
on first use here: the caller compares with its pinned master key. One bad key string costs only
its own device. Pure: no I/O, no nio.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from canonicaljson import encode_canonical_json
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from bot.matrix.strict_json import JsonObject, array, obj, sound, text

State: TypeAlias = Literal["chained", "changed", "no_identity", "malformed"]
MEGOLM = "m.megolm.v1.aes-sha2"
OLM = "m.olm.v1.curve25519-aes-sha2"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class DeviceVerdict:
    """One device of one person: its two public keys (unpadded base64) and whether it is chained.

    `reason` is `chained` or one word of why not. The keys are empty when they cannot be read.
    `vouches`: this device itself signed the master key. A homeserver can publish a master key of
    its own that signs a person's real device, but it cannot make that device sign back; so only
    a vouching device's fingerprint says anything about the identity behind it.
    """

    user: str
    device: str
    ed25519: str
    curve25519: str
    chained: bool
    reason: str
    vouches: bool = False


@dataclass(frozen=True, slots=True)
class UserKeys:
    """What one person's published keys prove among themselves, before any pin is compared.

    `problem` is empty if `master` signs the self-signing key, else one word.
    """

    master: str | None
    problem: str
    devices: tuple[DeviceVerdict, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`UserKeys` compared with the pinned master key. Only `chained` has chained devices."""

    state: State
    master: str | None
    devices: tuple[DeviceVerdict, ...]

    @property
    def chained(self) -> tuple[DeviceVerdict, ...]:
        """The devices that may receive keys."""
        return tuple(device for device in self.devices if device.chained)


def judge(raw: Mapping[str, object], user: str, pinned: str | None) -> Judgement:
    """Judge one person in a raw `/keys/query` answer. Never raises on what the answer holds.

    With `pinned` None the state `chained` means only "consistent in itself".
    """
    keys = read_keys(raw, user)
    if pinned is not None and keys.master is not None and keys.master != pinned:
        return Judgement("changed", keys.master, _unchain(keys.devices, "master_changed"))
    if keys.problem == "no_identity":
        return Judgement("no_identity", None, keys.devices)
    if keys.problem:
        return Judgement("malformed", keys.master, keys.devices)
    return Judgement("chained", keys.master, keys.devices)


def read_keys(raw: Mapping[str, object], user: str) -> UserKeys:
    """Read one person's keys and prove each device's chain, each device on its own."""
    masters, self_signing = _part(raw, "master_keys", user), _part(raw, "self_signing_keys", user)
    listed = _part(raw, "device_keys", user) or {}
    master, signer, problem = None, None, "no_identity"
    if masters is not None:
        master = _cross_key(masters, user, "master")
        problem = "malformed" if master is None else "no_identity"
    if master is not None and self_signing is not None:
        signer = _cross_key(self_signing, user, "self_signing")
        proved = signer is not None and _signed(self_signing, user, master, master)
        problem = "" if proved else "malformed"
    devices = tuple(
        _device(user, device, keys, None if problem else signer) for device, keys in listed.items()
    )
    vouched = tuple(_with_voucher(device, masters) for device in devices)
    return UserKeys(master, problem, _refuse_twins(vouched))


def fingerprint(key: str) -> str:
    """Group a base64 key for a human to read aloud: `abcd efgh ...`, upper and lower case kept."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


def fingerprint_matches(typed: str, key: str) -> bool:
    """Compare what a person typed or pasted (any spacing) with a key; case matters."""
    return "".join(typed.split()).rstrip("=") == key.rstrip("=") != ""


def signed_by(item: JsonObject, user: str, key_id: str, public: str) -> bool:
    """Check the Ed25519 signature of `user` under `ed25519:<key_id>` over canonical JSON.

    Source: Matrix specification, appendix "Signing JSON".
    """
    return _signed(item, user, key_id, public)


def unsigned_bytes(item: Mapping[str, object]) -> bytes:
    """Return the canonical JSON that is signed: without `signatures` and `unsigned`."""
    bare = {key: value for key, value in item.items() if key not in {"signatures", "unsigned"}}
    encoded: bytes = encode_canonical_json(bare)
    return encoded


def decode_key(text_form: str) -> bytes | None:
    """Decode a 32-byte key from unpadded base64 in its one canonical spelling, else None."""
    raw = decode_base64(text_form)
    if raw is None or len(raw) != _KEY_BYTES or encode_base64(raw) != text_form:
        return None
    return raw


def decode_base64(text_form: str) -> bytes | None:
    """Decode unpadded base64 of any length, None if it is not that."""
    if not text_form.isascii() or text_form.endswith("="):
        return None
    try:
        return base64.b64decode(text_form + "=" * (-len(text_form) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def encode_base64(raw: bytes) -> str:
    """Encode as unpadded base64, the form Matrix uses."""
    return base64.b64encode(raw).decode("ascii").rstrip("=")


def _part(raw: Mapping[str, object], section: str, user: str) -> JsonObject | None:
    people = raw.get(section)
    mine = people.get(user) if isinstance(people, dict) else None
    return mine if isinstance(mine, dict) else None


def _cross_key(item: JsonObject, user: str, usage: str) -> str | None:
    """Return the one public key of a cross-signing key object, or None if anything is off."""
    keys = obj(item, "keys")
    if not sound(item) or text(item, "user_id") != user or not keys or len(keys) != 1:
        return None
    if usage not in (array(item, "usage") or []):
        return None
    ((key_id, public),) = keys.items()
    if not isinstance(public, str) or key_id != f"ed25519:{public}" or decode_key(public) is None:
        return None
    return public


def _device(user: str, device: str, raw: object, signer: str | None) -> DeviceVerdict:
    """Judge one device. `signer` is the proved self-signing key, None if there is none."""
    refused = DeviceVerdict(user, device, "", "", chained=False, reason="malformed")
    if not isinstance(raw, dict) or not sound(device) or not sound(raw):
        return refused
    if text(raw, "user_id") != user or text(raw, "device_id") != device:
        return replace(refused, reason="other_id")
    keys = obj(raw, "keys") or {}
    ed25519, curve25519 = text(keys, f"ed25519:{device}"), text(keys, f"curve25519:{device}")
    if ed25519 is None or curve25519 is None:
        return refused
    if decode_key(ed25519) is None or decode_key(curve25519) is None:
        return refused
    known = replace(refused, ed25519=ed25519, curve25519=curve25519)
    if not {OLM, MEGOLM} <= {name for name in array(raw, "algorithms") or [] if name in _SPOKEN}:
        return replace(known, reason="algorithm")
    if not _signed(raw, user, device, ed25519):
        return replace(known, reason="self_signature")
    if signer is None:
        return replace(known, reason="no_identity")
    if not _signed(raw, user, signer, signer):
        return replace(known, reason="not_cross_signed")
    return replace(known, chained=True, reason="chained")


def _with_voucher(device: DeviceVerdict, master: JsonObject | None) -> DeviceVerdict:
    if not device.chained or master is None:
        return device
    return replace(device, vouches=_signed(master, device.user, device.device, device.ed25519))


_SPOKEN = (OLM, MEGOLM)


def _refuse_twins(devices: tuple[DeviceVerdict, ...]) -> tuple[DeviceVerdict, ...]:
    """Two devices with one key: nobody can say which of them spoke, so neither is chained."""
    curves = Counter(device.curve25519 for device in devices if device.chained)
    return tuple(
        replace(device, chained=False, reason="shared_key")
        if device.chained and curves[device.curve25519] > 1
        else device
        for device in devices
    )


def _unchain(devices: tuple[DeviceVerdict, ...], reason: str) -> tuple[DeviceVerdict, ...]:
    return tuple(replace(device, chained=False, reason=reason) for device in devices)


def _signed(item: JsonObject, user: str, key_id: str, public: str) -> bool:
    key = decode_key(public)
    signature = text(obj(obj(item, "signatures") or {}, user) or {}, f"ed25519:{key_id}")
    mark = None if signature is None else decode_base64(signature)
    if key is None or mark is None:
        return False
    try:
        VerifyKey(key).verify(unsigned_bytes(item), mark)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
