"""How a judge finds its way in a receipt (docs/spec/ledger.md section 7): lines, nothing more.

Judges import nothing of Parley. What is cut out here is handed to third-party code as it stands.
A receipt that does not even have these lines is no question for a judge: it crashes.
"""

import base64
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ACCEPTED = ""


@dataclass(frozen=True)
class Proof:
    """A C2SP tlog-proof file: leaf, index, path, and the signed note as text."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    note: str


@dataclass(frozen=True)
class Presented:
    """A receipt's parts: the SD-JWT presentation, its JWT, parties, earlier note, proof."""

    record: str
    jwt: bytes
    parties: tuple[tuple[bytes, int, bytes], ...]
    before: str
    proof: Proof


def parse_proof(text: str) -> Proof:
    head, note = text.split("\n\n", 1)
    magic, *lines = head.split("\n")
    assert magic == "c2sp.org/tlog-proof@v1"
    leaf = _base64(lines.pop(0), "extra ") if lines[0].startswith("extra ") else b""
    index = int(lines.pop(0).removeprefix("index "))
    return Proof(leaf, index, tuple(_base64(line) for line in lines), note)


def parse_presented(text: str) -> Presented:
    head, tail = text.split("\n\n", 1)
    magic, _log, _submit, record, *rest = head.split("\n")
    assert magic == "parley-receipt/v1"
    record = record.removeprefix("record ")
    parties = [line.split(" ")[1:] for line in rest if line.startswith("party ")]
    before = [_base64(line, "before ").decode() for line in rest if line.startswith("before ")]
    return Presented(
        record=record,
        jwt=record.split("~")[0].encode(),
        parties=tuple((_base64(k), int(time), _base64(s)) for k, time, s in parties),
        before=before[0] if before else "",
        proof=parse_proof(tail),
    )


def text_of(question: Mapping[str, object], name: str) -> str:
    value = question.get(name, "")
    assert isinstance(value, str)
    return value


def answer_all(judge: Callable[[Mapping[str, object]], str]) -> None:
    """Judge every question of the JSON file named on the command line; print the answers.

    An answer is the empty text for "accepted", or why the third party refuses.
    """
    questions = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    print(json.dumps([judge(question) for question in questions]))


def _base64(text: str, prefix: str = "") -> bytes:
    return base64.b64decode(text.removeprefix(prefix), validate=True)
