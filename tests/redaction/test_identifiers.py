# ruff: noqa: RUF001 - words of four scripts
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.hits import Kind
from bot.redaction.identifiers import identifiers

_DAMASCUS = [
    "33.5138, 36.2765",
    "33.5138° N, 36.2765° E",
    "N 33.5138 E 36.2765",
    "33°30'49.7\"N 36°16'35.4\"E",
    "33°30.828'N, 36°16.59'E",
    "33 30 49.7 N 36 16 35.4 E",
    "333049N 0361635E",
    "geo:33.5138,36.2765;u=35",
    "8G5RG77G+GJ",
    "lat: 33.5138, lon: 36.2765",
    "https://www.openstreetmap.org/?mlat=33.5138&mlon=36.2765",
    "33.5138 с.ш. 36.2765 в.д.",
    "33,5138; 36,2765",
    "٣٣٫٥١٣٨، ٣٦٫٢٧٦٥",
    "33.5138 شمالا 36.2765 شرقا",
    "37S 247115 3711418",
    "37SBT4711511418",
    "37S BT 4711 1141",
]
_PHONE = [
    "+963 944 123 456", "00963944123456", "0944123456", "(0944) 123-456", "0944/123.456",
    "+963-(0)944-123456", "963944123456", "هاتف ٠٩٤٤ ١٢٣ ٤٥٦", "تلفن ۰۹۴۴۱۲۳۴۵۶", "tel:+963944123456",
    "0 9 4 4 1 2 3 4 5 6", "call me at 0944.123.456", "тел. +963(944)123456",
]  # fmt: skip
_FORMS = [
    (Kind.PHONE, "8 (912) 345-67-89", "23456789"),
    (Kind.PHONE, "(212) 555-0123", "25550123"),
    (Kind.PHONE, "phone 555 0123", "5550123"),
    (Kind.EMAIL, "samir.haddad+x@mail.example.co.uk", "samir.haddad@mail.example.co.uk"),
    (Kind.EMAIL, "samir [at] example [dot] org", "samir@example.org"),
    (Kind.EMAIL, "samir at example dot org", "samir@example.org"),
    (Kind.MATRIX_ID, "@samir:hs.example.org", "@samir:hs.example.org"),
    (Kind.MATRIX_ID, "!abcDEF:hs.example.org", "!abcdef:hs.example.org"),
    (Kind.MATRIX_ID, "#caucus:localhost", "#caucus:localhost"),
    (Kind.MATRIX_ID, "matrix:u/samir:hs.org", "@samir:hs.org"),
    (Kind.MATRIX_ID, "!JCnqe6zPwXWYqJgvOqG1ZIqJOFO8mI1M1b1lL9oD8cE", None),
    (Kind.MATRIX_ID, "@samir_h", "@samir_h"),
    (Kind.IBAN, "DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
    (Kind.IBAN, "GB82WEST12345698765432", "gb82west12345698765432"),
    (Kind.WALLET, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", None),
    (Kind.WALLET, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", None),
    (Kind.WALLET, "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe", None),
    (Kind.WALLET, "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", None),
    (Kind.DOCUMENT, "passport no. AB1234567", "ab1234567"),
    (Kind.DOCUMENT, "паспорт серия 4509 номер 123456", "4509123456"),
    (Kind.DOCUMENT, "جواز سفر رقم N1234567", "n1234567"),
    (Kind.DOCUMENT, "ת.ז. 123456782", "123456782"),
    (Kind.DOCUMENT, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", None),
    (Kind.DOCUMENT, "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "l898902c3"),
    (Kind.DOCUMENT, "4111 1111 1111 1111", "4111111111111111"),
    (Kind.SERVICE_NUMBER, "service number 12345678", "12345678"),
    (Kind.SERVICE_NUMBER, "личный номер АБ-123456", "ab123456"),
    (Kind.SERVICE_NUMBER, "الرقم العسكري ٤٤٥٥٦٦", "445566"),
    (Kind.SERVICE_NUMBER, "מספר אישי 7654321", "7654321"),
    (Kind.BIRTH_DATE, "born 12 May 1980", "1980-05-12"),
    (Kind.BIRTH_DATE, "DOB: 1980-05-12", "1980-05-12"),
    (Kind.BIRTH_DATE, "12.05.1980", "1980-05-12"),
    (Kind.BIRTH_DATE, "родился 12 мая 1980", "1980-05-12"),
    (Kind.BIRTH_DATE, "مواليد ١٩٨٧", "1987"),
    (Kind.BIRTH_DATE, "1987 г.р.", "1987"),
    (Kind.BIRTH_DATE, "נולד ב-12.5.1980", "1980-05-12"),
    (Kind.IP, "192.168.001.77", "192.168.1.77"),
    (Kind.IP, "2001:db8:0::1", "2001:db8::1"),
    (Kind.IP, "00:1A:2B:3C:4D:5E", "001a2b3c4d5e"),
    (Kind.URL, "hxxps://evil[.]example[.]com/path", "evil.example.com/path"),
    (Kind.URL, "see example.org/x.", "example.org/x"),
    (Kind.UNIT, "3rd Bn", "battalion:3"),
    (Kind.UNIT, "الكتيبة الثالثة", "battalion:3"),
    (Kind.UNIT, "גדוד 3", "battalion:3"),
    (Kind.UNIT, "47-я отдельная механизированная бригада", "brigade:47"),
    (Kind.UNIT, "93 омбр", "brigade:93"),
    (Kind.UNIT, "اللواء 12", "brigade:12"),
    (Kind.UNIT, "в/ч 12345", "field:12345"),
    (Kind.UNIT, "войсковая часть 12345", "field:12345"),
    (Kind.PLATE, "А123ВС777", "a123bc777"),
    (Kind.PLATE, "plate 7428 JKL", "7428jkl"),
    (Kind.PLATE, "M-AB 1234", "mab1234"),
    (Kind.PLATE, "AA 1234 BB", "aa1234bb"),
    (Kind.PLATE, "12-345-67", "1234567"),
    (Kind.PLATE, "۱۲ ب ۳۴۵ ایران ۶۷", None),
]


@pytest.mark.parametrize("text", _DAMASCUS)
def test_one_point_has_one_key_in_every_notation(text: str) -> None:
    points = {hit.key for hit in identifiers(text) if hit.kind in {Kind.COORDINATES, Kind.MGRS}}
    assert points == {"3351,3627"}


@pytest.mark.parametrize("text", _PHONE)
def test_one_number_has_one_key_with_a_country_code_or_without(text: str) -> None:
    assert "44123456" in {hit.key for hit in identifiers(text) if hit.kind is Kind.PHONE}


@pytest.mark.parametrize(("kind", "text", "key"), _FORMS)
def test_each_form_is_known(kind: Kind, text: str, key: str | None) -> None:
    keys = {hit.key for hit in identifiers(text) if hit.kind is kind}
    assert keys
    assert key is None or key in keys


@pytest.mark.parametrize(
    "text",
    [
        "DE89 3704 0044 0532 0130 01",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdw",
        "91.5138, 36.2765",
        "33°75'49.7\"N 36°16'35.4\"E",
        "999.168.1.77",
        "61S BT 4711 1141",
    ],
)
def test_what_fails_its_check_is_not_what_it_looks_like(text: str) -> None:
    kinds = {Kind.IBAN, Kind.WALLET, Kind.COORDINATES, Kind.MGRS, Kind.IP}
    assert not [hit for hit in identifiers(text) if hit.kind in kinds]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters() | st.sampled_from("0123456789+-.:/@ °'NEb<[]()")))
def test_every_find_lies_within_the_text(text: str) -> None:
    for hit in identifiers(text):
        assert 0 <= hit.start < hit.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "<", "a.b.", "0 ", "1.1", "+1 ", "12 a ", "a@", "(at) ", "%41", "http://", "<!--", "n 12 ",
        "ab12", "bn 1 ", "a-", ": : ", "born in ", "&#x41;", "passport no ", "1' ", "12-",
    ],
)  # fmt: skip
def test_no_text_makes_it_slow(text: str) -> None:
    # A pattern that tries everything twice would take hours; the suite's time limit would end it.
    identifiers(text * (20_000 // len(text)))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("the seventy-second brigade", "brigade:72"),
        ("сорок седьмой бригадой", "brigade:47"),
        ("اللواء الثاني والسبعين", "brigade:72"),
        ("اللواء السابع عشر", "brigade:17"),
        ("اللواء الثاني", "brigade:2"),
    ],
)
def test_a_unit_counted_in_words_has_its_number(text: str, key: str) -> None:
    assert key in {hit.key for hit in identifiers(text)}
