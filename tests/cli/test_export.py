"""`parley export` on a real store: what a party gets, what it must never get, and who can check it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.toolchain import judges_python
from bot.domain.bodies import WitnessNamed
from bot.domain.ids import CompartmentId, PartyId
from bot.ledger.checkpoint import cosign, parse_checkpoint
from bot.ledger.keys import witness_key
from bot.ledger.receipt import parse_receipt
from bot.ledger.verify import Trust
from tests.cli.exporting import (
    ERASED,
    HIDDEN,
    OFFERED,
    PARTIES,
    PLANTED,
    Told,
    bytes_of,
    document,
    exported,
    files_of,
    out,
    records,
    told,
    verified,
)
from tests.judges.panel import AICS, OPENSSL, SD_JWT, about, ask
from tests.ledger.authority import Authority
from tests.ledger.building import key

HOLDS = {
    "north": {"caucus-north", "shuttle-north", "plenary"},
    "south": {"caucus-south", "shuttle-south", "plenary"},
    "mediation": {"desk", "humanitarian", "plenary"},
    "relief": {"humanitarian", "plenary"},
    "families": {"humanitarian"},
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    made = exported(tmp_path_factory.mktemp("told"))
    yield made
    made.store.close()


# -- need to know ------------------------------------------------------------------------------


@pytest.mark.parametrize("party", PARTIES)
def test_a_party_gets_the_words_of_its_own_rooms_and_no_others(there: Told, party: str) -> None:
    found = bytes_of(out(there, party))
    got = {place for place, words in PLANTED.items() if words.encode() in found}
    assert got == HOLDS[party]


def test_no_name_of_the_other_side_stands_in_any_byte(there: Told) -> None:
    case = there.running.case
    foreign = {
        "north": ["merrow", "okonjo", "Merrow", "Okonjo", HIDDEN, "H-TEAL"],
        "south": ["haddad", "yazan", "karam", "Haddad", "Yazan", "Karam"],
    }
    for party, names in foreign.items():
        found = bytes_of(out(there, party))
        other = ({"north", "south"} - {party}).pop()
        codes = [
            code
            for code, item in case.items.items()
            if item.compartment in {f"caucus-{other}", f"shuttle-{other}", "desk", "humanitarian"}
        ]
        assert len(codes) >= 4
        users = [seat.user for seat in case.seats.values()]
        rooms = [str(place.room) for place in case.compartments.values()]
        places = [str(place) for place in case.compartments if place not in {"plenary", "desk"}]
        for secret in (*names, *users, *rooms, *places, ERASED, *case.seats):
            if secret not in OWN[party]:
                assert secret.encode() not in found, (party, secret)
        # Four letters stand in so much base64 by chance: a code stands by itself.
        assert (
            re.search(rb"(?<![\w+/])(" + "|".join(codes).encode() + rb")(?![\w+/])", found) is None
        )


OWN = {"north": {"haddad", "yazan", "lindqvist"}, "south": {"merrow", "lindqvist"}}
"""Ids of seats that stand in records of a party's own rooms: who said it there."""


def test_another_owners_answer_to_a_request_is_in_nobody_elses_files(there: Told) -> None:
    kinds = {party: [r["kind"] for r in records(out(there, party))] for party in PARTIES}
    assert kinds["south"].count("release.refused/1") == 1
    assert all("release.refused/1" not in kinds[party] for party in PARTIES if party != "south")
    assert kinds["north"].count("release.consented/1") == 2
    assert kinds["south"].count("release.consented/1") == 0
    assert all("release.asked/1" in kinds[party] for party in ("north", "south", "relief"))


def test_records_of_the_case_as_a_whole_are_the_names_of_parties_alone(there: Told) -> None:
    for party in PARTIES:
        kinds = {str(r["kind"]) for r in records(out(there, party))}
        assert "party.added/1" in kinds
        assert not {k for k in kinds if k.startswith(("seat.", "compartment.", "case.", "wall."))}


def test_records_are_counted_without_gaps(there: Told) -> None:
    for party in PARTIES:
        numbers = [r["number"] for r in records(out(there, party))]
        assert numbers == list(range(1, len(numbers) + 1))


def test_what_the_other_side_does_changes_nothing_of_an_export(tmp_path: Path) -> None:
    quiet, busy = told(tmp_path / "quiet"), told(tmp_path / "busy")
    for number in range(5):
        busy.types("merrow", "caucus-south", f"!record egg {number}")
    busy.types("merrow", "caucus-south", "!commit to North by fri 12:00: nothing yet")
    forms = []
    for made in (quiet, busy):
        made.approves("!export north")
        made.checkpoints()
        folder = made.exports("north")
        names = [re.sub("-[0-9A-Z]{4}[.]", "-CODE.", name) for name in files_of(folder)]
        entries = [(r["status"], r["kind"], _plain(r["fields"])) for r in records(folder)]
        promises = [(p["state"], p["records"]) for p in _list(folder, "promises")]
        forms.append((sorted(names), entries, promises))
        made.store.close()
    assert forms[0] == forms[1]


def _plain(fields: object) -> object:
    """The fields without what is drawn anew in each run."""
    assert isinstance(fields, dict | None)
    drawn = {"code", "offer", "source"}
    return {name: value for name, value in (fields or {}).items() if name not in drawn}


def test_a_party_that_has_nothing_gets_the_names_of_parties_and_no_more(tmp_path: Path) -> None:
    made = Told(tmp_path)
    made.types("merrow", "caucus-south", "!record nine eggs")
    made.approves("!export families")
    made.checkpoints()
    folder = made.exports("families")
    assert {r["kind"] for r in records(folder)} == {"party.added/1"}
    assert document(folder)["promises"] == document(folder)["watches"] == []
    assert folder.joinpath("index.html").read_text().count("<p>None.</p>") == 2
    made.store.close()


# -- what is in it -----------------------------------------------------------------------------


def test_a_promise_stands_on_each_side_as_that_side_knows_it(there: Told) -> None:
    (north,) = _list(out(there, "north"), "promises")
    south = _list(out(there, "south"), "promises")
    assert north["state"] == "in force"
    assert sorted(str(p["state"]) for p in south) == ["accepted", "read back"]
    assert north["code"] not in {p["code"] for p in south}
    assert OFFERED.encode() in bytes_of(out(there, "south"))
    numbers = north["records"]
    assert isinstance(numbers, list)
    kinds = [r["kind"] for r in records(out(there, "north")) if r["number"] in numbers]
    assert kinds == ["commitment.proposed/1", "commitment.confirmed/1", "commitment.accepted/1"]


def test_a_watch_stands_where_it_is_kept(there: Told) -> None:
    (watch,) = _list(out(there, "relief"), "watches")
    assert (watch["kind"], watch["state"]) == ("sign of life", "scheduled")
    assert watch["last_strength"] == "live call or visit by a neutral"
    assert _list(out(there, "north"), "watches") == []


def test_every_field_is_the_receipts_and_every_sum_is_right(there: Told) -> None:
    for party in PARTIES:
        folder = out(there, party)
        for record in records(folder):
            text = (folder / str(record["receipt"])).read_text("utf-8")
            shown = {d.name: d.value for d in parse_receipt(text).disclosures}
            assert record["fields"] == (shown or None)
            assert record["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        done = run("sha256sum -c --quiet SHA256SUMS", folder)
        assert done == ""
        sums = (folder / "SHA256SUMS").read_text().splitlines()
        assert len(sums) == len(files_of(folder)) - 1


def test_an_erased_record_is_a_proof_and_no_more(there: Told) -> None:
    (gone,) = [r for r in records(out(there, "north")) if r["status"] == "erased"]
    assert gone["kind"] is gone["code"] is gone["fields"] is gone["recorded_at"] is None
    assert re.fullmatch(r"receipts/\d{4}-erased\.parley", str(gone["receipt"]))
    (said,) = verified(out(there, "north"), [str(gone["receipt"])])
    assert (said["proved"], said["withheld"]) == (True, 16)
    page = (out(there, "north") / "index.html").read_text("utf-8")
    assert "erased: its words were destroyed" in page


def test_what_is_not_logged_yet_is_listed_without_its_words(tmp_path: Path) -> None:
    made = told(tmp_path)
    made.types("haddad", "shuttle-north", "!record to be erased at once")
    made.approves(f"!erase {made.code_of('shuttle-north')} because it names a village")
    made.types("haddad", "caucus-north", "!record the whimbrel is late")
    made.approves("!export north")
    folder = made.exports("north")
    gone, last = records(folder)[-2:]
    assert gone["status"] == "erased"
    assert gone["kind"] is gone["code"] is gone["recorded_at"] is gone["receipt"] is None
    assert last["status"] == "not logged yet"
    assert (last["kind"], last["code"]) == ("item.recorded/1", made.code_of("caucus-north"))
    assert last["receipt"] is last["fields"] is None
    assert b"whimbrel" not in bytes_of(folder)
    made.store.close()


# -- proof -------------------------------------------------------------------------------------


def test_every_receipt_verifies_in_a_process_of_its_own(there: Told) -> None:
    folder = out(there, "south")
    names = [str(r["receipt"]) for r in records(folder)]
    said = list(verified(folder, names))
    assert len(said) == len(names) > 10
    assert all(one["proved"] for one in said)


def test_third_parties_accept_every_receipt(there: Told, tmp_path: Path) -> None:
    trust = Trust(there.store.log_key(), there.store.submit_key())
    texts = [
        content.decode()
        for party in PARTIES
        for name, content in files_of(out(there, party)).items()
        if name.startswith("receipts/")
    ]
    questions = [about(text, trust) for text in texts]
    for judge in (SD_JWT, AICS, OPENSSL):
        assert ask(judge, questions, tmp_path) == [""] * len(texts), judge


def test_the_commands_in_the_readme_do_what_it_says(there: Told, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    run(f"cp -r {out(there, 'north')} {folder}", tmp_path)
    sums, _parley, fields, signed, sd_jwt, aics, sigsum = steps(folder)
    assert "FAILED" not in run(sums, folder)
    assert PLANTED["caucus-north"] in run(fields, folder)
    assert "Signature Verified Successfully" in run(signed, folder)
    assert "'item.recorded/1'" in run(sd_jwt, folder, sys.executable)
    assert run(aics, folder).strip() == "True"
    proof = re.search(r"sigsum/\S+", sigsum)
    assert proof is not None
    sealed = (folder / proof[0]).read_text()
    key = (folder / "sigsum.policy").read_text().split()[1]
    assert f"log={hashlib.sha256(bytes.fromhex(key)).hexdigest()}\n" in sealed
    (folder / "record.signed").write_bytes(b"another record")
    check = signed.splitlines()[-2:]
    assert "Verified Successfully" not in run("\n".join(check), folder)


def test_a_time_stamp_comes_with_a_receipt_that_it_dates(tmp_path: Path) -> None:
    made = told(tmp_path / "told")
    made.checkpoints(30)
    size = int((made.store.last_checkpoint() or "").split("\n")[1])
    note = "\n".join((made.store.last_checkpoint() or "").split("\n")[:3]) + "\n"
    authority = Authority(tmp_path / "authority")
    made.store.take_stamp(size, authority.stamp(note.encode()))
    made.approves("!export north")
    folder = made.exports("north")
    (tmp_path / "authority/root.pem").rename(folder / "CERT.pem")
    first = records(folder)[0]
    assert first["stamp"] == f"stamps/{size}.tsr"
    assert str(first["stamped_receipt"]).startswith("stamped/")
    stamped = [str(r["stamped_receipt"]) for r in records(folder) if r["stamp"]]
    assert len(stamped) == len(records(folder))
    more = ("--stamp", f"stamps/{size}.tsr", "--tsa", "CERT.pem")
    assert all(said["stamped"] for said in verified(folder, stamped[:3], *more))
    *_, by_openssl = steps(folder)
    without_parley = "\n".join(by_openssl.splitlines()[1:])
    assert "Verification: OK" in run(without_parley, folder)
    made.store.close()


def test_a_receipt_carries_the_lines_of_its_own_rooms_witnesses_alone(tmp_path: Path) -> None:
    made = told(tmp_path)
    sides = {"north": ("caucus-north", "plenary"), "south": ("caucus-south",)}
    made.journal(
        *(
            WitnessNamed(
                PartyId(side),
                witness_key(f"{side}.example", key(side)).vkey(),
                "https://w.example",
                frozenset(CompartmentId(room) for room in rooms),
            )
            for side, rooms in sides.items()
        )
    )
    made.types("lindqvist", "plenary", "!record seen by one side's witness")
    made.approves("!export north")
    made.approves("!export south")
    for _ in range(12):
        made.checkpoints(1)
        note = parse_checkpoint(made.store.last_checkpoint() or "")
        for side in sides:
            line = cosign(replace(note, lines=()), f"{side}.example", 1_700_000_000, key(side))
            made.store.take_cosignature(note.size, line.text().split("\n\n")[1])
    found = {side: made.exports(side) for side in sides}
    assert b"north.example" in bytes_of(found["north"])
    assert b"south.example" not in bytes_of(found["north"])
    seen = [path for path in found["south"].glob("receipts/*") if b".example" in path.read_bytes()]
    assert seen
    made.store.close()


def run(command: str, folder: Path, python: str = "") -> str:
    """What a shell prints of a command; `python3` is the judges' unless another is named."""
    path = f"{Path(python or judges_python()).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": path, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    return done.stdout + done.stderr


def steps(folder: Path) -> list[str]:
    """The commands of README.txt, each as it would be pasted."""
    text = (folder / "README.txt").read_text("utf-8")
    found = re.findall(r"^\d\. [^\n]*:\n\n((?:    [^\n]*\n)+)", text, re.MULTILINE)
    return [re.sub("^    ", "", one, flags=re.MULTILINE) for one in found]


def _list(folder: Path, name: str) -> list[dict[str, object]]:
    found = document(folder)[name]
    assert isinstance(found, list)
    return found
