from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.words.document import Block, Bullets, Heading, Para, Table, Text
from bot.words.message import MAX_BYTES, Message, render, size
from bot.words.parts import atoms, parts, plan

LINE = "ten wounded prisoners at the northern crossing. " * 20
ERASED = "[erased]"


def number(place: int, of: int) -> Block:
    return Para((Text(f"Part {place} of {of}."),))


def message(*lines: str) -> Message:
    blocks: list[Block] = [Heading((Text("Digest"),))]
    for at in range(0, len(lines), 10):
        blocks += [Para((Text("**Watches**"),)), Bullets(lines[at : at + 10])]
    return render(blocks, mentions=["@a:x"])


def bodies(found: Message) -> list[str]:
    return [p.message.body for p in parts(found, plan(found), number)]


def test_what_fits_is_one_message_without_a_number() -> None:
    short = message("one", "two")
    assert plan(short) == (0,)
    (only,) = parts(short, plan(short), number)
    assert (only.name, only.message) == ("", short)


def test_every_part_fits_says_its_number_and_only_the_first_calls_anybody() -> None:
    long = message(*(f"{n}: {LINE}" for n in range(120)))
    found = parts(long, plan(long), number)
    assert len(found) > 3
    assert all(size(p.message) <= MAX_BYTES for p in found)
    for place, part in enumerate(found, 1):
        assert part.message.body.startswith(f"Part {place} of {len(found)}.")
    assert [p.message.mentions for p in found] == [("@a:x",), *((),) * (len(found) - 1)]
    assert len({p.name for p in found}) == len(found)
    told = "".join(p.message.body for p in found)
    assert all(told.count(f"• {n}: ten") == 1 for n in range(120))


def test_a_table_is_cut_between_its_rows_and_keeps_its_head() -> None:
    rows = tuple((f"r{n}", LINE) for n in range(80))
    whole = render([Table(("name", "words"), rows)])
    found = parts(whole, plan(whole), number)
    assert len(found) > 1
    assert all("name | words" in p.message.body for p in found)
    assert sum(p.message.body.count("\nr") for p in found) == 80


@settings(max_examples=8, deadline=None)
@given(st.sets(st.integers(0, 89)), st.integers(0, 5))
def test_a_crash_between_parts_and_an_erasure_lose_no_other_line(
    erased: set[int], gone: int
) -> None:
    before = message(*(f"{n}: {LINE}" for n in range(90)))
    cut = plan(before)
    after = message(*(ERASED if n in erased else f"{n}: {LINE}" for n in range(90)))
    first, rest = parts(before, cut, number)[:gone], parts(after, cut, number)[gone:]
    assert [p.name for p in parts(before, cut, number)] == [
        p.name for p in parts(after, cut, number)
    ]
    heard = "\n".join(p.message.body for p in (*first, *rest))
    for n in range(90):
        if n not in erased:
            assert heard.count(f"• {n}: ten") == 1


def test_a_line_too_long_for_a_message_is_sent_anew_if_it_changed() -> None:
    huge = "words without end " * 4_000
    before, same = (message("one", huge, "two") for _ in range(2))
    cut = plan(before)
    names = [p.name for p in parts(before, cut, number)]
    assert len(names) > 2
    assert names == [p.name for p in parts(same, cut, number)]
    assert all(size(p.message) <= MAX_BYTES for p in parts(before, cut, number))
    changed = parts(message("one", huge.replace("end", "[erased]"), "two"), cut, number)
    new = [p.name for p in changed if p.name not in names]
    assert new
    assert "".join(p.message.body for p in changed if p.name in new).count("[erased]") == 4_000


def test_the_lines_of_a_document_are_its_smallest_whole_things() -> None:
    found = atoms([Heading("a"), Bullets(("b", "c")), Table(("d",), (("e",), ("f",)))])
    assert found == (
        Heading("a"), Bullets(("b",)), Bullets(("c",)),
        Table(("d",), (("e",),)), Table(("d",), (("f",),)),
    )  # fmt: skip
