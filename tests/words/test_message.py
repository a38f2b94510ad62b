"""What the bot sends, and what inserted words cannot do to it."""

import html
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from bot.words.inserted import clean
from bot.words.message import (
    Block,
    Bullets,
    Heading,
    Message,
    Para,
    Quote,
    Strong,
    Table,
    Text,
    Value,
    content,
    line,
    render,
    size,
    split,
)

TAGS = {"strong", "em", "h4", "ul", "li", "code", "table", "tr", "td", "th", "br", "p"}
MARKS = str.maketrans("", "", "\u2060\u2068\u2069")
HOSTILE = st.lists(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "<>&\"'*`\\{}@#:.!\n\r\u2028\t \u3164\u200b\u200c\u202e\u2066\u2069\u05d0\u0661"
        ),
        st.sampled_from(["<b>", "</p>", "**", "&lt;", "@room", "https://x.example", "{code}"]),
    ),
    max_size=40,
).map("".join)


class Reader(HTMLParser):
    """Reads formatted text as a client would: tags, attributes, and the text between."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


def read(message: Message) -> Reader:
    reader = Reader()
    reader.feed(message.formatted or "")
    reader.close()
    assert not reader.open
    return reader


def test_a_sentence_of_the_catalogue_is_plain_and_formatted() -> None:
    words = line(
        "**{party}** promises: *{wording}*. To confirm: `!confirm {code}`.",
        party="North",
        wording="ten",
        code="K7QF",
    )
    assert render([Para(words)]) == Message(
        body="North promises: ten. To confirm: `!confirm K7QF`.",
        formatted="<p><strong>North</strong> promises: <em>ten</em>. To confirm: <code>!confirm K7QF</code>.</p>",
        notice=False,
        mentions=(),
        blocks=(Para(words),),
    )


def test_every_block_stands_alone_in_the_plain_body() -> None:
    message = render(
        [
            Heading("Day 3"),
            Para(line("First\nsecond")),
            Bullets(("one", line("**two**"))),
            Table(("Code", "Due"), (("K7QF", "today"), ("M3XD", "late"))),
            Quote("ten\nmen"),
        ]
    )
    assert message.body == (
        "Day 3\n\nFirst\nsecond\n\u2022 one\n\u2022 two\nCode | Due\nK7QF | today\nM3XD | late\n> ten\n> men"
    )
    assert message.formatted == (
        "<h4>Day 3</h4><p>First<br>second</p><ul><li>one</li><li><strong>two</strong></li></ul>"
        "<table><tr><th>Code</th><th>Due</th></tr><tr><td>K7QF</td><td>today</td></tr>"
        "<tr><td>M3XD</td><td>late</td></tr></table><p><em>ten<br>men</em></p>"
    )


def test_plain_sentences_are_sent_without_html() -> None:
    assert render([Para(line("In force: {code}", code="K7QF"))]).formatted is None
    assert render([Para("a < b")]).body == "a < b"


def test_markup_in_a_value_stays_what_it_is() -> None:
    message = render([Para(line("**{who}** said {what}", who="*x*", what="**<b>`{who}`</b>**"))])
    assert message.body == "*x* said **<b>`{who}`</b>**"
    assert message.formatted == ("<p><strong>*x*</strong> said **&lt;b&gt;`{who}`&lt;/b&gt;**</p>")


def test_a_line_built_before_keeps_its_markup_in_another() -> None:
    inner = line("**{party}**", party="North")
    assert line("From {who}.", who=inner) == (Text("From "), Strong((Value("North"),)), Text("."))
    assert line("*{who}*", who=inner)[0] != inner[0]


def test_a_backslash_makes_marks_plain() -> None:
    assert render([Para(line(r"\*\`\{x\}\\"))]).body == "*`{x}\\"


@pytest.mark.parametrize(
    "template",
    ["**x", "*x", "`x", "x*", "**x*y**", "****", "{", "}", "{X}", "{missing}", "\\x", "*a\nb*"],
)
def test_a_broken_template_is_a_mistake_and_says_so(template: str) -> None:
    with pytest.raises(ValueError, match=r"template|no value"):
        line(template, x="1")


def test_a_value_does_not_start_a_line_of_its_own() -> None:
    for mark in ("\n", "\r", "\r\n", "\u2028", "\u2029", "\v", "\f", "\x85"):
        message = render([Para(line("{who} said", who=f"x{mark}In force: K7QF"))])
        assert message.body == "x \u21b5 In force: K7QF said"
    assert render([Quote("x\nIn force")]).body == "> x\n> In force"
    assert clean("x" + " \u00a0\u3164\u2800\u200c" * 50 + "y") == "x y"


def test_what_runs_from_right_to_left_stays_in_its_place() -> None:
    assert render([Para("\u05d0\u05d1")]).body == "\u2068\u05d0\u05d1\u2069"
    assert render([Para("ab")]).body == "ab"
    assert (
        render([Para(line("{x}", x="a\u202egpj.\u2066exe\u2069\u2068\u200f"))]).body
        == "agpj.\u2060exe"
    )
    hebrew = line("\u05d0 {x} \u05d1", x="K7QF")
    assert render([Para(hebrew)]).body == "\u05d0 K7QF \u05d1"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x1b[31m\x7f", "ab[31m"),
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("a\u200db", "ab"),
        ("a\tb", "a b"),
        ("a\ud800b", "a\ufffdb"),
        ("\U000e0041x", "x"),
        ("\u0600\u0661", "\u0600\u0661"),
        ("release\u00a0ten \u2014 \u201cnow\u201d", "release\u00a0ten \u2014 \u201cnow\u201d"),
    ],
)
def test_what_cannot_be_seen_is_left_out_and_the_rest_is_kept(text: str, seen: str) -> None:
    assert clean(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "@room",
        "@a:b.example",
        "https://x.example",
        "www.x.example",
        "#a:b",
        "mailto:a",
        "tel:1",
        "matrix:u/a",
    ],
)
def test_a_value_makes_no_link_and_calls_nobody(text: str) -> None:
    message = render([Para(line("{x}", x=text))])
    assert message.body != text
    assert message.body.translate(MARKS) == text
    assert not re.search(r"@\w|[a-z]:\S|\w\.[a-z]|#\w", message.body.replace("\u2060", " "))
    assert content(message)["m.mentions"] == {}


def test_times_codes_and_zones_are_left_as_they_are() -> None:
    text = "Fri 5 Mar 18:00 Baghdad (15:00 UTC), 7Q4K-X2MN, Asia/Baghdad, !confirm K7QF, 3.5 km"
    assert render([Para(text)]).body == text


def test_the_content_always_says_who_must_act() -> None:
    words = [Para(line("**Due**"))]
    called = render(
        words, notice=True, mentions=["@a:x.example", "@a:x.example", "@b:x.example:8448"]
    )
    assert content(called) == {
        "msgtype": "m.notice",
        "body": "Due",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p><strong>Due</strong></p>",
        "m.mentions": {"user_ids": ["@a:x.example", "@b:x.example:8448"]},
    }
    assert content(render([Para("Due")])) == {"msgtype": "m.text", "body": "Due", "m.mentions": {}}


@pytest.mark.parametrize("user", ["@room", "a:b", "", "@:b", "@a:b c"])
def test_only_a_user_can_be_mentioned(user: str) -> None:
    with pytest.raises(ValueError, match="not a Matrix user id"):
        render([Para("x")], mentions=[user])


def test_a_table_is_narrow_and_even() -> None:
    with pytest.raises(ValueError, match="three columns"):
        Table(("a", "b", "c", "d"), ())
    with pytest.raises(ValueError, match="another width"):
        Table(("a", "b"), (("x",),))


@given(HOSTILE, HOSTILE)
def test_no_value_makes_markup_and_the_body_says_what_was_inserted(one: str, two: str) -> None:
    words = line("**{one}** and *{two}*: `{one}`, {two}.", one=one, two=two)
    for block in (
        Para(words),
        Heading(words),
        Bullets((words, one)),
        Table((one, words), ((two, one),)),
    ):
        message = render([block])
        assert message.formatted is not None
        seen = read(message)
        assert seen.tags <= TAGS
        assert seen.attributes == []
        assert "<" not in re.sub(r"</?[a-z0-9]+>", "", message.formatted)
        for value in (one, two):
            shown = clean(value).strip("\n").replace("\n", " \u21b5 ")
            assert shown in message.body.translate(MARKS)
            assert shown in seen.text.translate(MARKS)
        isolates = [mark for mark in message.body if mark in "\u2068\u2069"]
        assert isolates == ["\u2068", "\u2069"] * (len(isolates) // 2)
    said = render([Quote(one)])
    assert [row.translate(MARKS) for row in said.body.split("\n")] == [
        f"> {row}" for row in clean(one).split("\n")
    ]
    assert read(said).tags <= TAGS


@given(HOSTILE)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean(text).encode().decode() == clean(text)


@given(st.text(st.characters(categories=("L", "N", "P")), max_size=80))
def test_ordinary_words_are_shown_as_they_are(text: str) -> None:
    drawn = text.translate(dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0")))
    assert render([Para(drawn)]).body.translate(MARKS) == drawn


def words_of(messages: tuple[Message, ...]) -> list[str]:
    return re.findall(r"\w+", " ".join(message.body for message in messages))


@pytest.mark.parametrize(
    "block",
    [
        Para("wort " * 3000),
        Para(line("**{x}** {x}", x="\u05d0\u05d1 <&> " * 900)),
        Para(line("\n".join(["line"] * 2000))),
        Heading("wort " * 1000),
        Quote("ten men\n" * 1000),
        Bullets(tuple(f"item {n}" for n in range(600))),
        Bullets(("wort " * 2000,)),
        Table(("a", "b"), tuple((f"{n}", "x") for n in range(500))),
        Table(("a", "b"), (("wort " * 1000, "x"),)),
        Table(("wort " * 1000, "b"), (("y", "x"), ("z", "x"))),
    ],
)
def test_a_long_message_is_split_and_says_the_same(block: Block) -> None:
    whole = render([Para("first"), block, Para("last")], notice=True, mentions=["@a:x.example"])
    parts = split(whole, limit=2_000)
    assert len(parts) > 1
    assert all(size(part) <= 2_000 for part in parts)
    assert all(part.notice for part in parts)
    assert [part.mentions for part in parts] == [("@a:x.example",), *[()] * (len(parts) - 1)]
    for part in parts:
        assert read(part).tags <= TAGS
    if isinstance(block, Table):
        assert set(words_of(parts)) == set(words_of((whole,)))
    else:
        assert words_of(parts) == words_of((whole,))


@given(st.lists(st.text(max_size=700), max_size=8), st.integers(1_000, 4_000))
def test_no_part_is_above_the_limit_and_nothing_is_lost(texts: list[str], limit: int) -> None:
    whole = render([Para(line("**x** {text}", text=text)) for text in texts])
    parts = split(whole, limit)
    assert all(size(part) <= limit for part in parts)
    joined = "".join(part.body for part in parts)
    for said in (whole.body, joined):
        assert said.isprintable() or "\n" in said or not said.isascii()
    squeezed = re.compile(r"[\s\u2060\u2068\u2069\u21b5]")
    assert squeezed.sub("", joined) == squeezed.sub("", whole.body)


def test_a_short_message_is_not_split() -> None:
    message = render([Para("x")])
    assert split(message) == (message,)


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        split(render([Para("x" * 900)]), limit=500)


def test_a_message_of_full_length_fits_an_encrypted_event() -> None:
    parts = split(render([Quote("\u05d0" * 100_000)]))
    assert all(
        len(json.dumps(content(part), ensure_ascii=False).encode()) <= 30_000 for part in parts
    )
    assert html.unescape(parts[0].formatted or "").startswith("<p><em>")
