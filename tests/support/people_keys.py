"""Makes the `/keys/query` answer of one person out of real keys, for tests that bend it."""

from dataclasses import dataclass, field

from nacl.signing import SigningKey

from bot.matrix.strict_json import JsonObject, JsonValue
from bot.matrix.trust import MEGOLM, OLM, encode_base64, unsigned_bytes


def public(key: SigningKey) -> str:
    return encode_base64(bytes(key.verify_key))


def sign(item: JsonObject, user: str, key_id: str, key: SigningKey) -> JsonObject:
    """Return the item with one more signature."""
    before = item.get("signatures")
    mine = before.get(user) if isinstance(before, dict) else None
    marks: JsonObject = dict(mine) if isinstance(mine, dict) else {}
    marks[f"ed25519:{key_id}"] = encode_base64(key.sign(unsigned_bytes(item)).signature)
    return item | {"signatures": {user: marks}}


@dataclass(slots=True)
class PaperPerson:
    """A person who exists only as signed keys."""

    user: str
    master: SigningKey = field(default_factory=SigningKey.generate)
    signer: SigningKey = field(default_factory=SigningKey.generate)
    devices: dict[str, JsonValue] = field(default_factory=dict)

    def cross_key(self, usage: str, key: SigningKey) -> JsonObject:
        pub = public(key)
        return {"user_id": self.user, "usage": [usage], "keys": {f"ed25519:{pub}": pub}}

    def add_device(
        self, device: str, *, crossed: bool = True, curve25519: str | None = None
    ) -> SigningKey:
        """Add a device, cross-signed or not; return its signing key."""
        key = SigningKey.generate()
        item: JsonObject = {
            "algorithms": [OLM, MEGOLM],
            "user_id": self.user,
            "device_id": device,
            "keys": {
                f"ed25519:{device}": public(key),
                f"curve25519:{device}": curve25519 or public(SigningKey.generate()),
            },
        }
        item = sign(item, self.user, device, key)
        if crossed:
            item = sign(item, self.user, public(self.signer), self.signer)
        self.devices[device] = item
        return key

    def answer(self) -> JsonObject:
        """Return what `/keys/query` would answer."""
        signer = sign(
            self.cross_key("self_signing", self.signer),
            self.user,
            public(self.master),
            self.master,
        )
        return {
            "master_keys": {self.user: self.cross_key("master", self.master)},
            "self_signing_keys": {self.user: signer},
            "device_keys": {self.user: dict(self.devices)},
        }
