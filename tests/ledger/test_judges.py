"""Third parties judge: programs nobody here wrote read what we wrote, and refuse what we refuse."""

import json

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.common import JWException  # type: ignore[import-untyped]
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.verifier import SDJWTVerifier

from bot.ledger.encoding import to_base64url
from bot.ledger.record import disclose, presentation, seal
from bot.ledger.tree import consistency_path, inclusion_path, leaf_hash, root_at, verify_consistency
from tests.ledger.building import FIELDS, SmallLog, key, rk

LOG = SmallLog().grow(40)
SIZES = st.integers(1, 40)


def judge_tree(size: int) -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in LOG.leaves[:size]:
        tree.append_entry(leaf)
    return tree


JUDGE = judge_tree(40)


@given(size=SIZES, pick=st.integers(0))
def test_pymerkle_computes_the_same_root_and_the_same_path(size: int, pick: int) -> None:
    index = pick % size
    judged = JUDGE.prove_inclusion(index + 1, size)
    assert JUDGE.get_root(size) == root_at(size, LOG.nodes)
    assert judged.path == [
        leaf_hash(LOG.leaves[index]),
        *inclusion_path(LOG.nodes, index, size),
    ]


@given(size=SIZES, pick=st.integers(0))
def test_pymerkle_accepts_our_path_and_refuses_it_at_another_place(size: int, pick: int) -> None:
    index = pick % size
    judged = JUDGE.prove_inclusion(index + 1, size)
    base = leaf_hash(LOG.leaves[index])
    judged.path = [base, *inclusion_path(LOG.nodes, index, size)]
    pymerkle.verify_inclusion(base, root_at(size, LOG.nodes), judged, index=index + 1, size=size)
    with pytest.raises(pymerkle.InvalidProof):
        pymerkle.verify_inclusion(leaf_hash(b"other"), root_at(size, LOG.nodes), judged)


@given(old=SIZES, new=SIZES)
def test_our_consistency_proof_holds_between_the_roots_that_pymerkle_computes(
    old: int, new: int
) -> None:
    # pymerkle shapes its own consistency proofs differently from RFC 6962, so it judges the
    # roots and says by its own proof that they belong together.
    old, new = min(old, new), max(old, new)
    judged, path = JUDGE.prove_consistency(old, new), consistency_path(LOG.nodes, old, new)
    pymerkle.verify_consistency(root_at(old, LOG.nodes), root_at(new, LOG.nodes), judged)
    verify_consistency(old, JUDGE.get_root(old), new, JUDGE.get_root(new), path)


def judge_record(text: str, issuer: str) -> dict[str, object]:
    public = JWK(kty="OKP", crv="Ed25519", x=to_base64url(bytes(key(issuer).verify_key)))
    return dict(SDJWTVerifier(text, lambda _iss, _header: public).get_verified_payload())


@given(names=st.sets(st.sampled_from(sorted(FIELDS))))
def test_sd_jwt_reads_exactly_the_fields_we_show(names: set[str]) -> None:
    record = seal(FIELDS, rk(3), key("issuer"))
    text = presentation(record.jwt, disclose(record.disclosures, names))
    assert judge_record(text, "issuer") == {name: FIELDS[name] for name in names}


def test_sd_jwt_refuses_a_record_of_another_issuer_and_a_changed_one() -> None:
    record = seal(FIELDS, rk(3), key("issuer"))
    text = presentation(record.jwt, record.disclosures)
    with pytest.raises(JWException):
        judge_record(text, "stranger")
    header, payload, rest = text.split(".")
    body = json.dumps({"_sd": [], "_sd_alg": "sha-256"}).encode()
    assert payload != to_base64url(body)
    with pytest.raises(JWException):
        judge_record(f"{header}.{to_base64url(body)}.{rest}", "issuer")
