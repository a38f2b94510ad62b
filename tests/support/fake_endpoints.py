"""The endpoints of the fake homeserver, one function each, honest."""

import json
from collections.abc import Callable
from typing import TypeAlias

from bot.matrix.strict_json import JsonObject, JsonValue
from tests.support.fake_state import SERVER, Call, FakeState, Made, Refusal, Room, Waiting

Endpoint: TypeAlias = Callable[[FakeState, Call], Made]


def versions(_hs: FakeState, _call: Call) -> Made:
    return {"versions": ["v1.11"], "unstable_features": {}}


def login(hs: FakeState, call: Call) -> Made:
    who: object = call.body["identifier"]
    user, device = (who if isinstance(who, dict) else {})["user"], str(call.body["device_id"])
    token = hs.account(str(user), device)
    return {"user_id": user, "device_id": device, "access_token": token}


def whoami(_hs: FakeState, call: Call) -> Made:
    return {"user_id": call.who[0], "device_id": call.who[1]}


def keys_upload(hs: FakeState, call: Call) -> Made:
    body = call.body
    device = body.get("device_keys")
    if isinstance(device, dict):
        hs.device_keys[call.who[0]][call.who[1]] = device
        hs.device_changes.append((hs.tick(), call.who[0]))
    one_time = body.get("one_time_keys")
    for name, key in (one_time if isinstance(one_time, dict) else {}).items():
        known = hs.one_time[call.who].get(name, hs.claimed[call.who].get(name))
        if known is not None and known != key:
            return Refusal(400, "M_UNKNOWN")
        hs.one_time[call.who][name] = key
    fallback = body.get("fallback_keys")
    for name, key in (fallback if isinstance(fallback, dict) else {}).items():
        hs.fallback[call.who] = (name, key, False)
    return {"one_time_key_counts": {"signed_curve25519": len(hs.one_time[call.who])}}


def keys_query(hs: FakeState, call: Call) -> Made:
    wanted = call.body["device_keys"]
    users = list(wanted) if isinstance(wanted, dict) else []
    answer: dict[str, JsonValue] = {
        "device_keys": {user: dict(hs.device_keys[user]) for user in users},
        "failures": {},
    }
    for section in ("master", "self_signing"):
        answer[f"{section}_keys"] = {
            user: hs.cross[user][section] for user in users if section in hs.cross[user]
        }
    return answer


def keys_claim(hs: FakeState, call: Call) -> Made:
    wanted, given = call.body["one_time_keys"], dict[str, JsonValue]()
    for user, devices in (wanted if isinstance(wanted, dict) else {}).items():
        mine: dict[str, JsonValue] = {}
        for device in devices if isinstance(devices, dict) else {}:
            at = (user, device)
            if hs.one_time[at]:
                name = next(iter(hs.one_time[at]))
                hs.claimed[at][name] = hs.one_time[at].pop(name)
                mine[device] = {name: hs.claimed[at][name]}
            elif at in hs.fallback:
                name, key, _ = hs.fallback[at]
                hs.fallback[at] = (name, key, True)
                mine[device] = {name: key}
        given[user] = mine
    return {"one_time_keys": given, "failures": {}}


def signing_upload(hs: FakeState, call: Call) -> Made:
    for section in ("master", "self_signing", "user_signing"):
        key = call.body.get(f"{section}_key")
        if isinstance(key, dict):
            hs.cross[call.who[0]][section] = key
    hs.device_changes.append((hs.tick(), call.who[0]))
    return {}


def signatures_upload(hs: FakeState, call: Call) -> Made:
    for user, items in call.body.items():
        for device, item in (items if isinstance(items, dict) else {}).items():
            stored = hs.device_keys[user].get(device)
            if stored is None or not isinstance(item, dict):
                continue
            known, more = stored["signatures"], item["signatures"]
            if isinstance(known, dict) and isinstance(more, dict):
                stored["signatures"] = {user: _both(known.get(user), more.get(user))}
        hs.device_changes.append((hs.tick(), user))
    return {"failures": {}}


def _both(one: JsonValue, other: JsonValue) -> JsonObject:
    return (one if isinstance(one, dict) else {}) | (other if isinstance(other, dict) else {})


def send_to_device(hs: FakeState, call: Call) -> Made:
    messages = call.body["messages"]
    for user, devices in (messages if isinstance(messages, dict) else {}).items():
        for device, content in (devices if isinstance(devices, dict) else {}).items():
            if isinstance(content, dict):
                hs.post(user, device, call.who[0], content, call.parts[0])
    return {}


def send_event(hs: FakeState, call: Call) -> Made:
    room, kind, txn = call.parts
    at = (call.who[1], room, txn)
    if at not in hs.sent:
        hs.sent[at] = hs.add_event(room, call.who[0], kind, call.body)
    return {"event_id": hs.sent[at]}


def put_state(hs: FakeState, call: Call) -> Made:
    room, kind, state_key = call.parts
    event_id = hs.add_event(room, call.who[0], kind, call.body)
    hs.rooms[room].events[-1][1]["state_key"] = state_key
    return {"event_id": event_id}


def create_room(hs: FakeState, call: Call) -> Made:
    room = f"!room{hs.tick()}:{SERVER}"
    hs.set_member(room, call.who[0], "join", call.who[0])
    initial, invited = call.body.get("initial_state"), call.body.get("invite")
    for item in initial if isinstance(initial, list) else []:
        if isinstance(item, dict) and isinstance(content := item.get("content"), dict):
            hs.add_event(room, call.who[0], str(item["type"]), content)
            hs.rooms[room].events[-1][1]["state_key"] = item.get("state_key", "")
    for user in invited if isinstance(invited, list) else []:
        hs.set_member(room, str(user), "invite", call.who[0])
    return {"room_id": room}


def membership(hs: FakeState, call: Call) -> Made:
    room, verb = call.parts if len(call.parts) > 1 else (call.parts[0], "join")
    becomes = {"invite": "invite", "kick": "leave", "leave": "leave", "join": "join"}[verb]
    hs.set_member(room, str(call.body.get("user_id", call.who[0])), becomes, call.who[0])
    return {"room_id": room}


def state(hs: FakeState, call: Call) -> Made:
    return {"events": list(_current(hs.rooms[call.parts[0]]))}


def members(hs: FakeState, call: Call) -> Made:
    current = _current(hs.rooms[call.parts[0]])
    return {"chunk": [event for event in current if event["type"] == "m.room.member"]}


def _current(room: Room) -> list[JsonObject]:
    newest: dict[tuple[str, str], JsonObject] = {}
    for _, event in room.events:
        if "state_key" in event:
            newest[str(event["type"]), str(event["state_key"])] = event
    return list(newest.values())


def messages(hs: FakeState, call: Call) -> Made:
    backwards, limit = call.query["dir"] == "b", int(call.query.get("limit", "10"))
    start, stop = int(call.query["from"][1:]), call.query.get("to", "")
    end = int(stop[1:]) if stop else (0 if backwards else hs.at)
    events = hs.rooms[call.parts[0]].events
    if backwards:
        chosen = [pair for pair in reversed(events) if end < pair[0] <= start]
    else:
        chosen = [pair for pair in events if start < pair[0] <= end]
    page = chosen[:limit]
    answer: JsonObject = {
        "chunk": [event for _, event in page], "start": call.query["from"],
    }  # fmt: skip
    if len(chosen) > limit:
        answer["end"] = f"s{page[-1][0] - backwards}"
    return answer


def sync(hs: FakeState, call: Call) -> Made:
    since = int(call.query["since"][1:]) if "since" in call.query else 0
    hs.to_device[call.who] = [pair for pair in hs.to_device[call.who] if pair[0] > since]
    wait = int(call.query.get("timeout", "0")) / 1000 if since else 0.0
    limit = _timeline_limit(call.query.get("filter", ""))
    return Waiting(
        wait,
        lambda: hs.at > since,
        lambda: _sync_answer(hs, call.who, since, limit),
    )


def _timeline_limit(raw: str) -> int:
    room = json.loads(raw).get("room", {}) if raw.startswith("{") else {}
    return int(room.get("timeline", {}).get("limit", 10))


def _sync_answer(hs: FakeState, who: tuple[str, str], since: int, limit: int) -> JsonObject:
    rooms: dict[str, dict[str, JsonValue]] = {"join": {}, "leave": {}, "invite": {}}
    for room_id, room in hs.rooms.items():
        mine = room.members.get(who[0])
        fresh = [pair for pair in room.events if pair[0] > since]
        if not fresh or mine is None:
            continue
        kept = fresh[-limit:]
        early = [event for at, event in fresh if at < kept[0][0] and "state_key" in event]
        part: JsonObject = {
            "timeline": {
                "events": [event for _, event in kept],
                "limited": len(kept) < len(fresh),
                "prev_batch": f"s{kept[0][0] - 1}",
            },
            "state": {"events": list(early)},
        }
        if mine == "join":
            rooms["join"][room_id] = part
        elif mine == "invite":
            rooms["invite"][room_id] = {"invite_state": {"events": list(_current(room))}}
        elif room.member_at.get(who[0], 0) > since:
            rooms["leave"][room_id] = part
    spare = hs.fallback.get(who)
    return {
        "next_batch": f"s{hs.at}",
        "rooms": dict(rooms),
        "to_device": {"events": [item for _, item in hs.to_device[who]]},
        "device_lists": {
            "changed": [*sorted({user for at, user in hs.device_changes if at > since})],
            "left": [],
        },
        "device_one_time_keys_count": {"signed_curve25519": len(hs.one_time[who])},
        "device_unused_fallback_key_types": (
            ["signed_curve25519"] if spare and not spare[2] else []
        ),
    }


def upload(hs: FakeState, call: Call) -> Made:
    name = f"media{hs.tick()}"
    hs.media[name] = call.raw
    return {"content_uri": f"mxc://{SERVER}/{name}"}


def download(hs: FakeState, call: Call) -> Made:
    return hs.media.get(call.parts[1], Refusal(404, "M_NOT_FOUND"))


def account_data(_hs: FakeState, _call: Call) -> Made:
    return {}


_C = "/_matrix/client/v3"
_P = "([^/]+)"
OPEN: tuple[Endpoint, ...] = (versions, login)
ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/_matrix/client/versions", versions),
    ("POST", f"{_C}/login", login),
    ("GET", f"{_C}/account/whoami", whoami),
    ("POST", f"{_C}/keys/upload", keys_upload),
    ("POST", f"{_C}/keys/query", keys_query),
    ("POST", f"{_C}/keys/claim", keys_claim),
    ("POST", f"{_C}/keys/device_signing/upload", signing_upload),
    ("POST", f"{_C}/keys/signatures/upload", signatures_upload),
    ("PUT", f"{_C}/sendToDevice/{_P}/{_P}", send_to_device),
    ("PUT", f"{_C}/rooms/{_P}/send/{_P}/{_P}", send_event),
    ("PUT", f"{_C}/rooms/{_P}/state/{_P}/([^/]*)", put_state),
    ("POST", f"{_C}/createRoom", create_room),
    ("POST", f"{_C}/rooms/{_P}/(invite|kick|leave|join)", membership),
    ("POST", f"{_C}/join/{_P}", membership),
    ("GET", f"{_C}/rooms/{_P}/state", state),
    ("GET", f"{_C}/rooms/{_P}/members", members),
    ("GET", f"{_C}/rooms/{_P}/messages", messages),
    ("GET", f"{_C}/sync", sync),
    ("PUT", f"{_C}/user/{_P}/account_data/{_P}", account_data),
    ("POST", "/_matrix/media/v3/upload", upload),
    ("GET", f"/_matrix/client/v1/media/download/{_P}/{_P}", download),
)
