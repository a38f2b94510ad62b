from __future__ import annotations

import ast
import inspect
from collections import Counter
from itertools import pairwise

from bot.domain.enrolment import code_digest, code_matches, normalise
from bot.domain.ids import CODE_ALPHABET, SeatId
from bot.runner import drawing
from bot.runner.drawing import CASE_FILE_RECORDS, CODES, LONG_CODES, RECORDS, SHORT, draw

DRAWS = tuple(draw() for _ in range(200))


def test_a_draw_has_what_one_decision_can_need() -> None:
    made = draw()
    assert (len(made.records), len(made.codes), len(made.long_codes)) == (
        RECORDS,
        CODES,
        LONG_CODES,
    )
    assert len(draw(CASE_FILE_RECORDS).records) == CASE_FILE_RECORDS
    assert draw(0).records == ()


def test_a_record_id_is_128_bits_and_never_comes_twice() -> None:
    ids = [record for made in DRAWS for record in made.records]
    assert len(set(ids)) == len(ids) == 200 * RECORDS
    assert all(len(bytes.fromhex(record)) == 16 for record in ids)


def test_a_short_code_has_four_letters_that_no_eye_mistakes() -> None:
    for made in DRAWS:
        for code in made.codes:
            assert len(code) == SHORT
            assert set(code) <= set(CODE_ALPHABET)
    assert not set("0OI1L5SBZ") & set(CODE_ALPHABET)
    assert len(set(CODE_ALPHABET)) == len(CODE_ALPHABET) == 27


def test_every_letter_comes_about_equally_often_at_every_place() -> None:
    """12,800 letters: one in 27 is 119 of each place; 8 standard deviations either way."""
    for place in range(SHORT):
        seen = Counter(code[place] for made in DRAWS for code in made.codes)
        assert set(seen) == set(CODE_ALPHABET)
        assert all(33 <= count <= 205 for count in seen.values())


def test_a_code_tells_nothing_of_the_one_before() -> None:
    """A counter, or a clock, would show as order: steps up and down come equally often."""
    codes = [code for made in DRAWS for code in made.codes]
    ups = sum(one < other for one, other in pairwise(codes))
    assert abs(ups - len(codes) / 2) < 300
    assert len(set(codes)) > len(codes) - 60


def test_a_long_code_opens_its_own_seat_and_no_other() -> None:
    codes = [code for made in DRAWS for code in made.long_codes]
    assert len(set(codes)) == len(codes)
    for code in codes[:20]:
        assert normalise(code) == code
        digest = code_digest(code, SeatId("rowan"))
        assert code_matches(code, SeatId("rowan"), digest)
        assert not code_matches(code, SeatId("ash"), digest)


def test_chance_comes_from_the_operating_system_alone() -> None:
    tree = ast.parse(inspect.getsource(drawing))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert imported == {"secrets"}
