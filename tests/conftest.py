"""Fixtures of the whole suite.

A missing homeserver or Node is a failure that says what to run, never a skip: a suite that skips
what it cannot reach proves nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from bot.demo.homeserver import EmbeddedHomeserver
from bot.demo.people import People

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

_T = TypeVar("_T")


class Run(Protocol):
    def __call__(self, scenario: Coroutine[object, object, _T], seconds: float = 120) -> _T: ...


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """Run a coroutine on the suite's one event loop, on which homeserver and people live."""
    with asyncio.Runner() as runner:

        def run_scenario(scenario: Coroutine[object, object, _T], seconds: float = 120) -> _T:
            return runner.run(asyncio.wait_for(scenario, seconds))

        yield run_scenario


@pytest.fixture(scope="session")
def homeserver(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHomeserver]:
    """A real Synapse with generous limits, shared by the session."""
    server = EmbeddedHomeserver(tmp_path_factory.mktemp("homeserver") / "state")
    run(server.start())
    yield server
    run(server.stop())


@pytest.fixture(scope="session")
def people_process(run: Run) -> Iterator[People]:
    crowd = People()
    run(crowd.__aenter__())
    yield crowd
    run(crowd.__aexit__(None, None, None))


@pytest.fixture
def people(run: Run, people_process: People) -> Iterator[People]:
    """Start scripted humans; they are sent home when the test ends."""
    yield people_process
    run(people_process.send_home())
