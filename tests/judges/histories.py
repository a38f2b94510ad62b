"""Two sizes of one log and the path that shows that the one continues the other; true and false.

A receipt carries no such path: witnesses ask for it (docs/spec/ledger.md sections 2 and 12.1).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from bot.ledger.tree import consistency_path, root_at
from tests.judges.draws import Draws
from tests.judges.panel import Question
from tests.judges.trials import Trial


@dataclass(frozen=True)
class History:
    """Sizes, 32-byte roots, and the consistency path."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    path: tuple[bytes, ...]

    def question(self) -> Question:
        return {
            "history": {
                "old": self.old,
                "new": self.new,
                "old_root": self.old_root.hex(),
                "new_root": self.new_root.hex(),
                "path": [step.hex() for step in self.path],
            }
        }


def history(trial: Trial, draws: Draws) -> History:
    """From any size up to the trial's; now and then from nothing, or to itself."""
    new = trial.size
    old = draws.pick((0, new)) if draws.chance(10) else draws.between(0, new)
    roots = root_at(old, trial.nodes), root_at(new, trial.nodes)
    return History(old, new, *roots, consistency_path(trial.nodes, old, new))


def _truncated(good: History, draws: Draws) -> History | None:
    return replace(good, path=good.path[: draws.below(len(good.path))]) if good.path else None


def _extended(good: History, draws: Draws) -> History:
    place = draws.below(len(good.path) + 1)
    more = draws.pick((draws.octets(), good.old_root, *good.path))
    return replace(good, path=(*good.path[:place], more, *good.path[place:]))


def _reordered(good: History, draws: Draws) -> History | None:
    path = tuple(draws.some(good.path, len(good.path)))
    return None if path == good.path else replace(good, path=path)


def _bent(good: History, draws: Draws) -> History | None:
    if not good.path:
        return None
    place = draws.below(len(good.path))
    bent = draws.flipped(good.path[place])
    return replace(good, path=(*good.path[:place], bent, *good.path[place + 1 :]))


def _forked(good: History, draws: Draws) -> History:
    return replace(good, old_root=draws.flipped(good.old_root))


def _other_end(good: History, draws: Draws) -> History | None:
    # A path from nothing says nothing of where it leads: every root continues the empty log.
    return replace(good, new_root=draws.flipped(good.new_root)) if good.old else None


def _backwards(good: History, _draws: Draws) -> History | None:
    back = replace(good, old=good.new, new=good.old, old_root=good.new_root, new_root=good.old_root)
    return back if good.old != good.new else None


FALSE: dict[str, Callable[[History, Draws], History | None]] = {
    "truncated": _truncated,
    "extended": _extended,
    "reordered": _reordered,
    "a bit turned": _bent,
    "another old root": _forked,
    "another new root": _other_end,
    "backwards": _backwards,
}


def false_histories(histories: Iterable[History], seed: str) -> Iterator[tuple[str, History]]:
    """Every kind of false history that each true one allows."""
    draws = Draws(seed + " histories")
    for good in histories:
        for kind, make in FALSE.items():
            made = make(good, draws)
            if made is not None:
                yield kind, made
