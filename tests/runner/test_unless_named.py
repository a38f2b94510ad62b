"""A release is held to a person's consents on the real road, where the engine reads no words."""

from __future__ import annotations

from bot.domain.ids import CompartmentId, EventId, SeatId
from bot.engine.events import CommandReceived
from tests.hostile.running import Running, played
from tests.support.orchid import codes_in

ROOM = "caucus-north"


class Typing:
    """One room of a running case."""

    def __init__(self) -> None:
        self.running = Running()
        self.count = 0

    async def types(self, seat: str, text: str) -> str:
        self.count += 1
        name, now = EventId(f"$typed-{self.count}"), self.running.now
        before = len(self.running.heard(ROOM))
        await self.running.take(
            CommandReceived(name, now, CompartmentId(ROOM), SeatId(seat), text, now)
        )
        await self.running.says()
        return "\n".join(self.running.heard(ROOM)[before:])


@played
async def test_recorded_words_that_name_a_person_go_nowhere_that_was_forbidden() -> None:
    typing = Typing()
    await typing.running.opens()
    (code,) = codes_in(await typing.types("haddad", "!record H-TEAL is ill"))[:1]
    asked = codes_in(await typing.types("haddad", f"!release {code} to shuttle-south"))[0]
    await typing.types("haddad", "!consents H-TEAL own state no")
    head = typing.running.case.head
    for seat, line in (("haddad", f"!release {code} to shuttle-south"), ("yazan", f"!consent {asked}")):  # fmt: skip
        said = await typing.types(seat, line)
        assert "does not consent that the name goes there" in said
    assert typing.running.case.head == head
    assert typing.running.heard("shuttle-south") == []


@played
async def test_words_that_name_nobody_are_released() -> None:
    typing = Typing()
    await typing.running.opens()
    await typing.types("haddad", "!consents H-TEAL own state no")
    (code,) = codes_in(await typing.types("haddad", "!record ten are ill"))[:1]
    asked = codes_in(await typing.types("haddad", f"!release {code} to shuttle-south"))[0]
    await typing.types("yazan", f"!consent {asked}")
    assert "ten are ill" in "\n".join(typing.running.heard("shuttle-south"))
