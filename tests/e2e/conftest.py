"""One stage for each file of tests: a Synapse, real clients, and the bot as its own process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.demo.stage import Stage
from tests.conftest import Run
from tests.support.stage import set_stage


@pytest.fixture(scope="module")
def stage(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = run(set_stage(tmp_path_factory.mktemp("stage"), unreadable_notice_seconds=10))
    yield made
    run(made.__aexit__())
