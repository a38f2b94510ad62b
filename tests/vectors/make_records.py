"""Freeze one vector for each kind of record: `python -m tests.vectors.make_records`.

Adds what is missing and never touches what stands: records that were once written must be
readable for ever, whatever the code looks like now.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

from bot.domain.bodies import BODIES
from bot.domain.codec import Json
from bot.domain.records import PLANS, Record
from bot.storage.forms import ledger_fields, prose_of, skeleton_of
from tests.vectors.story import SAMPLES

VECTORS = Path(__file__).with_name("records.json")


class Vector(TypedDict):
    """A record as it lies on disk: its skeleton, and apart from it the prose."""

    skeleton: dict[str, Json]
    prose: dict[str, str]


def frozen() -> dict[str, Vector]:
    """Return the frozen vectors by tag."""
    if not VECTORS.exists():
        return {}
    return cast("dict[str, Vector]", json.loads(VECTORS.read_text("utf-8")))


def vector_of(record: Record) -> Vector:
    """Return what today's code writes for a record."""
    kind = type(record.body)
    prose = prose_of(kind, ledger_fields(record))
    assert set(prose) == set(PLANS[kind].prose)
    return {"skeleton": json.loads(skeleton_of(record)), "prose": prose}


def main() -> None:
    """Freeze what has no vector yet."""
    vectors = frozen()
    for kind in BODIES:
        if kind.TAG not in vectors:
            vectors[kind.TAG] = vector_of(SAMPLES[kind])
            print(f"frozen: {kind.TAG}")
    text = json.dumps(vectors, ensure_ascii=False, indent=1, sort_keys=True)
    VECTORS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
