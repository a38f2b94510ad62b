"""One typed line, as phones mangle it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import CODE_ALPHABET
from bot.engine.parsing import (
    MAX_BYTES,
    NotACommand,
    Split,
    Taken,
    TakenCode,
    TooLong,
    Typed,
    UnknownVerb,
    distance,
    parse_line,
    split_colon,
    split_keyword,
    take_code,
    take_flag,
    take_word,
    unquote,
)

VERBS = (
    "help",
    "commit",
    "confirm",
    "ack",
    "watch add",
    "watch list",
    "guard status",
    "digest now",
)
NAMES = ("@parley:example.org", "Parley")


def line(text: str) -> object:
    return parse_line(text, verbs=VERBS, bot_names=NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "!confirm K7QF",
        "  !confirm K7QF  ",
        "\u00a0!confirm\u00a0K7QF",
        "\uff01confirm K7QF",
        "!CONFIRM K7QF",
        "!\u200bconfirm\u2060 K7QF",
        "\ufeff!confirm   K7QF\u200b",
        "@parley:example.org: !confirm K7QF",
        "@parley:example.org !confirm K7QF",
        "Parley: !confirm K7QF",
        "parley, !confirm K7QF",
        "@Parley !confirm K7QF",
        "Parley:\u00a0!confirm K7QF",
    ],
)
def test_a_command_is_found_whatever_the_phone_put_around_it(text: str) -> None:
    found = line(text)
    assert isinstance(found, Typed)
    assert (found.verb, found.rest) == ("confirm", "K7QF")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hello",
        "hello !confirm K7QF",
        "> !confirm K7QF",
        "!",
        "!!",
        "!?",
        "!!confirm K7QF",
        "! wait",
        "!5",
        "!\u200b",
        "Parley: hello",
        "Parley! confirm",
        "Parleying !confirm K7QF",
        "Someone: !confirm K7QF",
    ],
)
def test_talk_is_not_a_command(text: str) -> None:
    assert line(text) == NotACommand()


def test_the_words_after_the_verb_are_not_touched() -> None:
    wording = "to South: \u201crelease\u00a0ten \u2014 not nine\u201d\u2026\n  second  line"
    found = line(f"Parley: !COMMIT {wording}\n")
    assert found == Typed("commit", wording, f"!COMMIT {wording}")


@pytest.mark.parametrize(
    ("text", "verb", "rest"),
    [
        ("!watch add H-TEAL", "watch add", "H-TEAL"),
        ("!Watch\u00a0ADD H-TEAL", "watch add", "H-TEAL"),
        ("!guard status", "guard status", ""),
        ("!help watch add", "help", "watch add"),
    ],
)
def test_a_verb_may_have_two_words(text: str, verb: str, rest: str) -> None:
    found = line(text)
    assert isinstance(found, Typed)
    assert (found.verb, found.rest) == (verb, rest)


def test_the_second_word_of_a_verb_stands_on_the_first_line() -> None:
    assert line("!watch\nadd H-TEAL") == UnknownVerb("watch", None)


@pytest.mark.parametrize(
    ("text", "typed", "suggestion"),
    [
        ("!comit to South", "comit", "commit"),
        ("!ocnfirm K7QF", "ocnfirm", "confirm"),
        ("!hepl", "hepl", "help"),
        ("!help.", "help.", "help"),
        ("!watch ad H-TEAL", "watch ad", "watch add"),
        ("!wacth list", "wacth list", "watch list"),
        ("!watch", "watch", None),
        ("!oops", "oops", None),
        ("!ask", "ask", "ack"),
        ("!as", "as", None),
        ("! confirm K7QF", "! confirm", "confirm"),
        ("!" + "x" * 500, "x" * 40, None),
        ("!\u043f\u043e\u043c\u043e\u0449\u044c", "\u043f\u043e\u043c\u043e\u0449\u044c", None),
    ],
)
def test_an_unknown_verb_is_named_and_a_near_one_suggested(
    text: str, typed: str, suggestion: str | None
) -> None:
    assert line(text) == UnknownVerb(typed, suggestion)


def test_two_verbs_equally_near_are_not_chosen_between() -> None:
    assert parse_line("!lisp", verbs=("list", "lisa")) == UnknownVerb("lisp", None)


def test_a_verb_this_seat_may_not_use_is_never_suggested() -> None:
    assert parse_line("!confirm K7QF", verbs=("help",)) == UnknownVerb("confirm", None)
    assert parse_line("!confrim K7QF", verbs=("help",)) == UnknownVerb("confrim", None)


def test_a_command_above_the_limit_is_refused_and_long_talk_is_talk() -> None:
    fits = "!commit " + "x" * (MAX_BYTES - len("!commit "))
    assert isinstance(line(fits), Typed)
    assert line(fits + "x") == TooLong(MAX_BYTES + 1)
    assert line("\u00e9" * MAX_BYTES) == NotACommand()
    assert isinstance(line("!commit " + "\u00e9" * (MAX_BYTES // 2)), TooLong)


@pytest.mark.parametrize(
    ("left", "right", "slips"),
    [("", "", 0), ("ab", "ba", 1), ("commit", "comit", 1), ("help", "hepl", 1), ("abc", "", 3)],
)
def test_swapped_neighbours_are_one_slip(left: str, right: str, slips: int) -> None:
    assert distance(left, right) == distance(right, left) == slips


@pytest.mark.parametrize(
    ("rest", "code", "left"),
    [
        ("K7QF", "K7QF", ""),
        ("k7qf to South", "K7QF", "to South"),
        ("7q4k-x2mn", "7Q4K-X2MN", ""),
        ("7Q4K\u2013X2MN", "7Q4K-X2MN", ""),
        ("7Q4K\u2014X2MN", "7Q4K-X2MN", ""),
        ("`K7QF`", "K7QF", ""),
        ("\u201cK7QF\u201d because", "K7QF", "because"),
        ("\u200bK7QF", "K7QF", ""),
        ("K7QF: ten", "K7QF", ": ten"),
        ("K7OF", None, "K7OF"),
        ("K7Q", None, "K7Q"),
        ("K7QFX", None, "K7QFX"),
        ("7Q4KX2MN", None, "7Q4KX2MN"),
        ("7Q4K-X2M", None, "7Q4K-X2M"),
        ("7Q4K-", None, "7Q4K-"),
        ("K7QF/", None, "K7QF/"),
        ("\ufb00\ufb00", None, "\ufb00\ufb00"),
        ("", None, ""),
    ],
)
def test_a_code_is_taken_whole_or_not_at_all(rest: str, code: str | None, left: str) -> None:
    assert take_code(rest) == TakenCode(code, left)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rest", "found", "left"),
    [
        ("shuttle\u2011south as", "shuttle-south", "as"),
        ("\u00a0South\u200b  now", "South", "now"),
        ("\u201cold post\u201d", "\u201cold", "post\u201d"),
        ("", None, ""),
        ("\u200b \u2060", None, ""),
    ],
)
def test_a_word_is_taken(rest: str, found: str | None, left: str) -> None:
    assert take_word(rest) == Taken(found, left)


@pytest.mark.parametrize("dash", ["--", "\u2014", "\u2013", "-"])
def test_a_flag_is_taken_with_the_dash_a_phone_makes(dash: str) -> None:
    assert take_flag(f"{dash}Dry-run K7QF") == Taken("dry-run", "K7QF")
    assert take_flag(f"{dash} K7QF") == Taken(None, f"{dash} K7QF")


@pytest.mark.parametrize(
    ("rest", "split"),
    [
        ("to South by fri 18:00: ten", Split("to South by fri 18:00", "ten")),
        ("to South: at 18:00: ten", Split("to South", "at 18:00: ten")),
        ("to South:", Split("to South", "")),
        ("to South:\nten\nmen: all", Split("to South", "ten\nmen: all")),
        ("to South\uff1a ten", Split("to South", "ten")),
        ('as "a: b" to: x', Split('as "a: b" to', "x")),
        ("as \u201ca: b\u201d: x", Split("as \u201ca: b\u201d", "x")),
        ('as "a: b', Split('as "a', "b")),
        ("by 18:00", None),
        ("ten\nmen: all", None),
    ],
)
def test_the_colon_before_a_wording_is_not_that_of_a_time(rest: str, split: Split | None) -> None:
    assert split_colon(rest) == split


@pytest.mark.parametrize(
    ("rest", "split"),
    [
        ("until 20:00 because no line", Split("until 20:00", "no line")),
        ("BECAUSE of x\nand y", Split("", "of x\nand y")),
        ("a because b because c", Split("a", "b because c")),
        ('"not because" because x', Split('"not because"', "x")),
        ("a becauses b", None),
        ("a\nbecause b", None),
    ],
)
def test_a_keyword_is_a_whole_word_outside_quotes(rest: str, split: Split | None) -> None:
    assert split_keyword(rest, "because") == split


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ('"ten men"', "ten men"),
        (" \u201cten\u00a0men\u201d ", "ten\u00a0men"),
        ("\u201eten\u201c", "ten"),
        ("\u00abten\u00bb", "ten"),
        ('\u201cten"', "ten"),
        ("'ten'", "ten"),
        ("\u2018ten\u2019", "ten"),
        ('"he said \u201cyes\u201d"', "he said \u201cyes\u201d"),
        ('\u201c5" gun\u201d', '5" gun'),
        ('"a" and "b"', '"a" and "b"'),
        ("\u201ca\u201d and \u201cb\u201d", "\u201ca\u201d and \u201cb\u201d"),
        ("'don't'", "'don't'"),
        ('"ten', '"ten'),
        ('"', '"'),
        ('""', ""),
        ("ten", "ten"),
    ],
)
def test_only_one_outer_pair_of_quotes_is_taken_off(text: str, inner: str) -> None:
    assert unquote(text) == inner


AWKWARD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("!\uff01\u200b\u00a0\u2014\u2013\u201c\u201d\u201e\"':\n\r\u2028 aKQ7-`,@"),
    )
)
NEAR_COMMANDS = st.builds(
    lambda lead, verb, rest: f"{lead}!{verb}{rest}",
    st.sampled_from(["", " ", "Parley: ", "@Parley"]),
    st.sampled_from([*VERBS, "watch", "confrim", ""]),
    AWKWARD,
)


@given(st.one_of(AWKWARD, NEAR_COMMANDS))
def test_no_text_raises_and_everything_given_back_is_a_slice_of_it(text: str) -> None:
    found = line(text)
    if isinstance(found, Typed):
        assert found.verb in VERBS
        assert found.rest in found.verbatim
        assert found.verbatim in text
    if isinstance(found, UnknownVerb):
        assert found.suggestion in (None, *VERBS)
    for split in (split_colon(text), split_keyword(text, "a")):
        if split is not None:
            assert split.before in text
            assert split.after in text
    assert unquote(text) in text
    assert take_word(text).rest in text
    assert take_flag(text).rest in text
    taken = take_code(text)
    assert taken.rest in text
    assert taken.code is None or set(taken.code) <= {*CODE_ALPHABET, "-"}


@pytest.mark.parametrize(
    "part",
    [" ", "\u200b", '"', "\u201e", "\u201ex\u201c", "because ", '"because ', ": ", "!", "a-"],
)
def test_a_hostile_line_costs_no_more_than_its_length(part: str) -> None:
    # Eight times what is let in: a cost that grows with the square shows.
    text = part * (8 * MAX_BYTES // len(part)) + "x"
    started = time.perf_counter()
    line(text)
    line(f"!commit {text}")
    split_colon(text)
    split_keyword(text, "because")
    unquote(text)
    take_code(text)
    take_word(text)
    take_flag(text)
    assert time.perf_counter() - started < 2
