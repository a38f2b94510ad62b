"""Private questions: when two answers count as the same, and how one is kept.

An answer is folded to a key, because a tired person on a phone writes it otherwise than the
family did: other letters' forms, accents, digits, articles, spaces. Only slow hashes of keys are
ever kept. Refuses to say why two answers differ: here is nothing that hands one out again.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.codec import BadForm
from bot.domain.ids import Code, Prose

LEAST, LONGEST, MOST_WORDS = 2, 200, 12
"""Letters an answer has at least once folded, characters it has at most, and its words."""
MOST_ANSWERS: Final = 8
LEAST_DURESS: Final = 4
"""Letters of a duress phrase: a shorter one could stand in an honest answer by chance."""

_ARTICLES: Final = frozenset({"the", "a", "an", "al", "el", "ال"})
_ARABIC_ARTICLE: Final = "ال"
_LEAST_STEM: Final = 2
_LETTERS: Final = str.maketrans(
    {
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ة": "ه", "ہ": "ه", "ھ": "ه",  # noqa: RUF001
        "ۀ": "ه", "ک": "ك", "گ": "ك", "ء": None, "ـ": None,  # noqa: RUF001
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th",  # noqa: RUF001
    }
)  # fmt: skip
"""What decomposing does not fold: forms of one letter, and signs that people leave out."""
_HASH_BYTES, _SALT_BYTES = 32, 16
_MOST_MEMORY, _MOST_PASSES = 1 << 28, 64


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of an answer, without articles unless it has nothing else."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not _unseen(c))
    even = "".join(_even(c) for c in bare.translate(_LETTERS))
    words = tuple(even.split())
    return tuple(_stem(w) for w in words if w not in _ARTICLES) or words


def _unseen(char: str) -> bool:
    """Tell accents, tashkeel, niqqud and marks of direction from letters."""
    return unicodedata.category(char) in ("Mn", "Me", "Cf")


def _even(char: str) -> str:
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    return char if char.isalpha() or unicodedata.category(char) == "Mc" else " "


def _stem(word: str) -> str:
    stem = word.removeprefix(_ARABIC_ARTICLE)
    return stem if len(stem) >= _LEAST_STEM else word


def key_of(text: str) -> str:
    """Return what is compared of an answer: its folded words without spaces."""
    return "".join(words_of(text))


def windows(text: str, length: int) -> tuple[str, ...]:
    """Return the pieces of a key that begin with a word, one for each word, `length` letters long.

    A phrase of that length that was typed anywhere in the answer is one of them. How many there
    are follows from the words alone, so the time it takes to look at them tells nothing.
    """
    found, start, key = list[str](), 0, key_of(text)
    for word in words_of(text):
        found.append(key[start : start + length])
        start += len(word)
    return tuple(found)


def holds(text: str, key: str) -> bool:
    """Tell whether a text holds the words of a key."""
    return key in windows(text, len(key))


def fits(text: str) -> bool:
    """Tell whether an answer can be compared at all."""
    return (
        len(text) <= LONGEST
        and len(key_of(text)) >= LEAST
        and len(words_of(text)) <= MOST_WORDS
        and len(text.splitlines()) == 1
    )


def fits_duress(text: str) -> bool:
    """Tell whether a phrase would be found inside an answer: articles alone would not."""
    key = key_of(text)
    return fits(text) and len(key) >= LEAST_DURESS and holds(f"{text} {text} 0", key)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one Argon2id hash costs: passes over the memory, and its bytes."""

    passes: int
    memory: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """Hashes of answers and of a duress phrase, under one salt.

    There is always a `duress` of some `length`, a random one if none was given: nobody can tell,
    and the comparing takes the same time.
    """

    cost: Cost
    salt: bytes = field(repr=False)
    answers: tuple[bytes, ...] = field(repr=False)
    duress: bytes = field(repr=False)
    length: int = field(repr=False)

    def text(self) -> Prose:
        """Return what is kept, as JSON."""
        return Prose(
            json.dumps(
                {
                    "kind": "argon2id",
                    "passes": self.cost.passes,
                    "memory": self.cost.memory,
                    "salt": self.salt.hex(),
                    "answers": [found.hex() for found in self.answers],
                    "duress": self.duress.hex(),
                    "length": self.length,
                },
                separators=(",", ":"),
            )
        )


def sealed_of(text: str) -> Sealed:
    """Return what `Sealed.text` kept. Raises `BadForm`, which tells nothing of it."""
    try:
        raw = json.loads(text)
        found = Sealed(
            Cost(int(raw["passes"]), int(raw["memory"])),
            bytes.fromhex(raw["salt"]),
            tuple(bytes.fromhex(one) for one in raw["answers"]),
            bytes.fromhex(raw["duress"]),
            int(raw["length"]),
        )
    except (KeyError, TypeError, ValueError):
        raise BadForm("question") from None
    sizes = {len(one) for one in (*found.answers, found.duress)}
    dear = found.cost.passes > _MOST_PASSES or found.cost.memory > _MOST_MEMORY
    if (
        raw["kind"] != "argon2id"
        or sizes != {_HASH_BYTES}
        or len(found.salt) != _SALT_BYTES
        or dear
    ):
        raise BadForm("question")
    return found


class Outcome(StrEnum):
    """What comparing an answer came to."""

    RIGHT = "right"
    WRONG = "wrong"
    DURESS = "duress"
    SEVERAL = "several watches are about this person"
    OTHER = "the watch that was named is about somebody else"
    GONE = "there is nothing to compare with any more"
    FAILED = "could not be compared"


@dataclass(frozen=True, slots=True)
class Hashed:
    """Answers came back as hashes, ready to be kept."""

    sealed: Prose = field(repr=False)


@dataclass(frozen=True, slots=True)
class Weighed:
    """An answer came back compared; `watch` is the one watch that is about the same person."""

    outcome: Outcome
    watch: Code | None = None
