"""The room in which a witness is asked over Matrix, as its own account sees it.

The counterpart of `directs`: there the bot makes a room, here a witness enters it. It exists so
that a witness speaks in one room, with one account, about one thing. It refuses every invitation
but the bot's, a room that is not encrypted or in which anybody else is, a room somebody else
made, and the bot under another identity than the one pinned at first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

import structlog

from bot.domain.ids import RoomId, UserId
from bot.matrix.directs import SecretPlace
from bot.matrix.facts import ABOVE_ALL, RoomFacts
from bot.matrix.http import HomeserverRefused, HomeserverUnreachable
from bot.matrix.inbound import STORED_LIMIT, Offload
from bot.matrix.machine import NotShared
from bot.matrix.session import MatrixSession, SessionRefused
from bot.matrix.strict_json import BadJson, JsonObject, array, loads, obj, text
from bot.matrix.trust import decode_key, fingerprint
from bot.policy.guard import ENCRYPTION
from bot.ports import InboxItem, Line, NotSent

PIN: Final = "witness.bot"
ROOM: Final = "witness.room"
TRIES: Final = 3
AWAY_S: Final = 5.0

log = structlog.get_logger()


class WitnessRoom:
    """The bot's room, entered by the witness. `told` hears sentences for who runs the witness."""

    def __init__(
        self,
        session: MatrixSession,
        vault: SecretPlace,
        offload: Offload,
        *,
        bot: UserId,
        told: Callable[[str], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.bot = bot
        self._session = session
        self._server = session.server
        self._machine = session.machine
        self._us = UserId(session.machine.user_id)
        self._vault = vault
        self._offload = offload
        self._told = told
        self._pause = pause
        self._pinned: str | None = None
        self._told_of: str | None = None
        self._room: RoomId | None = None

    async def begin(self, key: str | None = None) -> None:
        """Take up the pin and the room of an earlier start, and look who the bot is now.

        `key` is the bot's public master key as its operator gave it: it replaces the pin. Raises
        `SessionRefused`, `HomeserverUnreachable`.
        """
        room = await self._offload(lambda: self._vault.get(ROOM))
        self._room = RoomId(room.decode()) if room else None
        kept = (await self._offload(lambda: self._vault.get(PIN)) or b"").decode()
        user, _, master = kept.partition(" ")
        if kept and user != self.bot:
            raise SessionRefused(
                f"this witness answers {user}: for another bot begin with a new directory"
            )
        if key is not None and decode_key(key) is None:
            raise SessionRefused(
                "the bot's key must be its public master key, 43 letters of base64"
            )
        self._session.inbound.hear_notices_of({self.bot})
        if key is not None and key != master:
            await self._pin(key)
        elif master:
            self._set(master)
        judged = (await self._machine.refresh(self._server, [self.bot])).get(self.bot)
        if self._pinned is None and judged is not None and judged.state == "chained":
            await self._pin(judged.master or "")
        self.look_at_bot()

    async def _pin(self, master: str) -> None:
        """Keep the bot's identity before it counts."""
        await self._offload(lambda: self._vault.put(PIN, f"{self.bot} {master}".encode()))
        self._set(master)
        self._told(
            f"the bot's key, from now on: {fingerprint(master)}\n"
            "compare it once with the bot's operator"
        )

    def _set(self, master: str) -> None:
        self._pinned = master
        self._session.pins.pin({self.bot: master})

    def look_at_bot(self) -> None:
        """Tell, once for each, of an identity of the bot that is not the pinned one."""
        changed = self._session.changed_identities().get(self.bot)
        if changed is not None and changed != self._told_of:
            self._told(
                "REFUSED: the bot's account shows another identity than before: nothing of it is"
                f" read or answered. Its key is now {fingerprint(changed)}. If the bot's operator"
                f" confirms that in person, start again with --bot-key {changed}"
            )
        self._told_of = changed

    async def invited(self, item: InboxItem) -> None:
        """Enter a room that the bot made for us; pass over every other invitation.

        What an invitation shows is only the homeserver's word: the room is looked at again from
        inside, and left at once if it is another one. Raises `HomeserverUnreachable`.
        """
        if item.room is None or not self._from_bot(item):
            log.info("invitation_passed")
            return
        try:
            await self._server.join(item.room)
        except HomeserverRefused as refused:
            log.warning("join_refused", status=refused.status, errcode=refused.errcode)
            return
        if not await self._fit(item.room):
            await self._leave(item.room)
            self._told(
                "a room was left at once: the bot invited, but it is not a room for us alone"
            )
            return
        room, before = item.room, self._room
        await self._offload(lambda: self._vault.put(ROOM, room.encode()))
        self._room = room
        if before is not None and before != room:
            await self._leave(before)
        log.info("entered")

    def _from_bot(self, item: InboxItem) -> bool:
        """Say whether an invitation shows the bot as who invites, and an encrypted room."""
        try:
            raw = loads(item.raw, limit=STORED_LIMIT)
        except BadJson:
            return False
        shown = array(obj(raw, "invite_state") or {}, "events") or []
        facts, inviters = RoomFacts(RoomId("")), set[str | None]()
        for event in shown:
            if not isinstance(event, dict):
                continue
            facts.take(event)
            if (text(event, "type"), text(event, "state_key")) == ("m.room.member", self._us):
                inviters.add(text(event, "sender"))
        return inviters == {self.bot} and facts.seen().encryption == ENCRYPTION

    async def _fit(self, room: RoomId) -> bool:
        """Look at the room as it is now: the bot made it, it is encrypted, nobody else is there."""
        try:
            state = await self._server.state(room)
        except HomeserverRefused:
            return False
        seen = RoomFacts(room).renewed(state).seen()
        creators = {user for user, level in seen.powers if level == ABOVE_ALL}
        return (
            creators == {self.bot}
            and self._us in seen.joined()
            and seen.members() <= {self.bot, self._us}
            and seen.encryption == ENCRYPTION
            and seen.join_rule == "invite"
            and not seen.tombstone
        )

    async def _leave(self, room: RoomId) -> None:
        try:
            await self._server.leave(room)
        except HomeserverRefused as refused:
            log.warning("leave_refused", status=refused.status, errcode=refused.errcode)

    async def is_question(self, line: Line) -> bool:
        """Say whether a line is a notice of the bot in its room, under the pinned identity.

        A room that is no longer for two is left. Where nothing is pinned yet, whoever is the bot now is pinned. Raises
        `HomeserverUnreachable`.
        """
        if not line.notice or (line.sender, line.room) != (self.bot, self._room):
            return False
        if self._pinned is None:
            await self._pin(line.master)
        if line.master != self._pinned:
            return False
        if not await self._fit(line.room):
            await self._offload(lambda: self._vault.put(ROOM, b""))
            self._room = None
            await self._leave(line.room)
            self._told("a room was left: somebody else is in it with the bot, or it has changed")
            return False
        return True

    async def answer(self, line: Line, body: str) -> None:
        """Answer a question in its room; `NotSent` if nobody can read it, or it was refused.

        What it answers is named inside the encryption. The transaction is that of the question:
        after a crash it is not answered twice. An unreachable homeserver is waited for.
        """
        said: JsonObject = {
            "msgtype": "m.notice",
            "body": body,
            "m.mentions": {},
            "m.relates_to": {"m.in_reply_to": {"event_id": line.event_id}},
        }
        txn = sha256(f"answer:{line.event_id}".encode()).hexdigest()
        while True:
            try:
                sealed = await self._seal(line.room, said)
                await self._server.send_event(line.room, "m.room.encrypted", txn, sealed)
            except HomeserverUnreachable as away:
                log.warning("answer_waits", reason=away.reason)
                await self._pause(AWAY_S)
            except HomeserverRefused as refused:
                log.warning("answer_refused", status=refused.status, errcode=refused.errcode)
                raise NotSent("refused") from None
            else:
                return

    async def _seal(self, room: RoomId, said: JsonObject) -> JsonObject:
        for _ in range(TRIES):
            report = await self._machine.share(self._server, room, [self.bot])
            if not report.delivered:
                raise NotSent("nobody_reached")
            try:
                return self._machine.seal(room, "m.room.message", said)
            except NotShared:
                continue
        raise NotSent("unsettled")
