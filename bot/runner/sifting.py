"""Names looked for in words, and words masked: away from the event loop, on one thread.

The line that asked comes back to its case when it is done. Refuses to guess where it failed: then
nothing is said to have been found or masked, and the line is answered with that. Nothing of the
words or names is logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Generic, TypeAlias, TypeVar

import structlog

from bot.domain.geneva import code_name, names_person
from bot.domain.ids import RecordId
from bot.engine.effects import Propose, Sift
from bot.engine.events import Proposed, Sifted
from bot.ports import Store
from bot.redaction.masking import SAID, Pseudonyms, propose
from bot.redaction.names import compile_names
from bot.redaction.protected import not_known, protect
from bot.redaction.views import views
from bot.runner.closed import Key
from bot.words.phrase import Ref

A = TypeVar("A")
Opened: TypeAlias = Mapping[Ref, str]
"""Prose by where it stands; what was erased is not in it."""

STAND_INS: Final = "tear lines"
KEY_SIZE: Final = 32

log = structlog.get_logger()


def sifted(wish: Sift, opened: Opened) -> Sifted:
    """Return the records of the names that words hold, in any spelling."""
    words = _read(wish.words, opened)
    entries = _entries(wish.names, wish.known, opened)
    # A code name is a word of its own: its parts are everyday words.
    names = compile_names((record, name) for record, name in entries if not code_name(name))
    found = {hit.key for view in views(words) for hit in names.hits(view.text)}
    found |= {record for record, spelled in entries if names_person(words, spelled)}
    return Sifted(tuple(sorted(RecordId(record) for record in found)))


def proposed(
    wish: Propose, opened: Opened, secret: bytes, known: frozenset[Key] = frozenset()
) -> Proposed:
    """Return recorded words with every name and identifier replaced by a stand-in.

    Identifiers that are `known` from other words are found in forms that tell nothing by themselves.
    """
    words = _read(wish.words, opened)
    entries = _entries(wish.names, wish.known, opened)
    kept = _table(opened.get(wish.numbers, "") if wish.numbers else "")
    key = hashlib.blake2b(wish.recipient.encode(), key=secret, digest_size=KEY_SIZE).digest()
    places = [pair for pair in entries if pair[0] in wish.places]
    people = [pair for pair in entries if pair[0] not in wish.places]
    made = propose(words, protect(people, known, places), Pseudonyms(key, kept))
    count = Counter(SAID[one.kind] for one in made.replacements)
    numbers = json.dumps(dict(made.pseudonyms.numbers), separators=(",", ":"), sort_keys=True)
    return Proposed(made.text, tuple(sorted(count.items())), numbers)


def _table(numbers: str) -> dict[str, int]:
    found = json.loads(numbers) if numbers else {}
    return {str(tag): int(number) for tag, number in found.items()}


def _entries(
    names: Iterable[tuple[RecordId, Ref | str]], known: Iterable[Ref | str], opened: Opened
) -> tuple[tuple[str, str], ...]:
    """Return (record, spelling) of names that are not spelled like one that is known anyway."""
    spelled = ((str(record), _read(one, opened)) for record, one in names)
    return not_known(spelled, (_read(one, opened) for one in known))


def _read(where: Ref | str, opened: Opened) -> str:
    return where if isinstance(where, str) else opened.get(where, "")


def wanted(wish: Sift | Propose) -> frozenset[Ref]:
    """Return what must be opened for a wish."""
    refs = {wish.words, *(one for _, one in wish.names), *wish.known}
    if isinstance(wish, Propose):
        refs.add(wish.numbers or wish.words)
    return frozenset(one for one in refs if isinstance(one, Ref))


def opened_for(store: Store, wish: Sift | Propose) -> tuple[Opened, bytes]:
    """Open what a wish needs, and the secret of stand-ins; to be called on the storage thread."""
    found: dict[Ref, str] = {}
    for ref in sorted(wanted(wish), key=lambda one: (one.record, one.field)):
        prose = store.prose(ref.record)
        if prose is not None and ref.field in prose[1]:
            found[ref] = prose[1][ref.field]
    secret = store.get(STAND_INS)
    if secret is None:
        secret = secrets.token_bytes(KEY_SIZE)
        store.put(STAND_INS, secret)
    return found, secret


async def _none(_: object) -> frozenset[Key]:
    return frozenset()


class Sifting(Generic[A]):
    """The one thread that looks at words.

    `read` opens what is needed; `back` takes a line and what came of it.
    """

    def __init__(
        self,
        read: Callable[[Sift | Propose], Awaitable[tuple[Opened, bytes]]],
        back: Callable[[A, Sifted | Proposed], None],
    ) -> None:
        self._read = read
        self._back = back
        self.identified: Callable[[A], Awaitable[frozenset[Key]]] = _none
        """Returns the identifiers that are known where a line was said."""
        self._queue: asyncio.Queue[tuple[A, Sift | Propose]] = asyncio.Queue()

    def put(self, line: A, wish: Sift | Propose) -> None:
        """Take a line whose words are to be looked at."""
        self._queue.put_nowait((line, wish))

    async def run(self) -> None:
        """Look at one after the other until cancelled."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sifting") as pool:
            while True:
                line, wish = await self._queue.get()
                self._back(line, await self._outcome(line, wish, pool))

    async def _outcome(
        self, line: A, wish: Sift | Propose, pool: ThreadPoolExecutor
    ) -> Sifted | Proposed:
        loop = asyncio.get_running_loop()
        try:
            opened, secret = await self._read(wish)
            if isinstance(wish, Sift):
                return await loop.run_in_executor(pool, sifted, wish, opened)
            known = await self.identified(line)
            return await loop.run_in_executor(pool, proposed, wish, opened, secret, known)
        except Exception as failed:  # noqa: BLE001  # whatever fails, the line must be answered
            log.warning("sifting_failed", error=type(failed).__name__)
            return Sifted(None)
