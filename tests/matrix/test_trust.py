import copy
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from bot.matrix.strict_json import POISON, JsonObject, JsonValue, obj
from bot.matrix.trust import (
    decode_key,
    fingerprint,
    fingerprint_matches,
    judge,
    read_keys,
)
from tests.support.people_keys import PaperPerson, public, sign

ANNA = "@anna:fake.example"


def anna(*devices: str) -> PaperPerson:
    person = PaperPerson(ANNA)
    for device in devices:
        person.add_device(device)
    return person


def part(raw: JsonObject, section: str) -> JsonObject:
    found = obj(obj(raw, section) or {}, ANNA)
    assert found is not None
    return found


def test_a_device_signed_by_its_owner_is_chained() -> None:
    person = anna("PHONE", "LAPTOP")
    judged = judge(person.answer(), ANNA, public(person.master))
    assert judged.state == "chained"
    assert {one.device for one in judged.chained} == {"PHONE", "LAPTOP"}


def test_a_device_the_owner_never_signed_gets_nothing_and_is_named() -> None:
    person = anna("PHONE")
    person.add_device("PLANTED", crossed=False)
    judged = judge(person.answer(), ANNA, public(person.master))
    assert {one.device: one.reason for one in judged.devices} == {
        "PHONE": "chained",
        "PLANTED": "not_cross_signed",
    }


def test_another_master_key_freezes_every_device() -> None:
    person, impostor = anna("PHONE"), anna("PHONE")
    judged = judge(impostor.answer(), ANNA, public(person.master))
    assert judged.state == "changed"
    assert judged.master == public(impostor.master)
    assert judged.chained == ()


def test_without_a_pin_an_identity_is_only_consistent_in_itself() -> None:
    person = anna("PHONE")
    judged = judge(person.answer(), ANNA, None)
    assert (judged.state, judged.master) == ("chained", public(person.master))


@pytest.mark.parametrize("section", ["master_keys", "self_signing_keys"])
def test_a_person_without_an_identity_has_no_chained_device(section: str) -> None:
    raw = anna("PHONE").answer()
    del raw[section]
    judged = judge(raw, ANNA, None)
    assert judged.state == "no_identity"
    assert judged.chained == ()


def test_a_device_that_signed_the_master_key_vouches_for_it() -> None:
    person = anna()
    phone = person.add_device("PHONE")
    person.add_device("LAPTOP")
    raw = person.answer()
    part(raw, "master_keys").update(sign(part(raw, "master_keys"), ANNA, "PHONE", phone))
    judged = judge(raw, ANNA, None)
    assert {one.device: one.vouches for one in judged.devices} == {"PHONE": True, "LAPTOP": False}


def test_a_forged_identity_can_sign_a_real_device_but_not_make_it_vouch() -> None:
    real = anna()
    phone = real.add_device("PHONE")
    genuine = real.answer()
    vouched = sign(part(genuine, "master_keys"), ANNA, "PHONE", phone)
    # The homeserver's own keys, with the person's device as it is and the signature it once made.
    forged = PaperPerson(ANNA)
    device = sign(part(genuine, "device_keys")["PHONE"], ANNA, public(forged.signer), forged.signer)  # type: ignore[arg-type]
    forged.devices = {"PHONE": device}
    raw = forged.answer()
    old = obj(vouched, "signatures") or {}
    part(raw, "master_keys")["signatures"] = old
    judged = judge(raw, ANNA, None)
    assert judged.state == "chained"
    assert [(one.device, one.chained, one.vouches) for one in judged.devices] == [
        ("PHONE", True, False)
    ]


def test_the_answer_for_one_person_says_nothing_of_another() -> None:
    assert judge(anna("PHONE").answer(), "@boris:x", None).state == "no_identity"


def _other_user(key: JsonObject) -> None:
    key["user_id"] = "@mallory:x"


def _other_usage(key: JsonObject) -> None:
    key["usage"] = ["user_signing"]


def _two_keys(key: JsonObject) -> None:
    other = public(SigningKey.generate())
    keys = obj(key, "keys")
    assert keys is not None
    keys[f"ed25519:{other}"] = other


def _other_name(key: JsonObject) -> None:
    key["keys"] = {"ed25519:PHONE": public(SigningKey.generate())}


def _poisoned(key: JsonObject) -> None:
    key["note"] = POISON


@pytest.mark.parametrize("section", ["master_keys", "self_signing_keys"])
@pytest.mark.parametrize("bend", [_other_user, _other_usage, _two_keys, _other_name, _poisoned])
def test_a_bent_cross_signing_key_chains_nobody(
    section: str, bend: Callable[[JsonObject], None]
) -> None:
    raw = anna("PHONE").answer()
    bend(part(raw, section))
    judged = judge(raw, ANNA, None)
    assert judged.state == "malformed"
    assert judged.chained == ()


def test_a_self_signing_key_not_signed_by_the_master_chains_nobody() -> None:
    person, raw = anna("PHONE"), anna("PHONE").answer()
    raw["master_keys"] = person.answer()["master_keys"]
    judged = judge(raw, ANNA, public(person.master))
    assert judged.state == "malformed"
    assert judged.chained == ()


BROKEN: dict[str, JsonValue] = {
    "no object": "PHONE",
    "empty": {},
    "null": None,
    "list": [1],
    "bad base64": {"keys": {"ed25519:BAD": "!!!", "curve25519:BAD": "!!!"}},
    "poison": {"deep": POISON},
    "keys of another type": {"keys": {"ed25519:BAD": 7, "curve25519:BAD": []}},
    "signatures of another type": {"signatures": 7},
    "algorithms of another type": {"algorithms": [{}, []]},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_one_broken_device_costs_only_itself(broken: JsonValue) -> None:
    person = anna("PHONE", "BAD")
    whole = person.devices["BAD"]
    assert isinstance(whole, dict)
    person.devices["BAD"] = (whole | broken) if isinstance(broken, dict) and broken else broken
    judged = judge(person.answer(), ANNA, public(person.master))
    assert [one.device for one in judged.chained] == ["PHONE"]
    assert {one.device for one in judged.devices} == {"PHONE", "BAD"}


def test_a_device_under_another_id_is_refused() -> None:
    person = anna("PHONE")
    person.devices["COPY"] = copy.deepcopy(person.devices["PHONE"])
    reasons = {one.device: one.reason for one in judge(person.answer(), ANNA, None).devices}
    assert reasons == {"PHONE": "chained", "COPY": "other_id"}


def test_a_changed_key_breaks_the_self_signature() -> None:
    person = anna("PHONE")
    phone = person.devices["PHONE"]
    assert isinstance(phone, dict)
    keys = obj(phone, "keys")
    assert keys is not None
    keys["curve25519:PHONE"] = public(SigningKey.generate())
    assert [one.reason for one in read_keys(person.answer(), ANNA).devices] == ["self_signature"]


def test_two_devices_with_one_key_are_both_refused() -> None:
    person, shared = anna("TABLET"), public(SigningKey.generate())
    person.add_device("PHONE", curve25519=shared)
    person.add_device("TWIN", curve25519=shared)
    judged = judge(person.answer(), ANNA, None)
    assert {one.device: one.reason for one in judged.devices} == {
        "TABLET": "chained",
        "PHONE": "shared_key",
        "TWIN": "shared_key",
    }


def test_a_device_signed_by_another_persons_identity_is_not_chained() -> None:
    person, mallory = anna("PHONE"), PaperPerson("@mallory:x")
    planted = PaperPerson(ANNA)
    planted.add_device("PLANTED", crossed=False)
    item = planted.devices["PLANTED"]
    assert isinstance(item, dict)
    person.devices["PLANTED"] = sign(item, ANNA, public(mallory.signer), mallory.signer)
    assert [one.device for one in judge(person.answer(), ANNA, None).chained] == ["PHONE"]


junk = st.recursive(
    st.none() | st.integers() | st.text() | st.just(POISON),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([ANNA, "keys", "usage", "user_id", "signatures", "PHONE"]), inner
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=200)
@given(st.sampled_from(["master_keys", "self_signing_keys", "device_keys"]), junk)
def test_no_answer_makes_the_judge_raise_or_chain_a_foreign_device(
    section: str, nonsense: JsonValue
) -> None:
    raw = PERSON.answer()
    raw[section] = nonsense
    assert judge(raw, ANNA, public(PERSON.master)).chained == ()


PERSON = anna("PHONE")


def test_a_fingerprint_is_read_in_groups_of_four_and_case_counts() -> None:
    key = public(SigningKey.generate())
    shown = fingerprint(key)
    assert [len(group) for group in shown.split()] == [4] * 10 + [3]
    assert fingerprint_matches(f"  {shown}\n", key)
    assert fingerprint_matches(key + "=", key)
    assert not fingerprint_matches(shown.swapcase(), key)
    assert not fingerprint_matches(shown[:-1], key)
    assert not fingerprint_matches("", "")


def test_a_key_has_one_spelling() -> None:
    key = public(SigningKey.generate())
    assert decode_key(key) is not None
    for other in (key + "=", key[:-1], key[:20] + " " + key[20:], key[:-1] + "\u00e9", ""):
        assert decode_key(other) is None
