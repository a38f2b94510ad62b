"""Code names: whole and by themselves, in any disguise; their parts are everyday words."""

from __future__ import annotations

import pytest

from bot.redaction.last_gate import scan
from bot.redaction.masking import Pseudonyms, propose
from bot.redaction.protected import protect

PROTECTED = protect([("1", "H-AMBER"), ("2", "H-TEAL"), ("3", "H-RED"), ("4", "Karim Haddad")])


@pytest.mark.parametrize(
    "text",
    [
        "H-AMBER is ill",
        "h-amber is ill",
        "`H-TEAL` (sign of life)",
        "H\u2011TEAL came",
        "H TEAL came",
        "HTEAL came",
        "H\u200b-TE\u200bAL came",
        "\uff28-\uff34\uff25\uff21\uff2c came",
        "\u041d-TEAL came",
        "photo_H-TEAL_2.jpg",
        "H-T E A L came",
        "H-TEAL's letter",
    ],
)
def test_a_code_name_is_found_as_it_may_be_typed(text: str) -> None:
    assert scan((text,), PROTECTED)
    made = propose(text, PROTECTED, Pseudonyms(b"k" * 16))
    assert "[person 1]" in made.text
    assert not scan((made.text,), PROTECTED)


@pytest.mark.parametrize(
    "text",
    [
        "TLP:AMBER+STRICT. As of 07:00",
        "TLP:RED, for the named readers only",
        "a teal boat with teal sails",
        "with red lines",
        "Amber asked, and Red answered",
        "the teal and the amber one",
    ],
)
def test_its_parts_are_everyday_words(text: str) -> None:
    assert not scan((text,), PROTECTED)


def test_names_beside_it_are_found_as_names() -> None:
    assert scan(("Haddad, K. came",), PROTECTED)
