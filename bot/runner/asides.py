"""Where a line waits while something is found out for it; it then comes back to its case."""

from __future__ import annotations

from bot.engine.effects import Effect, Fetch, Hash, Propose, Sift, Weigh
from bot.runner.arrived import Arrived
from bot.runner.fetching import Fetching
from bot.runner.sifting import Sifting
from bot.runner.weighing import Weighing


def put_aside(
    arrived: Arrived,
    wish: Effect,
    weighing: Weighing[Arrived],
    sifting: Sifting[Arrived],
    fetching: Fetching[Arrived],
) -> bool:
    """Have found out what a line asked for; False if it asked for nothing."""
    match wish:
        case Hash() | Weigh():
            weighing.put(arrived, wish)
        case Sift() | Propose():
            sifting.put(arrived, wish)
        case Fetch() if arrived.attached is not None:
            fetching.put(arrived, arrived.attached)
        case _:
            return False
    return True
