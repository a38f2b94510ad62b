"""What a receipt of a promise shows: its terms and what was done, and never a red line."""

from __future__ import annotations

from dataclasses import fields

import pytest

from bot.domain import bodies as b
from bot.storage.forms import shown_in_receipt


def shown(kind: type[b.Body]) -> frozenset[str]:
    return shown_in_receipt(kind, [field.name for field in fields(kind)])


def test_the_terms_are_proved_with_the_words() -> None:
    assert {"text", "terms", "agreed", "method", "due"} <= shown(b.CommitmentProposed)
    assert {"offer", "terms", "agreed", "method"} <= shown(b.OfferTerms)
    assert "date_agreed" in shown(b.OfferAccepted) & shown(b.CommitmentAccepted)


def test_what_was_done_is_proved_to_whoever_did_it_and_that_it_was_to_the_others() -> None:
    assert {"code", "happening", "party", "by", "words"} <= shown(b.PromiseActed)
    assert {"code", "happening", "party"} <= shown(b.PromiseTold)
    assert not {"by", "words"} & shown(b.PromiseTold)


@pytest.mark.parametrize("kind", [b.CommitmentConfirmed, b.CommitmentProposed])
def test_no_receipt_of_a_promise_shows_a_red_line(kind: type[b.Body]) -> None:
    assert not {"red_lines", "lines", "number"} & shown(kind)
