"""Random trials for the judges: a whole log each, with a receipt taken from it.

Everything that a receipt may look like is drawn: sizes, places, fields, what is shown, what was
erased, padding, witnesses and quorum, lines of strangers, an earlier checkpoint, parties.
Every byte comes from bot.ledger, so what a third party accepts is what Parley writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nacl.signing import SigningKey

from bot.ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from bot.ledger.disclosure import Value
from bot.ledger.keys import log_key, witness_key
from bot.ledger.leaf import message_of, origin_of, sign_leaf
from bot.ledger.party import sign_record
from bot.ledger.proof import TlogProof
from bot.ledger.receipt import Receipt
from bot.ledger.record import SealedRecord, disclose, seal
from bot.ledger.tree import MemoryNodes, inclusion_path, leaf_hash, root_at
from bot.ledger.verify import Trust
from tests.judges.draws import Draws

LARGEST = 3000
NOON = 1_804_334_400
_NAMES = ("ack", "by", "case", "code", "due", "obligee", "obligor", "record", "said_at", "text")
_PLACES = ("ledger.example/bot1", "mediator.example", "посредник.example/журнал")
_WITNESSES = ("w1.example", "w2.example", "a/b.example", "свидетель.example")


@dataclass(frozen=True)
class Padding:
    """Leaves under one submit key that no record belongs to."""

    submit: SigningKey
    leaves: tuple[bytes, ...]


@dataclass(frozen=True)
class Trial:
    """One log and one receipt from it; `size` is where the receipt's checkpoint stands."""

    number: int
    origin: str
    signer: SigningKey
    submit: SigningKey
    nodes: MemoryNodes
    leaves: tuple[bytes, ...]
    records: dict[int, SealedRecord]
    witnesses: dict[str, SigningKey]
    erased: bool
    receipt: Receipt
    trust: Trust

    @property
    def index(self) -> int:
        return self.receipt.proof.index

    @property
    def size(self) -> int:
        return self.receipt.proof.checkpoint.size

    def signed(self, size: int) -> Checkpoint:
        """The log's checkpoint at a size, with every trusted witness's cosignature."""
        checkpoint = sign_checkpoint(self.origin, size, root_at(size, self.nodes), self.signer)
        for name, witness in self.witnesses.items():
            checkpoint = cosign(checkpoint, name, NOON, witness)
        return checkpoint


def padding(draws: Draws) -> Padding:
    submit = SigningKey(draws.octets())
    leaves = (sign_leaf(draws.octets(), submit).encode() for _ in range(LARGEST))
    return Padding(submit, tuple(leaves))


def trials(seed: str, count: int) -> Iterator[Trial]:
    """Draw so many trials; the same for the same seed."""
    draws = Draws(seed)
    paddings = [padding(draws) for _ in range(3)]
    for number in range(count):
        yield _trial(number, draws.pick(paddings), draws)


def fields(draws: Draws) -> dict[str, Value]:
    """One to sixteen fields of any kind that a record can carry."""
    names = [*_NAMES, *(f"x{draws.octets(4).hex()}" for _ in range(6))]
    return {name: _value(draws) for name in draws.some(names, draws.between(1, 16))}


def _value(draws: Draws) -> Value:
    if draws.chance(15):
        return draws.pick((None, 0, -1, 10**18 - 1, -(10**18) + 1, draws.below(10**9)))
    return draws.text()


def _trial(number: int, pool: Padding, draws: Draws) -> Trial:
    total = draws.size(LARGEST)
    size = total if draws.chance(50) else draws.between(1, total)
    index = draws.below(size)
    leaves = draws.some(pool.leaves, total) if total < 64 else list(_turned(pool.leaves, draws))
    leaves = leaves[:total]
    records = {}
    for place in {index, draws.below(total), draws.below(total)}:
        records[place] = seal(fields(draws), draws.octets(), pool.submit)
        leaves[place] = sign_leaf(message_of(records[place].jwt), pool.submit).encode()
    nodes = MemoryNodes()
    nodes.extend(leaf_hash(leaf) for leaf in leaves)
    signer = SigningKey(draws.octets())
    origin = origin_of(bytes(signer.verify_key)) if draws.chance(40) else draws.pick(_PLACES)
    names = draws.some(_WITNESSES, draws.below(len(_WITNESSES) + 1))
    witnesses = {name: SigningKey(draws.octets()) for name in names}
    quorum = draws.between(1, len(names)) if names else 0
    erased = draws.chance(20)
    record = records[index]
    if erased:
        # What erasure leaves: the JWT and the leaf. Nothing can be shown any more.
        record = records[index] = replace(record, content=b"", disclosures=())
    shown = draws.some(record.disclosures, draws.between(0, len(record.disclosures)))
    log = log_key(origin, signer)

    def checkpoint(at: int, time: int) -> Checkpoint:
        plain = sign_checkpoint(origin, at, root_at(at, nodes), signer)
        for name in draws.some(names, draws.between(quorum, len(names))):
            plain = cosign(plain, name, time + draws.below(600), witnesses[name])
        if draws.chance(30):
            plain = cosign(plain, "stranger.example", time, SigningKey(draws.octets()))
        return replace(plain, lines=tuple(draws.some(plain.lines, len(plain.lines))))

    path = inclusion_path(nodes, index, size)
    parties = (
        sign_record(record.jwt, NOON + draws.below(600), SigningKey(draws.octets()))
        for _ in range(draws.below(3))
    )
    receipt = Receipt(
        log=log,
        submit=bytes(pool.submit.verify_key),
        jwt=record.jwt,
        disclosures=disclose(record.disclosures, [field.name for field in shown]),
        proof=TlogProof(leaves[index], index, path, checkpoint(size, NOON)),
        parties=tuple(parties),
        before=checkpoint(draws.between(0, index), NOON - 900) if draws.chance(50) else None,
    )
    trust = Trust(
        log=log,
        submit=receipt.submit,
        witnesses=tuple(witness_key(name, secret) for name, secret in witnesses.items()),
        quorum=quorum,
        required=tuple(field.name for field in shown),
    )
    return Trial(
        number=number,
        origin=origin,
        signer=signer,
        submit=pool.submit,
        nodes=nodes,
        leaves=tuple(leaves),
        records=records,
        witnesses=witnesses,
        erased=erased,
        receipt=receipt,
        trust=trust,
    )


def _turned(leaves: tuple[bytes, ...], draws: Draws) -> tuple[bytes, ...]:
    start = draws.below(len(leaves))
    return leaves[start:] + leaves[:start]
