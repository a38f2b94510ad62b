"""From the bytes of one file to bytes that are safe to show, whatever its kind.

Loads every parser: only the worker and tests import this module, never the bot. Refuses kinds
that nothing here can write anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Final

from bot.evidence.image import clean_image
from bot.evidence.kinds import (
    IMAGES,
    MAX_BYTES,
    MEGABYTE,
    OOXML,
    OPEN_DOCUMENTS,
    STAYS,
    Cleaned,
    Kind,
    Refusal,
    Stop,
    Why,
    refuse,
)
from bot.evidence.office import clean_office
from bot.evidence.opendocument import clean_opendocument
from bot.evidence.pdf import clean_pdf
from bot.evidence.text import clean_text

CLEANERS: Final[dict[Kind, Callable[[bytes, Kind], Cleaned]]] = {
    **dict.fromkeys(IMAGES - STAYS, clean_image),
    **dict.fromkeys(OOXML, clean_office),
    **dict.fromkeys(OPEN_DOCUMENTS, clean_opendocument),
    Kind.PDF: lambda content, _: clean_pdf(content),
    Kind.TEXT: lambda content, _: clean_text(content),
}


def clean(content: bytes, kind: Kind) -> Cleaned | Refusal:
    """Return the file without its metadata, or why it is not shown elsewhere.

    What people see in it is NOT removed: faces, backgrounds and visible text remain a human's
    decision. `Unclean` is raised if our own work does not stand the look afterwards.
    """
    cleaner = CLEANERS.get(kind)
    if cleaner is None:
        return refuse(Why.STAYS, kind=kind)
    try:
        with warnings.catch_warnings():
            # Pillow warns of oddities that it then reads past; here they are nobody's business.
            warnings.simplefilter("ignore")
            cleaned = cleaner(content, kind)
    except Stop as stop:
        return stop.refusal
    if len(cleaned.content) > MAX_BYTES:
        return refuse(Why.TOO_LARGE, kind=kind, limit=MAX_BYTES // MEGABYTE)
    return cleaned
