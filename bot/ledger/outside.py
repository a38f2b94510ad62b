"""What others hold of our own log, judged against our tree: a restored old copy shows here.

A witness, a room, or the bot's own account on the homeserver may hold a later history than the
database. It refuses to believe anything that our log's key did not sign: a claim proves nothing.
docs/spec/ledger.md sections 4.2 and 13; docs/adr/0011-doubt-needs-a-signature.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.ledger.checkpoint import Checkpoint, log_signature_holds, parse_checkpoint
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A checkpoint that our log's key signed and our tree does not lead to.

    `theirs` carries the log's lines alone: another's false line would spoil it as evidence.
    `ours` is the size of our newest checkpoint.
    """

    theirs: Checkpoint
    ours: int

    @property
    def why(self) -> str:
        """Return "larger" if their history goes on after ours ends, "fork" if it cannot."""
        return "larger" if self.theirs.size > self.ours else "fork"


def signed_by_log(text: str, log: PublicKey) -> Checkpoint | None:
    """Read a checkpoint and keep the log's lines; None unless the log's key signed it."""
    try:
        found = parse_checkpoint(text)
    except FormatError:
        return None
    mine = (log.name, log.key_id())
    lines = tuple(line for line in found.lines if (line.name, line.key_id) == mine)
    return replace(found, lines=lines) if log_signature_holds(found, log) else None


def judge_anchor(
    text: str, log: PublicKey, ours: int, leads_to: Callable[[int, bytes], bool]
) -> Contradiction | None:
    """Judge a signed checkpoint that somebody outside holds of our log.

    `ours` is the size of our newest checkpoint, 0 if there is none; `leads_to` tells whether our
    tree has a root at a size. None where our tree agrees, and where the text is no checkpoint
    that our log signed.
    """
    theirs = signed_by_log(text, log)
    if theirs is None or leads_to(theirs.size, theirs.root):
        return None
    return Contradiction(theirs, ours)
