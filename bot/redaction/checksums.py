"""Checks that a format brings along: a number that passes is what it looks like.

Arithmetic of public formats only; refuses to say whose a number is.
"""

from __future__ import annotations

import hashlib
from typing import Final

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

IBAN_LENGTHS: Final = {
    code: int(length)
    for code, length in (
        pair.split(":")
        for pair in [
            "ad:24",
            "ae:23",
            "al:28",
            "at:20",
            "az:28",
            "ba:20",
            "be:16",
            "bg:22",
            "bh:22",
            "bi:27",
            "br:29",
            "by:28",
            "ch:21",
            "cr:22",
            "cy:28",
            "cz:24",
            "de:22",
            "dj:27",
            "dk:18",
            "do:28",
            "ee:20",
            "eg:29",
            "es:24",
            "fi:18",
            "fk:18",
            "fo:18",
            "fr:27",
            "gb:22",
            "ge:22",
            "gi:23",
            "gl:18",
            "gr:27",
            "gt:28",
            "hr:21",
            "hu:28",
            "ie:22",
            "il:23",
            "iq:23",
            "ir:26",
            "is:26",
            "it:27",
            "jo:30",
            "kw:30",
            "kz:20",
            "lb:28",
            "lc:32",
            "li:21",
            "lt:20",
            "lu:20",
            "lv:21",
            "ly:25",
            "mc:27",
            "md:24",
            "me:22",
            "mk:19",
            "mn:20",
            "mr:27",
            "mt:31",
            "mu:30",
            "ni:28",
            "nl:18",
            "no:15",
            "om:23",
            "pk:24",
            "pl:28",
            "ps:29",
            "pt:25",
            "qa:29",
            "ro:24",
            "rs:22",
            "ru:33",
            "sa:24",
            "sc:31",
            "sd:18",
            "se:24",
            "si:19",
            "sk:24",
            "sm:27",
            "so:23",
            "st:25",
            "sv:28",
            "sy:26",
            "tl:23",
            "tn:24",
            "tr:26",
            "ua:29",
            "va:22",
            "vg:24",
            "xk:20",
            "ye:30",
        ]
    )
}
"""Length of an IBAN by country (the registry's list, and countries that use the form without it)."""


def iban_is_sound(compact: str) -> bool:
    """Tell whether an IBAN in small letters without spaces passes modulo 97 (ISO 13616)."""
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def luhn_is_sound(digits: str) -> bool:
    """Tell whether the last digit is the check digit of the others (ISO/IEC 7812)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def base58_bytes(text: str, alphabet: str = _BASE58) -> bytes | None:
    """Return what base58 stands for, or None where a character is foreign to it."""
    number = 0
    for char in text:
        if (at := alphabet.find(char)) < 0:
            return None
        number = number * 58 + at
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base58_is_sound(text: str) -> bool:
    """Tell whether it is base58 with its four check bytes: Bitcoin, Litecoin, TRON, Ripple ..."""
    for alphabet in (_BASE58, _RIPPLE):
        raw = base58_bytes(text, alphabet)
        if raw is None or len(raw) not in {25, 26}:
            continue
        check = hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4]
        if check == raw[-4:]:
            return True
    return False


def bech32_is_sound(text: str) -> bool:
    """Tell whether a small-letter address passes the checks of BIP 173 or BIP 350."""
    prefix, _, tail = text.rpartition("1")
    if not prefix or len(tail) < 8 or any(char not in _BECH32 for char in tail):
        return False
    values = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    check = 1
    for value in values + [_BECH32.index(char) for char in tail]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> bit & 1 else 0
    return check in {1, 0x2BC830A3}


def mrz_digit(field: str) -> str:
    """Return the check digit of a field of a machine-readable zone (ICAO 9303, part 3)."""
    values = (0 if char == "<" else int(char, 36) for char in field)
    return str(sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values)) % 10)


def iranian_id_is_sound(digits: str) -> bool:
    """Tell whether ten digits are an Iranian national number with its check digit."""
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    rest = sum(int(char) * (10 - at) for at, char in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)
