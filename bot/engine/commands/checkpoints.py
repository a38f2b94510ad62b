"""The log as a room may see it: its newest checkpoint, and this room's own witnesses.

Refuses to show a room the line of a witness that is not its own, and to name anybody's: a
witness is a key id (docs/spec/ledger.md 8.4).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.case import Witness
from bot.engine.command import Ctx
from bot.ledger.checkpoint import Checkpoint, cosignature_time, parse_checkpoint
from bot.ledger.encoding import FormatError, to_base64
from bot.ledger.keys import PublicKey, parse_vkey
from bot.ledger.spoken import spoken_digits
from bot.words.phrase import Moment, Phrase, phrase

FAST_CLOCK = timedelta(days=1)
"""A witness's clock may run ahead by so much; what is dated further ahead is nobody's word."""


def checkpoint(ctx: Ctx, _: None) -> None:
    """Show the three lines, the digits to read out, and who of this room's witnesses saw them."""
    doubted = phrase("nothing" if ctx.case.log_doubted is None else "checkpoint.doubted")
    newest = _newest(ctx)
    if newest is None:
        ctx.answer("checkpoint.none", doubted=doubted)
        return
    own = _own(ctx)
    times = [(key, _seen_at(ctx, newest, key)) for key in _keys(own)]
    ctx.answer(
        "checkpoint",
        doubted=doubted,
        origin=newest.origin,
        size=newest.size,
        root=to_base64(newest.root),
        digits=spoken_digits(newest.body().decode()),
        witnessed=phrase(
            "checkpoint.witnessed",
            seen=sum(at is not None for _, at in times),
            count=len(times),
        )
        if own
        else phrase("checkpoint.alone"),
        lines=tuple(
            phrase("checkpoint.witness", key=key.key_id().hex(), state=_state(at))
            for key, at in times
        ),
    )


def witnesses(ctx: Ctx, _: None) -> None:
    """Show the desk every witness, any other room its own."""
    found = tuple(ctx.case.witnesses.values()) if _at_desk(ctx) else _own(ctx)
    if not found:
        ctx.answer("witness.none")
        return
    newest = _newest(ctx)
    by_key = {parse_vkey(witness.key): witness for witness in found}
    ctx.answer(
        "witness.list",
        lines=tuple(
            phrase(
                "witness.line",
                key=key.key_id().hex(),
                via=_via(ctx, by_key[key]),
                state=_state(_seen_at(ctx, newest, key)),
            )
            for key in _keys(found)
        ),
    )


def _newest(ctx: Ctx) -> Checkpoint | None:
    return parse_checkpoint(ctx.scene.checkpoint) if ctx.scene.checkpoint else None


def _at_desk(ctx: Ctx) -> bool:
    return ctx.here in ctx.case.desks()


def _own(ctx: Ctx) -> tuple[Witness, ...]:
    return tuple(w for w in ctx.case.witnesses.values() if ctx.here.id in w.rooms)


def _keys(found: tuple[Witness, ...]) -> list[PublicKey]:
    """Return the keys in an order that tells nothing of who named them, or when."""
    return sorted((parse_vkey(witness.key) for witness in found), key=PublicKey.key_id)


def _via(ctx: Ctx, witness: Witness) -> Phrase:
    """Say where a witness is asked; in a room that it shares with others only how."""
    if _at_desk(ctx) or witness.party == ctx.here.party:
        return phrase("witness.via", via=witness.via)
    return phrase("witness.by_matrix" if witness.via.startswith("@") else "witness.by_http")


def _seen_at(ctx: Ctx, newest: Checkpoint | None, key: PublicKey) -> datetime | None:
    """Return when a witness cosigned; a line that is false, or dated ahead, is no line."""
    try:
        at = None if newest is None else cosignature_time(newest, key)
        seen = None if at is None else datetime.fromtimestamp(at, UTC)
    except (FormatError, OverflowError, ValueError, OSError):
        return None
    return None if seen is None or seen > ctx.event.at + FAST_CLOCK else seen


def _state(at: datetime | None) -> Phrase:
    return phrase("witness.unseen") if at is None else phrase("witness.seen", at=Moment(at))
