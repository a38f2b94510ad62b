from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.views import views

_NAME = "Samir Haddad"


@pytest.mark.parametrize(
    "text",
    [
        "x%20Samir%20Haddad",
        "%2553amir%2520Haddad",
        "<p>Sa<b>mir</b><br>Haddad</p>",
        "S&#97;mir&nbsp;H&#x61;ddad".replace("&nbsp;", " "),
        "\\u0053amir Haddad",
        "S a m i r H a d d a d".replace(" r H", " r  H"),
        "\u202edaddaH rimaS\u202c",
        "Samir_Haddad",
        "> Samir\n> Haddad".replace("\n> ", "\n> "),
        f"see {base64.b64encode(_NAME.encode()).decode()}",
        f"https://example.org/{base64.urlsafe_b64encode(_NAME.encode()).decode()}",
        _NAME.encode().hex(),
        "Samir Had-\ndad",
        "<p>Samir Had<![CDATA[dad]]></p>",
        """<p>Samir Had<b title="<">dad</b></p>""",
        """<p>Samir Had<b title='>' id=a>dad</b></p>""",
        "<p>Samir Had<?x y?>dad</p>",
        '<style>p::after{content:"\\53 amir Haddad"}</style>',
    ],
)
def test_a_hidden_name_is_plain_in_one_of_the_views(text: str) -> None:
    plain = {"".join(view.text.split()).replace(">", "") for view in views(text)}
    assert any("SamirHaddad" in one for one in plain)


def test_figures_spoken_in_words_are_figures_in_one_of_the_views() -> None:
    text = "call plus nine six three double four one two"
    assert any("+9634412" in view.text for view in views(text))
    assert not any("12" in view.text for view in views("one or two of the three"))


def test_a_name_spelled_over_the_radio_is_letters_in_one_of_the_views() -> None:
    text = "he is Sierra Alfa Mike India Romeo, over"
    assert any("Samir" in view.text for view in views(text))
    assert len(list(views("the hotel oscar of Romeo in India"))) == 1


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab%41&#x;<>/\n> _-=\u202eé\\uU2FtaXIg0")))
def test_every_character_of_a_view_stands_for_a_part_of_the_text(text: str) -> None:
    for view in views(text):
        assert len(view.text) == len(view.starts) == len(view.ends)
        for start, end in zip(view.starts, view.ends, strict=True):
            assert 0 <= start < end <= len(text)


def test_a_plain_text_has_one_view() -> None:
    assert len(list(views("Ten wounded prisoners, Friday noon."))) == 1
