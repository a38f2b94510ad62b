"""Everything that a person's client holds, as bytes to search: events, files, the words of PDFs.

A leak may hide in a formatted body, a file's name, a receipt or a page, so all of it is one text
here. Refuses to look at what the client does not have: nothing is taken from the bot.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from bot.demo.people import Person
from bot.demo.report import NotAsExpected, hold
from bot.demo.scenarios.looking import CODE, has_code, readable
from bot.demo.seen import FileSeen
from bot.demo.stage import BOT, UNSEEN, Stage

_TAG = re.compile(r"<[^<>]{0,200}>")
_BREAK = re.compile(r"(?:\s|\\[nrt])+")


@dataclass(frozen=True, slots=True)
class Screen:
    """All that one client received. `raw` as it came; `plain` folded as a reader would see it.

    Neither has what by chance may look like anything: `readable`.
    """

    raw: str
    plain: str
    files: int
    pages: int

    def holds(self, words: str) -> bool:
        """Tell whether words stand anywhere, in whatever case, with marks and tags between."""
        return words in self.raw or folded(words) in self.plain

    def holds_code(self, code: str) -> bool:
        """Tell whether a code stands anywhere as itself."""
        return has_code(code, self.raw)


def folded(text: str) -> str:
    """Return a text without tags, invisible marks and breaks, in one case."""
    seen = html.unescape(_TAG.sub("", text)).translate(UNSEEN)
    return _BREAK.sub(" ", seen).casefold()


async def screen_of(person: Person) -> Screen:
    """Return all that a person's client holds; every file is downloaded and opened."""
    files = [
        await person.download(seen.file)
        for seen in person.inbox
        if seen.file is not None and not seen.failed
    ]
    return screened(person.everything(), files)


def screened(reports: str, files: Sequence[bytes]) -> Screen:
    """Return what a client reported and the contents of its files as one thing to search."""
    pages = [words_of(file) for file in files if file.startswith(b"%PDF")]
    texts = [reports, *(file.decode(errors="replace") for file in files)]
    texts += [words for one in pages for words in one]
    raw = readable("\n".join(texts))
    raw = f"{raw}\n{raw.translate(UNSEEN)}"
    return Screen(raw, folded(raw), len(files), sum(map(len, pages)))


def words_of(pdf: bytes) -> list[str]:
    """Return the text of each page of a PDF; what it says about itself goes with the last one."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as broken:
        raise NotAsExpected(f"a PDF that cannot be read: {broken}") from None
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
        pages[-1] += "\n".join(["", *document.get_metadata_dict().values()])
        return pages
    finally:
        document.close()


async def paper(stage: Stage, name: str, compartment: str) -> tuple[FileSeen, str]:
    """Wait for the bot's next PDF in a room and return it with its words."""
    bot = stage.homeserver.user_id(BOT)
    seen = await stage.persons[name].expect(
        stage.room(name, compartment),
        lambda s: s.sender == bot and s.file is not None and s.file.mime == "application/pdf",
    )
    if seen.file is None or not seen.trusted:
        raise NotAsExpected(f"{name}'s client warns of the PDF: {seen.shield_reason}")
    content = await stage.persons[name].download(seen.file)
    hold(content.startswith(b"%PDF"), "the file is no PDF")
    return seen.file, folded("\n".join(words_of(content)))


def codes_by_room(stage: Stage) -> dict[str, set[str]]:
    """Return every code that the bot wrote, with the compartments where anybody's client shows it."""
    bot = stage.homeserver.user_id(BOT)
    found: dict[str, set[str]] = {}
    for person in stage.persons.values():
        for seen in person.inbox:
            place = stage.place_of(seen.room)
            if seen.sender == bot and place in stage.file.compartments:
                for code in CODE.findall(seen.body.translate(UNSEEN)):
                    found.setdefault(code, set()).add(place)
    return found
