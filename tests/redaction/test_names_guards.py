# ruff: noqa: RUF001 - names in four scripts
"""One small roster per rule; a rule that is broken shows here by name."""

from __future__ import annotations

import pytest

from bot.redaction.names import compile_names


def found(spelling: str, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in compile_names([("a", spelling)]).hits(text)]


@pytest.mark.parametrize(
    ("spelling", "text", "expected"),
    [
        ("Bo Li", "Bo Li came", ["Bo Li"]),
        ("Will May", "Then Will May came", ["Will May"]),
        ("Omar Hassan", "ask Omar Faruk Hassan", ["Omar Faruk Hassan"]),
        ("Omar Hassan", "see CaptainHassanList.txt", ["Hassan"]),
        ("Omar Zahrani", "هنا عمر الزهراني اليوم", ["عمر الزهراني"]),
        ("Karim Haddad", "they say freekarimhaddad now", ["karimhaddad"]),
        ("Karim Haddad", "We saw khaddad there", ["khaddad"]),
        ("Captain Haddad", "Captain Haddad came", ["Haddad"]),
        ("عبدالصمد كريم", "ask Abdussamad Karim", ["Abdussamad Karim"]),
        ("Анна Петрова", "Говорили с петровым", ["петровым"]),
        ("Khaled Rezaei", "ask 5aled Rezaei", ["5aled Rezaei"]),
        ("Peter Cox", "видели Сох вчера", ["Сох"]),
        ("Nasser Abu Khalil", "then Abukhalil came", ["Abukhalil"]),
        ("Huda Ammash", "هنا عماش اليوم", ["عماش"]),
        ("Zelenko Dmytro Ivanovych", "Говорили с Зеленком", ["Зеленком"]),
        ("Haddad, Behrouz", "Haddad came", ["Haddad"]),
        ("HADDAD Behrouz", "Haddad came", ["Haddad"]),
    ],
)
def test_a_name_counts(spelling: str, text: str, expected: list[str]) -> None:
    assert found(spelling, text) == expected


@pytest.mark.parametrize(
    ("rule", "spelling", "text"),
    [
        ("two letters alone", "Bo Xu", "Xu came"),
        ("three small letters alone", "Omar Gil", "They gil it"),
        ("two everyday words in small letters", "Will May", "We will may be there"),
        ("an everyday word respelled", "Omar Mather", "Mother came"),
        ("a sentence ends between", "Omar Hassan", "ask Omar. Hassan came"),
        ("an everyday word between", "Omar Hassan", "Then Omar saw Hassan"),
        ("no initial, an address", "Yusuf Hassan", "ask hassan@y.example.org"),
        ("a word that holds a surname", "Rivka Marina", "The marinara sauce"),
        ("the given name after a comma", "Haddad, Behrouz", "Behrouz came"),
        ("the given name beside capitals", "HADDAD Behrouz", "Behrouz came"),
    ],
)
def test_a_word_that_tells_nothing_does_not_count(rule: str, spelling: str, text: str) -> None:
    assert found(spelling, text) == [], rule
