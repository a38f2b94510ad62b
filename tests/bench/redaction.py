"""Masking in one run: everything together with ten thousand protected names, beside Presidio.

Rates are of one thread's CPU, times of a message are on the clock. Presidio's pattern recognisers
run in their own environment over the same texts; with the names as a deny list over a few of them,
because that takes long. Nothing was tuned to these texts' planted values: see `redaction_texts`.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.demo.toolchain import bench_python
from bot.redaction.hits import Kind
from bot.redaction.last_gate import scan
from bot.redaction.masking import Pseudonyms, propose
from bot.redaction.protected import Protected, protect
from tests.bench.figures import quantile
from tests.bench.redaction_texts import SHARED, Message, Planted, messages, roster
from tests.bench.table import Line, Part, ratio

_KEY = b"the key of one invented recipient"
_SOME = 20
"""Messages that Presidio is given together with the names."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over texts: CPU seconds of all, seconds of each by clock and CPU, what was planted."""

    cpu: float
    each: Sequence[float]
    each_cpu: Sequence[float]
    characters: int
    found: int
    planted: int

    @property
    def rate(self) -> float:
        """Return millions of characters per second of one core."""
        return self.characters / self.cpu / 1e6

    @property
    def recall(self) -> float:
        """Return the share of the planted things that were found whole."""
        return self.found / self.planted


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured. `first` is a pass over texts whose words were never met before."""

    compiled_s: float
    first: Pass
    ours: Pass
    shared: Pass
    gate: Pass
    patterns: Pass
    with_names: Pass


def measure(count: int, tell: Callable[[str], None]) -> Found:
    """Measure over `count` messages of 300 characters."""
    names, began = roster(), time.thread_time()
    protected = protect(names)
    compiled_s = time.thread_time() - began
    tell(f"{len(names):,} names compiled")
    fresh = messages(count, names)
    first, again = _masked(fresh, protected), _masked(fresh, protected)
    tell("masked")
    gate = _gate(fresh, protected)
    told = _presidio([one.text for one in fresh], [name for _, name in names])
    tell("Presidio ran")
    some = fresh[:_SOME]
    return Found(
        compiled_s, first, again, _only(again, fresh, protected), gate,
        _other(told["patterns"], fresh, SHARED), _other(told["with_names"], some, None),
    )  # fmt: skip


def _masked(texts: Sequence[Message], protected: Protected) -> Pass:
    seconds, own, found, began = list[float](), list[float](), 0, time.thread_time()
    table = Pseudonyms(_KEY)
    outcomes = []
    for one in texts:
        start, start_cpu = time.perf_counter(), time.thread_time()
        outcomes.append(propose(one.text, protected, table))
        seconds.append(time.perf_counter() - start)
        own.append(time.thread_time() - start_cpu)
    cpu = time.thread_time() - began
    for one, made in zip(texts, outcomes, strict=True):
        spans = [(hit.start, hit.end) for hit in made.replacements]
        found += sum(_hidden(one.text, thing, spans) for thing in one.planted)
    return Pass(cpu, seconds, own, _length(texts), found, _count(texts))


def _only(again: Pass, texts: Sequence[Message], protected: Protected) -> Pass:
    """Return the recall over the kinds that Presidio is made for as well."""
    kept = [Message(one.text, tuple(t for t in one.planted if t.kind in SHARED)) for one in texts]
    shared = _masked([one for one in kept if one.planted], protected)
    return Pass(
        again.cpu, again.each, again.each_cpu, again.characters, shared.found, shared.planted
    )


def _gate(texts: Sequence[Message], protected: Protected) -> Pass:
    seconds, found, planted, began = list[float](), 0, 0, time.thread_time()
    for one in texts:
        start = time.perf_counter()
        findings = scan([one.text], protected)
        seconds.append(time.perf_counter() - start)
        spans = [(finding.start, finding.end) for finding in findings]
        for thing in one.planted:
            if thing.kind is Kind.NAME:
                planted += 1
                found += _hidden(one.text, thing, spans)
    return Pass(time.thread_time() - began, seconds, [], _length(texts), found, planted)


def _hidden(text: str, thing: Planted, spans: Sequence[Sequence[int]]) -> bool:
    """Tell whether every letter and digit of a planted thing lies in one of the spans."""
    start = text.index(thing.text)
    return all(
        any(low <= at < high for low, high in spans)
        for at in range(start, start + len(thing.text))
        if text[at].isalnum()
    )


def _other(
    told: dict[str, object], texts: Sequence[Message], kinds: frozenset[Kind] | None
) -> Pass:
    spans, each, cpu = told["spans"], told["each"], told["cpu"]
    if not (isinstance(spans, list) and isinstance(each, list) and isinstance(cpu, float)):
        raise TypeError("the other side told something else")
    asked = [
        (one.text, thing, at)
        for at, one in enumerate(texts)
        for thing in one.planted
        if kinds is None or thing.kind in kinds
    ]
    found = sum(_hidden(text, thing, spans[at]) for text, thing, at in asked)
    return Pass(cpu, each, [], _length(texts), found, len(asked))


def _presidio(texts: list[str], names: list[str]) -> dict[str, dict[str, object]]:
    asked = json.dumps({"texts": texts, "some": texts[:_SOME], "names": names})
    script = __file__.replace("redaction.py", "presidio_side.py")
    done = subprocess.run(
        [bench_python(), "-I", script], input=asked, capture_output=True, text=True, check=True
    )
    told: dict[str, dict[str, object]] = json.loads(done.stdout)
    return told


def _length(texts: Sequence[Message]) -> int:
    return sum(len(one.text) for one in texts)


def _count(texts: Sequence[Message]) -> int:
    return sum(len(one.planted) for one in texts)


def redaction_part(found: Found) -> Part:
    """Return all lines of the table."""
    ours, first, patterns, names = found.ours, found.first, found.patterns, found.with_names
    p95, other_p95 = (quantile(one.each, 0.95) for one in (ours, patterns))
    return Part(
        "redaction",
        "Presidio's patterns",
        [
            Line(
                "masking, 10,000 names", "at least 0.5 Mchar/s", _rate(ours), _rate(patterns),
                ratio(ours.rate, patterns.rate), ours.rate >= 0.5,
            ),
            Line("the first time, words unknown", "", _rate(first), f"names too {_rate(names)}",
                 ratio(first.rate, names.rate)),
            Line(
                "300 characters, p95", "under 2 ms", _ms(p95), _ms(other_p95),
                ratio(p95, other_p95), p95 < 2e-3,
            ),
            Line("of it CPU", "", _ms(quantile(ours.each_cpu, 0.95)), ""),
            Line(
                "300 characters, p95, words unknown", "", _ms(quantile(first.each, 0.95)),
                f"names too {_ms(quantile(names.each, 0.95))}",
            ),
            Line(
                "planted found, all kinds", "1.000", f"{ours.recall:.3f}", f"names too {names.recall:.3f}",
                "", ours.recall == 1,
            ),
            Line(
                "planted found, Presidio's kinds", "1.000", f"{found.shared.recall:.3f}",
                f"{patterns.recall:.3f}", "", found.shared.recall == 1,
            ),
            Line(
                "planted names at the last gate", "1.000", f"{found.gate.recall:.3f}", "",
                "", found.gate.recall == 1,
            ),
            Line("the last gate", "", _rate(found.gate), ""),
            Line("10,000 names made ready", "", f"{found.compiled_s:.1f} s", ""),
        ],
    )  # fmt: skip


def _rate(one: Pass) -> str:
    return f"{one.rate:.2f} Mchar/s" if one.rate >= 0.1 else f"{1e3 * one.rate:.1f} kchar/s"


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms"
