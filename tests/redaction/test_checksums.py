from __future__ import annotations

import string

import pytest

from bot.redaction.checksums import (
    IBAN_LENGTHS,
    base58_bytes,
    base58_is_sound,
    bech32_is_sound,
    iban_is_sound,
    iranian_id_is_sound,
    luhn_is_sound,
    mrz_digit,
)

_IBANS = ["gb82west12345698765432", "de89370400440532013000", "sa0380000000608010167519", "ua213223130000026007233566001"]  # fmt: skip


@pytest.mark.parametrize("iban", _IBANS)
def test_a_published_account_number_passes_and_one_digit_off_does_not(iban: str) -> None:
    assert iban_is_sound(iban)
    assert IBAN_LENGTHS[iban[:2]] == len(iban)
    assert not iban_is_sound(iban[:-1] + str((int(iban[-1]) + 1) % 10))


def test_a_published_wallet_passes_and_one_letter_off_does_not() -> None:
    assert base58_is_sound("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")
    assert base58_is_sound("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")
    assert not base58_is_sound("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3")
    assert base58_bytes("0OIl") is None


def test_the_vectors_of_bip_173_and_350_pass() -> None:
    assert bech32_is_sound("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    assert bech32_is_sound("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")
    assert not bech32_is_sound("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")
    assert not bech32_is_sound("bc1")


def test_the_check_digit_of_icao_9303_is_reckoned() -> None:
    assert mrz_digit("L898902C3") == "6"
    assert mrz_digit("740812") == "2"
    assert mrz_digit("ZE184226B<<<<<") == "1"


def test_luhn_passes_one_last_digit_of_ten() -> None:
    assert [digit for digit in string.digits if luhn_is_sound(f"411111111111111{digit}")] == ["1"]


def test_an_iranian_number_has_its_check_digit() -> None:
    assert iranian_id_is_sound("0084575948")
    assert not iranian_id_is_sound("0084575949")
    assert not iranian_id_is_sound("1111111111")
