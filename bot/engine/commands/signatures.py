"""A party's own keys and signatures: the only proof of who (docs/spec/ledger.md 9).

A key is registered in a room of its party and counts once it has signed its own registration.
A signature is typed where the record is, so that whoever reads the record may know who signed.
Refuses a key for two parties, and a key that anybody's signature would fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain import bodies as b
from bot.domain.case import Item, PartyKey
from bot.domain.ids import Code
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.levels import level_of
from bot.engine.parsing import take_code
from bot.ledger.encoding import FormatError, to_base64
from bot.ledger.party import PartySignature, parse_party_line, parse_public
from bot.ledger.receipt import MAX_PARTIES
from bot.words.phrase import Fact, Moment, PartyName, Phrase, phrase

REGISTER = "!key register KEY"
SIGNED = "!signed CODE party KEY TIME SIGNATURE"
EXAMPLE = "!signed K7QF party gUQFP7pSPc8oGSLpdzjdc81X7SdjxFuLVHoSoKdpyQI= 1804334400 SOluHvMv…ZAw="
FAST_CLOCK = timedelta(days=1)
"""The time in a signature is the signer's own word; more than this ahead is no word at all."""


def read_key(ctx: Ctx, rest: str) -> str | Refused:
    """Read a public key in base64 that is free for this party.

    One that another party registered and could not sign with is free: else anybody could shut
    out a key that is not theirs.
    """
    key = rest.strip()
    try:
        parse_public(key)
    except FormatError:
        return refuse("key.form", usage=REGISTER)
    if any(
        known.key == key and (known.confirmed or known.party == ctx.seat.party)
        for known in ctx.case.party_keys.values()
    ):
        return refuse("key.taken")
    return key


def register(ctx: Ctx, key: str) -> None:
    """Put a key on record; it is in use once it has signed that record."""
    code = ctx.pen.code()
    made = ctx.pen.append(ctx.here.id, b.KeyRegistered(code, ctx.seat.party, ctx.seat.id, key))
    ctx.answer("key.registered", code=code, key=Fact(made, key), party=PartyName(ctx.seat.party))
    ctx.pen.give_receipt(ctx.here.id, made, f"key-{code}")


def list_keys(ctx: Ctx, _: None) -> None:
    """Show the keys of this room's own party, as far as this room may read."""
    found = [
        key
        for key in ctx.case.party_keys.values()
        if key.party == ctx.here.party and ctx.item(key.code) is not None
    ]
    if not found or ctx.here.party is None:
        ctx.answer("key.none", usage=REGISTER)
        return
    ctx.answer("key.list", party=PartyName(ctx.here.party), lines=tuple(map(_line, found)))


def _line(key: PartyKey) -> Phrase:
    state = phrase("key.in_use") if key.confirmed else phrase("key.waiting", code=key.code)
    return phrase("key.line", code=key.code, key=Fact(key.record, key.key), state=state)


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature as typed, and what it is said to stand under; not verified yet."""

    item: Item
    signature: PartySignature
    at: datetime
    key: str
    registers: bool


def read_signed(ctx: Ctx, rest: str) -> Signing | Refused:
    """Read `CODE party KEY TIME SIGNATURE`, as `parley sign` prints it."""
    taken = take_code(rest)
    item = ctx.item(Code(taken.code or ""))
    if item is None:
        return ctx.no_item(rest)
    if item.compartment != ctx.here.id:
        return refuse("signed.elsewhere", code=item.code, compartment=item.compartment)
    try:
        signature = parse_party_line(taken.rest)
        at = datetime.fromtimestamp(signature.time, UTC)
    except (FormatError, OverflowError, ValueError, OSError):
        return refuse("signed.form", usage=SIGNED)
    if at > ctx.event.at + FAST_CLOCK:
        return refuse("signed.ahead", now=Moment(ctx.event.at))
    key = to_base64(signature.public)
    registered = ctx.case.party_keys.get(item.record)
    registers = registered is not None and registered.key == key
    if not (_registers_own(ctx, registered, key) if registers else _in_use(ctx, key)):
        return refuse("signed.foreign_key")
    before = ctx.case.signatures.get(item.record, ())
    if any(other.key == key for other in before):
        return refuse("signed.repeated", code=item.code)
    if len(before) >= MAX_PARTIES:
        return refuse("signed.full", code=item.code, count=MAX_PARTIES)
    return Signing(item, signature, at, key, registers)


def _in_use(ctx: Ctx, key: str) -> bool:
    """Tell whether a key is a confirmed one of the speaker's own party."""
    return any(
        known.key == key and known.confirmed and known.party == ctx.seat.party
        for known in ctx.case.party_keys.values()
    )


def _registers_own(ctx: Ctx, registered: PartyKey | None, key: str) -> bool:
    """Tell whether a registration may be confirmed: another party may have come first."""
    return (
        registered is not None
        and registered.party == ctx.seat.party
        and not any(
            known.key == key and known.confirmed and known.party != ctx.seat.party
            for known in ctx.case.party_keys.values()
        )
    )


def signed(ctx: Ctx, found: Signing) -> None:
    """Keep a signature that holds, and give the receipt that shows it."""
    code, here = found.item.code, ctx.here.id
    wrong = phrase("refused", why=phrase("signed.wrong", code=code))
    ctx.pen.verify(here, found.item.record, found.signature, wrong)
    made = ctx.pen.append(
        here,
        b.SignatureAdded(
            code,
            found.item.record,
            ctx.seat.party,
            ctx.seat.id,
            found.key,
            found.at,
            to_base64(found.signature.signature),
        ),
    )
    party = PartyName(ctx.seat.party)
    if found.registers:
        ctx.answer("signed.confirmed", code=code, key=Fact(made, found.key), party=party)
    else:
        ctx.answer(
            "signed.done",
            code=code,
            party=party,
            at=Fact(made, found.at),
            level=_level(ctx, found),
            apart=_apart(ctx, found),
        )
    ctx.pen.give_receipt(here, found.item.record, f"{_kind(ctx, found)}-{code}-signed")


def _level(ctx: Ctx, found: Signing) -> Phrase:
    level = level_of(ctx.case, found.item.code)
    if level is None:
        return phrase("nothing")
    return phrase("signed.level", level=Fact(found.item.record, level.value))


def _apart(ctx: Ctx, found: Signing) -> Phrase:
    """Say that an offer made of a promise is signed apart, to who might think otherwise."""
    promised = found.item.code in ctx.case.commitments
    return phrase("signed.apart", code=found.item.code) if promised else phrase("nothing")


def _kind(ctx: Ctx, found: Signing) -> str:
    if found.registers:
        return "key"
    if found.item.code in ctx.case.commitments:
        return "commitment"
    return "item" if found.item.code in ctx.case.offers else "record"
