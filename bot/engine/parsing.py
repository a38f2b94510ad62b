"""One typed line: is it a command, which one, and what follows it.

Tolerant of what phones do to the syntax (quotes, dashes, spaces, capitals, invisible marks), and
never of anything else: no verb is completed or corrected, a near miss is a question. Wording is
not touched: every scanner returns slices of what was typed, trimmed and at most unquoted.

The syntax stands on the first line (verb, code, keywords, the colon before a wording). Further
lines belong to the last argument. The caller hands in only the verbs this seat may use here, so
neither a match nor a suggestion can tell of another.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.ids import CODE_ALPHABET, Code

MAX_BYTES: Final = 32 * 1024 - 128
"""As a field of a record has it, where a quote or a new line takes two bytes (docs/spec/ledger.md
5.1): what is let in here must fit into one, with its salt and name."""
MAX_DISTANCE: Final = 2
_SHOWN: Final = 40
_COMMAS: Final = ",\u060c\uff0c \t"

_OPENINGS: Final = {'"': '"', "\u201c": '\u201d"', "\u201e": '\u201c\u201d"', "\u00ab": '\u00bb"'}
"""Double quotes and what may close them; phones also close a smart quote with a straight one."""
_SINGLES: Final = {"'": "'", "\u2018": "\u2019"}

# Zero width, soft hyphen, bidi marks and isolates: nobody types them, keyboards and copies do.
_INVISIBLE: Final = "\u200b-\u200f\u2060\ufeff\u00ad\u061c\u202a-\u202e\u2066-\u2069"
_UNSEEN: Final = re.compile(f"[{_INVISIBLE}]")
_BLANK: Final = rf"[\s{_INVISIBLE}]"
# For str.strip: a regular expression for the end of a text is quadratic in runs of spaces.
_EDGES: Final = "".join(
    chr(point) for point in range(0x10000) if chr(point).isspace() or _UNSEEN.match(chr(point))
)
_DASH: Final = r"[\u2010-\u2015\u2212\uff0d]"
_LONG_DASH: Final = re.compile(r"[\u2014\u2015]")
_SHORT_DASH: Final = re.compile(_DASH)
_BANGS: Final = ("!", "\uff01")

_WORD: Final = re.compile(rf"({_BLANK}*)([^\s]+)")
_MENTION_END: Final = re.compile(rf"(?:{_BLANK}*[:,]{_BLANK}*|{_BLANK}+)(?=[{''.join(_BANGS)}])")
_GROUP: Final = f"[{CODE_ALPHABET}]{{4}}"
_CODE: Final = re.compile(rf"{_GROUP}(?:-{_GROUP}){{0,7}}")
_CODE_WORD: Final = re.compile(
    # The comma, colon or stop of a sentence stays in the rest.
    rf"{_BLANK}*[`\"\u201c]?((?:\w|-|{_DASH})+)[`\"\u201d]?(?=[\s,:;.]|$)"
)
_FLAG: Final = re.compile(rf"{_BLANK}*(?:--|-|{_DASH})([a-z]+(?:-[a-z]+)*)(?=\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NotACommand:
    """Talk: nothing is done and nothing is answered."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """A command above `MAX_BYTES`; refused unread."""

    size: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A command: `verb` as the caller spells it, `rest` as typed after it, `verbatim` the whole.

    `rest` and `verbatim` are trimmed slices of the message; `verbatim` starts at the `!`.
    """

    verb: str
    rest: str
    verbatim: str


@dataclass(frozen=True, slots=True)
class UnknownVerb:
    """A command that this seat does not have; `typed` is cut to a length that can be echoed."""

    typed: str
    suggestion: str | None


Line = NotACommand | TooLong | Typed | UnknownVerb


@dataclass(frozen=True, slots=True)
class Taken:
    """What a scanner found at the start (None: nothing of the kind) and what is left."""

    found: str | None
    rest: str


@dataclass(frozen=True, slots=True)
class TakenCode:
    """A code in its normal form (capitals, plain hyphens) or None, and what is left."""

    code: Code | None
    rest: str


@dataclass(frozen=True, slots=True)
class Split:
    """The two sides of a separator, trimmed."""

    before: str
    after: str


def parse_line(text: str, *, verbs: Collection[str], bot_names: Collection[str] = ()) -> Line:
    """Read one message. `verbs` are lower case, one word or two (`watch add`).

    `bot_names` are the Matrix id and names by which a leading mention may call the bot.
    `! verb` with a space is not taken, but answered as an unknown verb rather than with silence.
    """
    body = _without_mention(_trim(text), bot_names)
    first = _WORD.match(body, 1) if body.startswith(_BANGS) else None
    if first is None or not _plain(first[2])[:1].isalpha():
        return NotACommand()
    spaced = any(mark.isspace() for mark in first[1])
    resolved = _resolve(body[1:], verbs)
    if spaced and resolved is None:
        return NotACommand()
    size = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")) - 2
    if size > MAX_BYTES:
        return TooLong(size)
    if resolved is None:
        return _unknown(body[1:], verbs)
    verb, rest = resolved
    return UnknownVerb(f"! {verb}", verb) if spaced else Typed(verb, rest, body)


def _without_mention(text: str, names: Collection[str]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        for called in (name, f"@{name}"):
            end = _MENTION_END.match(text, len(called))
            if end is not None and text[: len(called)].casefold() == called.casefold():
                return text[end.end() :]
    return text


def _resolve(text: str, verbs: Collection[str]) -> tuple[str, str] | None:
    """The longest verb at the start of `text`, and what follows it."""
    first = _WORD.match(text)
    if first is None:
        return None
    second = _WORD.match(text, first.end(), _line_end(text))
    if second is not None:
        pair = f"{_plain(first[2])} {_plain(second[2])}"
        if pair in verbs:
            return pair, _trim(text[second.end() :])
    verb = _plain(first[2])
    return (verb, _trim(text[first.end() :])) if verb in verbs else None


def _unknown(text: str, verbs: Collection[str]) -> UnknownVerb:
    first, second = (*map(_plain, text[: _line_end(text)].split(maxsplit=2)), "", "")[:2]
    pairs = {verb for verb in verbs if " " in verb}
    near_pair = _nearest(f"{first} {second}", pairs) if second else None
    near = near_pair or _nearest(first, set(verbs) - pairs)
    meant_pair = near_pair or any(verb.startswith(f"{first} ") for verb in pairs)
    typed = f"{first} {second}" if second and meant_pair else first
    return UnknownVerb(typed[:_SHOWN], near)


def _nearest(typed: str, verbs: Collection[str]) -> str | None:
    """The one verb within two slips of `typed`; None if there is none or more than one.

    A verb of three letters is not two slips away from anything, or everything would be near it.
    """
    near: list[tuple[int, str]] = []
    for verb in verbs:
        if abs(len(verb) - len(typed)) <= MAX_DISTANCE:
            slips = distance(typed, verb)
            if slips <= MAX_DISTANCE and slips * 2 < len(verb):
                near.append((slips, verb))
    best = min((slips for slips, _ in near), default=0)
    closest = [verb for slips, verb in near if slips == best]
    return closest[0] if len(closest) == 1 else None


def distance(left: str, right: str) -> int:
    """Damerau-Levenshtein distance (optimal string alignment): swapped neighbours are one slip."""
    above: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, above, row = above, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _trim(text: str) -> str:
    return text.strip(_EDGES)


def _plain_dashes(word: str) -> str:
    """Phones make one long dash of `--`."""
    return _SHORT_DASH.sub("-", _LONG_DASH.sub("--", _UNSEEN.sub("", word)))


def _plain(word: str) -> str:
    return _plain_dashes(word).lower()


def _line_end(text: str) -> int:
    found = re.search(r"[\n\r\u2028\u2029]", text)
    return found.start() if found else len(text)


def take_word(rest: str) -> Taken:
    """The first word, with plain hyphens and without invisible marks; case as typed."""
    found = _WORD.match(_trim(rest))
    if found is None:
        return Taken(None, "")
    return Taken(_plain_dashes(found[2]), _trim(found.string[found.end() :]))


def take_code(rest: str) -> TakenCode:
    """A leading code: four characters of `CODE_ALPHABET`, or such groups joined by hyphens.

    Any case, in backticks or quotes if copied so. Look-alikes are not guessed: `K7OF` is no code.
    """
    found = _CODE_WORD.match(rest)
    typed = _SHORT_DASH.sub("-", found[1]) if found else ""
    # Only ASCII is raised: the capital of the ligature \ufb00 would be two letters.
    if found is None or not typed.isascii() or not _CODE.fullmatch(typed.upper()):
        return TakenCode(None, _trim(rest))
    return TakenCode(Code(typed.upper()), _trim(rest[found.end() :]))


def take_flag(rest: str) -> Taken:
    """A leading `--flag` without its dashes, in lower case; phones make one dash of the two."""
    found = _FLAG.match(rest)
    if found is None:
        return Taken(None, _trim(rest))
    return Taken(found[1].lower(), _trim(rest[found.end() :]))


def split_keyword(rest: str, keyword: str) -> Split | None:
    """Around the first `keyword` that is a whole word of the first line, outside quotes."""
    return _split(rest, rf"(?<!\S){re.escape(keyword)}(?!\S)")


def split_quoted(text: str) -> Split | None:
    """Words in quotes at the start, quotes and all, and what follows the last closing one.

    None if no quote opens them, or none closes them.
    """
    wording = _trim(text)
    closing = (_OPENINGS | _SINGLES).get(wording[:1], "")
    end = max((wording.rfind(mark, 1) for mark in closing), default=-1)
    return Split(wording[: end + 1], _trim(wording[end + 1 :])) if end > 0 else None


def split_colon(rest: str) -> Split | None:
    """At the first colon of the first line, outside quotes, with white space or nothing after it.

    So the colon of `18:00` is none, and that of `fri 18:00: ten prisoners` is.
    """
    return _split(rest, rf"[:\uff1a](?={_BLANK}|$)")


def split_phrases(rest: str, phrases: Sequence[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What stands before the first of some words or phrases, then each with what follows it.

    They count outside quotes, on the first line, in any letter case; one that another begins
    with stands behind it. Commas between are dropped.
    """
    either = "|".join(re.escape(words).replace(r"\ ", rf"{_BLANK}+") for words in phrases)
    found = list(re.finditer(rf"(?<!\S)(?:{either})(?![^\s,])", _syntax(rest), re.IGNORECASE))
    ends = [match.start() for match in found[1:]] + [len(rest)]
    before = rest[: found[0].start()] if found else rest
    parts = tuple(
        (" ".join(match[0].casefold().split()), _trim(rest[match.end() : end]).rstrip(_COMMAS))
        for match, end in zip(found, ends, strict=False)
    )
    return _trim(before).rstrip(_COMMAS), parts


def _split(rest: str, separator: str) -> Split | None:
    found = re.search(separator, _syntax(rest), re.IGNORECASE)
    return Split(_trim(rest[: found.start()]), _trim(rest[found.end() :])) if found else None


def _syntax(rest: str) -> str:
    """The first line, at the same places, with quoted passages blotted out.

    A quote that nothing closes opens none.
    """
    line = rest[: _line_end(rest)]
    pieces, place, absent = list(line), 0, set[str]()
    while place < len(line):
        ends = []
        for mark in set(_OPENINGS.get(line[place], "")) - absent:
            end = line.find(mark, place + 1)
            # What is not there will not be there further on: no second search for it.
            ends.append(end) if end > 0 else absent.add(mark)
        if ends:
            pieces[place : min(ends) + 1] = "\0" * (min(ends) + 1 - place)
            place = min(ends)
        place += 1
    return "".join(pieces)


def unquote(text: str) -> str:
    """`text` trimmed and without its outer pair of quotes; untouched if they are not one pair."""
    wording = _trim(text)
    if len(wording) < len('""'):
        return wording
    first, last, inner = wording[0], wording[-1], wording[1:-1]
    closing = (_OPENINGS | _SINGLES).get(first, "")
    if last not in closing or {first, *closing} & set(inner) - ({'"'} - {first, last}):
        return wording
    return _trim(inner)
