"""Answers to private questions: hashed and compared away from everything else.

Argon2id takes a good part of a second and 64 MiB on purpose. So it runs on one thread of its own,
one at a time, and the line that asked comes back to its case when it is done. What was typed is in
memory only: until the line is decided its message waits in the inbox, so that a crash in between
costs no answer and counts none twice. Refuses to log anything but that a comparison failed.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Generic, TypeAlias, TypeVar

import structlog
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from bot.domain.codec import BadForm
from bot.domain.ids import Code, RecordId
from bot.domain.questions import (
    LEAST_DURESS,
    Cost,
    Hashed,
    Outcome,
    Sealed,
    Weighed,
    key_of,
    sealed_of,
    windows,
)
from bot.engine.effects import Hash, Weigh
from bot.ports import Journal

A = TypeVar("A")
Words: TypeAlias = Mapping[str, str]
Read: TypeAlias = tuple[Words | None, Mapping[Code, Words]]
"""What is open of a question, and of the watches its answer could be evidence for."""

COST: Final = Cost(passes=9, memory=64 << 20)
"""About a fifth of a second on an ordinary server."""
BYTES: Final = 32
_MOST_LENGTH: Final = 24

log = structlog.get_logger()


def hashed(wish: Hash, cost: Cost = COST) -> Hashed:
    """Return answers and a duress phrase as what is kept of them."""
    salt = secrets.token_bytes(argon2id.SALTBYTES)
    answers = tuple(_hash(key_of(one), salt, cost) for one in wish.answers)
    duress = key_of(wish.duress)
    length = len(duress) or LEAST_DURESS + secrets.randbelow(_MOST_LENGTH)
    # Hashed also where there is none, so that how long it takes tells nothing.
    found = _hash(duress, salt, cost)
    kept = found if duress else secrets.token_bytes(BYTES)
    return Hashed(Sealed(cost, salt, answers, kept, length).text())


def weighed(wish: Weigh, question: Words | None, watched: Mapping[Code, Words]) -> Weighed:
    """Compare an answer with what was deposited. Takes as long for every outcome of a comparison."""
    if not question or "hashes" not in question:
        return Weighed(Outcome.GONE)
    about = _person(question)
    found = [code for code, _ in wish.watches if _person(watched.get(code) or {}) == about]
    if len(found) > 1:
        return Weighed(Outcome.SEVERAL)
    if wish.named and not found:
        return Weighed(Outcome.OTHER)
    try:
        sealed = sealed_of(question["hashes"])
    except BadForm:
        return Weighed(Outcome.GONE)
    return Weighed(compare(sealed, wish.text), found[0] if found else None)


def read_for(journal: Journal, wish: Weigh) -> Read:
    """Open what a comparison needs; to be called on the storage thread."""
    question = journal.prose(wish.question)
    found = {code: journal.prose(record) for code, record in wish.watches}
    watched = {code: opened[1] for code, opened in found.items() if opened is not None}
    return (question[1] if question is not None else None), watched


def _person(words: Words) -> str:
    return " ".join(words.get("person", "").casefold().split())


def compare(sealed: Sealed, text: str) -> Outcome:
    """Compare a typed answer with the kept hashes, each of them, whatever was found before."""
    whole = _hash(key_of(text), sealed.salt, sealed.cost)
    right = duress = False
    for answer in sealed.answers:
        right |= hmac.compare_digest(whole, answer)
    for piece in windows(text, sealed.length):
        duress |= hmac.compare_digest(_hash(piece, sealed.salt, sealed.cost), sealed.duress)
    if duress:
        return Outcome.DURESS
    return Outcome.RIGHT if right else Outcome.WRONG


def _hash(key: str, salt: bytes, cost: Cost) -> bytes:
    made: bytes = argon2id.kdf(
        BYTES, key.encode(), salt, opslimit=cost.passes, memlimit=cost.memory
    )
    return made


class Weighing(Generic[A]):
    """The one thread that hashes.

    `read` opens what a comparison needs. `back` takes a line and what came of it, or None: then
    it is decided from the start. Answers to one question are compared one after the other, each
    once the case has counted the one before: a flood of answers costs no more than the question
    has tries.
    """

    def __init__(
        self,
        read: Callable[[Weigh], Awaitable[Read]],
        back: Callable[[A, Hashed | Weighed | None], None],
        cost: Cost = COST,
    ) -> None:
        self._read = read
        self._back = back
        self._cost = cost
        self._queue: asyncio.Queue[tuple[A, Hash | Weigh]] = asyncio.Queue()
        self._behind: dict[RecordId, list[A]] = {}

    def put(self, line: A, wish: Hash | Weigh) -> None:
        """Take a line that waits for its answer to be hashed or compared."""
        if isinstance(wish, Weigh):
            if wish.question in self._behind:
                self._behind[wish.question].append(line)
                return
            self._behind[wish.question] = []
        self._queue.put_nowait((line, wish))

    async def run(self) -> None:
        """Hash and compare, one at a time, until cancelled."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="weighing") as pool:
            while True:
                line, wish = await self._queue.get()
                self._back(line, await self._outcome(wish, pool))
                if isinstance(wish, Weigh):
                    for waiting in self._behind.pop(wish.question):
                        self._back(waiting, None)

    async def _outcome(self, wish: Hash | Weigh, pool: ThreadPoolExecutor) -> Hashed | Weighed:
        loop = asyncio.get_running_loop()
        try:
            if isinstance(wish, Hash):
                return await loop.run_in_executor(pool, hashed, wish, self._cost)
            question, watched = await self._read(wish)
            return await loop.run_in_executor(pool, weighed, wish, question, watched)
        except (CryptoError, MemoryError, OSError, RuntimeError, ValueError) as failed:
            log.warning("weighing_failed", error=type(failed).__name__)
            return Weighed(Outcome.FAILED)
