"""False receipts by what witnesses say, and by the earlier checkpoint."""

from collections.abc import Callable
from dataclasses import replace

from nacl.signing import SigningKey

from bot.ledger.checkpoint import Checkpoint
from bot.ledger.receipt import Receipt
from tests.judges.draws import Draws
from tests.judges.forged_log import with_line, with_note, with_proof
from tests.judges.trials import NOON, Trial


def witness_line(
    trial: Trial, checkpoint: Checkpoint, draws: Draws, change: Callable[[bytes], bytes]
) -> Checkpoint | None:
    there = {(line.name, line.key_id) for line in checkpoint.lines}
    known = [w for w in trial.trust.witnesses if (w.name, w.key_id()) in there]
    if not known:
        return None
    witness = draws.pick(known)
    return with_line(checkpoint, witness.name, witness.key_id(), change)


def cosigned(trial: Trial, draws: Draws, change: Callable[[bytes], bytes]) -> Receipt | None:
    forged = witness_line(trial, trial.receipt.proof.checkpoint, draws, change)
    return None if forged is None else with_proof(trial, checkpoint=forged)


def cosignature_bent(trial: Trial, draws: Draws) -> Receipt | None:
    return cosigned(trial, draws, lambda blob: blob[:8] + draws.flipped(blob[8:]))


def cosignature_redated(trial: Trial, draws: Draws) -> Receipt | None:
    return cosigned(trial, draws, lambda blob: draws.flipped(blob[1:8]).rjust(8, b"\0") + blob[8:])


def cosignature_by_a_stranger(trial: Trial, draws: Draws) -> Receipt | None:
    """A stranger signs what the witness should have signed, under its name and key id."""
    thief, body = SigningKey(draws.octets()), trial.receipt.proof.checkpoint.body()
    signed = bytes(thief.sign(f"cosignature/v1\ntime {NOON}\n".encode() + body).signature)
    return cosigned(trial, draws, lambda _blob: NOON.to_bytes(8, "big") + signed)


def cosignature_of_another(trial: Trial, draws: Draws) -> Receipt | None:
    if trial.nodes.size == 1 or not trial.witnesses:
        return None
    other = draws.between(1, trial.nodes.size)
    if other == trial.size:
        return None
    theirs = [w for w in trial.signed(other).lines if w.name in trial.witnesses]
    there = {(line.name, line.key_id) for line in trial.receipt.proof.checkpoint.lines}
    line = draws.pick(theirs)
    if (line.name, line.key_id) not in there:
        return None
    note = trial.receipt.proof.checkpoint
    return with_proof(
        trial, checkpoint=with_line(note, line.name, line.key_id, lambda _old: line.signature)
    )


def too_few_cosignatures(trial: Trial, draws: Draws) -> Receipt | None:
    if not trial.witnesses:
        return None
    note = trial.receipt.proof.checkpoint
    few = draws.some(sorted(trial.witnesses), draws.below(trial.trust.quorum))
    lines = tuple(
        line for line in note.lines if line.name not in trial.witnesses or line.name in few
    )
    return with_note(trial, lines=lines)


def earlier_bent(trial: Trial, draws: Draws) -> Receipt | None:
    before, log = trial.receipt.before, trial.trust.log
    if before is None:
        return None
    return replace(trial.receipt, before=with_line(before, log.name, log.key_id(), draws.flipped))


def earlier_of_another_root(trial: Trial, draws: Draws) -> Receipt | None:
    before = trial.receipt.before
    if before is None or before.size == 0:
        return None
    return replace(trial.receipt, before=replace(before, root=draws.octets()))


def earlier_cosignature_bent(trial: Trial, draws: Draws) -> Receipt | None:
    before = trial.receipt.before
    forged = before and witness_line(
        trial, before, draws, lambda blob: blob[:8] + draws.flipped(blob[8:])
    )
    return replace(trial.receipt, before=forged) if forged else None
