"""The bot's own cross-signing identity: three Ed25519 keys that vouch for its one device.

It exists because current clients neither hand keys to a device without such an identity nor show
its messages (MSC4153). The seeds are handed in, sealed by the caller, and are never made anew
here: a new master key would look to every person like another bot. It refuses to go on if the
homeserver shows another identity or another device in the bot's name.

Source: Client-Server API, "Cross-signing"; the first upload needs no re-authentication.
"""

from dataclasses import dataclass, field

from nacl.signing import SigningKey

from bot.matrix.http import Homeserver
from bot.matrix.machine import Machine
from bot.matrix.strict_json import JsonObject, obj
from bot.matrix.trust import encode_base64, judge, unsigned_bytes

SEED_BYTES = 32


class ForeignIdentity(Exception):
    """The homeserver shows keys in the bot's name that are not ours. Carries one word of why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the bot's identity on the homeserver is not ours: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Seeds:
    """Three secret seeds of 32 bytes each; never printed."""

    master: bytes = field(repr=False)
    self_signing: bytes = field(repr=False)
    user_signing: bytes = field(repr=False)

    def __post_init__(self) -> None:
        for seed in (self.master, self.self_signing, self.user_signing):
            if len(seed) != SEED_BYTES:
                raise ValueError("a cross-signing seed has 32 bytes")


@dataclass(frozen=True, slots=True)
class Standing:
    """The proved state: our master key (public, base64), and whether anything was uploaded now."""

    master: str
    uploaded_identity: bool
    uploaded_signature: bool


def public_master(seeds: Seeds) -> str:
    """Return the public master key that people pin, unpadded base64."""
    return _public(SigningKey(seeds.master))


async def ensure(server: Homeserver, machine: Machine, seeds: Seeds) -> Standing:
    """Make the homeserver show our identity over our device, then check that it does.

    The device keys must have been published before (`Machine.tend`). Raises `ForeignIdentity`,
    `HomeserverRefused`, `HomeserverUnreachable`.
    """
    user, master = machine.user_id, public_master(seeds)
    raw = await server.keys_query({user: []})
    shown = judge(raw, user, master)
    if shown.state == "changed":
        raise ForeignIdentity("other_master_key")
    uploaded_identity = shown.state == "no_identity"
    if uploaded_identity:
        await server.upload_signing_keys(_identity(machine, seeds))
    elif shown.state != "chained":
        raise ForeignIdentity("malformed")
    elif not _holds(raw, "self_signing_keys", user, _public(SigningKey(seeds.self_signing))):
        raise ForeignIdentity("other_self_signing_key")
    uploaded_signature = not _ours_is_chained(raw, machine, master)
    if uploaded_signature:
        # We sign what we know of ourselves, not what the server says of us.
        device = _signed(machine.device_keys_signed, user, SigningKey(seeds.self_signing))
        answer = await server.upload_signatures({user: {machine.device_id: device}})
        if obj(answer, "failures"):
            raise ForeignIdentity("signature_refused")
    if uploaded_identity or uploaded_signature:
        raw = await server.keys_query({user: []})
        if not _ours_is_chained(raw, machine, master):
            raise ForeignIdentity("not_shown")
    return Standing(master, uploaded_identity, uploaded_signature)


def _ours_is_chained(raw: JsonObject, machine: Machine, master: str) -> bool:
    curve25519, ed25519 = machine.identity
    for device in judge(raw, machine.user_id, master).devices:
        if device.device != machine.device_id:
            continue
        if (device.curve25519, device.ed25519) != (curve25519, ed25519):
            raise ForeignIdentity("other_device_keys")
        return device.chained
    raise ForeignIdentity("device_missing")


def _holds(raw: JsonObject, section: str, user: str, public: str) -> bool:
    keys = obj(obj(obj(raw, section) or {}, user) or {}, "keys") or {}
    return keys == {f"ed25519:{public}": public}


def _identity(machine: Machine, seeds: Seeds) -> JsonObject:
    """Build the three keys; the device vouches for the master key, the master for the others."""
    user, signer = machine.user_id, SigningKey(seeds.master)
    return {
        "master_key": machine.sign(_key(user, "master", signer)),
        "self_signing_key": _signed(
            _key(user, "self_signing", SigningKey(seeds.self_signing)), user, signer
        ),
        "user_signing_key": _signed(
            _key(user, "user_signing", SigningKey(seeds.user_signing)), user, signer
        ),
    }


def _key(user: str, usage: str, key: SigningKey) -> JsonObject:
    public = _public(key)
    return {"user_id": user, "usage": [usage], "keys": {f"ed25519:{public}": public}}


def _signed(item: JsonObject, user: str, key: SigningKey) -> JsonObject:
    """Add a signature of a cross-signing key, which is named by its own public half."""
    signatures = {name: dict(marks) for name, marks in _marks(item).items()}
    mark = encode_base64(key.sign(unsigned_bytes(item)).signature)
    signatures.setdefault(user, {})[f"ed25519:{_public(key)}"] = mark
    return item | {"signatures": dict(signatures)}


def _marks(item: JsonObject) -> dict[str, JsonObject]:
    signatures = obj(item, "signatures") or {}
    return {name: marks for name, marks in signatures.items() if isinstance(marks, dict)}


def _public(key: SigningKey) -> str:
    return encode_base64(bytes(key.verify_key))
