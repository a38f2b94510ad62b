"""Accounts on the suite's homeserver; a name is used once, so tests cannot meet each other."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.demo.homeserver import EmbeddedHomeserver


@dataclass(frozen=True, slots=True)
class Account:
    localpart: str
    user_id: str
    password: str


async def new_account(homeserver: EmbeddedHomeserver, name: str) -> Account:
    """Register `name` with a random ending."""
    localpart = f"{name}-{secrets.token_hex(4)}"
    password = secrets.token_urlsafe(16)
    return Account(localpart, await homeserver.register(localpart, password), password)
