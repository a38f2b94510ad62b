from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.hits import Kind
from bot.redaction.identifiers import identifiers
from bot.redaction.last_gate import scan
from bot.redaction.masking import Pseudonyms, propose
from bot.redaction.protected import protect

_OURS = protect(
    [("p1", "Samir Haddad"), ("p2", "Oleksandr Kovalenko")],
    identifiers("tel. 0944 123 456, samir@example.org"),
    [("q", "Qamishli")],
)
_NONE = Pseudonyms(b"the key of one recipient")


def test_names_numbers_and_places_get_stand_ins() -> None:
    made = propose("Samir Haddad (tel. 0944 123 456) is in Qamishli with the 3rd Bn.", _OURS, _NONE)
    assert made.text == "[person 1] (tel. [phone 1]) is in [place 1] with the [unit 1]."


def test_one_value_has_one_stand_in_for_one_recipient_also_in_the_next_text() -> None:
    first = propose("Kovalenko called +963 944 123 456", _OURS, _NONE)
    second = propose("S. Haddad and O. Kovalenko, 0944123456", _OURS, first.pseudonyms)
    assert first.text == "[person 1] called [phone 1]"
    assert second.text == "[person 2] and [person 1], [phone 1]"


def test_the_table_of_numbers_tells_no_value_and_another_recipient_has_another() -> None:
    made = propose("samir@example.org", _OURS, _NONE).pseudonyms
    other = propose("samir@example.org", _OURS, Pseudonyms(b"the key of another one")).pseudonyms
    assert "samir" not in repr(made)
    assert set(made.numbers) != set(other.numbers)


def test_each_replacement_says_where_it_was_and_where_it_stands() -> None:
    text = "call 0944 123 456 or Samir Haddad"
    made = propose(text, _OURS, _NONE)
    assert [text[one.start : one.end] for one in made.replacements] == [
        "0944 123 456",
        "Samir Haddad",
    ]
    assert [one.kind for one in made.replacements] == [Kind.PHONE, Kind.NAME]
    for one in made.replacements:
        assert made.text[one.at :].startswith(one.text)


def test_what_shows_beside_a_stand_in_only_is_hidden_where_it_is_written() -> None:
    text = "Oleksandr Kovalenko saw the 3rdBnQamishli today"
    made = propose(text, _OURS, _NONE)
    assert made.text == "[person 1] saw the [unit 1][place 1] today"
    assert [text[one.start : one.end] for one in made.replacements][1:] == ["3rdBn", "Qamishli"]


def test_an_innocent_text_is_proposed_as_it_is() -> None:
    text = "K7QF: ten wounded, Friday 2026-11-27 18:00, 7Q4K-X2MN, 1,200,000 USD"
    assert propose(text, _OURS, _NONE).text == text


_PIECES = st.sampled_from(
    [
        "Samir", "Haddad", "S.", "samir@example.org", "0944 123 456", "+963", "Qamishli", "3rd", "Bn",
        "unit", "1", "[", "]", "[unit 1]", "[phone 2]", "and", "at", "<b>", "</b>", "%20", "\n", "_",
        "33.5138,", "36.2765", "H\u200baddad", "Haddad,", "https://", "x.org/", "Kovalenko", "2026",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=8), st.sampled_from(["", " "]))
def test_a_masked_text_is_masked_already_and_passes_the_last_gate(
    pieces: list[str], between: str
) -> None:
    made = propose(between.join(pieces), _OURS, _NONE)
    assert propose(made.text, _OURS, made.pseudonyms).text == made.text
    assert scan([made.text], _OURS) == ()
