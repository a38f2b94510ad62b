"""Asking a witness over Matrix: its account needs no open port, only a room with the bot.

The bot sends the bytes of an add-checkpoint body as a notice into its own direct room with the
witness's account, and waits for the notice that answers it. It refuses to take anybody else's
word, a word said elsewhere, or a late answer to an older question. What an answer is worth is
for who asked to check: nothing here verifies a signature but to tell answers apart.
Source: docs/spec/ledger.md section 12.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Collection
from typing import Final

import structlog
from typing_extensions import override

from bot.domain.ids import CompartmentId, EventId, RoomId, UserId
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey
from bot.ledger.witness import parse_submission, with_cosignature
from bot.policy.guard import SeenRoom, WantedRoom
from bot.policy.label import UNOWNED
from bot.ports import (
    Answer,
    Asked,
    Denied,
    Labelled,
    Line,
    NotSent,
    Room,
    Speaker,
    Unanswered,
    release,
)
from bot.words.message import MAX_BYTES, Message, size

DIRECT: Final = CompartmentId("direct")
PATIENCE_S: Final = 60.0
"""How long the witness may take to enter the room, and then to answer."""
LOOK_EVERY_S: Final = 1.0
MANY: Final = 64
"""Lines kept while one question waits; a witness that says more has lost the thread."""

_SIGNED: Final = "\u2014 "
_REFUSED: Final = re.compile(r"([345]\d\d) (0|[1-9]\d{0,18})\n(?:\n(.+))?", re.DOTALL)

log = structlog.get_logger()


def answer_text(answer: Answer) -> str:
    """Return the body of the notice that carries an answer."""
    if answer.status == 200:  # as over HTTP
        return answer.lines
    proof = f"\n{answer.checkpoint}" if answer.checkpoint else ""
    return f"{answer.status} {answer.size or 0}\n{proof}"


def read_answer(body: str) -> Answer | None:
    """Read the body of a notice; None if it is no answer. The signatures are not checked."""
    if body.startswith(_SIGNED):
        return Answer(200, lines=body)
    refused = _REFUSED.fullmatch(body)
    if refused is None:
        return None
    return Answer(int(refused[1]), size=int(refused[2]), checkpoint=refused[3])


class MatrixWitnesses:
    """All witnesses that are asked over Matrix. Hand every line that comes to `heard`.

    `hear` is told whose notices are to be read (`Inbound.hear_notices_of`).
    """

    def __init__(
        self, speaker: Speaker, *, bot: UserId, hear: Callable[[Collection[UserId]], None]
    ) -> None:
        self._speaker = speaker
        self._bot = bot
        self._hear = hear
        self._witnesses: dict[tuple[UserId, PublicKey], MatrixWitness] = {}

    def at(self, user: UserId, key: PublicKey) -> "MatrixWitness":
        """Return the witness with that key behind an account, the same one each time."""
        if (user, key) not in self._witnesses:
            made = MatrixWitness(self._speaker, bot=self._bot, user=user, key=key)
            self._witnesses[user, key] = made
            self._hear({witness.user for witness in self._witnesses.values()})
        return self._witnesses[user, key]

    def heard(self, line: Line) -> bool:
        """Take a line; True if it is some witness's, and so nobody else's business."""
        # All of them, also after the first that took it: two keys may be behind one account.
        taken = [witness.heard(line) for witness in self._witnesses.values()]
        return any(taken)


class MatrixWitness(Asked):
    """One witness, asked in the bot's direct room with `user`. `key` tells its lines from others'.

    Hand every line that comes to `heard`. `pause` sleeps that many seconds.
    """

    def __init__(
        self,
        speaker: Speaker,
        *,
        bot: UserId,
        user: UserId,
        key: PublicKey,
        patience_s: float = PATIENCE_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.user = user
        self._speaker = speaker
        self._bot = bot
        self._key = key
        self._patience_s = patience_s
        self._pause = pause
        self._one = asyncio.Lock()
        self._room: RoomId | None = None
        self._said: asyncio.Queue[Line] | None = None

    def heard(self, line: Line) -> bool:
        """Take a line; True if it is this witness's, awaited or not, and nobody else's business."""
        if not line.notice or line.sender != self.user:
            return False
        if self._said is not None and line.room == self._room and not self._said.full():
            self._said.put_nowait(line)
        return True

    @override
    async def ask(self, body: str) -> Answer:
        """Send an add-checkpoint body, exactly these bytes; return the answer to it.

        Questions go one after another. Raises `Unanswered`; asking again is safe. FormatError
        for what is no such body.
        """
        parse_submission(body)
        async with self._one:
            try:
                return await self._ask(body)
            except NotSent as no:
                raise Unanswered(no.reason) from None
            finally:
                self._said = None

    async def _ask(self, body: str) -> Answer:
        message = Message(body, None, notice=True, mentions=(), blocks=())
        if size(message) > MAX_BYTES:
            raise Unanswered("too_long")
        room = self._room = await self._speaker.direct_room(self.user)
        wanted = WantedRoom(room, self._bot, frozenset({self.user}))
        seen = await self._entered(room)
        place = Room(DIRECT, held=False, wanted=wanted, seen=seen)
        cleared = release(Labelled(message, UNOWNED), place)
        if isinstance(cleared, Denied):
            raise Unanswered(cleared.why.value)
        # An answer may be here before the homeserver has told us the id of the question.
        said = self._said = asyncio.Queue(MANY)
        # A new transaction each time: the same question asked again is to be answered again.
        asked = EventId(await self._speaker.say(cleared, secrets.token_hex(16)))
        try:
            async with asyncio.timeout(self._patience_s):
                while True:
                    answer = self._answer_to(body, asked, await said.get())
                    if answer is not None:
                        return answer
        except TimeoutError:
            raise Unanswered("silent") from None

    async def _entered(self, room: RoomId) -> SeenRoom:
        """Wait until the witness is in the room: what is said before, it can never read."""
        try:
            async with asyncio.timeout(self._patience_s):
                while True:
                    seen = await self._speaker.seen(room)
                    if seen is None:
                        raise Unanswered("room_gone")
                    if self.user in seen.joined():
                        return seen
                    await self._pause(LOOK_EVERY_S)
        except TimeoutError:
            raise Unanswered("absent") from None

    def _answer_to(self, body: str, asked: EventId, line: Line) -> Answer | None:
        """Return the answer that a line is to this question, None if it is none.

        A line that names the question it answers is taken at its word. Of one that names none a
        signature must be of this checkpoint; a bare status can be told apart by nothing.
        """
        answer = read_answer(line.text)
        if answer is None or line.reply_to not in (None, asked):
            log.info(
                "witness_line_passed", reason="unknown" if answer is None else "other_question"
            )
            return None
        if line.reply_to is None and answer.lines:
            try:
                with_cosignature(parse_submission(body).checkpoint, answer.lines, self._key)
            except FormatError:
                log.info("witness_line_passed", reason="other_checkpoint")
                return None
        return answer
