"""Every kind of false receipt, who of the third parties must see it, and what Parley calls it.

A forger gets a good trial and returns a receipt that reads well and is false, or None where the
trial has nothing of the kind to forge. Values are changed, not spellings: what is refused is refused
for what it says. Who must refuse is what that judge checks; all the others must accept, so that it
is known that nothing but the one thing was false.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.ledger.receipt import Receipt
from bot.ledger.verdict import Fault
from tests.judges import forged_log, forged_record, forged_watch
from tests.judges.draws import Draws
from tests.judges.panel import AICS, OPENSSL, SD_JWT, SIGSTORE
from tests.judges.trials import Trial

Forger = Callable[[Trial, Draws], Receipt | None]
PER_TRIAL = 4
_LOG = (AICS, SIGSTORE)
_LEAF = (AICS, SIGSTORE, OPENSSL)
_PATH = (Fault.PATH_SHAPE, Fault.PATH_ROOT)


@dataclass(frozen=True)
class Kind:
    """How a receipt can be false: who makes it so, which judges see it, the faults it may have."""

    forge: Forger
    refused_by: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Forgery:
    """A false receipt made from a good trial."""

    kind: str
    trial: Trial
    receipt: Receipt


KINDS = {
    "log signature, a bit turned": Kind(
        forged_log.log_signature_bent, _LOG, (Fault.LOG_SIGNATURE,)
    ),
    "log signature by a foreign key": Kind(forged_log.foreign_key, _LOG, (Fault.LOG_SIGNATURE,)),
    "log signature by a foreign key under the log's key id": Kind(
        forged_log.foreign_key_under_our_id, _LOG, (Fault.LOG_SIGNATURE,)
    ),
    "another log of the same name": Kind(
        forged_record.another_log, (*_LEAF, SD_JWT), (Fault.FOREIGN_LOG,)
    ),
    "another size": Kind(forged_log.other_size, _LOG, (Fault.LOG_SIGNATURE,)),
    "another root": Kind(forged_log.other_root, _LOG, (Fault.LOG_SIGNATURE,)),
    "another origin": Kind(forged_log.other_origin, _LOG, (Fault.LOG_SIGNATURE,)),
    "stale checkpoint": Kind(forged_log.stale, _LOG, (Fault.STALE_CHECKPOINT,)),
    "checkpoint of another size": Kind(forged_log.of_another_size, _LOG, _PATH),
    "path without a step": Kind(forged_log.path_truncated, _LOG, _PATH),
    "path cut off": Kind(forged_log.path_cut_off, _LOG, _PATH),
    "path extended": Kind(forged_log.path_extended, _LOG, _PATH),
    "path reordered": Kind(forged_log.path_reordered, _LOG, (Fault.PATH_ROOT,)),
    "path, a bit turned": Kind(forged_log.path_bent, _LOG, (Fault.PATH_ROOT,)),
    "another index": Kind(forged_log.other_index, _LOG, _PATH),
    "index beyond the tree": Kind(forged_log.index_beyond, _LOG, (Fault.STALE_CHECKPOINT,)),
    "leaf, a bit turned": Kind(
        forged_log.leaf_bent, _LEAF, (Fault.LEAF_OF_OTHER_RECORD, Fault.LEAF_SIGNATURE)
    ),
    "leaf of another entry": Kind(forged_log.leaf_of_another, _LEAF, (Fault.LEAF_OF_OTHER_RECORD,)),
    "proof of another entry": Kind(
        forged_record.proof_of_another, (OPENSSL,), (Fault.LEAF_OF_OTHER_RECORD,)
    ),
    "record of another entry": Kind(
        forged_record.record_of_another, (OPENSSL,), (Fault.LEAF_OF_OTHER_RECORD,)
    ),
    "leaf by a stranger": Kind(
        forged_record.leaf_by_a_stranger, (OPENSSL,), (Fault.LEAF_SIGNATURE,)
    ),
    "record by a stranger": Kind(
        forged_record.record_by_a_stranger, (SD_JWT,), (Fault.RECORD_SIGNATURE,)
    ),
    "record signature, a bit turned": Kind(
        forged_record.record_signature_bent, (SD_JWT,), (Fault.RECORD_SIGNATURE,)
    ),
    "record, a digest replaced": Kind(
        forged_record.digest_replaced, (SD_JWT,), (Fault.RECORD_SIGNATURE,)
    ),
    "field of another value": Kind(forged_record.value_changed, (SD_JWT,), (Fault.FOREIGN_FIELD,)),
    "field of another name": Kind(forged_record.name_changed, (SD_JWT,), (Fault.FOREIGN_FIELD,)),
    "field of another salt": Kind(forged_record.salt_changed, (SD_JWT,), (Fault.FOREIGN_FIELD,)),
    "field of another record": Kind(
        forged_record.field_of_another, (SD_JWT,), (Fault.FOREIGN_FIELD,)
    ),
    "field invented": Kind(forged_record.field_invented, (SD_JWT,), (Fault.FOREIGN_FIELD,)),
    "cosignature, a bit turned": Kind(
        forged_watch.cosignature_bent, (AICS,), (Fault.WITNESS_SIGNATURE,)
    ),
    "cosignature of another time": Kind(
        forged_watch.cosignature_redated, (AICS,), (Fault.WITNESS_SIGNATURE,)
    ),
    "cosignature by a stranger": Kind(
        forged_watch.cosignature_by_a_stranger, (AICS,), (Fault.WITNESS_SIGNATURE,)
    ),
    "cosignature of another checkpoint": Kind(
        forged_watch.cosignature_of_another, (AICS,), (Fault.WITNESS_SIGNATURE,)
    ),
    "too few cosignatures": Kind(
        forged_watch.too_few_cosignatures, (AICS,), (Fault.WITNESS_QUORUM,)
    ),
    "earlier checkpoint, a bit turned": Kind(
        forged_watch.earlier_bent, (AICS,), (Fault.BEFORE_SIGNATURE,)
    ),
    "earlier checkpoint of another root": Kind(
        forged_watch.earlier_of_another_root, (AICS,), (Fault.BEFORE_SIGNATURE,)
    ),
    "earlier cosignature, a bit turned": Kind(
        forged_watch.earlier_cosignature_bent, (AICS,), (Fault.WITNESS_SIGNATURE,)
    ),
    "party signature, a bit turned": Kind(
        forged_record.party_signature_bent, (OPENSSL,), (Fault.PARTY_SIGNATURE,)
    ),
    "party signature of another time": Kind(
        forged_record.party_redated, (OPENSSL,), (Fault.PARTY_SIGNATURE,)
    ),
    "party signature under another key": Kind(
        forged_record.party_is_another, (OPENSSL,), (Fault.PARTY_SIGNATURE,)
    ),
    "party signature of another record": Kind(
        forged_record.party_signed_another, (OPENSSL,), (Fault.PARTY_SIGNATURE,)
    ),
}


def forgeries(trials: Iterable[Trial], seed: str) -> Iterator[Forgery]:
    """Some forgeries of each trial, those kinds first of which there are fewest so far."""
    draws, made = Draws(seed + " forged"), Counter(dict.fromkeys(KINDS, 0))
    for trial in trials:
        left = PER_TRIAL
        for kind in sorted(KINDS, key=lambda kind: (made[kind], kind)):
            forged = KINDS[kind].forge(trial, draws) if left else None
            if forged is not None:
                made[kind], left = made[kind] + 1, left - 1
                yield Forgery(kind, trial, forged)
