import json
from dataclasses import replace

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import EventId, MasterKey, RoomId, UserId
from bot.matrix.http import HomeserverUnreachable
from bot.matrix.inbound import (
    TEXT_LIMIT,
    Heard,
    Inbound,
    KeyCame,
    Line,
    Nothing,
    StateChanged,
    Unreadable,
    without_quote,
)
from bot.matrix.machine import Ignored, Opened, RoomKeyTaken
from bot.matrix.machine import Unreadable as Unopened
from bot.matrix.opening import WhyUnreadable
from bot.matrix.strict_json import JsonObject, JsonValue, text
from bot.matrix.trust import DeviceVerdict, Judgement
from bot.storage.memory import MemoryStore
from tests.conftest import Run
from tests.support.fake_sync import at_once, item

ROOM = RoomId("!room")
BOT, ANNA = UserId("@bot:x"), UserId("@anna:x")
DEVICE = DeviceVerdict(ANNA, "PHONE", "ed", "curve", chained=True, reason="chained")
SAID: JsonObject = {"msgtype": "m.text", "body": "!confirm K7QF"}


class Opening:
    """Answers as a machine would, by event id."""

    def __init__(self) -> None:
        self.answers: dict[str, Opened | WhyUnreadable] = {}
        self.to_device: RoomKeyTaken | Ignored = Ignored("malformed")
        self.dirty: frozenset[str] = frozenset()
        self.known: dict[str, Judgement] = {}
        self.opened = 0

    def judgement(self, user: str) -> Judgement | None:
        return self.known.get(user)

    def take_to_device(self, raw: JsonObject) -> RoomKeyTaken | Ignored:
        assert raw
        return self.to_device

    def decrypt(self, raw_event: JsonObject, room_id: str) -> Opened | Unopened:
        assert room_id == ROOM
        self.opened += 1
        event = text(raw_event, "event_id") or ""
        answer = self.answers[event]
        return Unopened(event, answer) if isinstance(answer, str) else answer


class Watch:
    """Takes every state event."""

    def __init__(self) -> None:
        self.taken: list[JsonObject] = []
        self.gone: list[RoomId] = []

    def take(self, room: RoomId, event: JsonObject) -> bool:
        assert room == ROOM
        self.taken.append(event)
        return event.get("type") == "m.room.member"

    def left(self, room: RoomId) -> None:
        self.gone.append(room)


class Bench:
    """One `Inbound` and what stands around it."""

    def __init__(self) -> None:
        self.opening = Opening()
        self.watch = Watch()
        self.asked: list[UserId] = []
        self.away = False
        self.fetched: dict[str, JsonObject] = {}
        self.inbound = Inbound(
            self.opening,
            MemoryStore(),
            self.watch,
            bot=BOT,
            offload=at_once,
            ask_keys=self.ask,
            fetch=self.fetch,
        )

    async def fetch(self, room: RoomId, event: EventId) -> JsonObject:
        assert room == ROOM
        return self.fetched.get(event, {})

    async def ask(self, user: UserId) -> None:
        if self.away:
            raise HomeserverUnreachable("network")
        self.asked.append(user)
        self.opening.dirty -= {user}
        self.opening.known[user] = Judgement("chained", "MK", (DEVICE,))

    def opened(self, content: JsonObject, event: str = "$e", index: int = 0) -> Opened:
        made = Opened(
            event_id=event, room_id=ROOM, sender=ANNA, device_id="PHONE", curve25519="curve",
            ed25519="ed", master="MK", type="m.room.message", content=content,
            origin_ts=7, session_id="S", index=index,
        )  # fmt: skip
        self.opening.answers[event] = made
        return made


def encrypted(event: str = "$e", **more: JsonValue) -> JsonObject:
    content: JsonObject = {"algorithm": "m.megolm.v1.aes-sha2", "session_id": "S"}
    return {
        "type": "m.room.encrypted", "event_id": event, "sender": ANNA, "content": content, **more,
    }  # fmt: skip


@pytest.fixture
def bench() -> Bench:
    return Bench()


def heard(run: Run, bench: Bench, raw: JsonObject | str, kind: str = "timeline") -> Heard:
    return run(bench.inbound.read(item(kind, raw, ROOM)))


def test_a_typed_text_is_a_line(run: Run, bench: Bench) -> None:
    bench.opened(SAID)
    line = heard(run, bench, encrypted())
    assert line == Line(EventId("$e"), ROOM, ANNA, MasterKey("MK"), "ed", "!confirm K7QF", 7, None)
    assert "K7QF" not in repr(line)


def test_a_message_index_counts_once_and_the_same_event_may_be_read_again(
    run: Run, bench: Bench
) -> None:
    bench.opened(SAID)
    bench.opened(SAID, "$replayed")
    assert isinstance(heard(run, bench, encrypted()), Line)
    assert heard(run, bench, encrypted("$replayed")) == Nothing("replay")
    assert isinstance(heard(run, bench, encrypted()), Line)


def test_handing_on_anothers_session_does_not_use_up_its_indexes(run: Run, bench: Bench) -> None:
    thief = replace(bench.opened(SAID, "$thief"), curve25519="other", sender="@eve:x")
    bench.opening.answers["$thief"] = thief
    bench.opened(SAID)
    assert isinstance(heard(run, bench, encrypted("$thief")), Line)
    assert isinstance(heard(run, bench, encrypted()), Line)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SAID | {"msgtype": "m.notice"}, "inner_kind"),
        (SAID | {"msgtype": "m.emote"}, "inner_kind"),
        (SAID | {"msgtype": None}, "inner_kind"),
        ({"msgtype": "m.text"}, "no_text"),
        ({"msgtype": "m.text", "body": "", "formatted_body": "!confirm K7QF"}, "no_text"),
        (SAID | {"body": 5}, "no_text"),
        (SAID | {"body": " \n "}, "no_text"),
        (SAID | {"body": "> <@anna:x> only quoted"}, "no_text"),
        (SAID | {"body": "x" * (TEXT_LIMIT + 1)}, "too_long"),
        (SAID | {"m.new_content": {"body": "x"}}, "edit"),
        (SAID | {"m.relates_to": {"rel_type": "m.replace", "event_id": "$o"}}, "edit"),
    ],
)
def test_what_is_no_typed_text_is_nothing(
    run: Run, bench: Bench, content: JsonObject, reason: str
) -> None:
    bench.opened(content)
    assert heard(run, bench, encrypted()) == Nothing(reason)


def test_an_edit_marked_in_clear_is_nothing(run: Run, bench: Bench) -> None:
    bench.opened(SAID)
    raw = encrypted(content={"m.relates_to": {"rel_type": "m.replace", "event_id": "$o"}})
    assert heard(run, bench, raw) == Nothing("edit")


@pytest.mark.parametrize("inner", ["m.reaction", "m.room.redaction", "m.room.member", "m.sticker"])
def test_another_inner_type_is_nothing(run: Run, bench: Bench, inner: str) -> None:
    bench.opening.answers["$e"] = replace(bench.opened(SAID), type=inner)
    assert heard(run, bench, encrypted()) == Nothing("inner_kind")


def test_another_inner_room_is_nothing(run: Run, bench: Bench) -> None:
    bench.opening.answers["$e"] = replace(bench.opened(SAID), room_id="!other")
    assert heard(run, bench, encrypted()) == Nothing("wrong_room")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"type": "m.room.message", "event_id": "$e", "content": SAID}, "in_clear"),
        ({"type": "m.reaction", "event_id": "$e", "content": {}}, "kind"),
        (encrypted(state_key=""), "encrypted_state"),
        (encrypted(room_id="!other"), "other_room"),
        (encrypted(sender=BOT), None),
        ({}, "kind"),
        ("[]", "not_an_object"),
        ("{", "not_json"),
        ('{"a":' * 70 + "1" + "}" * 70, "unsound"),
        ('{"n":' + "9" * 5000 + "}", "number"),
        ('{"a":1,"a":2}', "repeated_key"),
        ('{"a":"\\ud800"}', "unsound"),
    ],
)
def test_everything_else_is_nothing_and_is_not_even_opened(
    run: Run, bench: Bench, raw: JsonObject | str, reason: str | None
) -> None:
    assert heard(run, bench, raw) == Nothing(reason or "own")
    assert bench.opening.opened == 0


def test_a_state_event_is_folded_and_told(run: Run, bench: Bench) -> None:
    raw: JsonObject = {"type": "m.room.member", "state_key": ANNA, "content": {}}
    assert heard(run, bench, raw) == StateChanged(ROOM)
    assert heard(run, bench, raw, "state") == StateChanged(ROOM)
    assert heard(run, bench, raw | {"type": "m.room.topic"}) == Nothing("state")
    assert len(bench.watch.taken) == 3


def test_a_message_in_the_state_section_is_nothing(run: Run, bench: Bench) -> None:
    bench.opened(SAID)
    assert heard(run, bench, encrypted(), "state") == Nothing("kind")


def test_a_kick_is_noticed(run: Run, bench: Bench) -> None:
    assert heard(run, bench, "{}", "left") == StateChanged(ROOM)
    assert bench.watch.gone == [ROOM]


def test_an_invitation_is_never_answered(run: Run, bench: Bench) -> None:
    assert heard(run, bench, {"invite_state": {}}, "invite") == Nothing("invite")


def test_a_room_key_wakes_what_waits_for_it(run: Run, bench: Bench) -> None:
    bench.opening.to_device = RoomKeyTaken(ROOM, "S", ANNA)
    assert heard(run, bench, {"type": "x"}, "to_device") == KeyCame(ROOM, "S")
    bench.opening.to_device = Ignored("stranger")
    assert heard(run, bench, {"type": "x"}, "to_device") == Nothing("to_device_stranger")


def test_a_message_without_its_key_may_heal(run: Run, bench: Bench) -> None:
    bench.opening.answers["$e"] = "no_key"
    found = heard(run, bench, encrypted())
    assert found == Unreadable(EventId("$e"), ROOM, ANNA, "S", "no_key", may_heal=True)
    bench.opening.answers["$e"] = "wrong_room"
    found = heard(run, bench, encrypted())
    assert isinstance(found, Unreadable)
    assert not found.may_heal


def test_after_a_start_the_senders_devices_are_asked_for_first(run: Run, bench: Bench) -> None:
    made = bench.opened(SAID)
    bench.opening.answers["$e"] = "foreign_device"

    async def ask(user: UserId) -> None:
        await Bench.ask(bench, user)
        bench.opening.answers["$e"] = made

    bench.inbound._ask_keys = ask
    assert isinstance(heard(run, bench, encrypted()), Line)
    assert bench.asked == [ANNA]


def test_announced_device_changes_are_asked_for_before_anything_is_believed(
    run: Run, bench: Bench
) -> None:
    bench.opened(SAID)
    bench.opening.dirty = frozenset({ANNA})
    bench.away = True
    with pytest.raises(HomeserverUnreachable):
        heard(run, bench, encrypted())
    assert bench.opening.opened == 0
    bench.away = False
    assert isinstance(heard(run, bench, encrypted()), Line)


def test_a_foreign_device_is_tried_again_once_its_owner_was_judged(run: Run, bench: Bench) -> None:
    bench.opening.known[ANNA] = Judgement("chained", "MK", ())
    bench.opening.answers["$e"] = "foreign_device"
    found = heard(run, bench, encrypted())
    assert isinstance(found, Unreadable)
    assert found.may_heal
    assert bench.asked == []
    nobody = Judgement("changed", "MK2", (replace(DEVICE, chained=False),))
    assert bench.inbound.healed({ANNA: nobody}) == ()
    judged: dict[str, Judgement] = {ANNA: Judgement("chained", "MK", (DEVICE,))}
    assert bench.inbound.healed(judged) == (KeyCame(ROOM, "S"),)
    assert bench.inbound.healed(judged) == ()


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("> <@anna:x> offer\n> more\n\n!accept M3XD", "!accept M3XD"),
        ("> * <@anna:x> waves\n\n!accept M3XD", "!accept M3XD"),
        ("> my own words\n\n!accept M3XD", "> my own words\n\n!accept M3XD"),
        ("!accept M3XD\n> <@anna:x> no", "!accept M3XD\n> <@anna:x> no"),
        ("> <@anna:x> only quoted", ""),
    ],
)
def test_the_quotation_of_a_reply_is_not_what_the_person_typed(body: str, left: str) -> None:
    assert without_quote(body) == left


def test_a_relation_in_clear_never_changes_what_was_typed(run: Run, bench: Bench) -> None:
    bench.opened(SAID | {"body": "> quoted\n\n!confirm K7QF"})
    relation: JsonObject = {"m.in_reply_to": {"event_id": "$o"}}
    line = heard(run, bench, encrypted(content={"m.relates_to": relation}))
    assert isinstance(line, Line)
    assert line.text == "> quoted\n\n!confirm K7QF"
    assert line.reply_to == "$o"


def test_an_older_message_is_quoted_as_its_owner_sealed_it(run: Run, bench: Bench) -> None:
    bench.opened(SAID)
    bench.fetched["$e"] = encrypted()
    line = run(bench.inbound.quoted(ROOM, EventId("$e")))
    assert line is not None
    assert (line.sender, line.text) == (ANNA, "!confirm K7QF")
    assert isinstance(heard(run, bench, encrypted()), Line)


def test_what_cannot_be_read_as_the_named_message_is_not_quoted(run: Run, bench: Bench) -> None:
    bench.opened(SAID)
    bench.opened(SAID | {"msgtype": "m.notice"}, "$n")
    bench.opening.answers["$u"] = "no_key"
    bench.fetched = {
        "$other": encrypted(),
        "$room": encrypted("$room", room_id="!other"),
        "$n": encrypted("$n"),
        "$u": encrypted("$u"),
        "$unknown": encrypted("$unknown"),
    }
    for event in ("$other", "$room", "$n", "$u", "$unknown", "$absent"):
        assert run(bench.inbound.quoted(ROOM, EventId(event))) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_content = st.dictionaries(
    st.sampled_from(["msgtype", "body", "m.relates_to", "m.new_content"]),
    _json | st.sampled_from(["m.text", "!confirm"]),
)


@settings(max_examples=150)
@given(
    outer=st.dictionaries(
        st.sampled_from(["type", "event_id", "sender", "state_key", "room_id", "content"]),
        _json | _content,
    ),
    inner=_content,
)
def test_no_item_whatever_crashes_or_is_logged(
    run: Run, outer: JsonObject, inner: JsonObject
) -> None:
    bench = Bench()
    bench.opened(inner | {"canary": "SECRETWORD"})
    with structlog.testing.capture_logs() as logs:
        heard(run, bench, outer)
        heard(run, bench, encrypted() | {k: v for k, v in outer.items() if k == "content"})
    assert "SECRETWORD" not in json.dumps(logs)
    assert {key for line in logs for key in line} <= {
        "event", "log_level", "item", "kind", "reason", "error",
    }  # fmt: skip
