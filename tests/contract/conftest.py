"""Every law is tried on the SQL store and on its twin in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.contract.stores import AnyStore
from tests.storage.samples import (
    MASTER,
    steady,
)


@pytest.fixture(params=["sql", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    made: AnyStore
    if request.param == "sql":
        made = SqlStore.open(tmp_path / "store.db", MASTER, steady("contract"))
    else:
        made = MemoryStore(steady("contract"))
    yield made
    made.close()
