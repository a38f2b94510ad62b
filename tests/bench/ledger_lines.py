"""What the ledger's figures mean: rates, ratios, and whether each goal was met."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.disk import HUNDRED, ONE_ROUND, Appends
from tests.bench.figures import quantile, typical_ratio
from tests.bench.ledger import MILLION, STEPS, Found, Openings, Proofs
from tests.bench.table import Line, Part, ratio

BASELINE = "8 kB, fdatasync"
OTHER = "pymerkle"


def ledger_part(found: Found) -> Part:
    """Return all lines of the table."""
    before, after = found.load
    lines = [
        *append_lines(found.early, found.later),
        *proof_lines(found.proofs),
        seal_line(found.sealed),
        *opening_lines(found.openings),
        *commit_lines(found.committed, found.plain),
        Line("load of the machine, then and now", "", f"{before:.1f}", f"{after:.1f}"),
    ]
    return Part("ledger", BASELINE, lines)


def append_lines(early: Appends, later: Appends) -> list[Line]:
    """Rates per second; a goal asks for so many times the bare rate, or the single rate."""
    one, bare, other = (1 / _median(s) for s in (later.one, later.bare, later.other_one))
    many, others = (HUNDRED / _median(s) for s in (later.hundred, later.other_hundred))
    first, plain = 1 / _median(early.one), 1 / _median(early.bare)
    return [
        Line(
            "one entry, durable and signed", "at least 0.75 times bare",
            _rate(one), _rate(bare), ratio(one, bare), one >= 0.75 * bare,
        ),
        Line(
            f"first {ONE_ROUND} after an opening", "",
            _rate(first), _rate(plain), ratio(first, plain),
        ),
        Line("beside a leaf and its root", "", _rate(one), _rate(other, OTHER),
             ratio(one, other)),
        Line(
            f"{HUNDRED} entries at once", "at least 25,000/s",
            _rate(many), _rate(others, OTHER), ratio(many, others), many >= 25_000,
        ),
        Line(
            "beside one at a time", "at least 8 times",
            _rate(many), _rate(one, "single"), ratio(many, one), many >= 8 * one,
        ),
    ]  # fmt: skip


def proof_lines(proofs: Proofs) -> list[Line]:
    """Times of a proof and of its verification."""
    ours, other = _median(proofs.ours), _median(proofs.other)
    verified, hashes = _median(proofs.verified), _median(proofs.hashes)
    floor = typical_ratio(proofs.verified, proofs.hashes)
    others = _median(proofs.other_verified)
    return [
        Line(
            f"inclusion proof among {MILLION:,}", "at most 50 µs",
            _us(ours), f"{OTHER} {_us(other)}", ratio(ours, other), ours <= 50e-6,
        ),
        Line(
            f"inclusion verified, {STEPS} steps", "at most 1.2 times hashes",
            _us(verified), f"hashes {_us(hashes)}", f"{floor:.2f}", floor <= 1.2,
        ),
        Line("beside another verifier", "", _us(verified), f"{OTHER} {_us(others)}", ratio(verified, others)),
    ]  # fmt: skip


def seal_line(sealed: Sequence[float]) -> Line:
    """CPU of one record."""
    cpu = _median(sealed)
    return Line("a record sealed, CPU", "at most 300 µs", _us(cpu), "", "", cpu <= 300e-6)


def opening_lines(openings: Openings) -> list[Line]:
    """Seconds and memory of opening a large log, and of what may follow."""
    ours, other = (
        _median([o.opening_s for o in which]) for which in (openings.ours, openings.other)
    )
    grown, others = (
        _median([o.opened - o.before for o in which])
        for which in (openings.ours, openings.other)
    )  # fmt: skip
    audited, parts = openings.audited, MILLION / 100_000
    return [
        Line(
            f"{MILLION:,} entries opened", "at most 1 s",
            _s(ours), f"{OTHER} {_s(other)}", ratio(ours, other), ours <= 1,
        ),
        Line("the tree's file made anew", "", _s(openings.anew.opening_s), ""),
        Line("the whole audited", "", _s(audited.audit_s), ""),
        Line("memory before opening", "", _mib(audited.before), ""),
        Line("more once open", "", _mib(grown), f"{OTHER} {_mib(others)}", ratio(grown, others)),
        Line("of it per 100,000 entries", "", _mib(grown / parts), f"{OTHER} {_mib(others / parts)}"),
        Line(
            "more after proofs and audit (file)", "",
            _mib(audited.audited - audited.before), "",
        ),
    ]  # fmt: skip


def commit_lines(committed: Sequence[float], plain: Sequence[float]) -> list[Line]:
    """Times of a whole commit: a record sealed, its contents, its outbox row, its event."""
    lines = []
    for name, share in (("p50", 0.50), ("p95", 0.95)):
        ours, bare = quantile(committed, share), quantile(plain, share)
        what = f"one record committed, {name}"
        lines.append(
            Line(what, "", f"{1e3 * ours:.1f} ms", f"{1e3 * bare:.1f} ms", ratio(ours, bare))
        )
    return lines


def _median(sample: Sequence[float]) -> float:
    return quantile(sample, 0.5)


def _rate(per_second: float, whose: str = "") -> str:
    return f"{whose} {per_second:,.0f}/s".strip()


def _us(seconds: float) -> str:
    return f"{1e6 * seconds:,.1f} µs"


def _s(seconds: float) -> str:
    return f"{seconds:.3f} s"


def _mib(amount: float) -> str:
    return f"{amount:.1f} MiB"
