"""Envelope encryption, and the digests that stand in for names.

master key -> root key (random, wrapped) -> case key -> compartment key -> record key. A key
below the root is random and lies wrapped by the one above, so destroying one row destroys all
that hangs on it. Names that must be looked up stand in the tables as keyed BLAKE2b digests:
without the master key nobody can even test a guess. Refuses, as `Damaged`, whatever does not
open exactly where it was put. docs/spec/ledger.md; SECURITY promise 6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from bot.storage.verdicts import Damaged, WrongMasterKey

KEY_SIZE = 32
DIGEST_SIZE = 16
SCHEMA = 2

Entropy = Callable[[int], bytes]


class Lock:
    """One key (32 bytes) and what it is for: seals with XChaCha20-Poly1305, random nonce."""

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._box = Aead(key)
        self._entropy = entropy

    def seal(self, plain: bytes, *place: bytes | str | int) -> bytes:
        """Return nonce and ciphertext, bound to a place: open needs the same place."""
        return bytes(self._box.encrypt(plain, _joined(place), self._entropy(Aead.NONCE_SIZE)))

    def open(self, sealed: bytes, *place: bytes | str | int) -> bytes:
        """Return the plain bytes; `Damaged` for other bytes, another key, another place."""
        try:
            return self._box.decrypt(sealed, _joined(place))
        except (CryptoError, ValueError, TypeError):
            raise Damaged("a sealed value does not open where it stands") from None

    def new_key(self, *place: bytes | str | int) -> tuple[bytes, bytes]:
        """Make a key: (the 32 bytes, the same wrapped by this lock)."""
        key = self._entropy(KEY_SIZE)
        return key, self.seal(key, "key", *place)

    def unwrap(self, wrapped: bytes, *place: bytes | str | int) -> bytes:
        """Open a key that `new_key` wrapped."""
        return self.open(wrapped, "key", *place)


class Seals:
    """All that the root key opens: digests for looking up, one lock for each use."""

    def __init__(self, root: bytes, entropy: Entropy) -> None:
        self._entropy = entropy
        self._index = derived(root, b"parley/index")
        self.names = self.lock(derived(root, b"parley/names"))
        self.cases = self.lock(derived(root, b"parley/cases"))
        self.inbox = self.lock(derived(root, b"parley/inbox"))
        self.outbox = self.lock(derived(root, b"parley/outbox"))
        self.due = self.lock(derived(root, b"parley/due"))
        self.vault = self.lock(derived(root, b"parley/vault"))

    def lock(self, key: bytes) -> Lock:
        """Return a lock for a key that was unwrapped."""
        return Lock(key, self._entropy)

    def random(self, size: int) -> bytes:
        """Return random bytes."""
        return self._entropy(size)

    def digest(self, use: str, *parts: bytes | str | int) -> bytes:
        """Return the 16 bytes that stand for a name in one use; nothing links two uses."""
        return hashlib.blake2b(
            _joined(parts), digest_size=DIGEST_SIZE, key=self._index, person=use.encode()
        ).digest()


def new_root(master_key: bytes, entropy: Entropy) -> bytes:
    """Make the root key of a new store, wrapped by the master key (32 bytes)."""
    return Lock(master_key, entropy).new_key("root", SCHEMA)[1]


def open_root(master_key: bytes, wrapped: bytes, entropy: Entropy) -> Seals:
    """Open a store's root key; `WrongMasterKey` if the master key is not its own."""
    try:
        root = Lock(master_key, entropy).unwrap(wrapped, "root", SCHEMA)
    except Damaged:
        raise WrongMasterKey("the master key does not open this store") from None
    return Seals(root, entropy)


def derived(root: bytes, use: bytes) -> bytes:
    """Return the 32-byte key that follows from another for one use (16 bytes at most)."""
    return hashlib.blake2b(digest_size=KEY_SIZE, key=root, person=use).digest()


def _joined(parts: tuple[bytes | str | int, ...]) -> bytes:
    """Join with type and length before each part, so that no two tuples give the same bytes."""
    joined = b""
    for part in parts:
        if isinstance(part, bytes):
            kind, raw = b"b", part
        elif isinstance(part, str):
            kind, raw = b"s", part.encode("utf-8", "surrogatepass")
        else:
            kind, raw = b"i", str(part).encode()
        joined += kind + len(raw).to_bytes(4, "big") + raw
    return joined
