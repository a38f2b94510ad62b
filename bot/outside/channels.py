"""Calls somebody outside Matrix for the last level of a ladder: mail, SMS gateway, webhook.

Through `apprise`, by name: an address holds the secrets of its service, so it stands in a file of
its own that only the bot can read. Refuses every text but one, which names a case's code and says
nothing else: these ways are read by anybody.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import structlog
from typing_extensions import override

from bot.ports import NotSent, Outsider

if TYPE_CHECKING:
    from apprise import Apprise

TIMEOUT_S: Final = 30.0
SERVICE_S: Final = 20.0
TEXT: Final = re.compile(r"Parley: case [A-Za-z0-9][A-Za-z0-9._-]{0,63} needs you")

log = structlog.get_logger()


class ChannelWrong(Exception):
    """A channel's addresses cannot be used; says which channel, never what stands there."""


class Channels(Outsider):
    """Outside channels: name -> addresses in apprise's form. Raises `ChannelWrong`."""

    def __init__(self, addresses: Mapping[str, tuple[str, ...]]) -> None:
        self._addresses = dict(addresses)
        for name, listed in self._addresses.items():
            _opened(name, listed)

    @override
    async def alert(self, channel: str, text: str) -> None:
        """Send the text by every address of a channel; one that takes it is enough.

        Raises `NotSent`: trying again is safe, though somebody may be called twice.
        """
        if not TEXT.fullmatch(text):
            raise ValueError("an outside channel carries no content")
        listed = self._addresses.get(channel)
        if listed is None:
            raise NotSent("no_channel")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                taken = await asyncio.to_thread(_send, channel, listed, text)
        except TimeoutError:
            # The thread ends by itself: each of apprise's own calls has a shorter limit.
            raise NotSent("channel_timeout") from None
        if not taken:
            raise NotSent("channel_refused")


def _send(name: str, addresses: tuple[str, ...], text: str) -> bool:
    """Call every address, also after one has taken it: who is called must not depend on the order."""
    taken = [bool(service.notify(body=text)) for service in _opened(name, addresses)]
    if not all(taken):
        log.warning("channel_refused", count=taken.count(False))
    return any(taken)


def _opened(name: str, addresses: tuple[str, ...]) -> list[Apprise]:
    """Open the addresses. Raises `ChannelWrong`."""
    from apprise import Apprise, AppriseAsset, PersistentStoreMode  # noqa: PLC0415  # for few

    # Nothing is kept on disk, no picture is linked from elsewhere, no plug-in is looked for.
    asset = AppriseAsset(
        app_id="Parley",
        app_desc="Parley",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        secure_logging=True,
        http_redirects=False,
        storage_mode=PersistentStoreMode.MEMORY,
        service_timeout=SERVICE_S,
        plugin_paths=[],
    )
    opened = []
    for address in addresses:
        service = Apprise(asset=asset)
        if not service.add(address):
            raise ChannelWrong(f"outside channel {name}: an address is not of apprise's form")
        opened.append(service)
    if not opened:
        raise ChannelWrong(f"outside channel {name}: its file holds no address")
    return opened
