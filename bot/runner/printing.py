"""What goes with a digest before any of it leaves: its paper is printed, and all of it read again.

Message, paper and chart pass the last gate together, as they will be sent. A press that fails costs
the paper and not the digest; a gate that fails costs the digest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.domain.case import Case
from bot.domain.ids import CompartmentId
from bot.engine.effects import Say
from bot.ports import File, Labelled, NotPrinted, Paper, Press, Store
from bot.runner.arrived import Offload
from bot.runner.closed import Closed
from bot.runner.last_gate import LastGate, Stopped
from bot.runner.papers import needed_for, on_paper, texts_of
from bot.runner.sources import needed, open_all
from bot.runner.wording import worded
from bot.words.message import Message
from bot.words.phrase import phrase

MIME: Final = "application/pdf"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Made:
    """What may leave: the paper, or None where there is none."""

    paper: Labelled[File] | None = None


NOTHING: Final = Made()


class Printing:
    """Prints digests and holds them up to the last gate. `press` is None where nothing is printed."""

    def __init__(
        self, store: Store, offload: Offload, press: Press | None, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._offload = offload
        self._press = press
        self._now = now
        self.closed = Closed(store, offload)
        self.gate = LastGate(self.closed)

    async def made(
        self, case: Case, effect: object, whole: Message, place: CompartmentId
    ) -> Made | Stopped:
        """Return what goes with a text, or why it must not leave; nothing for what is no digest."""
        if not isinstance(effect, Say) or effect.digest is None:
            return NOTHING
        drawn = effect.digest.chart
        records = (
            needed(effect.phrase, case) if drawn is None else needed_for(effect.phrase, drawn, case)
        )
        opened = await self._offload(lambda: open_all(self._store, records))
        texts = [whole.body, whole.formatted or ""]
        paper: Labelled[File] | None = None
        if self._press is not None and drawn is not None:
            party = case.compartments[place].party
            sheet, label = on_paper(case, opened, effect.phrase, drawn, party, now=self._now())
            caption, _ = worded(case, {}, phrase("paper.caption"), party, None, now=self._now())
            texts += [*texts_of(sheet), caption.body]
            printed = await self._printed(self._press, sheet)
            if printed is not None:
                pdf, words = printed
                texts += words
                name = f"digest-{effect.digest.code}.pdf"
                paper = Labelled(File(name, MIME, pdf, caption.body), label)
        stopped = await self.gate.stops(case, place, texts, opened)
        return Made(paper) if stopped is None else stopped

    async def _printed(self, press: Press, sheet: Paper) -> tuple[bytes, tuple[str, ...]] | None:
        try:
            pdf = await press.pdf(sheet)
            return pdf, await press.words_in(pdf)
        except NotPrinted as failed:
            log.warning("not_printed", why=str(failed))
            return None
