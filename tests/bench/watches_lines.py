"""What the figures of watches mean: ratios, goals, and whether each was met."""

from __future__ import annotations

from tests.bench.table import Line, Part, ratio
from tests.bench.watches import Found

BARE, OTHER = "bare table", "APScheduler"
MOST_BARE, LEAST_OTHER, STALL_S, WAIT_S = 1.5, 8.0, 0.05, 5.0


def watches_part(found: Found) -> Part:
    """Return all lines of the table."""
    before, after = found.load
    lines = [
        *armed_lines(found),
        *due_lines(found),
        *written_lines(found),
        *stepped_lines(found),
        Line("load of the machine, then and now", "", f"{before:.1f}", f"{after:.1f}"),
    ]
    return Part("watches", f"{BARE}, {OTHER}", lines)


def armed_lines(found: Found) -> list[Line]:
    """What arming costs, and what many armed ones cost."""
    size, start, others = found.size, found.start, found.others
    grown = start.after - start.before
    return [
        Line(
            "armed by `!watch add`, each durable, the first", "",
            _rate(found.early), f"{OTHER} {_rate(others.scheduler_arm)}",
            ratio(others.scheduler_arm, found.early),
        ),
        Line(
            f"with {size.armed:,} armed", "",
            _rate(found.late), f"{BARE} {_rate(others.bare_arm)}",
            ratio(others.bare_arm, found.late),
        ),
        Line(
            f"{start.watches:,} armed, more memory after a start", "",
            f"{grown:.1f} MiB", f"{start.before:.1f} MiB without",
        ),
        Line("every case folded at a start", "", f"{start.seconds:.1f} s", ""),
    ]  # fmt: skip


def due_lines(found: Found) -> list[Line]:
    """What a mass costs that is due in one second."""
    size, mass, others = found.size, found.mass, found.others
    faster = others.scheduler / mass.durable
    return [
        Line(
            f"{size.due:,} due in one second, until durable", f"at most {MOST_BARE} times bare",
            _s(mass.durable), f"{BARE} {_s(others.bare)}", ratio(mass.durable, others.bare),
            mass.durable <= MOST_BARE * others.bare,
        ),
        Line(
            "beside a bare commit for each", "",
            _s(mass.durable), f"{BARE} {_s(others.bare_single)}",
            ratio(mass.durable, others.bare_single),
        ),
        Line(
            "how many times faster than another scheduler", f"at least {LEAST_OTHER:.0f} times",
            _s(mass.durable), f"{OTHER} {_s(others.scheduler)}", f"{faster:.2f}",
            faster >= LEAST_OTHER,
        ),
        Line(
            "event loop's longest stall meanwhile", "under 50 ms", f"{1e3 * mass.stall:.0f} ms", "",
            "", mass.stall < STALL_S,
        ),
        Line("of a stall the loop's own work, at most", "", f"{1e3 * mass.own:.0f} ms", ""),
        Line(
            "another room's notice, due last of them", "under 5 s", _s(mass.notice), "", "",
            mass.notice < WAIT_S,
        ),
        Line(
            "another room's command meanwhile", "under 5 s", _s(mass.command), "", "",
            mass.command < WAIT_S,
        ),
    ]  # fmt: skip


def written_lines(found: Found) -> list[Line]:
    """What is written for one deadline, of what it shares with others its part."""
    total = sum(found.sizes.values())
    parts = ", ".join(f"{name} {size}" for name, size in found.sizes.items())
    return [Line("bytes written for each deadline", "", f"{total:,}", parts)]


def stepped_lines(found: Found) -> list[Line]:
    """What a clock does that is set by two hours, on and back, while others are due."""
    stepped = found.stepped
    return [
        Line(
            f"clock set by 2 h twice, {found.size.stepped:,} due: lost, doubled", "none",
            f"{stepped.lost} / {stepped.doubled}", f"{stepped.raised:,} raised", "",
            stepped.lost == stepped.doubled == 0,
        ),
        Line("event loop's longest stall meanwhile", "", f"{1e3 * stepped.stall:.0f} ms", ""),
        Line("of a stall the loop's own work, at most", "", f"{1e3 * stepped.own:.0f} ms", ""),
    ]  # fmt: skip


def _rate(seconds: float) -> str:
    return f"{1 / seconds:,.0f}/s"


def _s(seconds: float) -> str:
    return f"{seconds:.2f} s"
