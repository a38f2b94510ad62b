# ruff: noqa: RUF001 - words of four scripts
"""Where on earth: coordinates in decimals, minutes, seconds, links and codes; UTM and MGRS.

All notations of one point have one key, a hundredth of a degree wide, so that a point protected in
one of them is known in another. A number alone is no coordinate; a pair in range is.
"""

from __future__ import annotations

import math
import re
from typing import Final

from bot.redaction.folding import Folded, fold
from bot.redaction.hits import Kind
from bot.redaction.rules import At, Rule, pattern, written

_NORTH: Final = r"(?:north|n|с\.? ?ш|север\w*|شمالا?|שמאלה?|צפונ\w*)"
_SOUTH: Final = r"(?:south|s|ю\.? ?ш|южн\w*|جنوبا?|דרומ\w*)"
_EAST: Final = r"(?:east|e|в\.? ?д|восточ\w*|شرقا?|מזרח\w*)"
_WEST: Final = r"(?:west|w|з\.? ?д|западн\w*|غربا?|מערב\w*)"
_DEGREE: Final = r" ?(?:°|deg(?:rees)?|град\w*|درجة|º|d|\*)"
_UP: Final = rf"(?:{_NORTH}|{_SOUTH})(?![^\W\d])\.?"
_ACROSS: Final = rf"(?:{_EAST}|{_WEST})(?![^\W\d])\.?"


def _angle(name: str) -> str:
    """Return the pattern of degrees with minutes and seconds, each perhaps with its sign."""
    return (
        rf"(?P<{name}d>\d{{1,3}})(?:{_DEGREE} ?| ?: ?| )(?P<{name}m>\d{{1,2}}(?:[.,]\d+)?)"
        rf"(?: ?(?:'|min(?:ute)?s?|мин\w*|м|m|دقيقة|:)? ?(?P<{name}s>\d{{1,2}}(?:[.,]\d+)?) ?(?:\"|''|sec(?:ond)?s?|сек\w*|ثانية|s(?![a-z]))?| ?(?:'|min(?:ute)?s?|m(?![a-z]))?)"
    )


_DECIMAL: Final = r"[-+]?\d{1,3}[.,]\d+"
_LAT_WORD: Final = r"(?:lat(?:itude)?|широта|خط العرض|عرض|קו רוחב|רוחב)\.?"
_LON_WORD: Final = r"(?:lon(?:g|gitude)?|lng|долгота|خط الطول|طول|קו אורכ|אורכ)\.?"


def point_key(lat: float, lon: float) -> str:
    """Return the key of a point: its hundredth of a degree, about a kilometre."""
    return f"{math.floor(lat * 100)},{math.floor(lon * 100)}"


def near_keys(key: str) -> tuple[str, ...]:
    """Return a point's key and its eight neighbours'; another key is returned alone."""
    if not re.fullmatch(r"-?\d+,-?\d+", key):
        return (key,)
    lat, lon = map(int, key.split(","))
    return tuple(f"{lat + up},{lon + across}" for up in (0, 1, -1) for across in (0, 1, -1))


def _checked(lat: float, lon: float) -> str | None:
    return point_key(lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _sign(found: re.Match[str], *names: str) -> float:
    """Return -1 for south and west, written before or after."""
    for name in names:
        if text := found[name]:
            return -1.0 if re.match(rf"{_SOUTH}|{_WEST}", text) else 1.0
    return 1.0


def _decimal_pair(found: re.Match[str], _: Folded) -> str | None:
    return _checked(_number(found["lat"]), _number(found["lon"]))


def _hemispheres(found: re.Match[str], _: Folded) -> str | None:
    lat = abs(_number(found["lat"])) * _sign(found, "n1", "n2")
    lon = abs(_number(found["lon"])) * _sign(found, "e1", "e2")
    if not (found["n1"] or found["n2"]) or not (found["e1"] or found["e2"]):
        return None
    return _checked(lat, lon)


def _sexagesimal(found: re.Match[str], _: Folded) -> str | None:
    marked = (found["n1"] or found["n2"]) and (found["e1"] or found["e2"])
    if not marked and found[0].count("°") < 2:
        return None
    parts = []
    for name, signs in (("a", ("n1", "n2")), ("o", ("e1", "e2"))):
        minutes, seconds = _number(found[f"{name}m"]), _number(found[f"{name}s"] or "0")
        if minutes >= 60 or seconds >= 60:
            return None
        value = int(found[f"{name}d"]) + minutes / 60 + seconds / 3600
        parts.append(value * _sign(found, *signs))
    return _checked(*parts)


def _turned(found: re.Match[str], _: Folded) -> str | None:
    lon = _number(found["lon"]) * _sign(found, "e1")
    return _checked(_number(found["lat"]) * _sign(found, "n1"), lon)


def _packed(found: re.Match[str], _: Folded) -> str | None:
    up, across = float(found["am"]), float(found["om"])
    lat = int(found["ad"]) + up / 60 + float(found["as"] or 0) / 3600
    lon = int(found["od"]) + across / 60 + float(found["os"] or 0) / 3600
    if up >= 60 or across >= 60:
        return None
    return _checked(lat * (-1 if found["n"] == "s" else 1), lon * (-1 if found["e"] == "w" else 1))


def _separated(found: re.Match[str], folded: Folded) -> str | None:
    """Take `48:00:54, 37:48:09`; without letters only what is no time of day and no date."""
    marked = found["n"] and found["e"]
    degrees = found["sep"] == ":" and found["as"] and found["os"] and int(found["ad"]) > 24
    return _packed(found, folded) if marked or degrees else None


_PLUS: Final = "23456789cfghjmpqrvwx"


def _plus_code(found: re.Match[str], _: Folded) -> str | None:
    """Decode an Open Location Code; one without its region keeps its letters as key."""
    code = found[0].replace("+", "").replace(" ", "")
    if len(found[0].replace(" ", "").split("+")[0]) < 8:
        return f"plus:{code}" if any(char.isdecimal() for char in code) else None
    lat, lon, step = -90.0, -180.0, 20.0
    for at in range(0, min(len(code), 10) - 1, 2):
        lat += _PLUS.index(code[at]) * step
        lon += _PLUS.index(code[at + 1]) * step
        step /= 20
    return _checked(lat, lon)


_BANDS: Final = "cdefghjklmnpqrstuvwx"


def _from_utm(zone: int, east: float, north: float) -> tuple[float, float]:
    """Return degrees for metres on the northern half of the transverse Mercator grid (WGS 84).

    Snyder, Map Projections (USGS 1395), equations 8-17 to 8-25; good to metres, more than asked.
    """
    a, e2, k0 = 6378137.0, 0.00669437999, 0.9996
    ep = e2 / (1 - e2)
    x = east - 500_000.0
    mu = north / k0 / (a * (1 - e2 / 4 - 3 * e2**2 / 64))
    e1 = (1 - math.sqrt(1 - e2)) / (1 + math.sqrt(1 - e2))
    phi = mu + (3 * e1 / 2) * math.sin(2 * mu) + (21 * e1**2 / 16) * math.sin(4 * mu)
    c, t = ep * math.cos(phi) ** 2, math.tan(phi) ** 2
    n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    r = n * (1 - e2) / (1 - e2 * math.sin(phi) ** 2)
    d = x / (n * k0)
    lat = phi - (n * math.tan(phi) / r) * (d**2 / 2 - (5 + 3 * t + 10 * c) * d**4 / 24)
    lon = (d - (1 + 2 * t + c) * d**3 / 6) / math.cos(phi)
    return math.degrees(lat), math.degrees(lon) + zone * 6 - 183


def _grid_key(zone: int, band: str, east: float, north: float) -> str | None:
    southern = band < "n"
    lat, lon = _from_utm(zone, east, 10_000_000 - north if southern else north)
    return _checked(-lat if southern else lat, lon)


def _utm(found: re.Match[str], _: Folded) -> str | None:
    zone, east, north = int(found["zone"]), float(found["east"]), float(found["north"])
    if not 1 <= zone <= 60 or not 100_000 <= east < 900_000 or north > 10_000_000:
        return None
    return _grid_key(zone, found["band"], east, north)


def _mgrs(found: re.Match[str], folded: Folded) -> str | None:
    """Name a grid square's point; with spaces inside only in capitals, for `30s at 1200 1400`."""
    zone, band, column, row = int(found["zone"]), found["band"], found["col"], found["row"]
    figures = re.sub(r"\D", "", found["figures"])
    letters = ["abcdefgh", "jklmnpqr", "stuvwxyz"][(zone - 1) % 3]
    if not 1 <= zone <= 60 or column not in letters or len(figures) % 2 or len(figures) < 4:
        return None
    shown = written(folded, found.start("band"), found.end("row"))
    if " " in found[0] and shown != shown.upper():
        return None
    half = len(figures) // 2
    scale = 10 ** (5 - half)
    east = (letters.index(column) + 1) * 100_000 + int(figures[:half]) * scale
    rows = "abcdefghjklmnpqrstuv"
    north = (rows.index(row) - (5 if zone % 2 == 0 else 0)) % 20 * 100_000 + int(
        figures[half:]
    ) * scale
    # The letters repeat every two million metres; the band says which time it is.
    lowest = _band_floor(band)
    while north < lowest:
        north += 2_000_000
    return _grid_key(zone, band, east, north)


def _band_floor(band: str) -> float:
    """Return the northing, rounded down, at which a band of eight degrees begins."""
    degrees = _BANDS.index(band) * 8 - 80
    north = degrees * 110_500.0 if degrees >= 0 else 10_000_000 + degrees * 111_200.0
    return max(0.0, math.floor(north / 100_000) * 100_000 - 100_000)


_PAIR: Final = r" ?(?:[,;/|+]|,? (?:and|и|و) |%2c)? ?"
_LAT_HINTS: Final = tuple(fold(word).text for word in ("lat", "широта", "عرض", "רוחב"))
_HALF: Final = pattern(
    r"[°'\"]|\d ?(?:n|s|с\.? ?ш|ю\.? ?ш)(?![^\W\d])|(?<![^\W\d])[ns]\.? ?\d|deg|град|درجة|north|south"
    r"|север|южн|شمال|جنوب|צפונ|דרומ"
)
"""A half of the earth, or the sign of an angle."""
_PLACED: Final = r"(?:at|near|loc\w*|gps|pins?|drop\w*|coord\w*|points?|pos\w*|map|координат\w*|точк\w*|احداثي\w*|نقطه|موقع\w*|נ\.?צ\.?|נקודה|מיקומ)"
_THREE_DECIMALS: Final = pattern(r"\d\.\d{3} ?[,;/ ] ?-?\d{1,3}\.\d{3}(?!\d)")
DIGIT_RULES: Final = (
    Rule(
        Kind.COORDINATES,
        pattern(r"geo: ?(?P<lat>-?\d{1,2}(?:\.\d+)?),(?P<lon>-?\d{1,3}(?:\.\d+)?)[^\s<>\"]*"),
        _decimal_pair,
        needs=("geo",),
    ),
    Rule(
        Kind.COORDINATES,
        pattern(
            rf"(?<![\w.,])(?P<lat>[-+]?\d{{1,2}}[.,]\d{{4,}})(?:{_DEGREE})?(?: ?[,;/|~] ?| )"
            rf"(?P<lon>[-+]?\d{{1,3}}[.,]\d{{4,}})(?:{_DEGREE})?(?![\w.]\d)"
        ),
        _decimal_pair,
        least=10,
        needs=(".", ","),
        at=At.NUMBER,
    ),
    # Three decimals are a hundred metres; only a word tells them from weights and shares.
    Rule(
        Kind.COORDINATES,
        pattern(
            rf"(?<!\w){_PLACED}[ :=(\[]{{1,3}}(?P<it>(?P<lat>-?\d{{1,2}}\.\d{{3}}) ?[,;/ ] ?(?P<lon>-?\d{{1,3}}\.\d{{3}}))(?![\w.,]?\d)"
        ),
        _decimal_pair,
        least=8,
        needs=(".",),
        hint=_THREE_DECIMALS,
    ),
    # As a map's address has it: !3d33.5138!4d36.2765
    Rule(
        Kind.COORDINATES,
        pattern(r"!3d(?P<lat>-?\d{1,2}\.\d+)!4d(?P<lon>-?\d{1,3}\.\d+)"),
        _decimal_pair,
        needs=("!3d",),
    ),
    # As files are named: N33-30-50_E036-16-35
    Rule(
        Kind.COORDINATES,
        pattern(
            r"(?<![^\W_])(?P<n>[ns])[ _-]?(?P<ad>\d\d)(?P<sep>[-_: ])(?P<am>\d\d)(?P=sep)(?P<as>\d\d(?:\.\d+)?)[ _,;/-]{1,3}"
            r"(?P<e>[ew])[ _-]?(?P<od>\d{2,3})(?P=sep)(?P<om>\d\d)(?P=sep)(?P<os>\d\d(?:\.\d+)?)(?!\d)"
        ),
        _packed,
        least=12,
        at=At.LETTERS,
    ),
    # As pilots and sailors have it: 33-30-50N 036-16-35E, 48:00:54, 37:48:09
    Rule(
        Kind.COORDINATES,
        pattern(
            r"(?<![\w:.-])(?P<ad>\d\d)(?P<sep>[-:])(?P<am>\d\d)(?:(?P=sep)(?P<as>\d\d(?:\.\d+)?))? ?(?P<n>[ns])?[ ,/]{1,3}"
            r"(?P<od>\d{2,3})(?P=sep)(?P<om>\d\d)(?:(?P=sep)(?P<os>\d\d(?:\.\d+)?))? ?(?P<e>[ew])?(?![\w:-])"
        ),
        _separated,
        least=8,
        needs=("-", ":"),
        at=At.NUMBER,
    ),
    # ISO 6709, as cameras write it: +33.5138+036.2765/
    Rule(
        Kind.COORDINATES,
        pattern(r"(?P<lat>[-+]\d\d\.\d{3,})(?P<lon>[-+]\d{3}\.\d{3,})"),
        _decimal_pair,
        least=10,
        needs=(".",),
        at=At.NUMBER,
    ),
    Rule(
        Kind.COORDINATES,
        pattern(
            rf"{_LAT_WORD}[ :=\"']{{0,4}}(?P<lat>{_DECIMAL})(?:{_DEGREE})?[ ,;&|/\"']{{0,4}}(?:and |и |و)?m?"
            rf"{_LON_WORD}[ :=\"']{{0,4}}(?P<lon>{_DECIMAL})"
        ),
        _decimal_pair,
        needs=_LAT_HINTS,
    ),
    Rule(
        Kind.COORDINATES,
        pattern(
            rf"(?<!\w)(?P<n1>{_UP} ?)?(?P<lat>[-+]?\d{{1,2}}[.,]\d+)(?:{_DEGREE})? ?(?P<n2>{_UP})?{_PAIR}"
            rf"(?P<e1>{_ACROSS} ?)?(?P<lon>[-+]?\d{{1,3}}[.,]\d+)(?:{_DEGREE})? ?(?P<e2>{_ACROSS})?(?!\w)"
        ),
        _hemispheres,
        least=4,
        needs=(".", ","),
        hint=_HALF,
        at=At.EITHER,
    ),
    Rule(
        Kind.COORDINATES,
        pattern(
            rf"(?<!\w)(?P<n1>{_UP} ?)?{_angle('a')} ?(?P<n2>{_UP})?{_PAIR}(?:{_LON_WORD}[ :=]{{0,3}})?"
            rf"(?P<e1>{_ACROSS} ?)?{_angle('o')}(?: ?(?P<e2>{_ACROSS}))?"
        ),
        _sexagesimal,
        least=4,
        hint=_HALF,
        at=At.EITHER,
    ),
    Rule(
        Kind.COORDINATES,
        pattern(
            # Seconds, or minutes with decimals as receivers write them: 4942.636,N,03736.942,E
            r"\b(?P<ad>\d\d)(?P<am>\d\d(?:\.\d+)?)(?P<as>(?<!\.)\d\d(?:\.\d+)?)?[ ,]?(?P<n>[ns])[ ,/]{0,2}"
            r"(?P<od>[01]\d\d)(?P<om>\d\d(?:\.\d+)?)(?P<os>\d\d(?:\.\d+)?)?[ ,]?(?P<e>[ew])\b"
        ),
        _packed,
        least=9,
        at=At.NUMBER,
    ),
    Rule(
        Kind.COORDINATES,
        pattern(
            rf"(?<![\w+])(?:[{_PLUS}]{{8}} ?\+ ?[{_PLUS}]{{2,7}}|[{_PLUS}]{{4}} [{_PLUS}]{{4}}\+[{_PLUS}]{{2,3}}|[{_PLUS}]{{4}}\+[{_PLUS}]{{2,3}})(?![\w+])"
        ),
        _plus_code,
        needs=("+",),
    ),
    Rule(
        Kind.COORDINATES,
        pattern(
            r"\b(?P<zone>\d{1,2}) ?(?P<band>[c-hj-np-x])[ ,:]{1,2}(?:e|easting)?[ :]?(?P<east>0?\d{6})(?:\.\d+)?(?: ?m)?(?: ?e)?"
            r"[ ,;/]{1,2}(?:n|northing)?[ :]?(?P<north>\d{6,7})(?:\.\d+)?(?: ?m)?(?: ?n)?\b"
        ),
        _utm,
        least=13,
        at=At.NUMBER,
    ),
    # Longitude first, as maps of geographers have it: POINT(36.2765 33.5138).
    Rule(
        Kind.COORDINATES,
        pattern(
            rf"(?<!\w)(?P<lon>[-+]?\d{{1,3}}[.,]\d+)(?:{_DEGREE})? ?(?P<e1>{_ACROSS}){_PAIR}"
            rf"(?P<lat>[-+]?\d{{1,2}}[.,]\d+)(?:{_DEGREE})? ?(?P<n1>{_UP})(?!\w)"
        ),
        _turned,
        least=4,
        needs=(".", ","),
        hint=_HALF,
        at=At.NUMBER,
    ),
    Rule(
        Kind.MGRS,
        pattern(
            r"\b(?P<zone>\d{1,2}) ?(?P<band>[c-hj-np-x])[ /-]?(?P<col>[a-hj-np-z])(?P<row>[a-hj-np-v])[ /-]?"
            r"(?P<figures>\d{2,5}[ /-]?\d{2,5})(?!\w)"
        ),
        _mgrs,
        least=5,
        at=At.NUMBER,
    ),
)
