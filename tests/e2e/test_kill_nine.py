"""The bot is killed ten times in the middle of a flood: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from hashlib import blake2b

import pytest

from bot.demo.stage import BOT, Stage
from bot.domain import bodies as b
from tests.conftest import Run
from tests.support.stage import journal, said_by_bot, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

COMMANDS, KILLS = 300, 10
SEED = os.environ.get("PARLEY_SEED") or secrets.token_hex(4)
ANSWER = re.compile(r"On record as `([A-Z0-9]{4})`.*flood-(\d+)\b", re.DOTALL)
SENDERS = (
    ("haddad", "caucus-north"),
    ("haddad", "shuttle-north"),
    ("yazan", "caucus-north"),
    ("yazan", "shuttle-north"),
    ("merrow", "shuttle-south"),
    ("lindqvist", "desk"),
    ("lindqvist", "shuttle-south"),
    ("adeyemi", "shuttle-north"),
    ("adeyemi", "humanitarian"),
    ("brenner", "humanitarian"),
)


def chance(name: str) -> float:
    """A number in [0, 1) that follows from the seed."""
    drawn = blake2b(f"{SEED}:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") / 2**64


def typed(at: int) -> range:
    """The numbers that one sender types."""
    return range(at, COMMANDS, len(SENDERS))


def answers(stage: Stage, name: str, compartment: str) -> list[tuple[int, str]]:
    """What one client shows in one room: (number of the command, code), each time it is shown."""
    room, bot = stage.room(name, compartment), stage.homeserver.user_id(BOT)
    shown = [seen for seen in stage.persons[name].inbox if (seen.room, seen.sender) == (room, bot)]
    found = (ANSWER.search(seen.body) for seen in shown)
    return [(int(match[2]), match[1]) for match in found if match]


def due(compartment: str) -> list[int]:
    """The numbers that must be answered in a compartment, in order."""
    return sorted(
        n for at, (_, place) in enumerate(SENDERS) if place == compartment for n in typed(at)
    )


async def flood(stage: Stage, at: int) -> None:
    name, compartment = SENDERS[at]
    for number in typed(at):
        await asyncio.sleep(1.6 * chance(f"say {number}"))
        await stage.says(name, compartment, f"!record flood-{number}")


async def kill_again_and_again(stage: Stage) -> list[int]:
    """Kill and start the bot; return how much had been said by it at each kill."""
    done = []
    for number in range(KILLS):
        life = chance(f"kill {number}")
        # Every third time while it starts, else in the middle of the work.
        try:
            async with asyncio.timeout(2 * life if number % 3 == 0 else 60):
                await stage.bot.start()
                await asyncio.sleep(0.2 + 2.8 * life)
        except TimeoutError:
            print(f"life {number} ends while it starts")
        await stage.bot.kill()
        done.append(len(said_by_bot(stage)))
    await stage.bot.start()
    return done


def test_a_flood_of_300_commands_survives_ten_kills(run: Run, stage: Stage) -> None:
    print(f"PARLEY_SEED={SEED}")
    readers = [(n, p) for n in stage.persons for p in stage.compartments_of(n)]

    async def scenario() -> None:
        await stage.bot.kill()
        async with asyncio.TaskGroup() as group:
            for at in range(len(SENDERS)):
                group.create_task(flood(stage, at))
            killing = group.create_task(kill_again_and_again(stage))
        done = killing.result()
        print(f"said by the bot at each kill: {done}")
        # The kills fell into the work, not before it and not after it.
        assert done[0] < done[-1]

        def late() -> dict[tuple[str, str], int]:
            left = {at: len(due(at[1])) - len(answers(stage, *at)) for at in readers}
            return {at: count for at, count in left.items() if count > 0}

        try:
            await until(lambda: not late(), 60)
        except TimeoutError:
            pytest.fail(f"never answered: {late()}\n{stage.bot.log_tail()}")
        # A last round of every task of the bot: a second answer would come now.
        await asyncio.sleep(2)
        await stage.bot.stop()

    run(scenario(), 200)
    for name, compartment in readers:
        shown = answers(stage, name, compartment)
        assert sorted(number for number, _ in shown) == due(compartment), (name, compartment)
    unreadable = [seen for person in stage.persons.values() for seen in person.inbox if seen.failed]
    assert unreadable == []
    items = [record.body for record in journal(stage) if isinstance(record.body, b.ItemRecorded)]
    assert len(items) == COMMANDS
    codes = {code for at in readers for _, code in answers(stage, *at)}
    assert {item.code for item in items} == codes
    assert len(codes) == COMMANDS
