"""Names of things, each its own type so that no two can be mixed up.

Codes shown to people are random, never counters: a counter tells one compartment how much
happens in the others.
"""

from __future__ import annotations

from typing import NewType

from bot.policy.guard import RoomId as RoomId
from bot.policy.guard import UserId as UserId
from bot.policy.label import CompartmentId as CompartmentId
from bot.policy.label import PartyId as PartyId

CaseId = NewType("CaseId", str)
SeatId = NewType("SeatId", str)
RecordId = NewType("RecordId", str)
EventId = NewType("EventId", str)
Code = NewType("Code", str)
MasterKey = NewType("MasterKey", str)
Prose = NewType("Prose", str)
"""A record field that is words: sealed apart, erasable, never folded into a case."""

UNSAID = Prose("")

CODE_ALPHABET = "2346789ACDEFGHJKMNPQRTUVWXY"
"""No look-alikes: no 0 O, 1 I L, 5 S, 8-B pair keeps the digit, 2-Z pair keeps the digit."""

CASE_ROOM = CompartmentId("case")
"""Where records of the case as a whole belong (parties, seats); no room stands behind it."""
