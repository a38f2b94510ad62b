# ruff: noqa: ARG002  # the double of a server keeps the server's signatures
import pytest

from bot.matrix.http import HomeserverRefused, HomeserverUnreachable
from bot.matrix.rooms import (
    POWER,
    Invite,
    Kick,
    ResetState,
    RoomKeeper,
    SeenRooms,
    Unlist,
    creation,
    plan,
)
from bot.matrix.strict_json import JsonObject, JsonValue, array
from bot.policy.guard import RoomId, UserId, WantedRoom
from tests.conftest import Run
from tests.matrix.test_facts import ANNA, BOT, EVE, ROOM, good_room, member, state

BORIS = UserId("@boris:x")
WANTED = WantedRoom(ROOM, BOT, frozenset({ANNA, BORIS}))
EVERYBODY = WANTED.roster


class Server:
    """A room server that answers from a fold of its own state, with refusals on request."""

    def __init__(self) -> None:
        self.events: list[JsonObject] = []
        self.done: list[tuple[str, ...]] = []
        self.refuse: set[str] = set()
        self.away: set[str] = set()
        self.asked = 0
        self.visibility = "private"

    def _act(self, *act: str) -> None:
        if act[0] in self.away:
            raise HomeserverUnreachable("rate_limited")
        self.done.append(act)
        if act[0] in self.refuse:
            raise HomeserverRefused(403, "M_FORBIDDEN")

    async def create_room(self, body: JsonObject) -> str:
        self._act("create", str(body.get("name")))
        return ROOM

    async def invite(self, room: str, user: str) -> None:
        self._act("invite", user)
        self.events.append(member(user, "invite"))

    async def kick(self, room: str, user: str, reason: str = "") -> None:
        self._act("kick", user)
        self.events.append(member(user, "leave"))

    async def put_state(self, room: str, kind: str, state_key: str, content: JsonObject) -> str:
        self._act("put", kind, state_key)
        self.events.append(state(kind, content, state_key))
        return "$e"

    async def state(self, room: str) -> list[JsonValue]:
        self.asked += 1
        if "state" in self.away:
            raise HomeserverUnreachable("network")
        return list(self.events)

    async def call(self, method: str, path: str, *, body: JsonObject | None = None) -> JsonObject:
        if method == "PUT":
            self._act("unlist", path)
            self.visibility = "private"
        return {"visibility": self.visibility}


def good_events() -> list[JsonObject]:
    made = [e for e in array(creation("x"), "initial_state") or [] if isinstance(e, dict)]
    return [state("m.room.create", {}), member(BOT, "join"), *made, member(ANNA, "join")]


def test_a_room_is_asked_for_with_every_rule_in_its_first_events() -> None:
    body = creation("Room 7")
    assert (body["room_version"], body["preset"]) == ("12", "private_chat")
    kinds = {e["type"] for e in array(body, "initial_state") or [] if isinstance(e, dict)}
    assert kinds == {
        "m.room.encryption",
        "m.room.join_rules",
        "m.room.history_visibility",
        "m.room.guest_access",
        "m.room.power_levels",
    }
    assert POWER["users"] == {}


def test_a_good_room_needs_only_its_invitations() -> None:
    assert plan(WANTED, good_room().seen(), EVERYBODY) == (Invite(ROOM, BORIS),)


def test_an_intruder_goes_first_then_rules_come_back_then_people_are_invited() -> None:
    facts = good_room()
    for event in (
        member(EVE, "join"),
        state("m.room.join_rules", {"join_rule": "public"}),
        state("m.room.canonical_alias", {"alias": "#a:x"}),
        state("m.widget", {"url": "x"}, "w"),
    ):
        facts.take(event)
    facts.listed = True
    assert plan(WANTED, facts.seen(), EVERYBODY, facts.clutter()) == (
        Kick(ROOM, EVE),
        ResetState(ROOM, "m.room.join_rules", ""),
        ResetState(ROOM, "m.room.canonical_alias", ""),
        ResetState(ROOM, "m.widget", "w"),
        Unlist(ROOM),
        Invite(ROOM, BORIS),
    )


@pytest.mark.parametrize("how", ["join", "invite", "knock", "odd"])
def test_whoever_is_not_seated_is_removed_however_they_are_there(how: str) -> None:
    facts = good_room()
    facts.take(member(EVE, how))
    assert Kick(ROOM, EVE) in plan(WANTED, facts.seen(), EVERYBODY)


def test_nobody_is_invited_who_may_not_be() -> None:
    assert plan(WANTED, good_room().seen(), frozenset({ANNA, EVE})) == ()


def test_nothing_is_planned_where_the_bot_is_not() -> None:
    facts = good_room()
    facts.take(member(BOT, "leave", EVE))
    facts.take(member(EVE, "join"))
    assert plan(WANTED, facts.seen(), EVERYBODY) == ()
    assert plan(WANTED, None, EVERYBODY) == ()


def test_the_bot_never_removes_itself() -> None:
    lonely = WantedRoom(ROOM, BOT, frozenset())
    assert plan(lonely, good_room().seen(), frozenset()) == (Kick(ROOM, ANNA),)


def test_what_was_put_back_satisfies_the_rules(run: Run) -> None:
    server = Server()
    server.events = [
        *good_events(),
        member(EVE, "join"),
        state("m.room.power_levels", {"users": {EVE: 100}}),
        state("m.room.history_visibility", {"history_visibility": "world_readable"}),
        state("m.room.guest_access", {"guest_access": "can_join"}),
        state("m.widget", {"url": "x"}, "w"),
    ]
    server.visibility = "public"
    rooms = SeenRooms(server)
    keeper = RoomKeeper(server, rooms)
    keeper.want(WANTED)
    assert run(keeper.tend(ROOM))
    facts = run(rooms.now(ROOM))
    assert facts is not None
    assert plan(WANTED, facts.seen(), EVERYBODY, facts.clutter()) == ()
    done = len(server.done)
    assert run(keeper.tend_all())
    assert len(server.done) == done


def test_who_left_by_their_own_will_is_invited_only_when_seated_anew(run: Run) -> None:
    server = Server()
    server.events = [*good_events(), member(BORIS, "leave", BORIS)]
    keeper = RoomKeeper(server, SeenRooms(server))
    keeper.want(WANTED)
    run(keeper.tend(ROOM))
    assert server.done == []
    keeper.want(WANTED, again={BORIS})
    run(keeper.tend(ROOM))
    assert server.done == [("invite", BORIS)]


def test_who_was_removed_by_others_is_invited_again(run: Run) -> None:
    server = Server()
    server.events = [*good_events(), member(BORIS, "leave", EVE)]
    keeper = RoomKeeper(server, SeenRooms(server))
    keeper.want(WANTED)
    run(keeper.tend(ROOM))
    assert server.done == [("invite", BORIS)]


def test_who_is_seated_but_may_not_enter_yet_is_neither_invited_nor_removed(run: Run) -> None:
    server = Server()
    server.events = good_events()
    keeper = RoomKeeper(server, SeenRooms(server))
    keeper.want(WANTED, may_enter=frozenset())
    run(keeper.tend(ROOM))
    assert server.done == []
    keeper.want(WANTED, may_enter=frozenset({BORIS}))
    run(keeper.tend(ROOM))
    assert server.done == [("invite", BORIS)]


def test_a_refused_act_is_not_repeated_until_something_changed(run: Run) -> None:
    server = Server()
    server.events = good_events()
    server.refuse = {"invite"}
    keeper = RoomKeeper(server, SeenRooms(server))
    keeper.want(WANTED)
    for _ in range(5):
        run(keeper.tend(ROOM))
    assert server.done == [("invite", BORIS)]
    keeper.changed(ROOM)
    run(keeper.tend(ROOM))
    assert len(server.done) == 2


def test_a_refused_act_costs_no_other(run: Run) -> None:
    server = Server()
    server.events = [*good_events(), member(EVE, "join")]
    server.refuse = {"kick"}
    keeper = RoomKeeper(server, SeenRooms(server))
    keeper.want(WANTED)
    run(keeper.tend(ROOM))
    assert server.done == [("kick", EVE), ("invite", BORIS)]


def test_an_overloaded_server_is_asked_again_later(run: Run) -> None:
    server = Server()
    server.events = good_events()
    server.away = {"invite"}
    keeper = RoomKeeper(server, SeenRooms(server))
    keeper.want(WANTED)
    assert not run(keeper.tend_all())
    server.away = set()
    assert run(keeper.tend_all())
    assert server.done == [("invite", BORIS)]


def test_everybody_wanted_is_followed_before_the_invitation() -> None:
    server, followed = Server(), set[str]()
    keeper = RoomKeeper(server, SeenRooms(server), followed.update)
    keeper.want(WANTED)
    assert followed == EVERYBODY


def test_a_changed_room_is_read_in_full_before_it_is_relied_on(run: Run) -> None:
    server = Server()
    server.events = good_events()
    rooms = SeenRooms(server)
    run(rooms.now(ROOM))
    run(rooms.now(ROOM))
    assert server.asked == 1
    assert rooms.take(ROOM, member(EVE, "leave"))
    server.events.append(member(EVE, "join"))
    facts = run(rooms.now(ROOM))
    assert facts is not None
    assert EVE in facts.present()
    assert server.asked == 2


def test_a_departure_is_told_once_also_of_who_is_back(run: Run) -> None:
    server = Server()
    server.events = good_events()
    rooms = SeenRooms(server)
    run(rooms.now(ROOM))
    rooms.take(ROOM, member(EVE, "join"))
    assert not rooms.somebody_left(ROOM)
    rooms.take(ROOM, member(EVE, "leave"))
    rooms.take(ROOM, member(EVE, "invite"))
    assert rooms.somebody_left(ROOM)
    assert not rooms.somebody_left(ROOM)


def test_a_departure_that_only_the_full_state_shows_is_told_too(run: Run) -> None:
    server = Server()
    server.events = good_events()
    rooms = SeenRooms(server)
    rooms.take(ROOM, member(EVE, "join"))
    run(rooms.now(ROOM))
    assert rooms.somebody_left(ROOM)


def test_a_doubt_that_cannot_be_settled_is_not_taken_for_an_answer(run: Run) -> None:
    server = Server()
    server.events = good_events()
    rooms = SeenRooms(server)
    run(rooms.now(ROOM))
    rooms.take(ROOM, member(EVE, "leave"))
    server.away = {"state"}
    for _ in range(2):
        with pytest.raises(HomeserverUnreachable):
            run(rooms.now(ROOM))


def test_a_room_the_bot_was_removed_from_is_gone(run: Run) -> None:
    server = Server()
    server.events = good_events()
    rooms = SeenRooms(server)
    run(rooms.now(ROOM))
    rooms.left(ROOM)
    assert run(rooms.now(ROOM)) is None
    rooms.take(RoomId(ROOM), member(BOT, "join"))
    assert run(rooms.now(ROOM)) is not None
