"""The file of a record as it may be shown: opened, and made anew without its metadata.

Refuses to hand out the bytes as they were sent, whoever asks: there is no path for them.
"""

from __future__ import annotations

from bot.engine.effects import GiveFile, SayDirect
from bot.ports import File, Files, Labelled, OutboxRow, Room, Store, Unfit
from bot.runner.cases import Offload
from bot.runner.sources import NOBODY, open_all
from bot.words.phrase import Phrase, phrase


async def file_for(
    store: Store, offload: Offload, files: Files, effect: GiveFile
) -> Labelled[File] | Phrase:
    """Return the cleaned file under its record's label, or what to say instead."""
    record = effect.record
    content = await offload(lambda: store.file(record))
    if content is None:
        return phrase("show.erased", code=effect.name)
    made = await files.cleaned(content, "", "")
    if isinstance(made, Unfit):
        return phrase("show.failed", code=effect.name, why=phrase(made.key, **dict(made.args)))
    opened = await offload(lambda: open_all(store, frozenset({record})))
    label = opened[record][0] if record in opened else NOBODY
    return Labelled(File(f"{effect.name}.{made.ending}", made.mime, made.content), label)


def anybody_there(room: Room) -> bool:
    """Tell whether somebody could read: what is said to an empty room is read by nobody, ever."""
    return (
        room.wanted is not None
        and room.seen is not None
        and bool(room.seen.joined() & room.wanted.roster)
    )


def place_of(row: OutboxRow) -> str:
    """Return where a row waits: a compartment, a person, or a channel outside."""
    effect = row.effect
    return effect.user if isinstance(effect, SayDirect) else effect.compartment
