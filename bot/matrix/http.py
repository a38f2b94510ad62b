"""The Client-Server API calls that the bot makes, one method each.

It exists so that paths, quoting and answer shapes stand in one place. It refuses to interpret:
what an answer means is decided by the caller, and an answer's items may still hold `POISON`
(see `strict_json`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from bot.matrix.strict_json import (
    ENVELOPE_LIMIT,
    BadJson,
    JsonObject,
    JsonValue,
    loads_envelope,
    text,
)
from bot.matrix.transport import (
    Content,
    Transport,
)
from bot.matrix.transport import (
    HomeserverRefused as HomeserverRefused,
)
from bot.matrix.transport import (
    HomeserverUnreachable as HomeserverUnreachable,
)

CLIENT = "/_matrix/client/v3"
MEDIA_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a login yields."""

    user_id: str
    device_id: str
    token: str


def path_of(*parts: str) -> str:
    """Join path parts under the client API, each quoted so that an id cannot climb out."""
    return CLIENT + "".join("/" + quote(part, safe="") for part in parts)


class Homeserver(Transport):
    """One homeserver, one access token. See `Transport` for patience and errors."""

    # -- account ---------------------------------------------------------------------------

    async def login(self, user: str, password: str, device_id: str) -> LoggedIn:
        """Log in and keep the token. The same device id again revokes the older token."""
        body: JsonObject = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
            "device_id": device_id,
            "initial_device_display_name": "parley",
        }
        answer = await self.call("POST", path_of("login"), body=body, repeatable=False)
        token, who, device = (text(answer, key) for key in ("access_token", "user_id", "device_id"))
        if token is None or who is None or device != device_id:
            raise HomeserverUnreachable("login_answer")
        self.token = token
        return LoggedIn(who, device, token)

    async def whoami(self) -> JsonObject:
        """Return `{user_id, device_id, ...}` of the token."""
        return await self.call("GET", path_of("account", "whoami"))

    async def versions(self) -> JsonObject:
        """Return the supported versions and `unstable_features`."""
        return await self.call("GET", "/_matrix/client/versions")

    async def account_data(self, user: str, kind: str, content: JsonObject) -> None:
        """Set one global account-data item of the bot."""
        path = path_of("user", user, "account_data", kind)
        await self.call("PUT", path, body=content)

    async def read_account_data(self, user: str, kind: str) -> JsonObject:
        """Return one global account-data item of the bot, empty if there is none."""
        try:
            return await self.call("GET", path_of("user", user, "account_data", kind))
        except HomeserverRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return {}
            raise

    # -- sync and rooms --------------------------------------------------------------------

    async def sync(self, since: str | None, filter_id: str | None, timeout_ms: int) -> JsonObject:
        """Long-poll. `filter_id` is an id or inline JSON."""
        query: dict[str, str | int] = {"timeout": timeout_ms, "set_presence": "offline"}
        if since is not None:
            query["since"] = since
        if filter_id is not None:
            query["filter"] = filter_id
        timeout_s = timeout_ms / 1000 + 30
        return await self.call("GET", path_of("sync"), query=query, timeout_s=timeout_s)

    async def send_event(self, room: str, kind: str, txn: str, content: JsonObject) -> str:
        """Send an event, return its id. The same `txn` again yields the same event."""
        answer = await self.call("PUT", path_of("rooms", room, "send", kind, txn), body=content)
        return _expected(answer, "event_id")

    async def put_state(self, room: str, kind: str, state_key: str, content: JsonObject) -> str:
        """Set a state event, return its id."""
        path = path_of("rooms", room, "state", kind, state_key)
        return _expected(await self.call("PUT", path, body=content), "event_id")

    async def create_room(self, body: JsonObject) -> str:
        """Create a room, return its id. Not repeated after a lost answer: rooms are not spare."""
        answer = await self.call("POST", path_of("createRoom"), body=body, repeatable=False)
        return _expected(answer, "room_id")

    async def invite(self, room: str, user: str) -> None:
        """Invite one user."""
        await self.call("POST", path_of("rooms", room, "invite"), body={"user_id": user})

    async def kick(self, room: str, user: str, reason: str = "") -> None:
        """Remove one user. `reason` is visible to the server."""
        body: JsonObject = {"user_id": user, "reason": reason}
        await self.call("POST", path_of("rooms", room, "kick"), body=body)

    async def join(self, room: str) -> None:
        """Join a room by id or alias."""
        await self.call("POST", path_of("join", room), body={})

    async def leave(self, room: str) -> None:
        """Leave a room."""
        await self.call("POST", path_of("rooms", room, "leave"), body={})

    async def members(self, room: str) -> JsonObject:
        """Return `{chunk: [m.room.member, ...]}`: the server's word, not evidence."""
        return await self.call("GET", path_of("rooms", room, "members"))

    async def state(self, room: str) -> list[JsonValue]:
        """Return every current state event of the room."""
        answer = await self.patiently(
            "GET",
            path_of("rooms", room, "state"),
            content=None,
            query=None,
            timeout_s=30.0,
            attempts=4,
            repeatable=True,
            limit=ENVELOPE_LIMIT,
        )
        try:
            # The one endpoint that answers with a bare list.
            events = loads_envelope(b'{"events":' + answer.body + b"}")["events"]
        except (BadJson, KeyError):
            raise HomeserverUnreachable("not_json") from None
        return events if isinstance(events, list) else []

    async def event(self, room: str, event_id: str) -> JsonObject:
        """Return one raw event; {} if there is none that we may see."""
        try:
            return await self.call("GET", path_of("rooms", room, "event", event_id))
        except HomeserverRefused:
            return {}

    async def messages(
        self, room: str, start: str, end: str | None, direction: str, limit: int
    ) -> JsonObject:
        """Page through a room: `direction` is `b` (back) or `f`."""
        query: dict[str, str | int] = {"from": start, "dir": direction, "limit": limit}
        if end is not None:
            query["to"] = end
        return await self.call("GET", path_of("rooms", room, "messages"), query=query)

    # -- keys ------------------------------------------------------------------------------

    async def keys_upload(self, body: JsonObject) -> JsonObject:
        """Publish device, one-time and fallback keys; returns `one_time_key_counts`."""
        return await self.call("POST", path_of("keys", "upload"), body=body)

    async def keys_query(self, users: Mapping[str, list[str]]) -> JsonObject:
        """Ask for the keys of users (an empty list means every device)."""
        wanted: JsonObject = {user: list(devices) for user, devices in users.items()}
        body: JsonObject = {"device_keys": wanted, "timeout": 10_000}
        return await self.call("POST", path_of("keys", "query"), body=body)

    async def keys_claim(self, devices: Mapping[str, list[str]]) -> JsonObject:
        """Claim one one-time key per device."""
        wanted: JsonObject = {
            user: dict.fromkeys(ids, "signed_curve25519") for user, ids in devices.items()
        }
        body: JsonObject = {"one_time_keys": wanted, "timeout": 10_000}
        return await self.call("POST", path_of("keys", "claim"), body=body)

    async def send_to_device(self, kind: str, txn: str, messages: JsonObject) -> None:
        """Send `{user: {device: content}}`."""
        path = path_of("sendToDevice", kind, txn)
        await self.call("PUT", path, body={"messages": messages})

    async def upload_signing_keys(self, body: JsonObject) -> None:
        """Publish the bot's cross-signing keys (the first time needs no re-authentication)."""
        await self.call("POST", path_of("keys", "device_signing", "upload"), body=body)

    async def upload_signatures(self, body: JsonObject) -> JsonObject:
        """Publish signatures; returns `{failures: ...}`, which a 200 may hold."""
        return await self.call("POST", path_of("keys", "signatures", "upload"), body=body)

    # -- media -----------------------------------------------------------------------------

    async def upload(self, content: bytes) -> str:
        """Upload bytes (already encrypted: the type says nothing) and return their mxc address."""
        answer = await self.patiently(
            "POST",
            "/_matrix/media/v3/upload",
            content=Content(content, "application/octet-stream"),
            query=None,
            timeout_s=120.0,
            attempts=3,
            repeatable=True,
            limit=65_536,
        )
        try:
            return _expected(loads_envelope(answer.body), "content_uri")
        except BadJson:
            raise HomeserverUnreachable("not_json") from None

    async def download(self, server: str, media_id: str, *, limit: int = MEDIA_LIMIT) -> bytes:
        """Download media with the token; more than `limit` bytes is `too_large`."""
        path = "/_matrix/client/v1/media/download/" + "/".join(
            quote(part, safe="") for part in (server, media_id)
        )
        answer = await self.patiently(
            "GET",
            path,
            content=None,
            query=None,
            timeout_s=120.0,
            attempts=3,
            repeatable=True,
            limit=limit,
        )
        return answer.body


def _expected(answer: JsonObject, key: str) -> str:
    value = text(answer, key)
    if value is None:
        raise HomeserverUnreachable("answer_shape")
    return value
