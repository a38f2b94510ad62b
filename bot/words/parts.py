"""A long message in numbered parts, cut where a plan says: the same cut whatever was erased since.

A plan is the first line of each part, by number. It holds no words, so it can be kept until all
parts have gone: what is sent after a crash is then what was not sent before it. Refuses to cut
inside a line, save one too long for a message: that is cut small, and sent whole again if it has
changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from bot.words.document import Block, Bullets, Table
from bot.words.message import MAX_BYTES, Message, render, size, split

ROOM: Final = MAX_BYTES - 1_000
"""Of a part, in bytes: an erased line may become longer than it was, and a number is put before."""
_SEP: Final = "."

Plan = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send. `name` is what its transaction is called behind the row's own id."""

    name: str
    message: Message


def atoms(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return the lines of a document: each item of a list, each row of a table, each other block."""
    return tuple(_atoms(blocks))


def plan(message: Message) -> Plan:
    """Return where to cut a message; (0,) if it need not be cut."""
    if size(message) <= MAX_BYTES:
        return (0,)
    starts, used = [0], 0
    for number, atom in enumerate(atoms(message.blocks)):
        weight = _weight(atom)
        if number and used + weight > ROOM:
            starts.append(number)
            used = 0
        used += weight
    return tuple(starts)


def parts(message: Message, cut: Plan, number: Callable[[int, int], Block]) -> tuple[Part, ...]:
    """Return the parts of a message by a plan; `number(2, 3)` is put before the second of three.

    Only the first mentions anybody.
    """
    if len(cut) == 1 and size(message) <= MAX_BYTES:
        return (Part("", message),)
    lines = atoms(message.blocks)
    made: list[Part] = []
    for place, (start, end) in enumerate(zip(cut, (*cut[1:], len(lines)), strict=True)):
        head = number(place + 1, len(cut)) if len(cut) > 1 else None
        blocks = (*((head,) if head is not None else ()), *_together(lines[start:end]))
        mentions = message.mentions if not place else ()
        whole = render(blocks, notice=message.notice, mentions=mentions)
        name = f"{_SEP}{place}" if place else ""
        pieces = split(whole)
        made += _pieces(name, pieces)
    return tuple(made)


def _pieces(name: str, pieces: Sequence[Message]) -> Iterator[Part]:
    """Name what a line that is too long was cut into by its words: changed, it is sent anew."""
    if len(pieces) == 1:
        yield Part(name, pieces[0])
        return
    whole = "\0".join(piece.body for piece in pieces).encode()
    mark = blake2b(whole, digest_size=6, person=b"parley-part/2").hexdigest()
    for number, piece in enumerate(pieces):
        yield Part(f"{name}{_SEP}{mark}{_SEP}{number}", piece)


def _atoms(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        match block:
            case Bullets(items):
                yield from (Bullets((item,)) for item in items)
            case Table(head, rows) if rows:
                yield from (Table(head, (row,)) for row in rows)
            case _:
                yield block


def _together(lines: Iterable[Block]) -> Iterator[Block]:
    """Put lines of one list, and rows of one table, together again."""
    held: Block | None = None
    for line in lines:
        match held, line:
            case Bullets(items), Bullets(more):
                held = Bullets((*items, *more))
            case Table(head, rows), Table(other, more_rows) if head == other:
                held = Table(head, (*rows, *more_rows))
            case _:
                if held is not None:
                    yield held
                held = line
    if held is not None:
        yield held


def _weight(atom: Block) -> int:
    return size(render((atom,)))
