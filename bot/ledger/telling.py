"""What a good receipt proves, told in sentences a tired person can read aloud.

Who, what, when, how strongly, and what is withheld. It refuses to let a claim pass for a
proof: what rests on the bot's word or a speaker's word is said to. docs/spec/ledger.md
section 8.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.ledger.disclosure import Value
from bot.ledger.party import PartySignature
from bot.ledger.quorum import Attested
from bot.ledger.receipt import Receipt
from bot.ledger.record import SLOTS
from bot.ledger.spoken import spoken_digits
from bot.ledger.verdict import SENTENCES, Fault, Level, Stamped, instant, listed, quoted

_TOLD = frozenset({"by", "to", "text", "said_at", "recorded_at", "ack", "obligor", "obligee"})
_ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Findings:
    """What held: the fields shown, who signed (name None: a key nobody registered), times.

    Times are POSIX seconds by trusted witnesses, or None. `trusted` is whether the verifier
    brought the log's key along. `parties` are the names for which it brought a key, `seen` is
    what its witnesses say, `stamped` what a time-stamping authority says.
    """

    fields: Mapping[str, Value]
    signers: tuple[tuple[str | None, PartySignature], ...]
    not_before: int | None
    not_after: int | None
    trusted: bool
    parties: tuple[str, ...] = ()
    seen: Attested = field(default_factory=Attested)
    stamped: Stamped | None = None

    @property
    def obligor(self) -> Value:
        """Who owes it. Not `by`: who says a thing may say it for somebody else."""
        return self.fields.get("obligor")

    @property
    def counterpart(self) -> Value:
        """Whom it is owed, or to whom it was said."""
        return self.fields.get("obligee", self.fields.get("to"))

    @property
    def names(self) -> frozenset[str]:
        """Whose registered keys signed."""
        return frozenset(name for name, _ in self.signers if name is not None)


def level_of(found: Findings) -> Level:
    """Tell the strongest acknowledgement there is, proved or claimed."""
    if found.obligor in found.names:
        return Level.SIGNED
    if found.counterpart in found.names or found.fields.get("ack") == _ACKNOWLEDGED:
        return Level.ACKNOWLEDGED
    return Level.RECORDED


def tell(receipt: Receipt, found: Findings) -> tuple[str, ...]:
    """Sentences for a receipt in which every check passed."""
    return (
        *_headline(receipt, found.trusted),
        _aloud(receipt),
        *_who(found),
        *_what(found.fields),
        *_when(found),
        _how_strongly(found),
        _withheld(found.fields),
    )


def _headline(receipt: Receipt, trusted: bool) -> tuple[str, ...]:
    checkpoint = receipt.proof.checkpoint
    place = (
        f"entry {receipt.proof.index} (counted from 0) of the log {checkpoint.origin}, "
        f"which signed a history of {checkpoint.size} entries that contains it"
    )
    if trusted:
        return (f"Proved: this record is {place}.",)
    advice = (
        f"If {receipt.log.vkey()} is the key you were given when you were enrolled, "
        f"give it and check again: then this record is {place}."
    )
    return ("Not proved yet. " + SENTENCES[Fault.NO_TRUSTED_KEY], advice)


def _aloud(receipt: Receipt) -> str:
    checkpoint = receipt.proof.checkpoint
    digits = spoken_digits(checkpoint.body().decode())
    return (
        f"To compare by voice: the history of {checkpoint.size} entries reads {digits}. "
        "Whoever is shown other digits for that many entries is shown another history."
    )


def _who(found: Findings) -> tuple[str, ...]:
    sentences, fields = [], found.fields
    if "by" in fields:
        to = f" to {quoted(fields['to'])}" if "to" in fields else ""
        sentences.append(
            f"Who: the bot recorded that {quoted(fields['by'])} said it{to} (a claim)."
        )
    roles = [f"{role} {quoted(fields[role])}" for role in ("obligor", "obligee") if role in fields]
    if roles:
        sentences.append(f"Whose: {listed(roles)}, as the bot recorded it (a claim).")
    for name, party in found.signers:
        key, time = party.public.hex(), instant(party.time)
        if name is None:
            sentences.append(
                f"The key {key} signed this record, at {time} by its own word; "
                "whose key that is, this receipt cannot show."
            )
        else:
            sentences.append(
                f"{quoted(name)} signed this record with its own registered key, "
                f"at {time} by its own word."
            )
            sentences.extend(_why_not_more(name, found))
    missing = sorted(set(found.parties) - found.names)
    sentences.extend(
        f"You gave a key of {quoted(name)}: it has not signed this record." for name in missing
    )
    return tuple(sentences)


def _why_not_more(name: str, found: Findings) -> tuple[str, ...]:
    if name in (found.obligor, found.counterpart):
        return ()
    if found.obligor is None:
        unseen = "cannot be seen: the field \u201cobligor\u201d is not shown"
        return (f"Whether {quoted(name)} is the obligor {unseen}.",)
    return (f"{quoted(name)} is neither the obligor nor the counterpart here.",)


def _what(fields: Mapping[str, Value]) -> tuple[str, ...]:
    text = (f"What: {quoted(fields['text'])}.",) if "text" in fields else ()
    others = [f"{name} {quoted(fields[name])}" for name in fields if name not in _TOLD]
    return (*text, f"Also on record: {listed(others)}.") if others else text


def _when(found: Findings) -> tuple[str, ...]:
    fields, not_before, not_after = found.fields, found.not_before, found.not_after
    if not_after is None and found.stamped:
        proved = "When: no witness you trust has dated this."
    elif not_after is None:
        proved = "When: no witness you trust has dated this; only the order of entries is proved."
    elif not_before is None:
        proved = f"When: recorded not later than {instant(not_after)}, as your witnesses saw."
    else:
        proved = (
            f"When: recorded between {instant(not_before)} and {instant(not_after)}, "
            "as your witnesses saw."
        )
    claims = [_stamp(found.stamped)] if found.stamped else []
    if found.seen.witnesses:
        claims.append(f"Witnesses: {found.seen.says()}.")
    if "recorded_at" in fields:
        claims.append(f"The bot's clock said {quoted(fields['recorded_at'])} (a claim).")
    if "said_at" in fields:
        claims.append(f"Said at {quoted(fields['said_at'])}, as reported to the bot (a claim).")
    return (proved, *claims)


def _stamp(stamped: Stamped) -> str:
    loose = stamped.not_after - stamped.at
    accuracy = f", give or take {loose} s" if loose else ""
    who, at = quoted(stamped.authority), instant(stamped.at)
    return f"Stamped by {who} at {at}{accuracy}: the record existed by then."


def _how_strongly(found: Findings) -> str:
    level = level_of(found)
    match level:
        case Level.SIGNED:
            return f"Level: {level}."
        case Level.ACKNOWLEDGED if found.counterpart in found.names:
            return f"Level: {level}, by its own signature."
        case Level.ACKNOWLEDGED:
            return f"Level: {level}, by the bot's word (a claim)."
        case Level.RECORDED:
            return f"Level: {level} by the bot."


def _withheld(fields: Mapping[str, Value]) -> str:
    return (
        f"Shown: {len(fields)} fields ({listed(list(fields))}). Not shown: {SLOTS - len(fields)} "
        "of the record's 16 places; which of them hold anything cannot be seen."
    )
