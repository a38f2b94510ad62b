import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ledger.tree import (
    EMPTY_ROOT,
    MAX_SIZE,
    Frontier,
    MemoryNodes,
    ProofError,
    consistency_path,
    frontier_at,
    inclusion_path,
    leaf_hash,
    node_hash,
    nodes_added,
    root_at,
    root_from_path,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(b"entry %d" % i) for i in range(130)]
SIZES = st.integers(1, len(LEAVES))


def grown(size: int = len(LEAVES)) -> MemoryNodes:
    nodes = MemoryNodes()
    nodes.extend(LEAVES[:size])
    return nodes


NODES = grown()


def recursive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word: the slow definition is the oracle."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(recursive_root(leaves[:k]), recursive_root(leaves[k:]))


def test_the_root_is_the_one_the_definition_gives_at_every_size() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT == hashlib.sha256(b"").digest()
    for size, leaf in enumerate(LEAVES, start=1):
        frontier = frontier.append(leaf)
        assert frontier == frontier_at(size, NODES)
        assert frontier.root() == recursive_root(LEAVES[:size]) == root_at(size, NODES)


@given(before=st.integers(0, 64), count=st.integers(0, 64))
def test_appending_in_batches_stores_the_same_nodes_as_one_by_one(before: int, count: int) -> None:
    nodes = grown(before)
    rows = nodes_added(before, LEAVES[before : before + count], nodes)
    for level, index, digest in rows:
        assert digest == NODES.node(level, index)
    complete = {(lv, ix) for lv in range(8) for ix in range((before + count) >> lv)}
    already = {(lv, ix) for lv in range(8) for ix in range(before >> lv)}
    assert [(lv, ix) for lv, ix, _ in rows] == list(dict.fromkeys((lv, ix) for lv, ix, _ in rows))
    assert {(lv, ix) for lv, ix, _ in rows} == complete - already


@given(size=SIZES, pick=st.integers(0), wrong=st.integers(0))
def test_every_leaf_proves_itself_and_no_other(size: int, pick: int, wrong: int) -> None:
    index, other = pick % size, wrong % size
    path, root = inclusion_path(NODES, index, size), root_at(size, NODES)
    verify_inclusion(LEAVES[index], index, size, path, root)
    if other != index:
        with pytest.raises(ProofError):
            verify_inclusion(LEAVES[other], index, size, path, root)
        with pytest.raises(ProofError):
            verify_inclusion(LEAVES[index], other, size, path, root)


@given(size=SIZES, pick=st.integers(0), step=st.integers(0), bit=st.integers(0, 255))
def test_a_changed_path_proves_nothing(size: int, pick: int, step: int, bit: int) -> None:
    index = pick % size
    path, root = list(inclusion_path(NODES, index, size)), root_at(size, NODES)
    bad = [[*path, root], path[1:] + path[:1], path[:-1]]
    if path:
        flipped = bytearray(path[step % len(path)])
        flipped[bit // 8] ^= 1 << bit % 8
        bad.append([*path[: step % len(path)], bytes(flipped), *path[step % len(path) + 1 :]])
        bad.append([*path[:-1], path[-1][:31]])
    for wrong in bad:
        if wrong != path:
            with pytest.raises(ProofError):
                verify_inclusion(LEAVES[index], index, size, wrong, root)


@given(old=st.integers(0, len(LEAVES)), new=SIZES, fork=st.integers(0))
def test_a_longer_history_is_consistent_and_a_rewritten_one_is_not(
    old: int, new: int, fork: int
) -> None:
    old = min(old, new)
    path = consistency_path(NODES, old, new)
    verify_consistency(old, root_at(old, NODES), new, root_at(new, NODES), path)
    if not 0 < old < new:
        return
    rewritten = list(LEAVES[:new])
    rewritten[fork % old] = leaf_hash(b"rewritten")
    other = MemoryNodes()
    other.extend(rewritten)
    for attempt in (path, consistency_path(other, old, new)):
        with pytest.raises(ProofError):
            verify_consistency(old, root_at(old, NODES), new, root_at(new, other), attempt)
    for attempt in ((*path, path[-1]), path[:-1], ()):
        with pytest.raises(ProofError):
            verify_consistency(old, root_at(old, NODES), new, root_at(new, NODES), attempt)


def test_equal_sizes_and_the_empty_tree_need_no_path_but_the_right_root() -> None:
    root = root_at(7, NODES)
    verify_consistency(7, root, 7, root, ())
    verify_consistency(0, EMPTY_ROOT, 7, root, ())
    for old, old_root, path in ((7, EMPTY_ROOT, ()), (0, root, ()), (7, root, (root,))):
        with pytest.raises(ProofError):
            verify_consistency(old, old_root, 7, root, path)


@given(index=st.integers(-3, 2**70), size=st.integers(-3, 2**70), steps=st.integers(0, 70))
@settings(max_examples=60)
def test_absurd_numbers_are_refused_without_work(index: int, size: int, steps: int) -> None:
    if 0 <= index < size <= MAX_SIZE:
        return
    with pytest.raises(ProofError):
        root_from_path(LEAVES[0], index, size, [LEAVES[0]] * steps)
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_path(NODES, index, size)


def test_a_step_that_is_no_hash_is_refused_before_it_is_hashed() -> None:
    for step in (b"", bytes(31), bytes(33)):
        with pytest.raises(ProofError, match="not a SHA-256 hash"):
            root_from_path(LEAVES[0], 0, 2, [step])


def test_a_path_of_another_length_leads_nowhere_not_even_to_a_wrong_root() -> None:
    leaf, right = LEAVES[2], inclusion_path(NODES, 2, 7)
    for path in ((), right[:-1], (*right, EMPTY_ROOT), right * 30):
        with pytest.raises(ProofError, match="too long or too short"):
            root_from_path(leaf, 2, 7, path)
    right = consistency_path(NODES, 3, 7)
    for path in (right[:-1], (*right, EMPTY_ROOT), right * 30):
        with pytest.raises(ProofError, match="too long or too short"):
            verify_consistency(3, EMPTY_ROOT, 7, EMPTY_ROOT, path)


def test_sizes_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="out of order"):
        consistency_path(NODES, 3, 2)
    with pytest.raises(ProofError):
        verify_consistency(3, EMPTY_ROOT, 2, EMPTY_ROOT, ())
