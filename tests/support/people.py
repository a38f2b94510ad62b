"""People on the suite's homeserver, each with an account of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.synapse import new_account

if TYPE_CHECKING:
    from bot.demo.homeserver import EmbeddedHomeserver
    from bot.demo.people import People, Person
    from tests.support.synapse import Account


async def new_person(
    homeserver: EmbeddedHomeserver, people: People, name: str, *, isolate: bool = True
) -> tuple[Person, Account]:
    """Register and log in a cross-signed person, by default one who trusts signed devices only."""
    account = await new_account(homeserver, name)
    person = await people.start(
        homeserver.url, account.localpart, account.password, isolate=isolate
    )
    return person, account
