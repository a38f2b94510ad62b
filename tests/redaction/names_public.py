# ruff: noqa: RUF001 - sentences in four scripts
"""Figures for finding names, over public sets that are not part of this project.

`python -m tests.redaction.names_public PAIRS PROSE...` prints the tables that docs/NAMES.md quotes.
PAIRS is the `data` folder of steveash/NETransliteration-COLING2018 (names from Wikidata, CC0);
PROSE are CoNLL-U files of Universal Dependencies, where each word says if it is a proper noun.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from bot.redaction.names import Names, compile_names

_LANGUAGES: Final = ("russian", "arabic", "hebrew")
_AROUND: Final = {
    "latin": "The list has {} on it.",
    "russian": "В списке есть {} с вчерашнего дня.",
    "arabic": "في القائمة {} منذ امس",
    "hebrew": "ברשימה יש {} מאתמול",
}
_TESTED: Final = 2000


@dataclass(frozen=True, slots=True)
class Pair:
    """One name word in Latin letters and in another script, and how many people bear it."""

    latin: str
    other: str
    bearers: int


def pairs(file: Path) -> list[Pair]:
    """Return a file's pairs that are words of letters, in an order that means nothing."""
    rows = (line.split("\t") for line in file.read_text("utf-8").splitlines())
    found = [Pair(row[0], row[1].replace(" ", ""), int(row[2])) for row in rows]
    kept = [one for one in found if one.latin.isalpha() and len(one.latin) >= 4]
    return sorted(kept, key=lambda one: sha256(f"{one.latin} {one.other}".encode()).digest())


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person of two real name words, in both spellings."""

    latin: str
    other: str
    surname: tuple[str, str]


def people(folder: Path, language: str, part: str, many: int) -> list[Person]:
    """Return persons with a usual given name and a rare surname out of one language's file."""
    known = pairs(folder / f"wd_{language}_{part}")
    given = [one for one in known if one.bearers >= 15]
    surnames = [one for one in known if one.bearers <= 5][:many]
    made: list[Person] = []
    for at, surname in enumerate(surnames):
        first = given[at % len(given)]
        both = tuple(word.title() for word in (first.other, surname.other))
        made.append(
            Person(
                f"{first.latin.title()} {surname.latin.title()}",
                " ".join(both),
                (surname.latin.title(), both[1]),
            )
        )
    return made


def roster(folder: Path, many: int, part: str = "80") -> list[tuple[str, str]]:
    """Return that many names: a quarter each in Cyrillic, Arabic, Hebrew and Latin letters."""
    quarter = many // 4
    listed: list[tuple[str, str]] = []
    for language in _LANGUAGES:
        made = people(folder, language, part, quarter)
        listed += [(f"{language}-{at}", one.other) for at, one in enumerate(made)]
    latin = people(folder, "arabic", part, 2 * quarter)[quarter:]
    return listed + [(f"latin-{at}", one.latin) for at, one in enumerate(latin)]


def recall(names: Names, planted: Sequence[tuple[str, str, str]]) -> tuple[float, float, float]:
    """Return found in full, found at least in part, and finds of somebody else per text.

    `planted` is (id, spelling, sentence with a gap).
    """
    whole = part = others = 0
    for person, spelling, around in planted:
        text = around.format(spelling)
        start = text.index(spelling)
        end = start + len(spelling)
        hits = names.hits(text)
        here = [hit for hit in hits if hit.start < end and hit.end > start]
        whole += any(hit.start <= start and hit.end >= end for hit in here)
        part += bool(here)
        others += len(hits) - len(here) + (bool(here) and all(hit.key != person for hit in here))
    many = len(planted)
    return whole / many, part / many, others / many


def recall_rows(folder: Path, part: str) -> Iterator[str]:
    """Yield rows of a table: each script pair, both ways, full names and surnames alone."""
    for language in _LANGUAGES:
        made = people(folder, language, part, _TESTED)
        ids = [f"{at:05}" for at in range(len(made))]
        from_latin = compile_names(zip(ids, (one.latin for one in made), strict=True))
        from_other = compile_names(zip(ids, (one.other for one in made), strict=True))
        ways = (("latin", language, from_latin, 1), (language, "latin", from_other, 0))
        for roster_script, text_script, names, at in ways:
            around = _AROUND[text_script]
            full = [
                (one, (person.other if at else person.latin), around)
                for one, person in zip(ids, made, strict=True)
            ]
            alone = [
                (one, person.surname[at], around) for one, person in zip(ids, made, strict=True)
            ]
            whole, some, wrong = recall(names, full)
            only, _, wrong_alone = recall(names, alone)
            yield (
                f"| {roster_script} | {text_script} | {whole:.3f} | {some:.3f} | {wrong:.3f} "
                f"| {only:.3f} | {wrong_alone:.3f} |"
            )


def sentences(file: Path) -> Iterator[tuple[str, list[tuple[int, int, bool]]]]:
    """Yield each sentence of a CoNLL-U file: its text, and words with whether it names somebody."""
    text = ""
    at = until = 0
    words: list[tuple[int, int, bool]] = []
    for line in file.read_text("utf-8").splitlines():
        columns = line.split("\t")
        if line.startswith("# text = "):
            text, at, until, words = line.removeprefix("# text = "), 0, 0, []
        elif not line:
            yield text, words
        elif columns[0].replace("-", "").isdigit():
            first, _, last = columns[0].partition("-")
            name = columns[3] in {"PROPN", "X"}
            if int(first) <= until and not last:
                words[-1] = (*words[-1][:2], words[-1][2] or name)
                continue
            start = text.find(columns[1], at)
            if start >= 0:
                at = start + len(columns[1])
                words.append((start, at, name))
                until = int(last) if last else until


def prose_row(names: Names, file: Path) -> str:
    """Return a row: words, finds per 10,000 words that are no proper noun, and speed twice."""
    read = list(sentences(file))
    words = sum(sum(text[a:b].isalnum() for a, b, _ in known) for text, known in read)
    began = time.process_time()
    found = [(names.hits(text), known) for text, known in read]
    first = time.process_time() - began
    began = time.process_time()
    for text, _ in read:
        names.hits(text)
    again = time.process_time() - began
    wrong = sum(
        not any(name for start, end, name in known if start < hit.end and end > hit.start)
        for hits, known in found
        for hit in hits
    )
    letters = sum(len(text) for text, _ in read) / 1e6
    return (
        f"| {file.stem} | {words} | {wrong / words * 1e4:.1f} | {letters / first:.2f} "
        f"| {letters / again:.2f} |"
    )


def main(folder: Path, prose: Sequence[Path]) -> None:
    """Print the tables."""
    print("| roster | text | name | of it | others | surname | others |")
    print("\n".join(recall_rows(folder, "20")))
    for many in (50, 200, 10_000):
        began = time.process_time()
        names = compile_names(roster(folder, many))
        print(f"\n{many} names, made ready in {time.process_time() - began:.2f} s")
        for file in prose:
            print(prose_row(names, file))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]])
