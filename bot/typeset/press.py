"""`ports.Press` on typst: in threads of its own, without network, clock or the system's fonts.

The same paper gives the same bytes: no date is written, and fonts and template are those beside
this file. Refuses to say why a paper failed in words: a compiler's message quotes its source.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from bot.ports.printed import NotPrinted, Paper
from bot.typeset.form import form

_HERE: Final = Path(__file__).parent
TEMPLATE: Final = _HERE / "paper.typ"
FONTS: Final = _HERE / "fonts"
LONGEST_S: Final = 20.0
"""So long a paper may take; a digest takes a tenth of a second."""
MOST_BYTES: Final = 2_000_000
"""Of a paper's words: above that it is no document for people."""


class TypstPress:
    """Prints one paper at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="press")

    async def pdf(self, paper: Paper) -> bytes:
        """Return a PDF. Raises `NotPrinted`."""
        words = form(paper)
        if len(words.encode()) > MOST_BYTES:
            raise NotPrinted("too_long")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LONGEST_S):
                return await loop.run_in_executor(self._pool, printed, words)
        except TimeoutError:
            raise NotPrinted("too_slow") from None

    async def words_in(self, pdf: bytes) -> tuple[str, ...]:
        """Return the text of each page. Raises `NotPrinted`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LONGEST_S):
                return await loop.run_in_executor(self._pool, words_of, pdf)
        except TimeoutError:
            raise NotPrinted("too_slow") from None

    def close(self) -> None:
        """Let the thread go."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def printed(words: str) -> bytes:
    """Compile the template with words (see `form`). Raises `NotPrinted`."""
    import typst  # noqa: PLC0415  # its fonts cost memory, and a bot without digests never prints

    try:
        made: object = typst.compile(
            str(TEMPLATE),
            root=str(_HERE),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"paper": words},
        )
    except RuntimeError:
        raise NotPrinted("not_compiled") from None
    if not isinstance(made, bytes):
        raise NotPrinted("not_compiled")
    return made


def words_of(pdf: bytes) -> tuple[str, ...]:
    """Return the text of each page as another library reads it. Raises `NotPrinted`."""
    import pypdfium2  # noqa: PLC0415  # as above

    try:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return tuple(page.get_textpage().get_text_range() for page in document)
        finally:
            document.close()
    except pypdfium2.PdfiumError:
        raise NotPrinted("not_read") from None
