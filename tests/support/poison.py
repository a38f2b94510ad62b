"""Hostile inputs, as bytes: what a stranger can send to a device, what a member can seal.

Each is a table of (name, bytes). Synapse lets most of them through; what it refuses today it may
pass on tomorrow, or another homeserver may, so all of them stay.
"""

from __future__ import annotations

import json
import secrets
from typing import Final

from bot.matrix.strict_json import JsonObject
from bot.matrix.trust import MEGOLM, OLM

LONG_NUMBER: Final = b"9" * 5_000
LATIN: Final = b'"\xff\xfe\xed\xa0\x80"'
"""Bytes that are no UTF-8, a surrogate among them."""


def nested(depth: int) -> bytes:
    """Return lists in lists."""
    return b"[" * depth + b"]" * depth


def plaintexts(room: str, other_room: str) -> tuple[tuple[str, bytes], ...]:
    """Return what a member may seal in place of a message: none of it may be executed."""

    def message(**over: object) -> bytes:
        whole: dict[str, object] = {
            "type": "m.room.message",
            "room_id": room,
            "content": {"msgtype": "m.text", "body": "!record POISON"},
        }
        return json.dumps({k: v for k, v in (whole | over).items() if v is not None}).encode()

    good = message()

    def with_part(part: bytes) -> bytes:
        return good[:-1] + b', "x": ' + part + b"}"

    edit: JsonObject = {"rel_type": "m.replace", "event_id": "$x"}
    text: JsonObject = {"msgtype": "m.text", "body": "!record POISON"}
    return (
        ("empty", b""),
        ("no json", b"!record POISON"),
        ("a list", b"[]"),
        ("a word", b'"x"'),
        ("null", b"null"),
        ("nesting", with_part(nested(20_000))),
        ("nesting of 100", with_part(nested(100))),
        ("long number", with_part(LONG_NUMBER)),
        ("long fraction", with_part(b"0." + LONG_NUMBER)),
        ("huge exponent", with_part(b"1e999999999")),
        ("NaN", with_part(b"NaN")),
        ("-Infinity", with_part(b"-Infinity")),
        ("not UTF-8", with_part(LATIN)),
        ("lone surrogate", with_part(rb'"\ud800"')),
        ("zero byte", with_part(b'"\x00"')),
        ("double key", good[:-1] + b', "type": "m.room.message"}'),
        ("double room", b'{"room_id": "!x", ' + good[1:]),
        ("unsigned", with_part(b"1").replace(b'"x"', b'"unsigned"') + b" x"),
        ("inner state key", message(state_key="")),
        ("inner state", message(type="m.room.power_levels", state_key="", content={"users": {}})),
        ("other room", message(room_id=other_room)),
        ("no room", message(room_id=None)),
        ("room is a list", message(room_id=[room])),
        ("no type", message(type=None)),
        ("type is a number", message(type=7)),
        ("no content", message(content=None)),
        ("content is a list", message(content=["!record POISON"])),
        ("no body", message(content={"msgtype": "m.text"})),
        ("body is an object", message(content={"msgtype": "m.text", "body": {"a": 1}})),
        ("msgtype is a list", message(content=text | {"msgtype": ["m.text"]})),
        ("a notice", message(content=text | {"msgtype": "m.notice"})),
        ("an emote", message(content=text | {"msgtype": "m.emote"})),
        ("an edit", message(content=text | {"m.relates_to": edit})),
        ("new content", message(content=text | {"body": "x", "m.new_content": text})),
        ("only formatted", message(content=text | {"body": "", "formatted_body": text["body"]})),
        ("a reaction", message(type="m.reaction")),
        ("a redaction", message(type="m.room.redaction", redacts="$x")),
        ("encrypted again", message(type="m.room.encrypted")),
        ("quotation", message(content=text | {"body": "> <@a:b> !record POISON\n\nno command"})),
        ("too long", message(content=text | {"body": "!record POISON" + "x" * 40_000})),
    )


def to_device(identity: str) -> tuple[tuple[str, str, bytes], ...]:
    """Return (name, type, content) of to-device messages to the owner of a curve25519 key."""

    def olm(**over: object) -> bytes:
        whole: dict[str, object] = {
            "algorithm": OLM,
            "sender_key": secrets.token_urlsafe(32),
            "ciphertext": {identity: {"type": 0, "body": "AwoA"}},
        }
        return json.dumps({k: v for k, v in (whole | over).items() if v is not None}).encode()

    key: JsonObject = {
        "algorithm": MEGOLM,
        "room_id": "!x:localhost",
        "session_id": "x" * 43,
        "session_key": "A" * 300,
    }
    request: JsonObject = {
        "action": "request",
        "requesting_device_id": "X",
        "request_id": "1",
        "body": key,
    }
    sas: JsonObject = {
        "from_device": "X",
        "methods": ["m.sas.v1"],
        "transaction_id": "t",
        "timestamp": 2**53,
    }
    sealed = "m.room.encrypted"
    plain = [
        ("m.room_key", key),
        ("m.room_key", {}),
        ("m.forwarded_room_key", key | {"forwarding_curve25519_key_chain": [], "sender_key": "A"}),
        ("m.room_key_request", request),
        ("m.room_key_request", request | {"action": "request_cancellation", "body": None}),
        ("m.key.verification.request", sas),
        ("m.key.verification.start", sas | {"method": "m.sas.v1", "hashes": 7}),
        ("m.key.verification.mac", {"mac": {}, "keys": "x", "transaction_id": "t"}),
        ("m.secret.request", {"name": "m.cross_signing.master", "action": "request"}),
        ("m.secret.send", {"request_id": "1", "secret": "A"}),
        ("m.dummy", {}),
        ("x" * 255, {}),
    ]
    return (
        ("bad ciphertext", sealed, olm()),
        ("normal message", sealed, olm(ciphertext={identity: {"type": 1, "body": "AwoA"}})),
        ("no base64", sealed, olm(ciphertext={identity: {"type": 0, "body": "%%%"}})),
        ("type 7", sealed, olm(ciphertext={identity: {"type": 7, "body": "AwoA"}})),
        ("type true", sealed, olm(ciphertext={identity: {"type": True, "body": "AwoA"}})),
        ("huge type", sealed, olm(ciphertext={identity: {"type": 10**17, "body": "AwoA"}})),
        ("ciphertext is text", sealed, olm(ciphertext="AwoA")),
        ("box is a list", sealed, olm(ciphertext={identity: ["AwoA"]})),
        ("for another", sealed, olm(ciphertext={"x" * 43: {"type": 0, "body": "AwoA"}})),
        ("no sender key", sealed, olm(sender_key=None)),
        ("sender key is a number", sealed, olm(sender_key=5)),
        ("short sender key", sealed, olm(sender_key="AAAA")),
        ("our own sender key", sealed, olm(sender_key=identity)),
        ("no algorithm", sealed, olm(algorithm=None)),
        ("unknown algorithm", sealed, olm(algorithm="m.olm.v2.x")),
        ("algorithm is a list", sealed, olm(algorithm=[OLM])),
        ("megolm", sealed, olm(algorithm=MEGOLM, ciphertext="AwoA", session_id="x")),
        ("nothing", sealed, b"{}"),
        ("a list", sealed, b"[]"),
        ("null", sealed, b"null"),
        ("long number", sealed, b'{"algorithm": ' + LONG_NUMBER[:4_000] + b"}"),
        ("nesting", sealed, b'{"algorithm": ' + nested(400) + b"}"),
        ("NaN", sealed, b'{"algorithm": NaN}'),
        ("lone surrogate", sealed, rb'{"algorithm": "\ud800"}'),
        ("zero character", sealed, rb'{"algorithm": "\u0000"}'),
        ("not UTF-8", sealed, b'{"algorithm": ' + LATIN + b"}"),
        ("double key", sealed, b'{"algorithm": "x", "algorithm": "y"}'),
        ("large", sealed, olm(ciphertext={identity: {"type": 0, "body": "A" * 60_000}})),
        *((kind, kind, json.dumps(content).encode()) for kind, content in plain),
    )


def olm_payloads(payload: JsonObject) -> tuple[tuple[str, bytes], ...]:
    """Return what a known device may seal in place of `payload`, a good `m.room_key`."""
    content = payload["content"]
    assert isinstance(content, dict)

    def key(**over: object) -> bytes:
        return json.dumps(payload | {"content": {**content, **over}}).encode()

    good = json.dumps(payload).encode()
    return (
        ("no json", b"m.room_key"),
        ("a list", b"[]"),
        ("nesting", good[:-1] + b', "x": ' + nested(15_000) + b"}"),
        ("long number", good[:-1] + b', "x": ' + LONG_NUMBER + b"}"),
        ("not UTF-8", good[:-1] + b', "x": ' + LATIN + b"}"),
        ("double key", good[:-1] + b', "type": "m.room_key"}'),
        ("no type", json.dumps(payload | {"type": None}).encode()),
        ("a forwarded key", json.dumps(payload | {"type": "m.forwarded_room_key"}).encode()),
        ("a secret", json.dumps(payload | {"type": "m.secret.send"}).encode()),
        ("another sender", json.dumps(payload | {"sender": "@lindqvist:localhost"}).encode()),
        ("another recipient", json.dumps(payload | {"recipient": "@x:localhost"}).encode()),
        ("another key", json.dumps(payload | {"recipient_keys": {"ed25519": "x"}}).encode()),
        ("no keys", json.dumps(payload | {"keys": {}}).encode()),
        ("empty content", json.dumps(payload | {"content": {}}).encode()),
        ("content is a list", json.dumps(payload | {"content": []}).encode()),
        ("no session key", key(session_key=None)),
        ("bad session key", key(session_key="A" * 306)),
        ("another session id", key(session_id="B" * 43)),
        ("unknown algorithm", key(algorithm="m.megolm.v2")),
        ("room is a number", key(room_id=7)),
    )
