"""The guard's decisions: a breach holds the compartment, and the desk is told that, not what."""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.case import Case, Compartment
from bot.domain.ids import CASE_ROOM, UserId
from bot.domain.vocabulary import CompartmentKind
from bot.engine.events import (
    DevicesExcluded,
    IdentitySeen,
    MessageUnreadable,
    PersonEntered,
    RoomMade,
    RoomSeen,
    Scene,
    SendDenied,
)
from bot.engine.pen import Pen
from bot.policy.guard import Finding, SeenRoom, WantedRoom, Why, breaches, inspect
from bot.policy.label import Label
from bot.words.phrase import Phrase, SeatName, phrase


def wanted_room(case: Case, compartment: Compartment, bot: UserId) -> WantedRoom | None:
    """Return what the case says of a compartment's room; None while it has none."""
    if compartment.room is None:
        return None
    roster = frozenset(case.seats[s].user for s in compartment.seats)
    return WantedRoom(compartment.room, bot, roster)


def findings_of(case: Case, scene: Scene, compartment: Compartment) -> tuple[Finding, ...] | None:
    """Return the guard's findings on a compartment; None if its room was never seen."""
    wanted = wanted_room(case, compartment, scene.bot)
    seen: SeenRoom | None = scene.rooms.get(compartment.id)
    return None if wanted is None or seen is None else inspect(wanted, seen)


def room_made(case: Case, event: RoomMade, pen: Pen) -> None:
    """Bind a new room to its compartment, once."""
    if case.compartments[event.compartment].room is None:
        pen.append(CASE_ROOM, b.RoomBound(event.compartment, event.room))


def room_seen(case: Case, event: RoomSeen, pen: Pen) -> None:
    """Hold a compartment whose room breaks a rule, unless somebody is merely on the way out."""
    place = case.compartments.get(event.compartment)
    if place is None:
        return
    leaving = frozenset(
        (case.seats.get(s) or case.removed[s]).user for s in place.former
    ) - frozenset(case.seats[s].user for s in place.seats)
    broken = [f for f in breaches(event.findings) if not f.intruders or f.intruders - leaving]
    rules = tuple(f.rule.value for f in broken)
    if not broken or set(rules) <= set(place.broken_rules):
        return
    intruders = frozenset[UserId]().union(*(f.intruders for f in broken)) - leaving
    known = place.broken_rules
    pen.append(
        place.id,
        b.BreachRaised(
            place.id,
            tuple(dict.fromkeys((*known, *rules))),
            tuple(sorted(intruders)),
        ),
        label=_desk_label(case),
    )
    pen.drop_session(place.id)
    pen.tell_desks(
        phrase(
            "breach.desk",
            compartment=place.id,
            rules=tuple(phrase(f"rule.{r}") for r in rules),
            intruders=len(intruders),
        )
    )
    if place.kind is CompartmentKind.DESK:
        # What is said at a held desk is read by nobody: its people are told outside of it.
        for seat in case.seats_in(place.id):
            pen.tell_person(seat.user, phrase("breach.desk_held", compartment=place.id))


def person_entered(case: Case, event: PersonEntered, pen: Pen) -> None:
    """Greet a seated person: every room has the same outside, so say which one this is."""
    place = case.compartments.get(event.compartment)
    if place is None:
        return
    for seat in case.seats_in(place.id):
        if seat.user == event.user:
            pen.tell(
                place.id,
                phrase(
                    "entered", seat=SeatName(seat.id), compartment=place.id, kind=place.kind.value
                ),
            )
    here = {seat.user for seat in case.seats_in(place.id)}
    for former in sorted(place.former):
        gone = case.seats.get(former) or case.removed[former]
        if gone.user == event.user and event.user not in here:
            pen.tell_desks(phrase("entered.former", seat=SeatName(former), compartment=place.id))


def send_denied(case: Case, event: SendDenied, pen: Pen) -> None:
    """Tell the desk that something could not be sent there, never what."""
    if event.compartment in case.compartments and event.why != Why.HELD.value:
        pen.tell_desks(
            phrase("denied.desk", compartment=event.compartment, why=phrase(f"denied.{event.why}"))
        )


def identity_seen(case: Case, event: IdentitySeen, pen: Pen) -> None:
    """Freeze everybody whose pinned identity the homeserver no longer shows."""
    for seat in case.seats_of_user(event.user):
        if seat.master in (None, event.master) or seat.frozen:
            continue
        pen.append(CASE_ROOM, b.IdentityChanged(seat.id, event.master))
        for place in sorted(c.id for c in case.compartments.values() if seat.id in c.seats):
            pen.drop_session(place)
        pen.tell_desks(phrase("identity.changed", seat=SeatName(seat.id)))


def devices_excluded(case: Case, event: DevicesExcluded, pen: Pen) -> None:
    """Tell the desk which people have devices that get no key; everybody else is served."""
    users = {user for user, _ in event.devices}
    people: tuple[Phrase, ...] = tuple(
        phrase("watch.actor", seat=SeatName(s.id))
        for s in sorted(case.seats.values(), key=lambda s: s.id)
        if s.user in users
    )
    if people and event.compartment in case.compartments:
        pen.tell_desks(
            phrase("devices.excluded", people=people, compartment=event.compartment), urgent=False
        )


def message_unreadable(case: Case, event: MessageUnreadable, pen: Pen) -> None:
    """Say in the room that a message stayed unreadable: silence would look like consent."""
    if event.compartment not in case.compartments:
        return
    who = SeatName(event.seat) if event.seat in case.seats and event.seat else "somebody"
    mention = (event.seat,) if event.seat in case.seats and event.seat else ()
    pen.tell(event.compartment, phrase("unreadable", seat=who), mention=mention)


def _desk_label(case: Case) -> Label | None:
    desks = case.desks()
    return case.label_in(desks[0].id) if desks else None
