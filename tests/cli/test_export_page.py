"""`index.html` of an export: whole, without anything that acts, readable in its own direction."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typing_extensions import override

from tests.cli.exporting import PARTIES, RTL, Told, exported, out, records


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    made = exported(tmp_path_factory.mktemp("told"))
    yield made
    made.store.close()


VOID = {"meta", "br", "hr", "link", "img", "input"}


class Strict(HTMLParser):
    """Reads a page; every element must be closed in its turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[tuple[str | None, str]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag == "dd":
            self.cells.append((dict(attrs).get("dir"), ""))
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "dd":
            direction, text = self.cells[-1]
            self.cells[-1] = (direction, text + data)


def read(folder: Path) -> Strict:
    found = Strict()
    found.feed((folder / "index.html").read_text("utf-8"))
    found.close()
    assert found.open == []
    return found


@pytest.mark.parametrize("party", PARTIES)
def test_the_page_is_whole_and_takes_nothing_from_elsewhere(there: Told, party: str) -> None:
    folder = out(there, party)
    found = read(folder)
    tags = {tag for tag, _ in found.seen}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "input", "svg"}
    for _, attributes in found.seen:
        assert not [name for name in attributes if name.startswith("on")]
        assert not {"src", "srcset", "style", "action"} & set(attributes)
        where = attributes.get("href")
        assert where is None or where.startswith("#") or (folder / where).is_file(), where
    assert "url(" not in (folder / "index.html").read_text("utf-8")
    policies = [a.get("content") for t, a in found.seen if "http-equiv" in a]
    assert len(policies) == 1
    assert str(policies[0]).startswith("default-src 'none';")


def test_words_cannot_act_and_are_read_in_their_own_direction(there: Told) -> None:
    cells = read(out(there, "north")).cells
    assert all(direction == "auto" for direction, _ in cells)
    shown = RTL.replace("\u202e", "[U+202E]")
    assert [text for _, text in cells].count(shown) == 1
    raw = (out(there, "north") / "index.html").read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in raw
    assert "\u202e" not in raw
    (kept,) = [r for r in records(out(there, "north")) if _field(r, "text") == RTL]
    assert kept["kind"] == "item.recorded/1"


def test_every_record_of_the_document_is_on_the_page(there: Told) -> None:
    for party in PARTIES:
        anchors = [a.get("id") for tag, a in read(out(there, party)).seen if tag == "article"]
        numbers = [f"r{r['number']}" for r in records(out(there, party))]
        assert [anchor for anchor in anchors if anchor] == numbers


def _field(record: dict[str, object], name: str) -> object:
    fields = record["fields"]
    return fields.get(name) if isinstance(fields, dict) else None
