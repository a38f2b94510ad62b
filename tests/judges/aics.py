"""`aics-tlog` judges: checkpoint, cosignatures with quorum, inclusion, and consistency.

It does not know what a record is, and asks nobody whose leaf this is.
"""

import base64
from collections.abc import Mapping

import aics_tlog

from tests.judges.reading import ACCEPTED, answer_all, parse_presented, parse_proof, text_of


def judge(question: Mapping[str, object]) -> str:
    if "history" in question:
        return judge_history(question["history"])
    if "entry" in question:  # a proof file without a receipt around it
        proof = parse_proof(text_of(question, "proof"))
        entry, before = base64.b64decode(text_of(question, "entry")), ""
    else:
        receipt = parse_presented(text_of(question, "receipt"))
        proof, before = receipt.proof, receipt.before
        entry = proof.leaf
    try:
        checkpoint = checked(proof.note, question)
        if before:
            checked(before, question)
    except ValueError as refusal:
        return str(refusal)
    root, size = checkpoint.root, checkpoint.size
    if not aics_tlog.verify_leaf_inclusion(entry, proof.index, size, proof.path, root):
        return "not included"
    return ACCEPTED


def checked(note: str, question: Mapping[str, object]) -> aics_tlog.Checkpoint:
    """The checkpoint if log and quorum signed it; ValueError with the third party's reason."""
    log = aics_tlog.parse_vkey(text_of(question, "log"))
    witnesses, quorum = question["witnesses"], question["quorum"]
    assert isinstance(witnesses, list)
    found = aics_tlog.verify_checkpoint(
        aics_tlog.parse_note(note),
        log,
        [aics_tlog.parse_vkey(vkey) for vkey in witnesses],
        quorum,
        expected_origin=log.name,
    )
    if not found.ok:
        raise ValueError(found.error)
    return found


def judge_history(history: object) -> str:
    """Tell whether a larger tree continues a smaller one (RFC 9162 section 2.1.4.2)."""
    assert isinstance(history, dict)
    holds = aics_tlog.verify_consistency(
        history["old"],
        history["new"],
        bytes.fromhex(history["old_root"]),
        bytes.fromhex(history["new_root"]),
        [bytes.fromhex(step) for step in history["path"]],
    )
    return ACCEPTED if holds else "not consistent"


if __name__ == "__main__":
    answer_all(judge)
