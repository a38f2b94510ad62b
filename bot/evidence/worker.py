"""The short-lived process that reads one attachment: `python -I -m bot.evidence.worker`.

Parsers of other people's files are the likeliest way into the bot, so they run here: no keys, no
environment, no way to open a socket or start a program, little memory and little time. It refuses
to write anything but one answer, and says nothing on the error stream: a parser's complaint may
quote the file.

Input: a line of JSON `{"name", "mime"}`, then the file. Output: a line of JSON, then the clean file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Final

from bot.evidence.cleaning import clean
from bot.evidence.confined import confine
from bot.evidence.kinds import Cleaned, Refusal, Why, refuse
from bot.evidence.looking import inspect

MEMORY: Final = 1_500_000_000
"""Address space in bytes: four libraries, one picture of 60 megapixels twice, and its file."""
CPU_SECONDS: Final = 40


def main() -> None:
    """Read one file from the standard input, answer on the standard output, and end."""
    answer = _own_output()
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    # The signal at the lower limit says why it ended; the one at the upper cannot be ignored.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
    confine()
    header = json.loads(sys.stdin.buffer.readline())
    try:
        made = _made(sys.stdin.buffer.read(), header["name"], header["mime"])
    except MemoryError:
        made = refuse(Why.TOO_HEAVY)
    with os.fdopen(answer, "wb") as out:
        if isinstance(made, Cleaned):
            said = {"kind": made.kind, "removed": made.removed}
            out.write(json.dumps(said).encode() + b"\n" + made.content)
        else:
            out.write(json.dumps({"why": made.why, "args": dict(made.args)}).encode() + b"\n")


def _made(content: bytes, name: str, mime: str) -> Cleaned | Refusal:
    found = inspect(content, name, mime)
    return found if isinstance(found, Refusal) else clean(content, found.kind)


def _own_output() -> int:
    """Keep the answer's pipe to ourselves: what a library prints goes nowhere."""
    answer = os.dup(1)
    os.dup2(2, 1)
    return answer


if __name__ == "__main__":
    main()
