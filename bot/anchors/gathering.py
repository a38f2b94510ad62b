"""Gathers cosignatures: every witness is asked for its own, and what one does concerns no other.

It refuses to take over a line that is not the asked witness's own or does not verify, to show
one witness that there are others, and to stop the log on anybody's bare word while another
witness agrees with us. What our own key signed and our tree does not lead to stops it for good.
docs/spec/ledger.md section 12; docs/adr/0011-doubt-needs-a-signature.md.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final, Protocol, TypeVar

import structlog

from bot.ledger.checkpoint import Checkpoint, NoteLine, parse_checkpoint, signatures_by
from bot.ledger.encoding import FormatError
from bot.ledger.keys import WITNESS_KEY, PublicKey, parse_vkey
from bot.ledger.outside import Contradiction, judge_anchor
from bot.ledger.witness import Submission, parse_submission, with_cosignature
from bot.ports import Answer, Asked, Journal, Unanswered, Vault

T = TypeVar("T")

CONTRADICTION: Final = "log.contradiction"
"""Where the vault keeps the signed checkpoint that our tree does not lead to."""
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
BEFORE_SIGNING_S: Final = 15.0
TRIES: Final = 4
"""Questions on end to one witness, each with the size that it gave to the one before."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Named:
    """A witness that a party named: its verifier key as a text, and where it is asked."""

    key: str
    via: str


class Offload(Protocol):
    """Run a storage call on the storage thread."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Return what `call` returns."""


class Kept(Journal, Vault, Protocol):
    """What gathering needs of the store."""


class _End(Enum):
    """How asking one witness ended."""

    SIGNED = auto()
    NOTHING = auto()
    """There is nothing to ask for: no checkpoint, or this one is signed."""
    CLAIMED = auto()
    """It says that it saw another history, and shows nothing."""
    FAILED = auto()
    STOPPED = auto()
    """The log is in doubt for good."""


_DONE: Final = (_End.SIGNED, _End.NOTHING, _End.STOPPED)


class Gathering:
    """Asks the witnesses for cosignatures while it runs.

    `witnesses` gives those of all cases, each key once; it is looked at on every `wake`. `road`
    is called for each question. `contradicted` is told of every contradiction once in a process,
    and again after a restart: take it as many times as it comes. `cosigned` is told of each line
    that was kept. `pause` sleeps that many seconds.
    """

    def __init__(
        self,
        store: Kept,
        offload: Offload,
        *,
        witnesses: Callable[[], Sequence[Named]],
        road: Callable[[Named], Asked],
        contradicted: Callable[[Contradiction], None],
        cosigned: Callable[[], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        before_signing_s: float = BEFORE_SIGNING_S,
    ) -> None:
        self._store = store
        self._offload = offload
        self._witnesses = witnesses
        self._road = road
        self._contradicted = contradicted
        self._cosigned = cosigned
        self._pause = pause
        self._before_signing_s = before_signing_s
        self._woken = asyncio.Event()
        self._wakes: dict[Named, asyncio.Event] = {}
        self._one: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._signed: dict[str, int] = {}
        self._agreed: dict[str, bool] = {}
        self._told: set[Checkpoint] = set()

    @property
    def paused(self) -> bool:
        """Tell whether every witness that has judged our log says, unproved, that it is not ours.

        Ask before signing. Silence takes nothing back: the claim of a witness ends when it
        signs, when another one signs, or when it is dismissed.
        """
        said = [self._agreed[one.key] for one in self._witnesses() if one.key in self._agreed]
        return bool(said) and not any(said)

    def wake(self) -> None:
        """Hear that there is a new checkpoint, or another witness."""
        self._woken.set()

    async def before_signing(self) -> None:
        """Show every witness our newest checkpoint: a restored old copy is caught before it forks.

        Await this at the start, before anything is signed. It ends within `before_signing_s`.
        """
        await self._tell_kept()
        try:
            async with asyncio.timeout(self._before_signing_s), asyncio.TaskGroup() as group:
                for named in self._witnesses():
                    group.create_task(self._ask(named))
        except TimeoutError:
            log.warning("witnesses_not_all_asked")
        # The time may have ended between keeping a contradiction and telling of it.
        await self._tell_kept()

    async def run(self) -> None:
        """Ask whoever is named, at once and on each `wake`, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                for named in self._witnesses():
                    if named not in self._wakes:
                        self._wakes[named] = asyncio.Event()
                        group.create_task(self._attend(named))
                for wake in self._wakes.values():
                    wake.set()
                await self._woken.wait()

    async def _attend(self, named: Named) -> None:
        """Ask one witness for every checkpoint, ever more seldom while it fails."""
        wake, wait = self._wakes[named], FIRST_PAUSE_S
        try:
            while named in self._witnesses():
                wake.clear()
                if await self._ask(named) in _DONE:
                    wait = FIRST_PAUSE_S
                    await wake.wait()
                else:
                    await self._pause(wait)
                    wait = min(2 * wait, LONGEST_PAUSE_S)
        finally:
            del self._wakes[named]

    async def _ask(self, named: Named) -> _End:
        try:
            key = parse_vkey(named.key)
        except FormatError:
            key = None
        if key is None or key.kind != WITNESS_KEY:
            log.warning("witness_key_wrong")
            return _End.FAILED
        try:
            async with self._one[named.key]:
                end = await self._ask_for_newest(named, key)
        except OSError as failed:  # a full disk: no witness's line is worth the whole bot
            log.warning("witness_waits", error=type(failed).__name__)
            return _End.FAILED
        if end is _End.SIGNED:
            self._agreed[named.key] = True
        elif end is _End.CLAIMED:
            self._agreed[named.key] = False
            log.warning("witness_claims_other_history")
        return end

    async def _ask_for_newest(self, named: Named, witness: PublicKey) -> _End:
        old, tried = self._signed.get(named.key), set[int]()
        if old is None:
            old = await self._offload(lambda: _newest_signed(self._store, witness))
        while len(tried) < TRIES:
            tried.add(old)
            body = await self._offload(lambda o=old: _body(self._store, o))  # type: ignore[misc]
            if isinstance(body, _End):
                return body
            if body.checkpoint.size == self._signed.get(named.key):
                return _End.NOTHING
            answer = await self._answer(named, body)
            if answer is None:
                return _End.FAILED
            if answer.checkpoint and await self._doubt(answer.checkpoint, body.checkpoint.size):
                return _End.STOPPED
            if answer.status == 200:
                return await self._take(named, witness, body, answer.lines)
            log.info("witness_refused", status=answer.status)
            if _claims_other_history(answer, body):
                return _End.CLAIMED
            if answer.status != 409 or answer.size is None or answer.size in tried:
                return _End.FAILED
            old = answer.size
        return _End.FAILED

    async def _answer(self, named: Named, body: Submission) -> Answer | None:
        """Ask once. Whatever goes wrong on the way to one witness ends nothing but this question."""
        try:
            return await self._road(named).ask(body.text())
        except Unanswered as no:
            log.info("witness_unanswered", reason=no.reason)
        except Exception:  # a hostile witness must not find the one bug that stops the bot
            log.exception("witness_road_failed")
        return None

    async def _take(self, named: Named, witness: PublicKey, body: Submission, lines: str) -> _End:
        """Keep one line of the witness under this checkpoint, if it is its own and verifies."""
        try:
            taken = with_cosignature(body.checkpoint, lines, witness)
        except FormatError:
            log.warning("witness_line_wrong")
            return _End.FAILED
        mine = (witness.name, witness.key_id())
        line = next(line for line in taken.lines if (line.name, line.key_id) == mine)
        kept = await self._offload(lambda: _keep(self._store, witness, body, line))
        self._signed[named.key] = body.checkpoint.size
        if kept:
            self._cosigned()
        return _End.SIGNED

    async def _doubt(self, text: str, ours: int) -> bool:
        """Stop the log for good if our key signed what our tree does not lead to."""
        found = await self._offload(lambda: _doubt_if_contradicted(self._store, text, ours))
        if found is not None:
            self._tell(found)
        return found is not None

    async def _tell_kept(self) -> None:
        """Tell of what was kept before a crash, or before a time limit, could tell of it."""
        found = await self._offload(lambda: _kept_contradiction(self._store))
        if found is not None:
            self._tell(found)

    def _tell(self, found: Contradiction) -> None:
        if found.theirs in self._told:
            return
        self._told.add(found.theirs)
        log.error("log_contradicted", why=found.why)
        self._contradicted(found)


def _claims_other_history(answer: Answer, body: Submission) -> bool:
    """Tell whether a refusal says that the witness saw a history of ours that is not this one.

    409 with a larger size, 409 that insists on the sizes we sent being one and the same (C2SP:
    two roots of one size), 422 (our path does not lead on from what it signed).
    """
    newest = body.checkpoint.size
    if answer.status != 409:
        return answer.status == 422
    if answer.size is None:
        return body.old == newest
    return answer.size > newest or answer.size == body.old == newest


# -- on the storage thread ---------------------------------------------------------------------


def stop_for(store: Kept, found: Contradiction) -> None:
    """Stop signing for good, and keep what is told of it again at every start."""
    if store.get(CONTRADICTION) is None:  # the first says all, and nobody may put it out of sight
        store.put(CONTRADICTION, found.theirs.text().encode())
    store.doubt(found.why)


def _newest_signed(store: Kept, witness: PublicKey) -> int:
    """Return our newest size if this witness's line is under it, else 0, which is asked anew."""
    text = store.last_checkpoint()
    if text is None:
        return 0
    note = parse_checkpoint(text)
    return note.size if signatures_by(note, witness) else 0


def _body(store: Kept, old: int) -> Submission | _End:
    """Return the newest checkpoint to be sent: with the log's line and nobody else's."""
    if store.doubted() is not None:
        return _End.STOPPED
    text = store.submission(old)
    if text is None:
        return _End.NOTHING if store.last_checkpoint() is None else _End.FAILED
    body = parse_submission(text)
    key = parse_vkey(store.log_vkey())
    mine = (key.name, key.key_id())
    lines = tuple(line for line in body.checkpoint.lines if (line.name, line.key_id) == mine)
    return replace(body, checkpoint=replace(body.checkpoint, lines=lines))


def _keep(store: Kept, witness: PublicKey, body: Submission, line: NoteLine) -> bool:
    """Keep a line; False if the checkpoint has one of this witness already: one is enough."""
    size = body.checkpoint.size
    newest = parse_checkpoint(store.last_checkpoint() or "")
    if newest.size == size and signatures_by(newest, witness):
        return False
    one = replace(body.checkpoint, lines=(line,)).text().rpartition("\n\n")[2]
    store.take_cosignature(size, one)
    return True


def _doubt_if_contradicted(store: Kept, text: str, ours: int) -> Contradiction | None:
    found = judge_anchor(text, parse_vkey(store.log_vkey()), ours, store.leads_to)
    if found is not None:
        stop_for(store, found)
    return found


def _kept_contradiction(store: Kept) -> Contradiction | None:
    kept = store.get(CONTRADICTION)
    if kept is None:
        return None
    newest = store.last_checkpoint()
    ours = parse_checkpoint(newest).size if newest else 0
    return _doubt_if_contradicted(store, kept.decode(), ours)
