from __future__ import annotations

from tests.redaction.adversarial_set import cases, innocent
from tests.redaction.scores import MISSED, MISTAKEN, REDACTION, page


def test_the_page_shows_how_the_set_comes_out_today() -> None:
    now = REDACTION.read_text("utf-8")
    assert page(now) == now, "run: python -m tests.documents.made"


def test_every_known_miss_is_a_text_of_the_set() -> None:
    assert set(MISSED) <= {case.text for case in cases()}
    assert set(MISTAKEN) <= {text for _, text in innocent()}
