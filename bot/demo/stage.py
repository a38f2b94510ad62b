"""The stage: a homeserver, real clients, the bot as its own process, everybody enrolled.

For demonstrations and for tests: the same set-up, from an empty directory, with a case file.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

from bot.demo.bot_process import BotProcess
from bot.demo.homeserver import EmbeddedHomeserver
from bot.demo.people import People, Person
from bot.demo.seen import Seen
from bot.domain.casefile import CaseFile, parse
from bot.domain.ids import SeatId
from bot.domain.vocabulary import Role

T = TypeVar("T")

BOT = "parley"
CODES = re.compile(r"(@\S+).*?!enrol (\S{4}-\S{4})")
HERE = re.compile(r"This is `([a-z0-9-]+)`")
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\u2066\u2067\u2068\u2069"))
"""Marks that a message may carry and no reader sees."""
PATIENCE = 40.0
REHEARSAL = {"rehearsal_rate": 60, "checkpoint_seconds": 1, "tend_seconds": 1}
"""A minute of the case passes in a second."""


@dataclass(slots=True)
class Stage:
    """Open with `async with Stage.set(...)`. `tell` hears what is being set up."""

    state: Path
    case_text: str
    tell: Callable[[str], None] = lambda _: None
    timing: dict[str, int] = field(default_factory=lambda: dict(REHEARSAL))
    outside: dict[str, int | str] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    codes: dict[SeatId, str] = field(default_factory=dict)
    log_key: str = ""
    _rooms: dict[tuple[str, str], str] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _homeserver: EmbeddedHomeserver | None = None
    _people: People | None = None
    _bot: BotProcess | None = None
    _file: CaseFile | None = None

    async def __aenter__(self) -> Self:
        """Set everything up, in order; undo it all if anything fails."""
        try:
            await self._set()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """End everything that was started."""
        await self._stack.aclose()

    @property
    def homeserver(self) -> EmbeddedHomeserver:
        """Return the homeserver."""
        return _there(self._homeserver)

    @property
    def people(self) -> People:
        """Return the people's clients."""
        return _there(self._people)

    @property
    def bot(self) -> BotProcess:
        """Return the bot's process."""
        return _there(self._bot)

    @property
    def file(self) -> CaseFile:
        """Return the case file as it was taken."""
        return _there(self._file)

    async def _set(self) -> None:
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.tell("starting the homeserver")
        self._homeserver = await self._stack.enter_async_context(
            EmbeddedHomeserver(self.state / "homeserver")
        )
        self._people = await self._stack.enter_async_context(People())
        await self._log_everybody_in()
        self.tell("starting the bot as its own process")
        await self._start_bot()
        self.tell("enrolling everybody with one-time codes")
        await self._enrol_everybody()
        self.tell("comparing fingerprints, by two mediators")
        await self._verify_everybody()

    async def _log_everybody_in(self) -> None:
        hs = self.homeserver
        self.passwords[BOT] = secrets.token_urlsafe(12)
        await hs.register(BOT, self.passwords[BOT])
        await hs.override_ratelimit(hs.user_id(BOT))
        names = [_localpart(seat.user) for seat in parse(self.case_text).seats.values()]
        self.tell(f"{len(names)} people log in with matrix-js-sdk")
        async with asyncio.TaskGroup() as group:
            for name in dict.fromkeys(names):
                group.create_task(self.log_in(name))

    async def log_in(self, name: str) -> Person:
        """Make an account and a client for a person."""
        self.passwords[name] = secrets.token_urlsafe(9)
        await self.homeserver.register(name, self.passwords[name])
        person = await self.people.start(
            self.homeserver.url, name, self.passwords[name], isolate=True
        )
        self.persons[name] = person
        return person

    async def _start_bot(self) -> None:
        bot = BotProcess(
            self.state / "bot",
            self.homeserver.url,
            self.homeserver.user_id(BOT),
            self.passwords[BOT],
            timing=self.timing,
            outside=self.outside,
        )
        bot.prepare()
        self._bot = bot
        await self._take_case_file(self._with_mediators_keys())
        await bot.start()
        self._stack.push_async_callback(bot.stop)

    def _with_mediators_keys(self) -> str:
        """Put the mediators' identities into the case file, as their operator would."""
        text = self.case_text
        for seat in parse(text).seats.values():
            if seat.role is Role.MEDIATOR:
                key = self.persons[_localpart(seat.user)].login.master_key
                line = f'user = "{seat.user}"\n'
                text = text.replace(line, f'{line}master = "{key}"\n')
        return text

    async def _take_case_file(self, text: str) -> None:
        """Hand the case file in as its operator would, and read the codes off the terminal."""
        path = self.state / "case.toml"
        path.write_text(text)
        self._file = parse(text)
        shown = await self.bot.parley("case", "apply", str(path), "--yes")
        by_user = dict(CODES.findall(shown))
        self.codes = {
            seat.id: by_user[seat.user]
            for seat in self._file.seats.values()
            if seat.user in by_user
        }

    async def _enrol_everybody(self) -> None:
        async with asyncio.TaskGroup() as group:
            for seat, code in self.codes.items():
                person = self.persons[_localpart(self.file.seats[seat].user)]
                group.create_task(self._enrol(person, code))
        async with asyncio.TaskGroup() as group:
            for place in self.file.compartments.values():
                for seat in place.seats:
                    person = self.persons[_localpart(self.file.seats[seat].user)]
                    group.create_task(self.enter(person, place.id))

    async def _enrol(self, person: Person, code: str) -> None:
        room = await person.join_next_invite(PATIENCE)
        await person.expect(room, "!enrol", PATIENCE)
        await person.say(room, f"!enrol {code}")
        done = await person.expect(room, "You are enrolled", PATIENCE)
        # The bot keeps clients from making a link of it with an invisible mark.
        self.log_key = done.body.rsplit("`", 2)[1].replace("\u2060", "")

    async def enter(self, person: Person, compartment: str) -> str:
        """Accept invitations until the bot has greeted this person in a compartment."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for room in person.rooms("invite"):
                        await person.join(room)
                    for seen in person.inbox:
                        found = HERE.search(seen.body)
                        if found and found[1] == compartment:
                            self._rooms[person.who, compartment] = seen.room
                            return seen.room
                    await asyncio.sleep(0.1)
        except TimeoutError:
            shown = [seen.body[:60] for seen in person.inbox][-5:]
            raise TimeoutError(f"{person.who} was not let into {compartment}: {shown}") from None

    def room(self, name: str, compartment: str) -> str:
        """Return the room that a person knows as a compartment."""
        return self._rooms[self.persons[name].who, compartment]

    def compartments_of(self, name: str) -> set[str]:
        """Return the compartments that a person's client was let into."""
        who = self.persons[name].who
        return {place for person, place in self._rooms if person == who}

    def place_of(self, room: str) -> str:
        """Return the compartment of a room, as people know it; else a direct room."""
        return next((place for (_, place), r in self._rooms.items() if r == room), "direct rooms")

    async def log_out(self, name: str) -> None:
        """Take a person off the stage."""
        await self.persons.pop(name).stop()
        self.passwords.pop(name, None)

    async def _verify_everybody(self) -> None:
        """Each mediator compares, by voice, the fingerprint that a person's client shows."""
        desk = next(c for c in self.file.compartments.values() if c.kind.value == "desk")
        mediator = self.persons[_localpart(self.file.seats[desk.seats[0]].user)]
        room = self._rooms[mediator.who, desk.id]
        for seat in self.codes:
            person = self.persons[_localpart(self.file.seats[seat].user)]
            shown = person.login.fingerprint
            groups = " ".join(shown[at : at + 4] for at in range(0, len(shown), 4))
            await mediator.say(room, f"!verify {seat} {groups}")
        for seat in self.codes:
            await mediator.expect(room, _verified(self.file.seats[seat].name), PATIENCE)

    async def says(self, name: str, compartment: str, text: str) -> str:
        """Let a person type a line in a compartment; return the event id."""
        return await self.persons[name].say(self.room(name, compartment), text)

    def passes_over(self, name: str, compartment: str, part: str) -> None:
        """Count what a person was shown so far with some words as heard."""
        bot = self.homeserver.user_id(BOT)
        room = self.room(name, compartment)
        self.persons[name].pass_over(
            lambda s: s.room == room and s.sender == bot and part in s.body.translate(UNSEEN)
        )

    async def hears(
        self, name: str, compartment: str, part: str, patience: float = PATIENCE
    ) -> str:
        """Wait for a message of the bot with some words, shown without a warning; return it."""
        bot = self.homeserver.user_id(BOT)
        seen = await self.persons[name].expect(
            self.room(name, compartment),
            lambda s: s.sender == bot and part in s.body.translate(UNSEEN),
            patience,
        )
        if not seen.trusted:
            raise TimeoutError(f"{name}'s client warns of it: {seen.shield_reason}")
        return seen.body.translate(UNSEEN)


def _verified(name: str) -> Callable[[Seen], bool]:
    return lambda seen: name in seen.body and "is verified" in seen.body


def _localpart(user: str) -> str:
    return user.removeprefix("@").split(":", maxsplit=1)[0]


def _there(value: T | None) -> T:
    if value is None:
        raise LookupError("the stage is not set")
    return value
