"""Presidio's pattern recognisers over the same texts, in the environment they are installed in.

Reads {"texts", "names", "rounds"} as JSON from its standard input and writes what it took and found.
Runs without this project's code, without a language model and without the network.
"""

from __future__ import annotations

import json
import sys
import time

import tldextract
from presidio_analyzer import EntityRecognizer, PatternRecognizer
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    CryptoRecognizer,
    DateRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    UrlRecognizer,
    UsPassportRecognizer,
    UsSsnRecognizer,
)

PATTERNS = (
    EmailRecognizer, IbanRecognizer, IpRecognizer, UrlRecognizer, CryptoRecognizer, CreditCardRecognizer,
    PhoneRecognizer, DateRecognizer, UsSsnRecognizer, UsPassportRecognizer,
)  # fmt: skip


def main() -> None:
    """Measure the patterns alone, and with the names as a deny list; tell spans of the latter."""
    asked = json.load(sys.stdin)
    # It would ask the network for the list of public suffixes.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    alone: list[EntityRecognizer] = [make() for make in PATTERNS]
    names = PatternRecognizer(supported_entity="PROTECTED_NAME", deny_list=asked["names"])
    told = {}
    for name, recognizers, texts in (
        ("patterns", alone, asked["texts"]),
        ("with_names", [*alone, names], asked["some"]),
    ):
        _found(recognizers, texts[0])
        seconds, spans, began = [], [], time.thread_time()
        for text in texts:
            start = time.perf_counter()
            spans.append(_found(recognizers, text))
            seconds.append(time.perf_counter() - start)
        told[name] = {"cpu": time.thread_time() - began, "each": seconds, "spans": spans}
    json.dump(told, sys.stdout)


def _found(recognizers: list[EntityRecognizer], text: str) -> list[tuple[int, int]]:
    return [
        (result.start, result.end)
        for recognizer in recognizers
        for result in recognizer.analyze(text, recognizer.supported_entities, None)
    ]


if __name__ == "__main__":
    main()
