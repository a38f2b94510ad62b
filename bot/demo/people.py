"""Scripted humans for the demonstration and the tests: real clients, as a person would run them.

Each `Person` is a matrix-js-sdk client with Rust crypto and its own device; several share one Node
process (`People`), because a process for each would cost 150 MB. What a client shows is reported as
frozen `Seen` values. Refuses to look inside the bot: a person knows only what the homeserver sent.
"""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from bot.demo.people_host import HumanHost, JsonObject, PersonFailed
from bot.demo.seen import Seen, parse_seen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType

    from bot.demo.seen import FileSeen

PATIENCE_SECONDS = 30.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Login:
    """Who a person is on the homeserver; `fingerprint` is what the client's settings page shows.

    Keys are unpadded base64; `master_key` is None for a device without cross-signing.
    """

    user_id: str
    device_id: str
    access_token: str
    fingerprint: str
    curve25519: str
    master_key: str | None


class People:
    """`async with People() as people:` is one Node process for any number of persons."""

    def __init__(self) -> None:
        self._host = HumanHost()
        self._count = 0
        self._present: list[Person] = []

    async def __aenter__(self) -> Self:
        await self._host.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._host.close()

    @property
    def pid(self) -> int | None:
        """Return the process id of the running Node, or None."""
        return self._host.pid

    async def start(
        self,
        hs_url: str,
        user: str,
        password: str,
        *,
        isolate: bool = False,
        signed: bool = True,
        device_id: str | None = None,
        device_name: str | None = None,
    ) -> Person:
        """Log `user` in on a new device and return the person when the first sync is done.

        `isolate` keeps keys from, and shows nothing of, devices their owners did not sign
        (MSC4153). `signed=False` leaves out cross-signing: a second login nobody vouched for.
        """
        self._count += 1
        person = Person(self._host, f"{user}#{self._count}")
        await person.log_in(
            hs=hs_url, user=user, password=password, isolate=isolate, signed=signed,
            device=device_id, name=device_name,
        )  # fmt: skip
        self._present.append(person)
        return person

    async def send_home(self) -> None:
        """Close every client started so far; the Node process stays for others."""
        while self._present:
            await self._present.pop().stop()


class Person:
    """One human at one device; commands return when the homeserver has accepted them."""

    def __init__(self, host: HumanHost, who: str) -> None:
        self.who = who
        self.transcript: list[tuple[str, str]] = []  # (room, the report as it came)
        self._login: Login | None = None
        self._stopped = False
        self._host = host
        self._changed = asyncio.Event()
        self._inbox: dict[str, Seen] = {}
        self._taken: set[str] = set()
        self._members: dict[str, dict[str, str]] = {}
        self._state: dict[tuple[str, str, str], JsonObject] = {}

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        hs_url: str,
        user: str,
        password: str,
        *,
        isolate: bool = False,
        signed: bool = True,
    ) -> AsyncIterator[Person]:
        """Give one person in a Node process of its own; `People` is cheaper for several."""
        async with People() as people:
            yield await people.start(hs_url, user, password, isolate=isolate, signed=signed)

    @property
    def login(self) -> Login:
        """Return who this person is; raise PersonFailed before the login."""
        if self._login is None:
            raise PersonFailed(f"{self.who} is not logged in")
        return self._login

    @property
    def user_id(self) -> str:
        """Return the Matrix ID."""
        return self.login.user_id

    @property
    def inbox(self) -> list[Seen]:
        """Return every timeline event shown (no state, nothing this device sent), in order."""
        return list(self._inbox.values())

    def everything(self, room: str | None = None) -> str:
        """Return every report of a room (or of all) as it came, to search over every byte."""
        return "\n".join(line for where, line in self.transcript if room in (None, where))

    def members(self, room: str) -> Mapping[str, str]:
        """Return Matrix ID -> membership as this client knows it."""
        return dict(self._members.get(room, {}))

    def rooms(self, membership: str = "join") -> list[str]:
        """Return the rooms where this person's own membership is `membership`, oldest first."""
        me = self.user_id
        return [room for room, who in self._members.items() if who.get(me) == membership]

    def state(self, room: str, kind: str, key: str = "") -> JsonObject | None:
        """Return the content of a state event as this client knows it, or None."""
        return self._state.get((room, kind, key))

    async def log_in(self, **arguments: object) -> None:
        """Start the client; `People.start` is the way to call it."""
        self._host.hear(self.who, self._hear)
        answer = await self._host.command(self.who, "start", **arguments)
        master = answer["master_key"]
        self._login = Login(
            user_id=str(answer["user"]),
            device_id=str(answer["device"]),
            access_token=str(answer["access_token"]),
            fingerprint=str(answer["fingerprint"]),
            curve25519=str(answer["curve25519"]),
            master_key=None if master is None else str(master),
        )

    async def stop(self) -> None:
        """Close this client; the device stays logged in and misses what comes."""
        if not self._stopped:
            self._stopped = True
            await self._do("stop")

    async def say(
        self,
        room: str,
        text: str,
        *,
        reply_to: str | None = None,
        formatted_body: str | None = None,
        clear: bool = False,
    ) -> str:
        """Send a text message and return its event id; encrypted unless `clear`."""
        content: JsonObject = {"msgtype": "m.text", "body": text}
        if formatted_body is not None:
            content |= {"format": "org.matrix.custom.html", "formatted_body": formatted_body}
        if reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return await self.send(room, content, clear=clear)

    async def send(
        self,
        room: str,
        content: JsonObject,
        *,
        kind: str = "m.room.message",
        clear: bool = False,
    ) -> str:
        """Send any content, well formed or not; return the event id."""
        answer = await self._do("send", room=room, type=kind, content=content, clear=clear)
        return str(answer["id"])

    async def expect(
        self,
        room: str | None,
        match: str | Callable[[Seen], bool],
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109  # the failure tells what was seen
    ) -> Seen:
        """Wait for the oldest fitting event that no earlier `expect` returned; any room if None.

        `match` is a part of the body (of a message that decrypted) or a predicate.
        Raises PersonFailed with what the client did show.
        """
        fits = (lambda seen: match in seen.body) if isinstance(match, str) else match

        def look() -> Seen | None:
            for seen in self._inbox.values():
                if seen.event_id not in self._taken and room in (None, seen.room) and fits(seen):
                    return seen
            return None

        found = await self._until(look, timeout, lambda: self._sight(room, match))
        self._taken.add(found.event_id)
        return found

    def pass_over(self, fits: Callable[[Seen], bool]) -> None:
        """Let no later `expect` return what is shown already and fits."""
        self._taken |= {seen.event_id for seen in self._inbox.values() if fits(seen)}

    async def join(self, room: str) -> str:
        """Join and wait until the room's state has arrived."""
        return str((await self._do("join", room=room))["room"])

    async def join_next_invite(
        self,
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109  # the failure tells what was seen
    ) -> str:
        """Wait for the oldest open invite, accept it and return the room."""
        room = await self._until(
            lambda: next(iter(self.rooms("invite")), None), timeout, lambda: "no invite came"
        )
        return await self.join(room)

    async def until_member(
        self,
        room: str,
        user_id: str,
        membership: str = "join",
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109  # the failure tells what was seen
    ) -> None:
        """Wait until this client shows `user_id` with `membership` in `room`."""
        await self._until(
            lambda: True if self.members(room).get(user_id) == membership else None,
            timeout,
            lambda: f"{user_id} is not {membership} in {room}: {self.members(room)}",
        )

    async def create_room(
        self,
        *invite: str,
        name: str | None = None,
        encrypted: bool = True,
        direct: bool = False,
        version: str | None = None,
    ) -> str:
        """Make a private room, encrypted from its first event; return its id when it is known."""
        answer = await self._do(
            "create", name=name, invite=invite, encrypted=encrypted, direct=direct, version=version
        )
        return str(answer["room"])

    async def create_direct(self, user_id: str) -> str:
        """Make an encrypted direct chat and invite `user_id` to it."""
        return await self.create_room(user_id, direct=True)

    async def invite(self, room: str, user_id: str) -> None:
        """Invite somebody."""
        await self._do("invite", room=room, user=user_id)

    async def kick(self, room: str, user_id: str, reason: str = "") -> None:
        """Remove somebody."""
        await self._do("kick", room=room, user=user_id, reason=reason)

    async def leave(self, room: str) -> None:
        """Leave a room or refuse an invite."""
        await self._do("leave", room=room)

    async def set_state(self, room: str, kind: str, content: JsonObject, key: str = "") -> str:
        """Send a state event; return its id."""
        answer = await self._do("state", room=room, type=kind, content=content, key=key)
        return str(answer["id"])

    async def redact(self, room: str, event_id: str) -> str:
        """Redact an event; return the redaction's id."""
        return str((await self._do("redact", room=room, id=event_id))["id"])

    async def react(self, room: str, event_id: str, key: str) -> str:
        """Annotate an event with an emoji; return the reaction's id."""
        return str((await self._do("react", room=room, id=event_id, key=key))["id"])

    async def rename(self, name: str) -> None:
        """Change the display name, everywhere."""
        await self._do("rename", name=name)

    async def send_file(
        self, room: str, name: str, content: bytes, mime: str, *, caption: str | None = None
    ) -> str:
        """Encrypt and upload an attachment and send its message; return the event id."""
        msgtype = "m.image" if mime.startswith("image/") else "m.file"
        b64 = base64.b64encode(content).decode()
        answer = await self._do(
            "send_file", room=room, name=name, mime=mime, b64=b64, msgtype=msgtype, caption=caption
        )
        return str(answer["id"])

    async def download(self, file: FileSeen) -> bytes:
        """Fetch an attachment, check its hash and return the decrypted bytes."""
        return base64.b64decode(str((await self._do("download", file=file.source))["b64"]))

    async def keys_of(self, user_id: str) -> JsonObject:
        """Return the homeserver's `/keys/query` answer about one user, as it came."""
        return await self._do("keys", user=user_id)

    async def sign_device(self, device_id: str) -> None:
        """Vouch for another device of one's own, as a person does when both screens agree."""
        await self._do("sign_device", device=device_id)

    async def new_identity(self) -> str:
        """Reset cross-signing, as after losing every device; return the new master key."""
        return str((await self._do("new_identity"))["master_key"])

    async def recovery_key(self) -> str:
        """Set up secret storage; return the key by which a new device can vouch for itself."""
        return str((await self._do("recovery_key"))["key"])

    async def rotate(self, room: str) -> None:
        """Throw the outgoing group session away: the next message opens a new one."""
        await self._do("rotate", room=room)

    async def _do(self, do: str, **arguments: object) -> JsonObject:
        return await self._host.command(self.who, do, **arguments)

    async def _until(
        self, look: Callable[[], _T | None], seconds: float, sight: Callable[[], str]
    ) -> _T:
        try:
            async with asyncio.timeout(seconds):
                while (found := look()) is None:
                    self._changed.clear()
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise PersonFailed(f"{self.who} waited {seconds:g} s: {sight()}") from None

    def _sight(self, room: str | None, match: object) -> str:
        shown = [
            f"  {seen.sender}: {'(not readable: ' + str(seen.why) + ')' if seen.failed else seen.body[:200]}"
            for seen in self._inbox.values()
            if room in (None, seen.room)
        ]
        return "\n".join([f"{match!r} did not come; the client shows:", *shown[-12:]])

    def _hear(self, report: JsonObject, line: str) -> None:
        room = str(report["room"])
        self.transcript.append((room, line))
        kind = report["ev"]
        if kind == "timeline" and report["state_key"] is None:
            seen = parse_seen(report)
            self._inbox[seen.event_id] = seen
        elif kind == "decrypted":
            old = self._inbox.get(str(report["id"]))
            if old is not None:
                self._inbox[old.event_id] = _seen_again(old, report)
        elif kind == "membership":
            self._members.setdefault(room, {})[str(report["user"])] = str(report["membership"])
        elif kind == "state":
            content = report["content"]
            if isinstance(content, dict):
                self._state[room, str(report["type"]), str(report["key"])] = content
        self._changed.set()


def _seen_again(old: Seen, report: JsonObject) -> Seen:
    return parse_seen({**report, "sender": old.sender, "at": old.at, "relates_to": old.relates_to})
