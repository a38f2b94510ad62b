"""What the fake homeserver knows, and the hands by which a test changes it."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.matrix.strict_json import JsonObject, JsonValue

Bend: TypeAlias = Callable[[JsonObject], JsonObject | bytes]
SERVER = "fake.example"


@dataclass(slots=True)
class Fault:
    """Answer the next `times` requests whose path contains `path` with this."""

    path: str
    status: int = 500
    body: JsonObject = field(default_factory=dict)
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Room:
    """Timeline events carry `at`, their place in the server's one stream."""

    events: list[tuple[int, JsonObject]] = field(default_factory=list)
    members: dict[str, str] = field(default_factory=dict)
    member_at: dict[str, int] = field(default_factory=dict)


class FakeState:
    """All state is public: the homeserver sees everything that is not encrypted."""

    def __init__(self) -> None:
        self.tokens: dict[str, tuple[str, str]] = {}
        self.device_keys: dict[str, dict[str, JsonObject]] = defaultdict(dict)
        self.cross: dict[str, dict[str, JsonObject]] = defaultdict(dict)
        self.one_time: dict[tuple[str, str], dict[str, JsonValue]] = defaultdict(dict)
        self.claimed: dict[tuple[str, str], dict[str, JsonValue]] = defaultdict(dict)
        self.fallback: dict[tuple[str, str], tuple[str, JsonValue, bool]] = {}
        self.to_device: dict[tuple[str, str], list[tuple[int, JsonObject]]] = defaultdict(list)
        self.device_changes: list[tuple[int, str]] = []
        self.rooms: dict[str, Room] = defaultdict(Room)
        self.sent: dict[tuple[str, str, str], str] = {}
        self.media: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.bend: dict[str, Bend] = {}
        self.requests: list[tuple[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.at = 0
        self.url = ""
        self.wake = asyncio.Event()

    def tick(self) -> int:
        """Advance the stream and wake the waiting syncs."""
        self.at += 1
        self.wake.set()
        self.wake = asyncio.Event()
        return self.at

    def account(self, user: str, device: str) -> str:
        """Log somebody in without a request; return the token."""
        token = f"token-{user}-{device}"
        self.tokens[token] = (user, device)
        return token

    def post(self, user: str, device: str, sender: str, content: JsonObject, kind: str) -> None:
        """Put a to-device item into a device's queue."""
        item: JsonObject = {"type": kind, "sender": sender, "content": content}
        self.to_device[user, device].append((self.tick(), item))

    def take_mail(self, user: str, device: str) -> list[JsonObject]:
        """Empty a device's queue."""
        return [item for _, item in self.to_device.pop((user, device), [])]

    def add_event(self, room: str, sender: str, kind: str, content: JsonObject) -> str:
        """Append a timeline event; return its id."""
        at = self.tick()
        event: JsonObject = {
            "event_id": f"$event{at}", "sender": sender, "type": kind, "content": content,
            "origin_server_ts": 1_700_000_000_000 + at, "room_id": room,
        }  # fmt: skip
        self.rooms[room].events.append((at, event))
        return f"$event{at}"

    def set_member(self, room: str, user: str, membership: str, sender: str) -> None:
        """Change a membership and append the state event."""
        self.add_event(room, sender, "m.room.member", {"membership": membership})
        self.rooms[room].events[-1][1]["state_key"] = user
        self.rooms[room].members[user] = membership
        self.rooms[room].member_at[user] = self.at


@dataclass(frozen=True, slots=True)
class Call:
    """One request, parsed."""

    who: tuple[str, str]
    parts: tuple[str, ...]
    raw: bytes
    query: dict[str, str]

    @property
    def body(self) -> JsonObject:
        made: JsonObject = json.loads(self.raw or b"{}")
        return made


@dataclass(frozen=True, slots=True)
class Waiting:
    """A long poll."""

    seconds: float
    ready: Callable[[], bool]
    answer: Callable[[], JsonObject]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer."""

    status: int
    errcode: str


Made: TypeAlias = "JsonObject | Waiting | Refusal | bytes"
