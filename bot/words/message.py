"""What the bot sends: a document becomes a Matrix message, plain and formatted.

An inserted value cannot make markup, a mention, a link, a line of its own, or text that runs
backwards over ours (see `bot.words.inserted`). The formatted body knows strong, em, h4, lists,
code, tables, p and br, and no attribute at all.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.words.document import (
    Block,
    Break,
    Bullets,
    Code,
    Em,
    Heading,
    Leaf,
    Line,
    Para,
    Quote,
    Strong,
    Table,
    Text,
    Value,
    Words,
    leaves_of,
    line,
    line_of,
)
from bot.words.inserted import clean, isolated, on_one_line

__all__ = [
    "Block",
    "Break",
    "Bullets",
    "Code",
    "Em",
    "Heading",
    "Line",
    "Message",
    "Para",
    "Quote",
    "Strong",
    "Table",
    "Text",
    "Value",
    "Words",
    "content",
    "line",
    "render",
    "size",
    "split",
]

MAX_BYTES: Final = 30_000
"""Of a message's content as JSON; encryption adds a third and 65,536 bytes is the server's end."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `body` stands alone, `formatted` is HTML or None where it would add nothing.

    `mentions` are the Matrix ids that must act. `blocks` is what it was made of, for `split`.
    """

    body: str
    formatted: str | None
    notice: bool
    mentions: tuple[str, ...]
    blocks: tuple[Block, ...]


def _shown(leaf: Leaf) -> str:
    match leaf:
        case Text(text):
            return text
        case Value(text):
            return on_one_line(text)


def render(
    blocks: Iterable[Block], *, notice: bool = False, mentions: Iterable[str] = ()
) -> Message:
    """The message that `blocks` make. ValueError for a mention that is no Matrix user id."""
    made, called = tuple(blocks), tuple(dict.fromkeys(mentions))
    if not all(re.fullmatch(r"@[^\s:]+:[^\s]+", user) for user in called):
        raise ValueError("a mention is not a Matrix user id")
    body = "\n".join(_body(block) for block in made)
    formatted = None if _is_plain(made) else "".join(_html(block) for block in made)
    return Message(body, formatted, notice, called, made)


def _is_plain(blocks: tuple[Block, ...]) -> bool:
    return all(
        isinstance(block, Para)
        and all(isinstance(word, Text | Value | Break) for word in line_of(block.words))
        for block in blocks
    )


def _body(block: Block) -> str:
    match block:
        case Para(words):
            return _plain(words)
        case Heading(words):
            return f"{_plain(words)}\n"
        case Quote(text):
            return "\n".join(f"> {isolated(said)}" for said in clean(text).split("\n"))
        case Bullets(items):
            return "\n".join(f"\u2022 {_plain(item)}" for item in items)
        case Table(head, rows):
            return "\n".join(" | ".join(map(_plain, row)) for row in (head, *rows))


def _plain(words: Words) -> str:
    pieces: list[str] = []
    for word in line_of(words):
        match word:
            case Text() | Value():
                pieces.append(_shown(word))
            case Strong(inner) | Em(inner):
                pieces.extend(map(_shown, inner))
            case Code(inner):
                pieces.extend(("`", *map(_shown, inner), "`"))
            case Break():
                pieces.append("\n")
    return "".join(pieces)


def _html(block: Block) -> str:
    match block:
        case Para(words):
            return f"<p>{_inline(words)}</p>"
        case Heading(words):
            return f"<h4>{_inline(words)}</h4>"
        case Quote(text):
            lines = (html.escape(isolated(said)) for said in clean(text).split("\n"))
            return f"<p><em>{'<br>'.join(lines)}</em></p>"
        case Bullets(items):
            return f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>"
        case Table(head, rows):
            cells = "".join(f"<th>{_inline(cell)}</th>" for cell in head)
            body = "".join(
                f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in rows
            )
            return f"<table><tr>{cells}</tr>{body}</table>"


def _inline(words: Words) -> str:
    pieces: list[str] = []
    for word in line_of(words):
        match word:
            case Text() | Value():
                pieces.append(html.escape(_shown(word)))
            case Strong(inner):
                pieces.append(f"<strong>{_escaped(inner)}</strong>")
            case Em(inner):
                pieces.append(f"<em>{_escaped(inner)}</em>")
            case Code(inner):
                pieces.append(f"<code>{_escaped(inner)}</code>")
            case Break():
                pieces.append("<br>")
    return "".join(pieces)


def _escaped(words: tuple[Leaf, ...]) -> str:
    return "".join(html.escape(_shown(word)) for word in words)


def content(message: Message) -> dict[str, object]:
    """The content of an `m.room.message` event (Matrix client-server API 1.12, m.mentions too)."""
    made: dict[str, object] = {
        "msgtype": "m.notice" if message.notice else "m.text",
        "body": message.body,
        # Always there: without it a client looks for names in the body.
        "m.mentions": {"user_ids": list(message.mentions)} if message.mentions else {},
    }
    if message.formatted is not None:
        made |= {"format": "org.matrix.custom.html", "formatted_body": message.formatted}
    return made


def size(message: Message) -> int:
    """Bytes of the content as JSON in UTF-8, before encryption."""
    return len(json.dumps(content(message), ensure_ascii=False).encode())


def split(message: Message, limit: int = MAX_BYTES) -> tuple[Message, ...]:
    """The same words in messages of at most `limit` bytes (see `size`), cut between blocks.

    A block too long for one message is cut at an item, a row or a space. Only the first part
    mentions anybody. ValueError for a limit too small to work with.
    """
    if size(message) <= limit:
        return (message,)
    room = limit - size(render((), notice=message.notice, mentions=message.mentions)) - _FRAME
    if room < _LEAST_ROOM:
        raise ValueError("the limit leaves no room for words")
    parts: list[list[Block]] = [[]]
    used = 0
    for block in _pieces(message.blocks, room):
        if parts[-1] and used + _weight(block) > room:
            parts.append([])
            used = 0
        parts[-1].append(block)
        used += _weight(block)
    return tuple(
        render(part, notice=message.notice, mentions=() if number else message.mentions)
        for number, part in enumerate(parts)
    )


_FRAME: Final = len(', "format": "org.matrix.custom.html", "formatted_body": ""')
_LEAST_ROOM: Final = 500


def _weight(block: Block) -> int:
    return len(json.dumps(_body(block) + "\n" + _html(block), ensure_ascii=False).encode())


def _pieces(blocks: Iterable[Block], room: int) -> Iterator[Block]:
    for block in blocks:
        if _weight(block) <= room:
            yield block
        else:
            yield from _pieces(_halves(block), room)


def _halves(block: Block) -> tuple[Block, ...]:
    match block:
        case Para(words):
            return tuple(Para(half) for half in _cut(words))
        case Heading(words):
            return tuple(Heading(half) for half in _cut(words))
        case Quote(text):
            return tuple(Quote(half) for half in _cut_text(text))
        case Bullets((only,)):
            return tuple(Bullets((half,)) for half in _cut(only))
        case Bullets(items):
            middle = len(items) // 2
            return Bullets(items[:middle]), Bullets(items[middle:])
        case Table(head, rows) if len(rows) > 1:
            middle = len(rows) // 2
            return Table(head, rows[:middle]), Table(head, rows[middle:])
        case Table(head, rows):
            # A row too long for a message is no row any more.
            return (Bullets(tuple(cell for row in (head, *rows) for cell in row)),)


def _cut(words: Words) -> tuple[Line, Line]:
    whole = line_of(words)
    if len(whole) != 1:
        middle = len(whole) // 2
        return whole[:middle], whole[middle:]
    match whole[0]:
        case Text(text):
            left, right = _cut_text(text)
            return (Text(left),), (Text(right),)
        case Value(text):
            left, right = _cut_text(text)
            return (Value(left),), (Value(right),)
        case Strong(inner) | Em(inner) | Code(inner):
            kind = type(whole[0])
            left_half, right_half = _cut(inner)
            return (kind(tuple(leaves_of(left_half))),), (kind(tuple(leaves_of(right_half))),)
        case Break():
            return whole, ()


def _cut_text(text: str) -> tuple[str, str]:
    """About half way, after the last space before it if there is one near."""
    seen = clean(text)
    middle = len(seen) // 2
    space = seen.rfind(" ", middle - middle // 8, middle)
    place = space + 1 if space > 0 else middle
    return seen[:place], seen[place:]
