"""Ways to reach a person or a machine: telephone, e-mail, Matrix, network addresses.

Patterns run over folded text: small letters, digits 0 to 9, single spaces. Times, dates and amounts
are refused where they look alike.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from bot.redaction.folding import Folded, fold
from bot.redaction.hits import Hit, Kind
from bot.redaction.rules import At, Rule, digits, pattern

_DATE: Final = pattern(
    r"(?:(?:19|20)\d\d([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2(?:19|20)\d\d)(?!\d)"
)
_BARE_TLDS: Final = (
    "com|org|net|info|biz|io|int|edu|gov|mil|online|onion|xyz|example|uk|de|fr|ru|su|ua|il|ps|sy|iq"
    "|ir|lb|jo|sa|ae|qa|kw|ye|eg|ly|tr|pl|eu|chat"
)
"""Of the domains those that are no word after a full stop without a space."""
_SEP: Final = r"[ .()\-/_*~]{0,3}"
_TLDS: Final = (
    "com|org|net|info|biz|io|int|edu|gov|mil|online|site|app|dev|chat|me|tv|co|eu|uk|de|fr|it|es|ch"
    "|at|nl|be|se|no|fi|dk|pl|cz|sk|hu|ro|bg|gr|tr|ru|su|ua|by|kz|ge|am|az|md|il|ps|sy|iq|ir|lb|jo"
    "|sa|ae|qa|kw|bh|om|ye|eg|ly|tn|dz|ma|sd|so|et|pk|af|in|cn|jp|us|ca|au|br|mx|onion|xyz|example"
    "|test|local|localhost"
)


def _phone(found: re.Match[str], _: Folded) -> str | None:
    """Name a number by its last eight digits: with a country code or without, it is the same."""
    text = found["it"]
    number = digits(text)
    if _DATE.match(text.strip("( ")) or len(set(number)) == 1 or not 6 <= len(number) <= 17:
        return None
    if re.fullmatch(r"\d{1,3}(?:[ .]000)+", text.strip()):
        return None
    return number.lstrip("0")[-8:]


def _unbroken(found: re.Match[str], _: Folded) -> str | None:
    number = found["it"]
    if number.endswith("0000") or len(set(number)) == 1 or _compact_time(number):
        return None
    return number.lstrip("0")[-8:]


def _grouped(found: re.Match[str], folded: Folded) -> str | None:
    return _phone(found, folded) if len(digits(found["it"])) >= 9 else None


def _compact_time(number: str) -> bool:
    """Tell whether it is a time written together, 202611221800 or with seconds."""
    return len(number) in {12, 14} and bool(
        re.match(r"20[2-9]\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[0-2]\d[0-5]\d", number)
    )


def _ip4(found: re.Match[str], _: Folded) -> str | None:
    parts = re.findall(r"\d+", found[0])
    if any(int(part) > 255 for part in parts):
        return None
    return ".".join(str(int(part)) for part in parts)


def _ip6(found: re.Match[str], _: Folded) -> str | None:
    text = found[0].strip("[]")
    if text.count(":") < 2 or not any(char.isdecimal() for char in text):
        return None
    try:
        address = ipaddress.IPv6Address(text)
        return str(address.ipv4_mapped or address.compressed)
    except ValueError:
        return None


def _mac(found: re.Match[str], _: Folded) -> str:
    return re.sub("[-:]", "", found[0])


PHONE_AFTER_WORD: Final = Rule(
    Kind.PHONE,
    pattern(
        r"[^\w+(]{0,4}(?:[^\W\d]{1,12}[ .:]{1,3}){0,2}(?P<it>\+?[(]?\d(?:[ .()\-/_]{0,3}\d){5,14})(?![\d:])"
    ),
    _phone,
)
DIGIT_RULES: Final = (
    Rule(
        Kind.PHONE,
        pattern(rf"(?P<it>(?:\+ ?|\b00)[(]?(?:\d{_SEP}){{7,14}}\d)(?!\w|[:]\d)"),
        _phone,
        least=8,
        needs=("+", "00"),
        at=At.NUMBER,
    ),
    Rule(
        Kind.PHONE,
        pattern(
            r"(?P<it>\(?0(?<![\w.,:/+]0)(?:\d|\) ?\d|[ -]\d|\.\d(?!\d))(?:[ .()/\-]{0,3}\d){6,11})(?!\w|[:]\d)"
        ),
        _phone,
        least=7,
        at=At.NUMBER,
    ),
    Rule(
        Kind.PHONE,
        pattern(r"(?P<it>(?:\b1[ .-])?(?<![\d.+-])\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[ .-]\d{4})(?!\w)"),
        _phone,
        least=10,
        at=At.NUMBER,
    ),
    Rule(
        Kind.PHONE,
        pattern(r"(?<![\w.,+-])(?P<it>\d{2,4}(?:[-*~/]\d{2,4}){2,5})(?![\w-])"),
        _grouped,
        least=9,
        needs=("-", "*", "~", "/"),
        at=At.NUMBER,
    ),
    Rule(
        Kind.PHONE,
        pattern(r"(?P<it>\b8[ (.-]{1,2}9?\d{2,3}[ ).-]{1,2}\d{3}[ .-]?\d\d[ .-]?\d\d)(?!\w)"),
        _phone,
        least=10,
        needs=("8",),
        at=At.NUMBER,
    ),
    Rule(
        Kind.PHONE,
        pattern(r"(?P<it>\d(?<![\w.,]\d)\d{9,14})(?!\w|[.,]\d)"),
        _unbroken,
        least=10,
        token=10,
        at=At.NUMBER,
    ),
    Rule(
        Kind.IP,
        pattern(
            r"\d(?<![\w.]\d)\d{0,2}(?: ?(?:[\[({]?(?:\.|dot)[\])}]?| dot ) ?\d{1,3}){3}(?!\w|\.\d)"
        ),
        _ip4,
        least=4,
        needs=(".", "dot"),
        at=At.NUMBER,
    ),
    Rule(
        Kind.IP,
        pattern(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.:]{0,15}(?![\w:])"),
        _ip6,
        needs=(":",),
    ),
    Rule(
        Kind.IP,
        pattern(r"\b(?:[0-9a-f]{2}[-:]){5}[0-9a-f]{2}(?![\w:-])"),
        _mac,
        needs=("-", ":"),
        token=17,
    ),
)

_SERVER: Final = r"(?:\[[0-9a-f:.]+\]|localhost|\d{1,3}(?:\.\d{1,3}){3}|(?:[\w-]{1,63}\.)+[^\W\d][\w-]{1,30})(?::\d{2,5})?"
_LOCAL_PART: Final = pattern(r"[\w.+%'=-]{1,64} ?\Z")
_MAIL_DOMAIN: Final = pattern(
    r"(?:@)? ?((?:[\w-]{1,63} ?\. ?){1,5}[^\W\d][\w-]{1,30}|\[?\d{1,3}(?:\.\d{1,3}){3}\]?)"
)
_MATRIX: Final = pattern(rf"[@!#$+][^\s:@!#\"'<>()]{{1,128}}:{_SERVER}")
_HANDLE: Final = pattern(r"@[^\W\d][\w.]{2,31}(?<!\.)")
_ROOM: Final = pattern(r"[!$][a-z0-9_-]{43}(?![\w-])")
_MATRIX_URI: Final = pattern(r"matrix:(u|r|roomid|e)/([^\s/?#]+)")


def at_signs(folded: Folded) -> Iterator[Hit]:
    """Yield e-mail addresses, Matrix identifiers and bare handles, wherever an `@` stands."""
    text = folded.text
    at = text.find("@")
    while at >= 0:
        hit = _mail_at(folded, at) or _matrix_at(folded, at)
        if hit is None and not (at and text[at - 1].isalnum()):
            found = _HANDLE.match(text, at)
            if found and found[0] != "@room":
                hit = Hit(*folded.span(*found.span()), Kind.MATRIX_ID, found[0])
        if hit:
            yield hit
        at = text.find("@", at + 1)


def _mail_at(folded: Folded, at: int) -> Hit | None:
    text = folded.text
    before = text[max(0, at - 65) : at]
    local = _LOCAL_PART.search(before)
    domain = _MAIL_DOMAIN.match(text, at)
    if not local or not domain:
        return None
    spaced = local[0].endswith(" ") or text[at + 1 : at + 2] == " "
    server = domain[1].replace(" ", "")
    # With spaces about, only a domain that ends as domains do; else it is a sentence.
    if (spaced or " " in domain[1]) and not re.search(rf"\.(?:{_TLDS})\Z", server):
        server = domain[1].split(" ")[0]
        if spaced or "." not in server.strip("."):
            return None
        domain = re.compile(re.escape(f"@{server}")).match(text, at)
        if not domain:
            return None
    start = at - len(local[0])
    name = local[0].strip(" .").partition("+")[0]
    return Hit(*folded.span(start, domain.end()), Kind.EMAIL, f"{name}@{server.strip('.')}")


def _matrix_at(folded: Folded, at: int) -> Hit | None:
    found = _MATRIX.match(folded.text, at)
    return found and Hit(*folded.span(*found.span()), Kind.MATRIX_ID, found[0])


_ATS: Final = r"(?: ?[\[({<] ?(?:at|@|a|arroba|et|ät|собака|ат|في|آت|ات|שטרודל) ?[\])}>] ?| ?[-*_]+ ?at ?[-*_]+ ?| (?:at|@|собака|собачка|равлик|arroba|arobase|klammeraffe|ات|שטרודל) )"
_DOTS: Final = r"(?: ?[\[({<] ?(?:dot|\.|точка|نقطه|نقطة|נקודה) ?[\])}>] ?| (?:dot|точка|крапка|نقطة|נקודה|point|punkt) |\.)"
_SPELLED: Final = pattern(
    rf"(?P<local>[\w.+-]{{1,40}}(?:{_DOTS}[\w+-]{{1,40}})?)(?P<at>{_ATS})"
    rf"(?P<domain>[\w-]{{2,40}}(?:{_DOTS}[\w-]{{2,20}}){{1,4}})"
)
# Two, because a pattern that begins with one class of characters is found several times faster.
_DASHED: Final = pattern(r"[-*_] ?at ?[-*_]")
_BRACKETED: Final = pattern(r"[\[({<] ?(?:at|@|a|arroba|et|ät|собака|ат|في|ات|שטרודל) ?[\])}>]")
_BARE_AT: Final = pattern(r" (?:at|@|собака|собачка|равлик|arroba|arobase|klammeraffe|ات|שטרודל) ")
_DOT_WORDS: Final = tuple(
    # `point` is a word like any other: it is asked for where an `arobase` is.
    fold(f" {word} ").text
    for word in ("dot", "точка", "крапка", "نقطة", "נקודה", "arobase")
)


def spelled_mail(folded: Folded) -> Iterator[Hit]:
    """Yield e-mail addresses with the signs in words: `samir [at] example (dot) org`."""
    text = folded.text
    if any(sign in text for sign in ("[", "(", "{", "<", "-at-", "*at*", "_at_")):
        yield from _spelled_mail(folded, _DASHED)
        yield from _spelled_mail(folded, _BRACKETED)
    # `at` alone is a word like any other: then the dot must be spelled too.
    if any(word in text for word in _DOT_WORDS):
        yield from _spelled_mail(folded, _BARE_AT)


def _spelled_mail(folded: Folded, hint: re.Pattern[str]) -> Iterator[Hit]:
    for sign in hint.finditer(folded.text):
        low = max(0, sign.start() - 90)
        for found in _SPELLED.finditer(folded.text, low, sign.end() + 90):
            domain = re.sub(_DOTS, ".", found["domain"])
            if hint is _BARE_AT and ("." in found["domain"] or found["domain"] == domain):
                continue
            if not re.search(rf"\.(?:{_TLDS})\Z", domain):
                continue
            local = re.sub(_DOTS, ".", found["local"]).partition("+")[0]
            yield Hit(*folded.span(*found.span()), Kind.EMAIL, f"{local}@{domain}")


def matrix_names(folded: Folded) -> Iterator[Hit]:
    """Yield rooms, aliases, events and `matrix:` links; users begin with `@`, see `at_signs`."""
    text = folded.text
    for sign in "!#$+":
        at = text.find(sign)
        while at >= 0:
            found = _MATRIX.match(text, at) or _ROOM.match(text, at)
            if found:
                yield Hit(*folded.span(*found.span()), Kind.MATRIX_ID, found[0])
            at = text.find(sign, at + 1)
    if "matrix:" in text:
        signs = {"u": "@", "r": "#", "roomid": "!", "e": "$"}
        for found in _MATRIX_URI.finditer(text):
            key = f"{signs[found[1]]}{found[2]}"
            yield Hit(*folded.span(*found.span()), Kind.MATRIX_ID, key)


_SCHEME: Final = pattern(
    r"(?<![\w])(?:h(?:tt|xx)ps?|ftps?|mxc|wss?|tg|xmpp|sips?|smb|ssh|file|magnet|ipfs|viber|whatsapp|sgnl)"
    r" ?(?:\[:\]|:) ?(?://)? ?[^\s<>\"]+|www\.[^\s<>\"]+|mailto:[^\s<>\"]+|\btel:[^\s<>\"]+"
)
_BARE: Final = pattern(
    rf"(?:[\w-]+(?:\.|\[\.\]|\(\.\)| ?\[dot\] ?))+(?:(?:{_BARE_TLDS})(?![\w-])(?!\.[a-z])|[a-z]{{2,6}}(?=/\w))(?:[:/?#][^\s<>\"]*)?"
)
_SCHEME_SIGN: Final = pattern(r":(?:(?<=[a-z]:)|(?<=[a-z][ \[]:)|(?<=[a-z] \[:))")
"""The colon of every scheme; that of a time of day has no letter before it."""
_BARE_HINT: Final = pattern(rf"(?:[.\])]|\[dot\]) ?(?:{_BARE_TLDS})(?![\w-])|\.[a-z]{{2,6}}/")
_BARE_SIGN: Final = pattern(rf"[.\])](?: ?(?:{_BARE_TLDS})(?![\w-])|(?<=\.)[a-z]{{2,6}}/)")
"""Is found wherever `_BARE_HINT` is, and faster, because it begins with one class of characters."""


def urls(folded: Folded) -> Iterator[Hit]:
    """Yield web addresses, with a scheme or bare, also made harmless (`hxxp`, `[.]`)."""
    text = folded.text
    if _SCHEME_SIGN.search(text) or "www." in text:
        for found in _SCHEME.finditer(text):
            yield _url(folded, found.start(), found[0])
    if _BARE_SIGN.search(text):
        for hint in _BARE_HINT.finditer(text):
            low = text.rfind(" ", 0, hint.start()) + 1
            if hint[0].startswith("[dot]"):
                low = text.rfind(" ", 0, max(0, low - 1)) + 1
            high = text.find(" ", hint.end())
            bare = _BARE.search(text, low, high if high >= 0 else len(text))
            if bare and not (bare.start() and text[bare.start() - 1] == "@"):
                yield _url(folded, bare.start(), bare[0])


_TELEGRAM: Final = pattern(
    r"\A(?:(?:t|telegram)\.(?:me|dog)/(?:joinchat/|\+)|tg:(?://)?join\?invite=)"
)
"""How one invitation to a group is written."""


def _url(folded: Folded, start: int, matched: str) -> Hit:
    kept = matched.rstrip(".,;:!?)'\"")
    key = (
        re.sub(r"\A(?:h(?:tt|xx)ps?|ftps?)(?:\[:\]|:)//", "", kept)
        .replace("[.]", ".")
        .replace("[dot]", ".")
    )
    key = re.sub(r":(?:80|443)(?=/|\Z)", "", key.removeprefix("www.")).rstrip("/")
    return Hit(*folded.span(start, start + len(kept)), Kind.URL, _TELEGRAM.sub("t.me/+", key))
