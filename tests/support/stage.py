"""A small case on a real Synapse, and what an attacker on it can do; for the end-to-end tests.

The set-up is the demonstration's own (`bot.demo.stage`), with fewer people. What is added here is
what no honest client offers: a seat's second device in our hands, the homeserver's own powers,
and what the bot has on disk once it is stopped.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import vodozemac

from bot.demo.people_host import PersonFailed
from bot.demo.seen import Seen
from bot.demo.stage import BOT, Stage
from bot.domain.ids import CaseId
from bot.domain.records import Record
from bot.matrix.http import Homeserver, path_of
from bot.matrix.machine import Machine, Opened
from bot.matrix.strict_json import JsonObject, text
from bot.matrix.trust import MEGOLM, OLM, DeviceVerdict, encode_base64, judge
from bot.storage.store import SqlStore
from bot.words.en import ENGLISH

CASE = CaseId("heron")
WITHIN = 10.0
"""Seconds that a person waits at most, whatever somebody else has just sent."""

_SEATS = (
    ("haddad", "north", "negotiator"),
    ("yazan", "north", "negotiator"),
    ("merrow", "south", "negotiator"),
    ("lindqvist", "mediation", "mediator"),
    ("adeyemi", "mediation", "mediator"),
    ("brenner", "relief", "verifier"),
)
_PARTIES = (
    ("north", "state"),
    ("south", "state"),
    ("mediation", "intermediary"),
    ("relief", "humanitarian body"),
)
_PLACES = (
    ("caucus-north", "caucus", "north", ("haddad", "yazan")),
    ("shuttle-north", "shuttle", "north", ("haddad", "yazan", "lindqvist", "adeyemi")),
    ("shuttle-south", "shuttle", "south", ("merrow", "lindqvist", "adeyemi")),
    ("humanitarian", "humanitarian", "", ("brenner", "lindqvist", "adeyemi")),
    ("desk", "desk", "mediation", ("lindqvist", "adeyemi")),
)


def heron() -> str:
    """Return the case file of a small invented case: six people, five compartments."""
    lines = ["[case]", f'id = "{CASE}"', 'name = "HERON"', 'language = "en"', 'zone = "UTC"']
    for party, kind in _PARTIES:
        lines += ["[[party]]", f'id = "{party}"', f'name = "{party.title()}"', f'kind = "{kind}"']
        lines += ['zone = "UTC"', 'language = "en"']
    lines += ["[[wall]]", 'between = ["north", "south"]']
    for seat, party, role in _SEATS:
        lines += ["[[seat]]", f'id = "{seat}"', f'name = "{seat.title()}"', f'party = "{party}"']
        lines += [f'role = "{role}"', f'user = "@{seat}:localhost"']
    for place, kind, owner, seats in _PLACES:
        lines += ["[[compartment]]", f'id = "{place}"', f'kind = "{kind}"']
        lines += [f'party = "{owner}"'] if owner else []
        lines += ["seats = [" + ", ".join(f'"{seat}"' for seat in seats) + "]"]
    return "\n".join(lines) + "\n"


async def set_stage(
    folder: Path, *, outside: dict[str, int | str] | None = None, **timing: int
) -> Stage:
    """Set the small case up and return it open; `close` ends it. `timing` lies over the usual."""
    stage = Stage(folder, heron(), outside=outside or {})
    stage.timing |= timing
    await stage.__aenter__()
    return stage


def journal(stage: Stage) -> tuple[Record, ...]:
    """Return the case's records as they are on the bot's disk."""
    state = stage.bot.state
    store = SqlStore.open(state / "store/parley.db", (state / "master.key").read_bytes())
    try:
        return store.load(CASE)
    finally:
        store.close()


def client(stage: Stage, token: str | None = None) -> Homeserver:
    """Return a bare client of the homeserver."""
    return Homeserver(stage.homeserver.url, token=token, pause=asyncio.sleep, jitter=lambda: 0.5)


async def as_the_bot(stage: Stage) -> Homeserver:
    """Return a client that acts in the bot's name, as whoever runs the homeserver can.

    https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html, "Login as a user"
    """
    bot = stage.homeserver.user_id(BOT)
    answer = await stage.homeserver.admin("POST", f"/_synapse/admin/v1/users/{bot}/login", {})
    return client(stage, str(answer["access_token"]))


_UNSEEN = str.maketrans("", "", "`*>#\u2060\u2068\u2069")


def plain(words: str) -> str:
    """Return words without marks and spaces, so that how they are set does not matter."""
    return "".join(words.translate(_UNSEEN).split())


def pattern(key: str, /, **known: str) -> re.Pattern[str]:
    """Return what finds a sentence of the catalogue; what is not `known` of it may be anything.

    Whoever rewords a sentence need not touch these tests. Its parts are groups by their names.
    """
    made, named = "", set[str]()
    for piece in re.split(r"(\{\w+\})", ENGLISH[key]):
        name = piece[1:-1] if piece.startswith("{") else ""
        if not name:
            made += re.escape(plain(piece))
        elif name in named:
            made += f"(?P={name})"
        else:
            named.add(name)
            made += f"(?P<{name}>{re.escape(plain(known[name])) if name in known else '.*?'})"
    return re.compile(made, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence of the bot as a person's client showed it, and its parts (without spaces)."""

    seen: Seen
    parts: Mapping[str, str | None]

    def __getitem__(self, part: str) -> str:
        return self.parts[part] or ""


async def hears(
    stage: Stage, name: str, place: str, key: str, patience: float = WITHIN, /, **known: str
) -> Heard:
    """Wait until a person's client shows a sentence of the bot, with no warning beside it."""
    bot, wanted = stage.homeserver.user_id(BOT), pattern(key, **known)
    seen = await stage.persons[name].expect(
        stage.room(name, place),
        lambda s: s.sender == bot and wanted.search(plain(s.body)) is not None,
        patience,
    )
    assert seen.trusted, seen
    found = wanted.search(plain(seen.body))
    assert found is not None
    return Heard(seen, found.groupdict())


async def until(settled: Callable[[], object], patience: float = WITHIN) -> None:
    """Wait until something is true, looking again and again."""
    async with asyncio.timeout(patience):
        while True:
            if settled():
                return
            await asyncio.sleep(0.1)


async def recorded(stage: Stage, name: str, reader: str, compartment: str) -> str:
    """Let a person put words on record, and another be shown so; return the answer's event id."""
    words = f"calm-{secrets.token_hex(4)}"
    await stage.says(name, compartment, f"!record {words}")
    return (await hears(stage, reader, compartment, "record.done", text=words)).seen.event_id


def said_by_bot(stage: Stage) -> dict[str, Seen]:
    """Return everything the bot said as far as any client shows it, by event id."""
    bot = stage.homeserver.user_id(BOT)
    everybody = stage.persons.values()
    return {s.event_id: s for person in everybody for s in person.inbox if s.sender == bot}


@dataclass(slots=True)
class Device:
    """A second device of a seated person, in our hands: what it encrypts is up to us."""

    stage: Stage
    owner: str
    server: Homeserver
    machine: Machine
    since: str | None = None

    async def close(self) -> None:
        """Close the client and the store."""
        self.machine.close()
        await self.server.close()

    async def seal_olm(self, to: DeviceVerdict, payload: bytes) -> JsonObject:
        """Return the content of a to-device message with any bytes inside, for the bot's device."""
        session = self.machine._olm.olm_session(to)
        assert session is not None
        kind, body = session._session.encrypt(payload).to_parts()
        sealed: JsonObject = {"type": kind, "body": encode_base64(body)}
        return {
            "algorithm": OLM,
            "sender_key": self.machine.identity[0],
            "ciphertext": {to.curve25519: sealed},
        }

    async def send_to_bot(self, to: DeviceVerdict, content: JsonObject) -> None:
        """Send an encrypted to-device message to the bot."""
        messages: JsonObject = {to.user: {to.device: content}}
        await self.server.send_to_device("m.room.encrypted", secrets.token_hex(8), messages)

    async def open_session(self, room: str) -> vodozemac.GroupSession:
        """Give the bot the key of a new Megolm session in a room; return the session."""
        bot = self.stage.homeserver.user_id(BOT)
        self.machine.discard(room)
        self.machine.track([bot])
        report = await self.machine.share(self.server, room, [bot])
        assert report.delivered, report
        session = self.machine._sharing._rooms[room].session._session
        assert isinstance(session, vodozemac.GroupSession)
        return session

    def wrap(self, session: vodozemac.GroupSession, ciphertext: str) -> JsonObject:
        """Return the content of an encrypted event around a ciphertext."""
        return {
            "algorithm": MEGOLM,
            "sender_key": self.machine.identity[0],
            "ciphertext": ciphertext,
            "session_id": session.session_id,
            "device_id": self.machine.device_id,
        }

    async def send_sealed(
        self, room: str, session: vodozemac.GroupSession, plaintext: bytes
    ) -> JsonObject:
        """Encrypt any bytes for a room and send them as an event; return its content."""
        content = self.wrap(session, session.encrypt(plaintext).to_base64())
        await self.server.send_event(room, "m.room.encrypted", secrets.token_hex(8), content)
        return content

    async def mail(self) -> list[JsonObject]:
        """Return the to-device messages that came since the last look."""
        answer = await self.server.sync(self.since, None, 0)
        self.since = str(answer["next_batch"])
        box = answer.get("to_device")
        events = box.get("events", []) if isinstance(box, dict) else []
        assert isinstance(events, list)
        return [event for event in events if isinstance(event, dict)]


async def log_in(
    stage: Stage,
    owner: str,
    *,
    device_id: str | None = None,
    password: str | None = None,
    publish: bool = True,
) -> Device:
    """Log a person in on a second device of ours, signed by nobody yet.

    Without `publish` the homeserver knows nothing but its name.
    """
    server = client(stage)
    wanted = device_id or secrets.token_hex(8).upper()
    user = stage.homeserver.user_id(owner)
    known = await server.login(user, password or stage.passwords[owner], wanted)
    path = stage.state / f"{owner}-{secrets.token_hex(4)}.db"
    machine = Machine.open(path, secrets.token_bytes(32), user, known.device_id)
    device = Device(stage, owner, server, machine)
    stage._stack.push_async_callback(device.close)
    bot = stage.homeserver.user_id(BOT)
    shown = await machine.refresh(server, [bot])
    machine.set_pins({bot: shown[bot].master or ""})
    if publish:
        await machine.tend(server)
    return device


async def bot_device(stage: Stage) -> DeviceVerdict:
    """Return the bot's device as the homeserver shows it."""
    bot = stage.homeserver.user_id(BOT)
    server = await as_the_bot(stage)
    try:
        raw = await server.keys_query({bot: []})
    finally:
        await server.close()
    (device,) = judge(raw, bot, None).chained
    return device


def command(room: str, words: str) -> bytes:
    """An honest message, as any client would seal it."""
    content = {"msgtype": "m.text", "body": words}
    return json.dumps({"type": "m.room.message", "room_id": room, "content": content}).encode()


async def reads(device: Device, room: str, event_id: str) -> str | None:
    """Return what a device of ours can read of an event, None if it has no key."""
    for item in await device.mail():
        device.machine.take_to_device(item)
    event = await device.server.event(room, event_id)
    opened = device.machine.decrypt(event, room)
    return text(opened.content, "body") if isinstance(opened, Opened) else None


async def stranger(stage: Stage, name: str = "") -> Device:
    """Return a device of an account that is seated nowhere."""
    localpart, password = name or f"mallory-{secrets.token_hex(3)}", secrets.token_urlsafe(9)
    await stage.homeserver.register(localpart, password)
    return await log_in(stage, localpart, password=password)


async def signed_device(stage: Stage, owner: str, *, device_id: str | None = None) -> Device:
    """Return a second device of a seated person that its owner has vouched for."""
    device = await log_in(stage, owner, device_id=device_id)
    await vouch(stage, device)
    return device


async def vouch(stage: Stage, device: Device) -> None:
    """Let its owner vouch for a device, as soon as the owner's client has heard of it."""
    async with asyncio.timeout(20):
        while True:
            try:
                await stage.persons[device.owner].sign_device(device.machine.device_id)
            except PersonFailed:
                await asyncio.sleep(0.1)
            else:
                return


async def attack(server: Homeserver, method: str, path: str, body: bytes) -> int:
    """Send these very bytes as a request, once; return the status of the answer."""
    async with (
        aiohttp.ClientSession() as http,
        http.request(
            method,
            f"{server._base}{path}",
            data=body,
            headers={"Authorization": f"Bearer {server.token}"},
        ) as answer,
    ):
        return answer.status


async def all_in_clear(stage: Stage) -> list[JsonObject]:
    """Return every event of the bot that is neither encrypted nor state, in all of its rooms."""
    server = await as_the_bot(stage)
    bot, found = stage.homeserver.user_id(BOT), list[JsonObject]()
    try:
        joined = await server.call("GET", path_of("joined_rooms"))
        for room in joined.get("joined_rooms") or ():  # type: ignore[union-attr]
            start: str | None = ""
            while start is not None:
                page = await server.messages(str(room), start, None, "b", 500)
                events = [e for e in page["chunk"] if isinstance(e, dict)]  # type: ignore[union-attr]
                said = [e for e in events if e.get("sender") == bot and "state_key" not in e]
                found += [e for e in said if e.get("type") != "m.room.encrypted"]
                start = text(page, "end")
    finally:
        await server.close()
    return found
