"""Rows of the table of commands: keys, signatures, checkpoints and witnesses."""

from __future__ import annotations

from typing import Any

from bot.engine.command import EVERYBODY, EVERYWHERE, SPEAKERS, Command, nothing_to_read
from bot.engine.commands import checkpoints, signatures
from bot.engine.seating import OF_ONE_PARTY

PROOF: tuple[Command[Any], ...] = (
    Command(
        "key register", signatures.REGISTER, "help.key_register",
        ("!key register gUQFP7pSPc8oGSLpdzjdc81X7SdjxFuLVHoSoKdpyQI=",),
        SPEAKERS, OF_ONE_PARTY, signatures.read_key, signatures.register, binds=True,
    ),
    Command(
        "key list", "!key list", "help.key_list", ("!key list",),
        EVERYBODY, OF_ONE_PARTY, nothing_to_read, signatures.list_keys,
    ),
    Command(
        "signed", signatures.SIGNED, "help.signed", (signatures.EXAMPLE,),
        SPEAKERS, EVERYWHERE, signatures.read_signed, signatures.signed, binds=True,
    ),
    Command(
        "checkpoint", "!checkpoint", "help.checkpoint", ("!checkpoint",),
        EVERYBODY, EVERYWHERE, nothing_to_read, checkpoints.checkpoint,
    ),
    Command(
        "witness list", "!witness list", "help.witness_list", ("!witness list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, checkpoints.witnesses,
    ),
)  # fmt: skip
