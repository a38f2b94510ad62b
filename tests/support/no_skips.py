"""Fail if a test was skipped that .ci/allowed-skips does not name: a skip proves nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET  # our own pytest wrote the file


def main(report: str, allowed_list: str) -> int:
    """Print each unexpected skip of a junit report; return 1 if there is one or no test ran."""
    lines = Path(allowed_list).read_text(encoding="utf-8").splitlines()
    allowed = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314  # see the import
    names = [
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("skipped") is not None
    ]
    unexpected = [name for name in names if name not in allowed]
    for name in unexpected:
        print(f"skipped, and not allowed to be: {name}")
    print(f"{len(cases)} tests, {len(names)} skipped, {len(unexpected)} of them unexpected")
    return 1 if unexpected or not cases else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
