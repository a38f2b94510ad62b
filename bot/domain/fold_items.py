"""What every fold of words shares: the item that a code names, and where its words are."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.case import Case, Item
from bot.domain.growing import put
from bot.domain.ids import Code
from bot.domain.records import Record


def with_item(case: Case, record: Record, code: Code) -> Case:
    """Return the case with one more item that people can name."""
    item = Item(code, record.id, record.compartment, record.label, record.at)
    return worded(replace(case, items=put(case.items, code, item)), record, code)


def worded(case: Case, record: Record, code: Code) -> Case:
    """Note that a record holds words under a code: an erasure of the code is about it too."""
    return replace(case, words=put(case.words, code, (*case.words.get(code, ()), record.id)))
