"""Arabic sentences: what a client makes of their direction, and that they mean the same."""

import re
import unicodedata

import pytest

from bot.words.ar_commitment import COMMITMENTS, FSI, PDI, RLM
from bot.words.ar_digest import DIGESTS
from bot.words.en import ENGLISH
from tests.engine.test_storyboard import PROMISE
from tests.support.orchid import QUIET
from tests.support.playbook import opened

IN_ARABIC = QUIET.replace(
    'zone = "Asia/Baghdad"\nlanguage = "en"', 'zone = "Asia/Baghdad"\nlanguage = "ar"'
)
ARABIC = COMMITMENTS | DIGESTS
ISOLATED = re.compile(f"{FSI}[^{FSI}{PDI}]*{PDI}")


@pytest.mark.parametrize("key", sorted(ARABIC))
def test_nothing_that_runs_the_other_way_stands_outside_an_isolate(key: str) -> None:
    for line in ARABIC[key].split("\n"):
        if line.startswith("> ") or re.fullmatch(r"\{\w+\}", line):
            continue
        assert not re.search(r"[A-Za-z]", ISOLATED.sub("", line)), line


@pytest.mark.parametrize("key", sorted(ARABIC))
def test_the_same_commands_are_shown_as_in_english(key: str) -> None:
    assert sorted(re.findall(r"`[^`]+`", ENGLISH[key])) == sorted(
        re.findall(r"`[^`]+`", ARABIC[key])
    )


def test_a_party_reads_its_promise_back_in_its_own_language_and_the_other_side_in_theirs() -> None:
    assert IN_ARABIC != QUIET
    play = opened(text=IN_ARABIC)
    said = play.types("haddad", "caucus-north", f"{PROMISE.partition(':')[0]}:00: نطلق عشرة جرحى")
    body = play.fresh[-1].message.body
    assert "قراءة للتأكيد" in body
    assert "> \u2068نطلق عشرة جرحى\u2069" in body
    for line in body.split("\n"):
        strong = next(mark for mark in line if unicodedata.bidirectional(mark) in ("L", "R", "AL"))
        assert line.startswith((RLM, ">", "•")) or unicodedata.bidirectional(strong) != "L", line
    code = play.code_of(said)
    play.types("haddad", "caucus-north", f"!confirm {code}")
    asked = play.code_of(play.types("haddad", "caucus-north", f"!release {code} to shuttle-south"))
    play.types("yazan", "caucus-north", f"!consent {asked}")
    assert play.said_in("shuttle-south").startswith("North offers")


def test_who_promises_whom_is_said_in_words_and_not_with_an_arrow() -> None:
    assert not [key for key, text in ARABIC.items() if "\u2192" in text]
