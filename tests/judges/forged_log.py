"""False receipts by what the log says: signature, tree, path, place, leaf."""

from collections.abc import Callable
from dataclasses import replace

from nacl.signing import SigningKey

from bot.ledger.checkpoint import Checkpoint, NoteLine, sign_checkpoint
from bot.ledger.receipt import Receipt
from bot.ledger.tree import inclusion_path
from tests.judges.draws import Draws
from tests.judges.trials import Trial


def with_proof(trial: Trial, **changes: object) -> Receipt:
    return replace(trial.receipt, proof=replace(trial.receipt.proof, **changes))  # type: ignore[arg-type]


def with_note(trial: Trial, **changes: object) -> Receipt:
    return with_proof(trial, checkpoint=replace(trial.receipt.proof.checkpoint, **changes))  # type: ignore[arg-type]


def with_line(
    checkpoint: Checkpoint, name: str, key_id: bytes, change: Callable[[bytes], bytes]
) -> Checkpoint:
    """The checkpoint with another signature on the line of this key."""
    lines = tuple(
        NoteLine(name, key_id, change(line.signature))
        if (line.name, line.key_id) == (name, key_id)
        else line
        for line in checkpoint.lines
    )
    assert lines != checkpoint.lines
    return replace(checkpoint, lines=lines)


def log_signature_bent(trial: Trial, draws: Draws) -> Receipt:
    log, checkpoint = trial.trust.log, trial.receipt.proof.checkpoint
    return with_proof(
        trial, checkpoint=with_line(checkpoint, log.name, log.key_id(), draws.flipped)
    )


def foreign_key(trial: Trial, draws: Draws) -> Receipt:
    thief, note = SigningKey(draws.octets()), trial.receipt.proof.checkpoint
    return with_proof(trial, checkpoint=sign_checkpoint(note.origin, note.size, note.root, thief))


def foreign_key_under_our_id(trial: Trial, draws: Draws) -> Receipt:
    thief, note, log = SigningKey(draws.octets()), trial.receipt.proof.checkpoint, trial.trust.log
    signed = thief.sign(note.body()).signature
    return with_proof(
        trial, checkpoint=with_line(note, log.name, log.key_id(), lambda _old: bytes(signed))
    )


def other_size(trial: Trial, draws: Draws) -> Receipt:
    return with_note(trial, size=trial.size + draws.pick((1, 2, trial.size)))


def other_root(trial: Trial, draws: Draws) -> Receipt:
    return with_note(trial, root=draws.flipped(trial.receipt.proof.checkpoint.root))


def other_origin(trial: Trial, draws: Draws) -> Receipt:
    # The key keeps its name: only what was signed is another.
    return with_note(trial, origin=f"{trial.origin}{draws.below(10)}")


def stale(trial: Trial, draws: Draws) -> Receipt | None:
    if trial.index == 0:
        return None
    return with_proof(trial, checkpoint=trial.signed(draws.between(0, trial.index)))


def of_another_size(trial: Trial, draws: Draws) -> Receipt | None:
    sizes = [n for n in range(trial.index + 1, trial.nodes.size + 1) if n != trial.size]
    path = trial.receipt.proof.path
    other = draws.pick(sizes) if sizes else 0
    if not sizes or inclusion_path(trial.nodes, trial.index, other) == path:
        return None
    return with_proof(trial, checkpoint=trial.signed(other))


def path_truncated(trial: Trial, draws: Draws) -> Receipt | None:
    path = trial.receipt.proof.path
    place = draws.below(len(path)) if path else 0
    return with_proof(trial, path=path[:place] + path[place + 1 :]) if path else None


def path_cut_off(trial: Trial, draws: Draws) -> Receipt | None:
    path = trial.receipt.proof.path
    return with_proof(trial, path=path[: draws.below(len(path))]) if path else None


def path_extended(trial: Trial, draws: Draws) -> Receipt:
    path, place = trial.receipt.proof.path, draws.below(len(trial.receipt.proof.path) + 1)
    more = draws.pick((draws.octets(), trial.receipt.proof.checkpoint.root, *path))
    return with_proof(trial, path=(*path[:place], more, *path[place:]))


def path_reordered(trial: Trial, draws: Draws) -> Receipt | None:
    path = trial.receipt.proof.path
    other = tuple(draws.some(path, len(path)))
    return None if other == path else with_proof(trial, path=other)


def path_bent(trial: Trial, draws: Draws) -> Receipt | None:
    path = list(trial.receipt.proof.path)
    if not path:
        return None
    place = draws.below(len(path))
    path[place] = draws.flipped(path[place])
    return with_proof(trial, path=tuple(path))


def other_index(trial: Trial, draws: Draws) -> Receipt | None:
    if trial.size == 1:
        return None
    return with_proof(trial, index=(trial.index + draws.between(1, trial.size - 1)) % trial.size)


def index_beyond(trial: Trial, draws: Draws) -> Receipt:
    return with_proof(trial, index=trial.size + draws.below(trial.size + 1))


def leaf_bent(trial: Trial, draws: Draws) -> Receipt:
    return with_proof(trial, extra=draws.flipped(trial.receipt.proof.extra))


def leaf_of_another(trial: Trial, draws: Draws) -> Receipt | None:
    other = draws.pick(trial.leaves)
    return None if other == trial.receipt.proof.extra else with_proof(trial, extra=other)
