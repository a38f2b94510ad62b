from __future__ import annotations

from bot.redaction.hits import Kind
from bot.redaction.identifiers import identifiers
from bot.redaction.last_gate import Finding, scan
from bot.redaction.protected import protect

_TEXT = "tel. 0944 123 456, samir@example.org, born 12.05.1980, 33.5138, 36.2765, 3rd Bn"
_KEPT = protect([("p1", "Samir Haddad")], identifiers(_TEXT), [("q", "Qamishli")])


def _kinds(*parts: str) -> set[Kind]:
    return {finding.kind for finding in scan(parts, _KEPT)}


def test_what_is_protected_is_found_with_its_kind_and_place() -> None:
    assert scan(["ok", "he is Samir Haddad."], _KEPT) == (Finding(1, 6, 1, 18, Kind.NAME),)
    assert _kinds(_TEXT) == {
        Kind.PHONE, Kind.EMAIL, Kind.BIRTH_DATE, Kind.COORDINATES, Kind.UNIT,
    }  # fmt: skip


def test_identifiers_of_nobody_protected_pass() -> None:
    assert not _kinds("call 0955 765 432, maria@example.org, 4th Bn, 35.1111, 37.2222")


def test_the_same_identifier_in_another_form_is_found() -> None:
    assert _kinds("+963944123456") == {Kind.PHONE}
    assert _kinds("file-00963944123456.zip") == {Kind.PHONE}
    assert _kinds("born 12 May 1980") == {Kind.BIRTH_DATE}
    assert _kinds("33°30'49.7\"N 36°16'35.4\"E") == {Kind.COORDINATES}
    assert _kinds("37SBT4711511418") == {Kind.MGRS}


def test_what_is_split_over_two_parts_is_found_once() -> None:
    found = scan(["I am Samir", "Haddad."], _KEPT)
    assert [(one.part, one.start, one.last, one.end) for one in found if one.part != one.last] == [
        (0, 5, 1, 6)
    ]
    assert _kinds("call 0944", "123", "456") == {Kind.PHONE}


def test_nothing_that_is_found_is_told() -> None:
    told = repr(scan([f"Samir Haddad {_TEXT}"], _KEPT)) + repr(_KEPT) + repr(identifiers(_TEXT))
    for secret in ("amir", "0944", "123", "1980", "example", "33.5"):
        assert secret not in told


def test_with_nothing_protected_everything_passes() -> None:
    assert scan(["Samir Haddad", _TEXT], protect()) == ()
