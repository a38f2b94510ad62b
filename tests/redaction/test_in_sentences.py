# ruff: noqa: RUF001 - words of four scripts
"""A number means the same in a sentence: what stands before and behind it is no part of its key."""

from __future__ import annotations

import pytest

from bot.redaction.identifiers import identifiers
from bot.redaction.last_gate import scan
from bot.redaction.protected import protect

NUMBERS = (
    "+380 67 412 55 38", "+961 3 714 882", "054-318-7726", "tel 412 5538", "nadia@cedar.org",
    "@samir.q:matrix.cedar.org", "49.7106, 37.6157", "37S CA 32269 07977", "plate AX 4471 BK",
    "car number А123ВС 77", "plate 12-345-67", "سيارة 123456", "машина АА 1234 ВС",
    "UA21 3223 1300 0002 6007 2335 6600 1", "LB62 0999 0000 0001 0019 0122 9114",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "TQMk5YVqf6rsthvsQPeXXi85szV1CBFoep",
    "passport LR1184927", "паспорт КН 448120", "паспорт 45 12 345678", "national ID 123456782",
    "service number 7318845", "личный номер Г-418822", "born 3 February 1984", "198.51.100.77",
    "date of birth 27.11.1969", "2001:db8:4:9::c0de", "https://files.cedar.org/s/k7QmX2",
    "53rd Separate Mechanized Brigade", "в/ч 74268", "גדוד 931", "الفوج 137", "ת.ז. 123456782",
)  # fmt: skip
BEFORE = ("the 2 of us: ", "in 2024 ", "у него ", "at 5 pm ", "عنده ", "לו ", "no ", "No. 5: ")
BEHIND = (
    " is on the tag", " at 5 pm", " or so.", " and 2 men", ", he said", " и в 5 часов", " на КПП",
    " في الساعة 5", " של 3 אנשים", " (see it)", " - to be kept", " by us", " 2 days ago", "; 3 men",
    "\nI am ok", " in 2024",
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_has_its_key_in_every_sentence(number: str) -> None:
    alone = {(hit.kind, hit.key) for hit in identifiers(number)}
    assert alone
    sentences = [f"{before}{number}" for before in BEFORE] + [f"{number}{one}" for one in BEHIND]
    for sentence in sentences:
        assert alone <= {(hit.kind, hit.key) for hit in identifiers(sentence)}, sentence


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_closed_as_part_of_a_sentence_is_found_alone(number: str) -> None:
    for behind in BEHIND:
        closed = protect(identifiers=identifiers(f"{number}{behind}"))
        assert scan([number], closed), behind


def test_a_shorter_number_is_not_made_of_every_number() -> None:
    for text in ("tel 067 412 55 38", "ring +380 67 412 55 38, please", "call 0674125538 now"):
        assert len(identifiers(text)) == 1, text
