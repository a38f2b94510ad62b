import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.cli.verify import Brought, run
from bot.ledger.checkpoint import cosign
from bot.ledger.spoken import DIGITS, spoken_digits
from bot.ledger.telling import Findings, tell
from tests.ledger.building import key
from tests.ledger.test_verify import PROMISE

NOTE = "ledger.example/bot1\n3\nxHj/EKjoUsanzudbTuqXURbxwzk1frYh1+HMZmHL9D8=\n"


def test_the_vector_of_the_specification() -> None:
    assert spoken_digits(NOTE) == "39801 22426 25722 80854 72977 68900 69200 62028"


def test_there_are_at_least_128_bits() -> None:
    assert 10**DIGITS >= 2**128


@given(st.text(max_size=80))
def test_every_note_has_eight_groups_of_five_digits(note: str) -> None:
    groups = spoken_digits(note).split(" ")
    assert [len(group) for group in groups] == [5] * 8
    assert all(group.isdecimal() for group in groups)


def test_another_note_has_other_digits() -> None:
    changed = [NOTE[:at] + "~" + NOTE[at + 1 :] for at in range(len(NOTE))]
    assert spoken_digits(NOTE) not in map(spoken_digits, changed)


def test_the_signatures_under_it_do_not_matter(tmp_path: Path) -> None:
    cosigned = cosign(PROMISE.proof.checkpoint, "w1.example", 1, key("w1.example"))
    files = []
    for number, checkpoint in enumerate((PROMISE.proof.checkpoint, cosigned)):
        shown = replace(PROMISE, proof=replace(PROMISE.proof, checkpoint=checkpoint))
        files.append(tmp_path / str(number))
        files[-1].write_text(shown.text())
    read = [digits_of(file) for file in files]
    assert read[0] == read[1] != []


def digits_of(file: Path) -> list[str]:
    said: list[str] = []
    run(file, Brought(), as_json=False, out=said.append)
    return re.findall(r"reads ((?:[0-9]{5} ?){8})", "\n".join(said))


def test_the_verifier_reads_a_receipt_of_the_same_history_with_the_same_digits() -> None:
    said = "\n".join(tell(PROMISE, Findings({}, (), None, None, trusted=True)))
    checkpoint = PROMISE.proof.checkpoint
    assert f"{checkpoint.size} entries reads {spoken_digits(checkpoint.body().decode())}." in said
