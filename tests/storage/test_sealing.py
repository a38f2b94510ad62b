from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.storage.sealing import Lock, Seals, new_root, open_root
from bot.storage.verdicts import Damaged, WrongMasterKey
from tests.storage.samples import MASTER, steady

PARTS = st.lists(
    st.one_of(st.text(max_size=5), st.binary(max_size=5), st.integers(0, 99)), max_size=4
)
SEALS = Seals(bytes(32), steady("seals"))
LOCK = Lock(bytes(32), steady("lock"))


@given(st.binary(max_size=200), PARTS)
def test_what_was_sealed_opens_in_its_place(plain: bytes, place: list[bytes | str | int]) -> None:
    assert LOCK.open(LOCK.seal(plain, *place), *place) == plain


@given(PARTS, PARTS)
def test_it_opens_in_no_other_place(
    here: list[bytes | str | int], there: list[bytes | str | int]
) -> None:
    assume([(type(p), p) for p in here] != [(type(p), p) for p in there])
    sealed = LOCK.seal(b"plain", *here)
    with pytest.raises(Damaged):
        LOCK.open(sealed, *there)
    assert SEALS.digest("use", *here) != SEALS.digest("use", *there)


@pytest.mark.parametrize("position", [0, 23, 24, 28, -1])
def test_an_edited_byte_is_refused(position: int) -> None:
    sealed = bytearray(LOCK.seal(b"plain"))
    sealed[position] ^= 1
    with pytest.raises(Damaged):
        LOCK.open(bytes(sealed))


@pytest.mark.parametrize("short", [b"", b"x" * 39])
def test_too_few_bytes_are_refused(short: bytes) -> None:
    with pytest.raises(Damaged):
        LOCK.open(short)


def test_the_same_words_never_look_the_same_twice() -> None:
    assert LOCK.seal(b"plain") != LOCK.seal(b"plain")


def test_digests_of_two_uses_or_two_stores_cannot_be_compared() -> None:
    other = Seals(bytes(31) + b"\x01", steady("other"))
    assert SEALS.digest("one", "name") == SEALS.digest("one", "name")
    assert SEALS.digest("one", "name") != SEALS.digest("two", "name")
    assert SEALS.digest("one", "name") != other.digest("one", "name")


def test_the_locks_of_two_uses_differ() -> None:
    locks = [SEALS.names, SEALS.cases, SEALS.inbox, SEALS.outbox, SEALS.due, SEALS.vault]
    for lock in locks:
        sealed = lock.seal(b"plain")
        for other in locks:
            if other is lock:
                continue
            with pytest.raises(Damaged):
                other.open(sealed)


def test_a_wrapped_key_opens_under_its_own_lock_only() -> None:
    key, wrapped = LOCK.new_key("case", 1)
    assert key not in wrapped
    assert LOCK.unwrap(wrapped, "case", 1) == key
    with pytest.raises(Damaged):
        LOCK.unwrap(wrapped, "case", 2)
    with pytest.raises(Damaged):
        Lock(key, steady("x")).unwrap(wrapped, "case", 1)


def test_only_its_master_key_opens_a_root() -> None:
    wrapped = new_root(MASTER, steady("root"))
    first = open_root(MASTER, wrapped, steady("a"))
    again = open_root(MASTER, wrapped, steady("b"))
    assert first.digest("use", "name") == again.digest("use", "name")
    with pytest.raises(WrongMasterKey) as wrong:
        open_root(bytes(32), wrapped, steady("c"))
    assert wrong.value.__suppress_context__
