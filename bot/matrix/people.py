"""Whose devices we know: pins handed in, verdicts from raw `/keys/query`, and who is out of date.

It exists so that "who may read now" has one answer. It refuses to remember a verdict across a
start, to treat an unpinned person as a reader, and to let one person's odd keys hide another's.
"""

from collections.abc import Iterable, Mapping

from bot.matrix.fence import FencedOlm
from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable
from bot.matrix.sharing import Excluded
from bot.matrix.strict_json import JsonObject
from bot.matrix.trust import DeviceVerdict, Judgement, judge


class People:
    """Everybody the bot follows, and what their published keys prove."""

    def __init__(self, olm: FencedOlm) -> None:
        self._olm = olm
        self._pins: dict[str, str] = {}
        self._judged: dict[str, Judgement] = {}
        self._tracked: set[str] = set()
        self._dirty: set[str] = set()
        self._doubted: set[str] = set()

    def track(self, users: Iterable[str]) -> None:
        """Follow these people; whoever is new must be asked about."""
        fresh = set(users) - self._tracked - {self._olm.user_id}
        self._tracked |= fresh
        self._dirty |= fresh

    def tracked(self, user: str) -> bool:
        """Say whether we follow this person."""
        return user in self._tracked

    def set_pins(self, pins: Mapping[str, str]) -> None:
        """Replace the pinned master keys. Whoever's pin changed is unknown until judged again."""
        for user in self._pins.keys() | pins.keys():
            judged, pin = self._judged.get(user), pins.get(user)
            if self._pins.get(user) == pin:
                continue
            if judged is not None and judged.state == "chained" and pin in {None, judged.master}:
                continue
            self._judged.pop(user, None)
            self._olm.know(user, ())
            self._dirty.add(user)
        self._pins = dict(pins)
        self.track(pins)

    def changed(self, users: Iterable[str]) -> None:
        """Note announced changes: nothing is sealed for these people before they are asked for."""
        self._dirty |= set(users) & self._tracked

    def doubt(self, user: str) -> None:
        """Ask about a followed person at the next chance; sealing for them goes on meanwhile."""
        self._doubted |= {user} & self._tracked

    @property
    def dirty(self) -> frozenset[str]:
        """The people whose devices must be asked for before anything is shared."""
        return frozenset(self._dirty)

    @property
    def due(self) -> frozenset[str]:
        """The dirty and the doubted."""
        return frozenset(self._dirty | self._doubted)

    def judgement(self, user: str) -> Judgement | None:
        """Return the last judgement of a person."""
        return self._judged.get(user)

    def device(self, user: str, curve25519: str) -> DeviceVerdict | None:
        """Return the chained device of `user` that owns a key."""
        judged = self._judged.get(user)
        if judged is None or judged.state != "chained":
            return None
        return next((one for one in judged.chained if one.curve25519 == curve25519), None)

    def readers(self, users: Iterable[str]) -> frozenset[DeviceVerdict]:
        """Return the devices that would get a key now: chained ones of pinned, judged people."""
        return frozenset(
            device
            for user in users
            if user in self._pins and (judged := self._judged.get(user)) is not None
            if judged.state == "chained" and judged.master == self._pins[user]
            for device in judged.chained
        )

    def unfit(self, users: Iterable[str]) -> Iterable[Excluded]:
        """Name every person without a reading device, and every device that is not chained."""
        for user in sorted(users):
            judged = self._judged.get(user)
            if user not in self._pins:
                yield Excluded(user, "", "not_pinned")
            elif judged is None or judged.state != "chained":
                yield Excluded(user, "", judged.state if judged else "unknown")
            elif not judged.chained:
                yield Excluded(user, "", "no_chained_device")
            for device in judged.devices if judged else ():
                if not device.chained:
                    yield Excluded(user, device.device, device.reason)

    def unknown(self, users: Iterable[str]) -> set[str]:
        """Return those of `users` who must be asked for before sharing.

        Also whoever showed no device at all: perhaps only their server was away. They do not
        count as dirty, because a person who never logged in must not mute a room.
        """
        return {
            user
            for user in users
            if user in self._dirty
            or (judged := self._judged.get(user)) is None
            or not judged.devices
        }

    async def refresh(self, server: Homeserver, users: Iterable[str]) -> dict[str, Judgement]:
        """Ask for these people's keys and judge each. Raises `HomeserverUnreachable`."""
        asked = set(users) - {self._olm.user_id}
        if not asked:
            return {}
        # Taken off first: a change announced while the answer is under way counts again.
        self._dirty -= asked
        self._doubted -= asked
        try:
            raw = await self._query(server, sorted(asked))
        except BaseException:
            self._dirty |= asked
            raise
        judged = {user: judge(raw, user, self._pins.get(user)) for user in asked}
        for user, verdict in judged.items():
            self._judged[user] = verdict
            self._olm.know(user, verdict.chained if verdict.state == "chained" else ())
        return judged

    async def _query(self, server: Homeserver, users: list[str]) -> JsonObject:
        """Query together; if that fails, singly, so that one person cannot hide the others.

        A person whose keys alone make the server fail is answered with nothing.
        """
        try:
            return await server.keys_query({user: [] for user in users})
        except (HomeserverRefused, HomeserverUnreachable) as failed:
            if isinstance(failed, HomeserverUnreachable) and failed.reason not in _PERHAPS_ONE:
                raise
            if len(users) == 1:
                # Their keys or the server? Our own keys must be had, else it is the server.
                await server.keys_query({self._olm.user_id: []})
                return {}
        merged: JsonObject = {}
        for user in users:
            for section, part in (await self._query(server, [user])).items():
                known = merged.setdefault(section, {})
                if isinstance(known, dict) and isinstance(part, dict):
                    known |= part
        return merged


# Reasons that one person's keys may cause; an outage or a rate limit concerns everybody.
_PERHAPS_ONE = frozenset({"not_json", "too_large", "server_error"})
