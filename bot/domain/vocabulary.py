"""The closed vocabularies of PRODUCT.md, "Words"."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a seat does in its case."""

    PRINCIPAL = "principal"
    NEGOTIATOR = "negotiator"
    MEDIATOR = "mediator"
    COORDINATOR = "coordinator"
    VERIFIER = "verifier"
    LIAISON = "liaison"
    OBSERVER = "observer"


class PartyKind(StrEnum):
    """What a party is."""

    STATE = "state"
    GROUP = "non-state group"
    INTERMEDIARY = "intermediary"
    HUMANITARIAN = "humanitarian body"
    FAMILY = "family"


class CompartmentKind(StrEnum):
    """What a compartment is for."""

    CAUCUS = "caucus"
    SHUTTLE = "shuttle"
    BACK_CHANNEL = "back-channel"
    HUMANITARIAN = "humanitarian"
    PLENARY = "plenary"
    DESK = "desk"
    BENCH = "bench"


class WatchKind(StrEnum):
    """What a watch waits for."""

    SIGN_OF_LIFE = "sign of life"
    WELFARE = "welfare"
    MEDICAL = "medical"
    FAMILY_MESSAGE = "family message"
    ACCESS_VISIT = "access visit"
    LIST_DUE = "list due"
    CONTACT_GAP = "contact gap"


class Strength(StrEnum):
    """How strong evidence is, strongest first; an assertion never satisfies a sign of life."""

    LIVE = "live call or visit by a neutral"
    QUESTION = "answered private question"
    MEDIA = "dated media"
    SIGHTING = "third-party sighting"
    ASSERTION = "captor's assertion"


class CommitmentState(StrEnum):
    """Where a promise stands."""

    READ_BACK = "read back"
    CONFIRMED = "confirmed by the obligor"
    ACCEPTED = "accepted, condition open"
    IN_FORCE = "in force"
    DUE = "due"
    LATE = "late"
    MINIMUM = "fulfilled, minimum"
    PARTIAL = "fulfilled in part"
    FULFILLED = "fulfilled in full"
    BROKEN = "broken"
    DISPUTED = "disputed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ErasureKind(StrEnum):
    """What is erased together."""

    RECORD = "record"
    PERSON = "person"
    COMPARTMENT = "compartment"


class WatchState(StrEnum):
    """Where a watch stands."""

    SCHEDULED = "scheduled"
    GRACE = "grace"
    OVERDUE = "overdue"
    ACKED = "acked"
    SUSPENDED = "suspended"
    ENDED = "ended"


"""`satisfied` is not a resting state: a satisfied occurrence schedules the next one."""
