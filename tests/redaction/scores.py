"""What the adversarial set's misses are, each known by name, and the table for docs/REDACTION.md."""

from __future__ import annotations

from typing import Final

MISSED: Final[dict[str, tuple[bool, bool]]] = {"49 CFR 172": (False, True)}
"""Texts that are not found as they should be: (masked, stopped). For an innocent text that is
masked, the pair is not asked. A case that is found after all fails the test, so that it leaves."""
