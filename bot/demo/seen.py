"""What a scripted human's client showed: frozen values, parsed once from the line protocol.

Refuses to guess: a message that did not decrypt has an empty body and `failed`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.demo.people_host import JsonObject


@dataclass(frozen=True, slots=True)
class FileSeen:
    """An attachment as its message described it; `source` is the `file` (or `url`) part."""

    name: str
    mime: str
    size: int
    source: JsonObject


@dataclass(frozen=True, slots=True)
class Seen:
    """One event in a room's timeline as the client showed it.

    `kind` is the event type after decryption; `at` the server's time stamp in milliseconds;
    `shield_colour` is "none", "grey" or "red" for an encrypted event and None for one in clear;
    `relates_to` is the relation as it stands outside the encryption.
    """

    event_id: str
    room: str
    sender: str
    kind: str
    at: int
    body: str
    formatted_body: str | None
    msgtype: str | None
    encrypted: bool
    failed: bool
    why: str | None
    shield_colour: str | None
    shield_reason: str | None
    relates_to: JsonObject | None
    content: JsonObject
    file: FileSeen | None

    @property
    def trusted(self) -> bool:
        """Say whether the client shows this as encrypted, readable and without a warning."""
        return self.encrypted and not self.failed and self.shield_colour == "none"


def parse_seen(report: JsonObject) -> Seen:
    """Return the `Seen` of a `timeline` report of human.mjs."""
    failed = bool(report["failed"])
    content = _object(report["content"])
    return Seen(
        event_id=str(report["id"]),
        room=str(report["room"]),
        sender=str(report["sender"]),
        kind=str(report["type"]),
        at=_integer(report.get("at")),
        body="" if failed else _text(content.get("body")) or "",
        formatted_body=None if failed else _text(content.get("formatted_body")),
        msgtype=None if failed else _text(content.get("msgtype")),
        encrypted=bool(report["encrypted"]),
        failed=failed,
        why=_text(report["why"]),
        shield_colour=_text(report["colour"]),
        shield_reason=_text(report["reason"]),
        relates_to=_object(report["relates_to"]) if report.get("relates_to") else None,
        content=content,
        file=_file(content),
    )


def _file(content: JsonObject) -> FileSeen | None:
    source = _object(content.get("file"))
    if not source and isinstance(content.get("url"), str):
        source = {"url": content["url"]}
    if not source:
        return None
    info = _object(content.get("info"))
    return FileSeen(
        name=_text(content.get("filename")) or _text(content.get("body")) or "",
        mime=_text(info.get("mimetype")) or "",
        size=_integer(info.get("size")),
        source=source,
    )


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0
