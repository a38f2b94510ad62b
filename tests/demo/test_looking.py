"""What the scenarios look for in a client is found as itself, whatever o'clock it is."""

from __future__ import annotations

import pytest

from bot.demo.report import NotAsExpected
from bot.demo.scenarios.looking import clock_after, code_in, percentages_in

LISTED = """Day 1, Sun 22 Nov 23:17 Tehran (19:47 UTC). The last promise or offer seen here: 0 min ago.
• `VMA4` release probability: 60 %, by Ms. Shirin Daneshvar, 0 min ago. the road crew is at work
• `GWJH` release probability: 35 %, by Brig. Farrokh, 0 min ago. the pass is snowed in"""


def test_a_percentage_is_no_minute_of_a_clock() -> None:
    """Their mean is 47.5 %, and the list was asked for at 19:47."""
    assert percentages_in(LISTED) == ["35 %", "60 %"]


@pytest.mark.parametrize("mean", ["47 %", "47.5 %", "47,5 %"])
def test_a_mean_is_a_percentage_too_many(mean: str) -> None:
    assert percentages_in(f"{LISTED}\nAll: {mean}") == ["35 %", mean, "60 %"]


def test_a_clock_goes_on_over_midnight() -> None:
    assert clock_after("Mon 03:28 Tehran (23:58 UTC)", 5) == "00:03"


def test_what_is_not_there_is_not_as_expected() -> None:
    with pytest.raises(NotAsExpected, match="no code"):
        code_in("On record as `ABCDE`")
    with pytest.raises(NotAsExpected, match="no time"):
        clock_after("Day 1", 5)
    assert code_in("On record as `VM\u2060A4`, then `GWJH`") == "VMA4"
