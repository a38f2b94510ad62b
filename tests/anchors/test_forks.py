"""An operator's bot that forks its log is caught, and who never saw the bot can be convinced.

The stores are files, copied as an operator copies them; witnesses, `parley evidence` and
`parley verify` are processes of their own.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.anchors.gathering import CONTRADICTION
from bot.domain.ids import RecordId
from bot.ledger.checkpoint import parse_checkpoint
from bot.ledger.outside import judge_anchor
from bot.ledger.witness import parse_state
from bot.storage.store import SqlStore
from tests.anchors.standing import Bench, parley, witnessing
from tests.conftest import Run
from tests.storage.samples import MASTER, NOON, batch, item


@contextmanager
def opened(home: Path) -> Iterator[SqlStore]:
    home.mkdir(exist_ok=True)
    store = SqlStore.open(home / "store.db", MASTER)
    try:
        yield store
    finally:
        store.close()


def grow(store: SqlStore, name: str) -> str:
    """Record something and sign the tree, whatever anybody says; return the checkpoint."""
    head = len(store.load(item(name).case))
    store.commit(batch(f"$event-{name}", head, item(name)))
    note = store.checkpoint(NOON)
    assert note is not None
    return note


def receipt(store: SqlStore, name: str) -> str:
    text = store.receipt(RecordId(name)).text
    assert text is not None
    return text


def proved_elsewhere(evidence: str, vkey: str, empty: Path) -> None:
    """Verify evidence with nothing but itself and the log's key."""
    empty.mkdir()
    (empty / "fork.evidence").write_text(evidence)
    judged = parley(empty, "verify", "fork.evidence", "--trust", vkey)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "Proved: the log signed two histories that cannot both be true." in judged.stdout
    assert f"Against whom: whoever holds the log's key, {vkey}." in judged.stdout
    told = json.loads(parley(empty, "verify", "fork.evidence", "--trust", vkey, "--json").stdout)
    assert (told["kind"], told["proved"], told["log"]) == ("fork", True, vkey)
    assert [path.name for path in empty.iterdir()] == ["fork.evidence"]


def test_a_bot_restored_from_an_old_copy_is_caught_before_it_signs_and_convicted_if_it_does(
    run: Run, tmp_path: Path
) -> None:
    home, copy, witness = tmp_path / "home", tmp_path / "copy", tmp_path / "witness"
    with opened(home) as store:
        vkey = store.log_vkey()
        grow(store, "r1")
    shutil.copytree(home, copy)
    with witnessing(witness, vkey) as named:
        with opened(home) as store:
            later = grow(store, "r2")
            bench = Bench(store, [named])
            run(bench.ask())
            assert bench.cosigners() == 1
            assert bench.contradictions == []
        shutil.rmtree(home)
        shutil.copytree(copy, home)

        with opened(home) as store:
            store.audit()  # by itself the old copy is a good one
            bench = Bench(store, [named])
            run(bench.ask())
            (found,) = bench.contradictions
            assert (found.why, found.theirs.text()) == ("larger", later)
            assert store.checkpoint(NOON) is None
        with opened(home) as store:
            assert store.doubted() == "larger"
            assert store.checkpoint(NOON) is None
            assert store.get(CONTRADICTION) == later.encode()

    # An operator who makes the copy sign all the same is convicted by what the witness has.
    shutil.rmtree(home)
    shutil.copytree(copy, home)
    with opened(home) as store:
        forced = grow(store, "r3")
    (tmp_path / "forced.note").write_text(forced)
    kept = parse_state((witness / "state").read_text())
    assert [seen.checkpoint.text() for _, seen in kept.logs] == [later]
    made = parley(tmp_path, "evidence", "witness/state", "forced.note")
    assert made.returncode == 0, made.stderr
    proved_elsewhere(made.stdout, vkey, tmp_path / "elsewhere")

    # Nobody is convicted of having grown.
    with opened(copy) as store:
        (tmp_path / "early.note").write_text(store.last_checkpoint() or "")
    honest = parley(tmp_path, "evidence", "witness/state", "early.note", "--trust", vkey)
    assert (honest.returncode, honest.stdout) == (1, "")


def test_a_dead_witness_lets_the_old_copy_stand_and_the_first_answer_stops_it(
    run: Run, tmp_path: Path
) -> None:
    home, copy, witness = tmp_path / "home", tmp_path / "copy", tmp_path / "witness"
    with opened(home) as store:
        vkey = store.log_vkey()
        grow(store, "r1")
        shutil.copytree(home, copy)
        grow(store, "r2")
        with witnessing(witness, vkey) as named:
            run(Bench(store, [named]).ask())
    with opened(copy) as store:
        run(Bench(store, [named]).ask())
        assert store.doubted() is None
        forked = grow(store, "r3")
        with witnessing(witness, vkey) as named:
            bench = Bench(store, [named])
            run(bench.ask())
        assert [found.why for found in bench.contradictions] == ["fork"]
        assert store.checkpoint(NOON) is None
    # The witness keeps both: its state alone is the proof.
    ((_, seen),) = parse_state((witness / "state").read_text()).logs
    assert seen.fork == parse_checkpoint(forked)
    made = parley(tmp_path, "evidence", "witness/state", "witness/state")
    proved_elsewhere(made.stdout, vkey, tmp_path / "elsewhere")


def test_a_bot_that_shows_two_rooms_different_trees_is_convicted_by_their_receipts(
    run: Run, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with opened(one) as store:
        vkey = store.log_vkey()
        grow(store, "r1")
    shutil.copytree(one, two)
    with opened(one) as store:
        grow(store, "for-north")
        (tmp_path / "north.receipt").write_text(receipt(store, "for-north"))
    with opened(two) as store:
        grow(store, "for-south")
        (tmp_path / "south.receipt").write_text(receipt(store, "for-south"))
    # Each party alone sees nothing wrong.
    for name in ("north.receipt", "south.receipt"):
        assert parley(tmp_path, "verify", name, "--trust", vkey).returncode == 0
    made = parley(tmp_path, "evidence", "north.receipt", "south.receipt")
    assert made.returncode == 0, made.stderr
    proved_elsewhere(made.stdout, vkey, tmp_path / "elsewhere")
    for name in ("north", "south"):
        assert (tmp_path / f"{name}.receipt").read_text().split("\n")[3] not in made.stdout

    # With a witness that both trees are shown to, it does not come so far.
    with witnessing(tmp_path / "witness", vkey) as named:
        with opened(one) as store:
            run(Bench(store, [named]).ask())
            assert store.doubted() is None
        with opened(two) as store:
            bench = Bench(store, [named])
            run(bench.ask())
            assert [found.why for found in bench.contradictions] == ["fork"]
            assert store.doubted() == "fork"


def test_what_the_homeserver_keeps_for_the_bot_gives_the_old_copy_away(tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy"
    with opened(home) as store:
        early = grow(store, "r1")
        shutil.copytree(home, copy)
        late = grow(store, "r2")
        assert judge_anchor(early, store.log_key(), 32, store.leads_to) is None
        assert judge_anchor(late, store.log_key(), 32, store.leads_to) is None
    with opened(copy) as store:
        ours = parse_checkpoint(store.last_checkpoint() or "").size
        found = judge_anchor(late, store.log_key(), ours, store.leads_to)
        assert found is not None
        assert (found.why, found.theirs.text(), found.ours) == ("larger", late, ours)
        grow(store, "r3")
        forked = judge_anchor(late, store.log_key(), 2 * ours, store.leads_to)
        assert forked is not None
        assert forked.why == "fork"
