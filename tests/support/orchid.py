"""The demonstration's case file as tests use it, and its people's invented keys and codes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from bot.domain.enrolment import new_code
from bot.domain.ids import CODE_ALPHABET, Code, MasterKey, UserId

ORCHID = (Path(__file__).parents[2] / "config/cases/gulf-war-1991.toml").read_text("utf-8")
QUIET = "\n".join(row for row in ORCHID.splitlines() if not row.startswith("digest"))
"""The same case without digests on the clock."""
MONDAY = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
BOT = UserId("@parley:localhost")
MEDIATORS = ("lindqvist", "adeyemi")
CODE = re.compile(rf"`([{CODE_ALPHABET}]{{4}})`")
UNSEEN = str.maketrans("", "", "\u2060\u2068\u2069")


def with_keys(text: str, *seats: str) -> str:
    """A case file that carries the keys of some seats, so that they are verified at once."""
    for seat in seats:
        user = f'user = "@{seat}:localhost"'
        assert user in text
        text = text.replace(user, f'{user}\nmaster = "{master_of(seat)}"')
    return text


def master_of(seat: str) -> MasterKey:
    return MasterKey((seat.replace("-", "x") + "A" * 43)[:43])


def fingerprint_of(seat: str) -> str:
    """As a client shows it, in groups of four."""
    whole = digest(f"fingerprint {seat}").hex()[:40]
    return " ".join(whole[n : n + 4] for n in range(0, 40, 4))


def codes_in(text: str) -> list[str]:
    """Codes that a text names, in the order of reading, each once."""
    return list(dict.fromkeys(CODE.findall(text)))


def digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=32).digest()


def short_code(name: str) -> Code:
    return Code("".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in digest(name)[:4]))


def long_code(name: str) -> str:
    return new_code(digest(name))
