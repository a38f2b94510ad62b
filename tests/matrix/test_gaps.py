import pytest

from bot.matrix.gaps import MOST_PAGES, Filled, fill
from bot.matrix.http import HomeserverRefused, HomeserverUnreachable
from bot.matrix.strict_json import POISON, JsonObject, JsonValue
from tests.conftest import Run


class Pages:
    """Answers `/messages` from a list of (chunk, end)."""

    def __init__(self, *answers: JsonObject | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, str | None, str]] = []

    async def messages(
        self, room: str, start: str, end: str | None, direction: str, limit: int
    ) -> JsonObject:
        assert limit > 0
        self.asked.append((room, start, end, direction))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(*ids: str, end: JsonValue = None) -> JsonObject:
    chunk: list[JsonValue] = [{"event_id": name} for name in ids]
    return {"chunk": chunk} if end is None else {"chunk": chunk, "end": end}


def ids(filled: Filled) -> list[object]:
    return [event["event_id"] for event in filled.events]


def test_a_gap_is_walked_back_to_the_last_position_and_returned_in_order(run: Run) -> None:
    pages = Pages(page("$5", "$4", end="p2"), page("$3", "$2"))
    filled = run(fill(pages, "!room", "p1", "since"))
    assert ids(filled) == ["$2", "$3", "$4", "$5"]
    assert filled.whole
    assert pages.asked == [("!room", "p1", "since", "b"), ("!room", "p2", "since", "b")]


def test_a_known_event_ends_the_walk(run: Run) -> None:
    pages = Pages(page("$5", "$4", "$3", end="p2"))
    filled = run(fill(pages, "!room", "p1", "since", frozenset({"$4"})))
    assert ids(filled) == ["$5"]
    assert filled.whole


@pytest.mark.parametrize("ends", [["p2", "p1"], ["p1"], ["p2", "p3", "p2"]])
def test_a_loop_ends_the_walk_and_is_told(run: Run, ends: list[str]) -> None:
    pages = Pages(*(page(f"$x{at}", end=end) for at, end in enumerate(ends)))
    filled = run(fill(pages, "!room", "p1", "since"))
    assert not filled.whole
    assert len(filled.events) == len(ends)


def test_a_walk_without_end_is_cut_off(run: Run) -> None:
    pages = Pages(*(page(end=f"q{at}") for at in range(MOST_PAGES + 5)))
    assert not run(fill(pages, "!room", "p1", "since")).whole
    assert len(pages.asked) == MOST_PAGES


def test_odd_events_cost_only_themselves(run: Run) -> None:
    odd: list[JsonValue] = [{"event_id": "$2"}, 5, {"event_id": POISON}, {"event_id": "$1"}]
    filled = run(fill(Pages({"chunk": odd}), "!room", "p1", "since"))
    assert ids(filled) == ["$1", "$2"]
    assert filled.skipped == 2


@pytest.mark.parametrize("answer", [{}, {"chunk": 5}, {"chunk": [], "end": 7}])
def test_an_odd_answer_ends_the_walk(run: Run, answer: JsonObject) -> None:
    assert run(fill(Pages(answer), "!room", "p1", "since")).events == ()


def test_a_refusal_keeps_what_was_found(run: Run) -> None:
    pages = Pages(page("$2", end="p2"), HomeserverRefused(403, "M_FORBIDDEN"))
    filled = run(fill(pages, "!room", "p1", "since"))
    assert ids(filled) == ["$2"]
    assert not filled.whole


def test_an_unreachable_server_is_the_callers_to_wait_for(run: Run) -> None:
    with pytest.raises(HomeserverUnreachable):
        run(fill(Pages(HomeserverUnreachable("network")), "!room", "p1", "since"))
