"""A party's own keys: registered, confirmed by themselves, and used to sign what is on record."""

from datetime import timedelta

import pytest
from nacl.signing import SigningKey

from bot.domain.ids import Code
from bot.engine.effects import Append, Verify
from bot.ledger.encoding import to_base64
from bot.ledger.party import sign_record
from bot.ledger.receipt import MAX_PARTIES
from tests.engine.test_storyboard import PROMISE, confirmed, offered
from tests.ledger.building import key
from tests.support.orchid import ORCHID
from tests.support.playbook import Play, opened

NORTH, SOUTH, SPARE = key("north"), key("south"), key("spare")


def public(signer: SigningKey) -> str:
    return to_base64(bytes(signer.verify_key))


def registers(play: Play, seat: str, place: str, signer: SigningKey) -> str:
    """Register a key; its code."""
    return play.code_of(play.types(seat, place, f"!key register {public(signer)}"))


def line(play: Play, code: str, signer: SigningKey, at: int | None = None) -> str:
    """What `parley sign` prints for the receipt of a code."""
    record = play.case.items[Code(code)].record
    time = int(play.now.timestamp()) if at is None else at
    return f"!signed {code} {sign_record(play.jwt(record), time, signer).line()}"


def with_key(play: Play, seat: str, place: str, signer: SigningKey) -> str:
    """Register a key and let it sign its registration; its code."""
    code = registers(play, seat, place, signer)
    said = play.types(seat, place, line(play, code, signer))
    assert said.startswith("In use")
    return code


def test_a_key_is_registered_receipted_and_waits_for_its_own_signature() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", f"!key register {public(NORTH)}")
    code = play.code_of(said)
    assert said.startswith(f"Registered as `{code}`, not in use yet: a key of North")
    assert "`parley sign FILE --key YOUR.key`" in said
    assert f"`!signed {code} party …`" in said
    assert [(r.compartment, r.name) for r in play.receipts] == [("caucus-north", f"key-{code}")]
    assert "not in use; it must sign" in play.types("haddad", "caucus-north", "!key list")
    play.nothing_elsewhere("caucus-north")


def test_a_key_that_signs_its_registration_is_in_use() -> None:
    play = opened()
    code = registers(play, "haddad", "caucus-north", NORTH)
    said = play.types("yazan", "caucus-north", line(play, code, NORTH))
    assert said.startswith(f"In use for North from now on: the key `{public(NORTH)}`.")
    assert play.receipts[-1].name == f"key-{code}-signed"
    assert play.receipts[-1].record == play.case.items[Code(code)].record
    assert f"`{public(NORTH)}`: in use" in play.types("haddad", "caucus-north", "!key list")


@pytest.mark.parametrize(
    "typed",
    ["", "AAAA", "A" * 43 + "=", public(NORTH)[:-1], public(NORTH) + " x", public(NORTH) * 2],
)
def test_what_is_no_key_is_refused(typed: str) -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", f"!key register {typed}")
    assert said.startswith("Nothing done: a key is one word of 44 characters")
    assert not play.case.party_keys


def test_a_key_is_registered_once_whoever_it_is_for() -> None:
    play = opened()
    registers(play, "haddad", "caucus-north", NORTH)
    again = play.types("karam", "bench-north", f"!key register {public(NORTH)}")
    assert again.startswith("Nothing done: this key is registered already.")
    with_key(play, "merrow", "caucus-south", SOUTH)
    stolen = play.types("haddad", "caucus-north", f"!key register {public(SOUTH)}")
    assert stolen == again


def test_nobody_shuts_out_a_key_by_registering_it_first() -> None:
    play = opened()
    theirs = registers(play, "haddad", "caucus-north", SOUTH)
    with_key(play, "merrow", "caucus-south", SOUTH)
    late = play.types("haddad", "caucus-north", line(play, theirs, SOUTH))
    assert late.startswith("Nothing done: this key is not in use for your party.")
    assert [k.party for k in play.case.party_keys.values() if k.confirmed] == ["south"]


def test_only_speakers_register_and_only_in_rooms_of_their_own_party() -> None:
    play = opened()
    for seat, place in (
        ("lindqvist", "shuttle-north"),
        ("brenner", "humanitarian"),
        ("haddad", "plenary"),
        ("lindqvist", "desk"),
    ):
        said = play.types(seat, place, f"!key register {public(NORTH)}")
        assert said.startswith("Nothing done: there is no `!key"), (seat, place)
    registers(play, "haddad", "shuttle-north", NORTH)
    registers(play, "karam", "bench-north", SPARE)


def test_a_line_of_somebody_who_was_not_compared_registers_nothing() -> None:
    play = opened(enrolled=["haddad"])
    play.enrols("merrow")
    for typed in (f"!key register {public(SOUTH)}", f"!signed K7QF {'x' * 20}"):
        said = play.types("merrow", "caucus-south", typed)
        assert "your identity has not been compared yet" in said


def test_a_room_is_shown_its_own_partys_keys_that_it_may_read_and_no_others() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    with_key(play, "merrow", "caucus-south", SOUTH)
    shuttle = play.types("lindqvist", "shuttle-north", "!key list")
    assert shuttle.startswith("No key here.")
    assert public(SOUTH) not in play.types("haddad", "caucus-north", "!key list")
    assert public(NORTH) not in play.types("merrow", "caucus-south", "!key list")
    assert public(NORTH) in play.types("karam", "bench-north", "!key list")


def test_a_desk_that_is_told_of_a_shuttle_is_not_shown_its_partys_keys() -> None:
    play = opened(text=ORCHID.replace('["humanitarian"]', '["humanitarian", "shuttle-north"]'))
    code = with_key(play, "haddad", "shuttle-north", NORTH)
    assert play.types("lindqvist", "desk", f"!receipt {code}").startswith("Receipt for")
    assert play.types("lindqvist", "desk", "!key list").startswith("No key here.")


def test_the_obligor_signs_a_promise_and_its_level_rises() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code, there = offered(play)
    assert "confirmed by the obligor, recorded." in play.types("haddad", "caucus-north", "!board")
    record = play.case.items[Code(code)].record
    said = play.types("haddad", "caucus-north", line(play, code, NORTH))
    assert said.startswith(f"North signed `{code}`, at Mon 1 Mar")
    assert "Level: signed by the obligor." in said
    assert f"What is offered of `{code}` elsewhere is a record of its own" in said
    assert play.receipts[-1].name == f"commitment-{code}-signed"
    assert (play.receipts[-1].compartment, play.receipts[-1].record) == ("caucus-north", record)
    play.nothing_elsewhere("caucus-north")
    assert "confirmed by the obligor, signed by the obligor." in play.types(
        "haddad", "caucus-north", "!board"
    )
    assert "offered here, recorded." in play.types("merrow", "shuttle-south", "!board")
    assert there not in said


def test_the_obligee_signs_an_offer_which_acknowledges_it() -> None:
    play = opened()
    with_key(play, "merrow", "caucus-south", SOUTH)
    _, there = offered(play)
    said = play.types("merrow", "shuttle-south", line(play, there, SOUTH))
    assert "Level: acknowledged by the counterpart." in said
    assert "a record of its own" not in said
    assert play.receipts[-1].name == f"item-{there}-signed"
    assert "offered here, acknowledged" in play.types("merrow", "shuttle-south", "!board")


def test_acceptance_acknowledges_on_both_sides() -> None:
    play = opened()
    _, there = offered(play)
    play.types("merrow", "shuttle-south", f"!accept {there}")
    for seat, place in (("merrow", "shuttle-south"), ("haddad", "caucus-north")):
        assert "in force, acknowledged by the counterpart." in play.types(seat, place, "!board")


def test_words_on_record_are_signed_without_a_level() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = play.code_of(play.types("haddad", "plenary", "!record lists by Friday"))
    said = play.types("haddad", "plenary", line(play, code, NORTH))
    assert said.startswith(f"North signed `{code}`")
    assert "Level" not in said
    assert play.receipts[-1].name == f"record-{code}-signed"


def test_a_signature_is_verified_before_anything_of_it_is_done() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = confirmed(play)
    play.types("haddad", "caucus-north", line(play, code, NORTH))
    kinds = [type(effect) for effect in play.effects]
    assert kinds[0] is Verify
    assert Append in kinds


def test_a_signature_that_does_not_hold_changes_nothing() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code, other = confirmed(play), confirmed(play)
    head, receipts = play.case.head, len(play.receipts)
    mine, later = line(play, code, NORTH), line(play, code, NORTH, 7)
    forged = [*mine.split(" ")[:-2], later.split(" ")[-2], mine.split(" ")[-1]]
    for typed in (line(play, other, NORTH).replace(other, code), " ".join(forged)):
        said = play.types("haddad", "caucus-north", typed)
        assert said.startswith("Nothing done: the signature does not hold.")
        assert len(play.fresh) == 1
    assert (play.case.head, len(play.receipts)) == (head, receipts)


def test_a_key_that_is_not_in_use_for_ones_party_signs_nothing() -> None:
    play = opened()
    with_key(play, "merrow", "caucus-south", SOUTH)
    registers(play, "haddad", "caucus-north", NORTH)
    code = confirmed(play)
    for signer in (NORTH, SOUTH, SPARE):
        said = play.types("haddad", "caucus-north", line(play, code, signer))
        assert said.startswith("Nothing done: this key is not in use for your party.")


def test_a_key_in_use_may_sign_another_keys_registration_but_confirms_it_not() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = registers(play, "haddad", "caucus-north", SPARE)
    said = play.types("haddad", "caucus-north", line(play, code, NORTH))
    assert said.startswith(f"North signed `{code}`")
    assert [k.confirmed for k in play.case.party_keys.values()] == [True, False]


def test_a_key_signs_a_record_once() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = confirmed(play)
    typed = line(play, code, NORTH)
    play.types("haddad", "caucus-north", typed)
    assert "has signed" in play.types("haddad", "caucus-north", typed)
    play.passes(minutes=1)
    assert "has signed" in play.types("haddad", "caucus-north", line(play, code, NORTH))


def test_no_more_signatures_than_a_receipt_holds() -> None:
    play = opened()
    code = confirmed(play)
    signers = [key(f"north {n}") for n in range(MAX_PARTIES + 1)]
    for signer in signers:
        with_key(play, "haddad", "caucus-north", signer)
    said = [play.types("haddad", "caucus-north", line(play, code, s)) for s in signers]
    assert f"carries {MAX_PARTIES} signatures already" in said[-1]
    assert all(text.startswith("North signed") for text in said[:-1])


def test_a_signature_is_typed_where_the_record_is() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = confirmed(play)
    said = play.types("karam", "bench-north", line(play, code, NORTH))
    assert f"`{code}` is on record in `caucus-north`. Type it there." in said


def test_a_record_of_another_room_reads_like_one_that_is_not_there() -> None:
    play = opened()
    with_key(play, "merrow", "caucus-south", SOUTH)
    code = confirmed(play)
    typed = line(play, code, SOUTH)
    real = play.types("merrow", "caucus-south", typed)
    assert real.startswith(f"Nothing done: no item `{code}`")
    assert real.replace(code, "2222") == play.types(
        "merrow", "caucus-south", typed.replace(code, "2222")
    )


def test_what_was_erased_is_signed_no_more() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = confirmed(play)
    typed = line(play, code, NORTH)
    asked = play.types("lindqvist", "desk", "!erase compartment caucus-north because it was asked")
    play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")
    said = play.types("haddad", "caucus-north", typed)
    assert said.startswith(f"Nothing done: `{code}` was erased")


def test_a_line_that_is_not_as_printed_is_refused() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = confirmed(play)
    good = line(play, code, NORTH)
    *_, time, signature = good.split(" ")
    for wrong in (
        f"!signed {code}",
        f"!signed {code} party",
        good.replace(" party ", " "),
        good.replace(" party ", " party  "),
        good.replace(time, f"0{time}"),
        good.replace(time, "9" * 18),
        good.replace(signature, signature[:-4]),
        good + " more",
        good + "\nmore",
    ):
        said = play.types("haddad", "caucus-north", wrong)
        assert said.startswith("Nothing done: type the whole line"), wrong


def test_a_signature_that_is_dated_ahead_is_refused() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = confirmed(play)
    day = timedelta(days=1)
    ahead = int((play.now + day).timestamp())
    late = play.types("haddad", "caucus-north", line(play, code, NORTH, ahead + 1))
    assert "is dated ahead; it is Mon 1 Mar" in late
    assert "North signed" in play.types("haddad", "caucus-north", line(play, code, NORTH, ahead))


def test_a_registration_is_no_item_of_a_digest_and_is_not_released() -> None:
    play = opened()
    code = registers(play, "haddad", "caucus-north", NORTH)
    assert code not in play.types("karam", "bench-north", "!digest now")
    said = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    assert said.startswith(f"Nothing done: no item `{code}`")


def test_an_amended_promise_is_signed_as_it_was_confirmed() -> None:
    play = opened()
    with_key(play, "haddad", "caucus-north", NORTH)
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))
    before = line(play, code, NORTH)
    again = f"!commit amend {code} to South by sat 12:00: release twelve"
    play.types("haddad", "caucus-north", again)
    assert "does not hold" in play.types("haddad", "caucus-north", before)
    assert "North signed" in play.types("haddad", "caucus-north", line(play, code, NORTH))
