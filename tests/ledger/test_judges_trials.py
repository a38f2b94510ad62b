"""Random logs and receipts before four judges that nobody here wrote; then thousands of false ones.

Each judge is asked once, with everything. The seed is printed when something fails; another one is
tried with PARLEY_JUDGES_SEED.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.ledger.tree import ProofError, verify_consistency
from bot.ledger.verify import verify_receipt
from tests.judges.draws import Draws
from tests.judges.forgeries import KINDS, Forgery, forgeries
from tests.judges.histories import FALSE, History, false_histories, history
from tests.judges.panel import AICS, OPENSSL, SD_JWT, SIGSTORE, about, ask
from tests.judges.trials import LARGEST, Trial, trials

SEED = os.environ.get("PARLEY_JUDGES_SEED", "2026-11-22")
COUNT = 520
JUDGES = (AICS, SIGSTORE, SD_JWT, OPENSSL)


@dataclass(frozen=True)
class Hearing:
    """What was asked, and each judge's answers: nothing for what it accepts, else why not."""

    trials: Sequence[Trial]
    forged: Sequence[Forgery]
    of_trials: dict[str, list[str]]
    of_forged: dict[str, list[str]]


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Hearing:
    print(f"PARLEY_JUDGES_SEED={SEED}")
    good = list(trials(SEED, COUNT))
    false = list(forgeries(good, SEED))
    questions = [about(trial.receipt.text(), trial.trust) for trial in good]
    questions += [about(forgery.receipt.text(), forgery.trial.trust) for forgery in false]
    folder = tmp_path_factory.mktemp("judges")
    answers = {judge: ask(judge, questions, folder) for judge in JUDGES}
    return Hearing(
        trials=good,
        forged=false,
        of_trials={judge: given[:COUNT] for judge, given in answers.items()},
        of_forged={judge: given[COUNT:] for judge, given in answers.items()},
    )


@pytest.fixture(scope="module")
def histories(hearing: Hearing) -> list[History]:
    draws = Draws(SEED + " consistency")
    return [history(trial, draws) for trial in hearing.trials]


def test_the_trials_are_of_every_sort(hearing: Hearing) -> None:
    drawn = hearing.trials
    assert len({trial.receipt.proof.checkpoint.root for trial in drawn}) == len(drawn) >= 500
    sizes = [trial.size for trial in drawn]
    assert min(sizes) == 1
    assert max(sizes) > LARGEST // 2
    assert len(set(sizes)) > 150
    for fact in (
        [trial.erased for trial in drawn],
        [trial.size < trial.nodes.size for trial in drawn],
        [trial.index == trial.size - 1 for trial in drawn],
        [trial.receipt.before is not None for trial in drawn],
        [len(trial.receipt.disclosures) > 8 for trial in drawn],
        [trial.trust.quorum > 1 for trial in drawn],
        [not trial.trust.witnesses for trial in drawn],
        [bool(trial.receipt.parties) for trial in drawn],
    ):
        assert 40 <= sum(fact) <= len(drawn) - 40
    assert not any(trial.receipt.disclosures for trial in drawn if trial.erased)


def test_parley_verify_accepts_every_true_receipt(hearing: Hearing) -> None:
    for trial in hearing.trials:
        verdict = verify_receipt(trial.receipt.text(), trust=trial.trust)
        assert verdict.ok, (trial.number, verdict.fault)


@pytest.mark.parametrize("judge", JUDGES)
def test_a_third_party_accepts_every_true_receipt(hearing: Hearing, judge: str) -> None:
    given = hearing.of_trials[judge]
    assert {number: why for number, why in enumerate(given) if why} == {}


def test_parley_verify_refuses_every_false_receipt_and_says_why(hearing: Hearing) -> None:
    wrong = defaultdict(set)
    for forgery in hearing.forged:
        # Required fields would be missed before the forgery itself is seen.
        trust = replace(forgery.trial.trust, required=())
        verdict = verify_receipt(forgery.receipt.text(), trust=trust)
        if verdict.ok or verdict.fault not in KINDS[forgery.kind].faults:
            wrong[forgery.kind].add(verdict.fault)
    assert wrong == {}


@pytest.mark.parametrize("judge", JUDGES)
def test_a_third_party_refuses_the_false_receipts_that_it_can_see_and_no_others(
    hearing: Hearing, judge: str
) -> None:
    refused, wrong = 0, Counter[tuple[str, str]]()
    for forgery, why in zip(hearing.forged, hearing.of_forged[judge], strict=True):
        refused += bool(why)
        if bool(why) != (judge in KINDS[forgery.kind].refused_by):
            wrong[forgery.kind, why] += 1
    assert wrong == {}
    assert refused >= 100


def test_each_kind_was_forged_often_and_is_seen_by_some_third_party(hearing: Hearing) -> None:
    made = Counter(forgery.kind for forgery in hearing.forged)
    assert all(made[kind] >= 20 for kind in KINDS)
    assert all(kind.refused_by for kind in KINDS.values())


def refused_here(told: History) -> bool:
    try:
        verify_consistency(told.old, told.old_root, told.new, told.new_root, told.path)
    except ProofError:
        return True
    return False


def test_aics_tlog_and_we_accept_every_true_history(
    histories: list[History], tmp_path: Path
) -> None:
    assert ask(AICS, [told.question() for told in histories], tmp_path) == [""] * COUNT
    assert not any(refused_here(told) for told in histories)


def test_aics_tlog_and_we_refuse_every_false_history(
    histories: list[History], tmp_path: Path
) -> None:
    false = list(false_histories(histories, SEED))
    answers = ask(AICS, [told.question() for _kind, told in false], tmp_path)
    made = Counter(kind for kind, _told in false)
    assert all(made[kind] >= 100 for kind in FALSE)
    accepted = [kind for (kind, _told), why in zip(false, answers, strict=True) if not why]
    assert accepted == []
    assert [kind for kind, told in false if not refused_here(told)] == []
