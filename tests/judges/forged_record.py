"""False receipts by whose record it is, which fields it has, and who signed it."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from nacl.signing import SigningKey

from bot.ledger.checkpoint import cosign, sign_checkpoint
from bot.ledger.disclosure import Disclosure, make_disclosure
from bot.ledger.encoding import from_base64url, to_base64url
from bot.ledger.keys import log_key
from bot.ledger.leaf import message_of, sign_leaf
from bot.ledger.party import sign_record
from bot.ledger.proof import TlogProof
from bot.ledger.receipt import Receipt
from bot.ledger.record import parse_jwt, seal
from bot.ledger.tree import inclusion_path, leaf_hash
from tests.judges.draws import Draws
from tests.judges.forged_log import with_proof
from tests.judges.trials import NOON, Trial, fields


def another_log(trial: Trial, draws: Draws) -> Receipt:
    """Everything is made again with other keys under the same names, and holds among itself."""
    log, submit = SigningKey(draws.octets()), SigningKey(draws.octets())
    record = seal(fields(draws), draws.octets(), submit)
    return replace(
        alone(trial, record.jwt, sign_leaf(message_of(record.jwt), submit).encode(), log),
        log=log_key(trial.origin, log),
        submit=bytes(submit.verify_key),
        disclosures=record.disclosures,
    )


def alone(trial: Trial, jwt: bytes, leaf: bytes, log: SigningKey) -> Receipt:
    """A receipt of the only entry of a tree that this log key and the trial's witnesses signed."""
    note = sign_checkpoint(trial.origin, 1, leaf_hash(leaf), log)
    for name, witness in trial.witnesses.items():
        note = cosign(note, name, NOON, witness)
    proof = TlogProof(leaf, 0, (), note)
    return replace(trial.receipt, jwt=jwt, disclosures=(), parties=(), before=None, proof=proof)


def proof_of_another(trial: Trial, draws: Draws) -> Receipt | None:
    index = draws.below(trial.size)
    if index == trial.index:
        return None
    path = inclusion_path(trial.nodes, index, trial.size)
    moved = with_proof(trial, extra=trial.leaves[index], index=index, path=path)
    return replace(moved, before=None)


def record_of_another(trial: Trial, draws: Draws) -> Receipt | None:
    places = [place for place in trial.records if place != trial.index]
    if not places:
        return None
    other = trial.records[draws.pick(sorted(places))]
    return replace(trial.receipt, jwt=other.jwt, disclosures=other.disclosures, parties=())


def leaf_by_a_stranger(trial: Trial, draws: Draws) -> Receipt:
    """A stranger's leaf under the submit key's hash, in a tree that the log signed."""
    jwt = trial.receipt.jwt
    theirs = sign_leaf(message_of(jwt), SigningKey(draws.octets()))
    ours = sign_leaf(message_of(jwt), trial.submit)
    leaf = theirs if draws.chance(50) else replace(theirs, key_hash=ours.key_hash)
    return alone(trial, jwt, leaf.encode(), trial.signer)


def record_by_a_stranger(trial: Trial, draws: Draws) -> Receipt:
    """A stranger's record, with a leaf by the right key, in a tree that the log signed."""
    record = seal(fields(draws), draws.octets(), SigningKey(draws.octets()))
    leaf = sign_leaf(message_of(record.jwt), trial.submit).encode()
    return alone(trial, record.jwt, leaf, trial.signer)


def entered(trial: Trial, jwt: bytes) -> Receipt:
    """The forged JWT was entered in the log by the right key: only its own signature is false."""
    leaf = sign_leaf(message_of(jwt), trial.submit).encode()
    return replace(alone(trial, jwt, leaf, trial.signer), disclosures=trial.receipt.disclosures)


def record_signature_bent(trial: Trial, draws: Draws) -> Receipt:
    jwt = parse_jwt(trial.receipt.jwt)
    bent = to_base64url(draws.flipped(jwt.signature)).encode()
    return entered(trial, jwt.signed + b"." + bent)


def digest_replaced(trial: Trial, draws: Draws) -> Receipt:
    """One of the sixteen digests is another; the fields shown, where there are any, still match."""
    jwt = parse_jwt(trial.receipt.jwt)
    shown = {field.digest() for field in trial.receipt.disclosures}
    old = draws.pick(sorted(set(jwt.digests) - shown) or jwt.digests)
    digests = sorted({*jwt.digests, to_base64url(draws.octets())} - {old})
    header, payload, signature = trial.receipt.jwt.decode().split(".")
    start = from_base64url(payload).split(b"[")[0]
    listed = ",".join(f'"{digest}"' for digest in digests).encode()
    forged = to_base64url(start + b"[" + listed + b'],"_sd_alg":"sha-256"}')
    return entered(trial, f"{header}.{forged}.{signature}".encode())


def showing(trial: Trial, shown: Iterable[Disclosure]) -> Receipt:
    return replace(trial.receipt, disclosures=tuple(sorted(shown, key=lambda field: field.name)))


def field_with(
    trial: Trial, draws: Draws, change: Callable[[Disclosure], Disclosure]
) -> Receipt | None:
    shown = list(trial.receipt.disclosures)
    if not shown:
        return None
    place = draws.below(len(shown))
    shown[place] = change(shown[place])
    return showing(trial, shown)


def value_changed(trial: Trial, draws: Draws) -> Receipt | None:
    def change(field: Disclosure) -> Disclosure:
        value = (
            f"{field.value}{draws.pick('?.0 ')}" if draws.chance(80) else 10**12 + draws.below(100)
        )
        return make_disclosure(field.name, value, field.salt)

    return field_with(trial, draws, change)


def name_changed(trial: Trial, draws: Draws) -> Receipt | None:
    def change(field: Disclosure) -> Disclosure:
        return make_disclosure(f"{field.name}{draws.below(10)}", field.value, field.salt)

    return field_with(trial, draws, change)


def salt_changed(trial: Trial, draws: Draws) -> Receipt | None:
    def change(field: Disclosure) -> Disclosure:
        return make_disclosure(field.name, field.value, draws.flipped(field.salt))

    return field_with(trial, draws, change)


def field_of_another(trial: Trial, draws: Draws) -> Receipt | None:
    """A true field of another record of the same log is shown as one of this record."""
    taken = {field.name for field in trial.receipt.disclosures}
    others = [
        field
        for place, record in sorted(trial.records.items())
        for field in record.disclosures
        if place != trial.index and field.name not in taken
    ]
    if not others or len(taken) == 16:
        return None
    return showing(trial, [*trial.receipt.disclosures, draws.pick(others)])


def field_invented(trial: Trial, draws: Draws) -> Receipt | None:
    """Also on an erased record: somebody says now what stood there."""
    shown = trial.receipt.disclosures
    if len(shown) == 16:
        return None
    return showing(trial, [*shown, make_disclosure("zz", draws.text(), draws.octets(16))])


def party_signature_bent(trial: Trial, draws: Draws) -> Receipt | None:
    if not trial.receipt.parties:
        return None
    first, *rest = trial.receipt.parties
    bent = replace(first, signature=draws.flipped(first.signature))
    return replace(trial.receipt, parties=(*rest, bent))


def party_redated(trial: Trial, draws: Draws) -> Receipt | None:
    parties = [replace(p, time=p.time + draws.between(1, 99)) for p in trial.receipt.parties]
    return replace(trial.receipt, parties=tuple(parties)) if parties else None


def party_is_another(trial: Trial, draws: Draws) -> Receipt | None:
    public = bytes(SigningKey(draws.octets()).verify_key)
    parties = [replace(p, public=public) for p in trial.receipt.parties]
    return replace(trial.receipt, parties=tuple(parties)) if parties else None


def party_signed_another(trial: Trial, draws: Draws) -> Receipt:
    other = seal(fields(draws), draws.octets(), trial.submit)
    party = sign_record(other.jwt, NOON, SigningKey(draws.octets()))
    return replace(trial.receipt, parties=(party,))
