"""`parley verify`: check a receipt offline, without the bot, its operator or a network.

Imports the ledger and nothing else of the bot, so that what a party must trust stays small.
Refuses to say "proved" without a key that the reader already trusts.

Exit codes: 0 proved; 1 not proved (false, or no trusted key given); 2 the file or the trusted
key cannot be read.
"""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

from bot.ledger.encoding import FormatError
from bot.ledger.receipt import MAX_RECEIPT
from bot.ledger.verdict import Verdict
from bot.ledger.verify import parse_trust, verify_receipt

PROVED = 0
NOT_PROVED = 1
UNREADABLE = 2


def run(path: Path, *, trusted: str | None, as_json: bool, out: Callable[[str], None]) -> int:
    """Verify the receipt in a file and say so, sentence by sentence; return the exit code.

    `trusted` holds verifier keys separated by white space: the log's, and those of any
    witnesses, all of which must then have cosigned.
    """
    try:
        trust = None if trusted is None else parse_trust(_as_typed(trusted))
    except FormatError as wrong:
        return _unreadable(f"The trusted key cannot be read: {wrong}.", as_json, out)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_RECEIPT + 1)
    except OSError as wrong:
        return _unreadable(f"The file cannot be read: {wrong.strerror}.", as_json, out)
    return _report(verify_receipt(raw, trust=trust), as_json, out)


def _as_typed(trusted: str) -> str:
    """Drop what cannot be seen: a key copied out of a chat brings invisible marks along."""
    return "".join(mark for mark in trusted if unicodedata.category(mark) != "Cf")


def _report(verdict: Verdict, as_json: bool, out: Callable[[str], None]) -> int:
    if as_json:
        out(json.dumps(_as_json(verdict), indent=2))
    else:
        for sentence in verdict.sentences:
            out(sentence)
    if verdict.ok:
        return PROVED
    return NOT_PROVED if verdict.readable else UNREADABLE


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "proved": verdict.ok,
        "fault": verdict.fault,
        "sentences": verdict.sentences,
        "level": verdict.level,
        "fields": dict(verdict.fields),
        "withheld": verdict.withheld,
        "not_before": verdict.not_before,
        "not_after": verdict.not_after,
        "log": verdict.log,
    }


def _unreadable(sentence: str, as_json: bool, out: Callable[[str], None]) -> int:
    fault = {"proved": False, "fault": "unreadable", "sentences": [sentence]}
    out(json.dumps(fault, indent=2) if as_json else sentence)
    return UNREADABLE
