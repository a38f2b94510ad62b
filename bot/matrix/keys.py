"""Keep the homeserver stocked with this device's public keys, so that anyone can reach us.

It exists because a bot without one-time keys is deaf: nobody can hand it a room key. It refuses
to publish a key that is not already on disk: after a crash the same id would name another key,
and the server would refuse it for ever.
"""

from collections.abc import Sequence
from http import HTTPStatus

from bot.matrix.fence import FencedOlm
from bot.matrix.http import Homeserver, HomeserverRefused
from bot.matrix.strict_json import JsonObject, integer, obj

ALGORITHM = "signed_curve25519"
HEALING_ROUNDS = 20


class KeyUpkeep:
    """Publishes the device keys once, one-time keys when few are left, a spare when it was used."""

    def __init__(self, olm: FencedOlm) -> None:
        self._olm = olm
        self._count: int | None = None
        self._fallback_due = not olm.account.shared

    def note(self, one_time: int | None, unused_fallback: Sequence[str] | None) -> None:
        """Take the two counts of a `/sync` answer; None means the answer did not say.

        0 is a count. A `/sync` that lists counts but not ours means 0, which the caller passes.
        """
        if one_time is not None:
            self._count = max(0, one_time)
        if unused_fallback is not None and ALGORITHM not in unused_fallback:
            self._fallback_due = True

    async def publish(self, server: Homeserver) -> None:
        """Upload what is missing. Raises `HomeserverRefused`, `HomeserverUnreachable`."""
        if not self._olm.account.shared:
            self._learn(await server.keys_upload({"device_keys": self._olm.device_keys()}))
            self._olm.account.shared = True
            self._olm.save_account()
        if self._count is None:
            # An empty upload is how the API tells the count outside `/sync`.
            self._learn(await server.keys_upload({}))
        for _ in range(HEALING_ROUNDS):
            body = self._missing()
            if not body:
                return
            try:
                answer = await server.keys_upload(body)
            except HomeserverRefused as refused:
                if refused.status != HTTPStatus.BAD_REQUEST:
                    raise
                # The server knows these ids with other keys (an account older than its uploads).
                # Ids are never reused by the account once marked, so the next round is fresh.
                self._mark_published()
                continue
            self._mark_published()
            self._fallback_due = self._fallback_due and "fallback_keys" not in body
            self._learn(answer)
            return
        raise HomeserverRefused(HTTPStatus.BAD_REQUEST, "ONE_TIME_KEYS")

    def _missing(self) -> JsonObject:
        """Make the next upload body, every private half of it already on disk; {} if none."""
        account = self._olm.account
        target = account.max_one_time_keys
        unpublished = len(account.one_time_keys["curve25519"])
        if self._count is not None and self._count <= target // 2:
            account.generate_one_time_keys(max(0, target - self._count - unpublished))
        raw = self._olm.raw_account
        if self._fallback_due and not raw.fallback_key:
            raw.generate_fallback_key()
        self._olm.save_account()
        body: JsonObject = {}
        one_time = account.one_time_keys["curve25519"]
        if one_time:
            body["one_time_keys"] = {
                f"{ALGORITHM}:{key_id}": self._olm.sign_object({"key": key})
                for key_id, key in one_time.items()
            }
        if raw.fallback_key:
            body["fallback_keys"] = {
                f"{ALGORITHM}:{key_id}": self._olm.sign_object(
                    {"key": key.to_base64(), "fallback": True}
                )
                for key_id, key in raw.fallback_key.items()
            }
        return body

    def _mark_published(self) -> None:
        self._olm.account.mark_keys_as_published()
        self._olm.save_account()

    def _learn(self, answer: JsonObject) -> None:
        # Absent means zero (Client-Server API, `/keys/upload`).
        self._count = max(0, integer(obj(answer, "one_time_key_counts") or {}, ALGORITHM) or 0)
