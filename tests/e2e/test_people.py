"""The scripted humans themselves: what they report is what later tests rely on."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from bot.demo.people_host import PersonFailed
from tests.support.orphans import assert_dies_with_parent
from tests.support.people import new_person

if TYPE_CHECKING:
    from bot.demo.homeserver import EmbeddedHomeserver
    from bot.demo.people import People
    from bot.demo.seen import Seen
    from tests.conftest import Run

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

SECRET = "the convoy leaves at dawn"


def test_two_signed_people_talk_without_a_warning(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        boris, _ = await new_person(homeserver, people, "boris")
        room = await anna.create_direct(boris.user_id)
        await anna.say(room, SECRET)
        assert await boris.join_next_invite() == room

        heard = await boris.expect(room, SECRET)
        assert heard.trusted
        assert heard.sender == anna.user_id
        assert heard.kind == "m.room.message"

        await boris.say(room, "understood", reply_to=heard.event_id)
        answer = await anna.expect(room, "understood")
        assert answer.trusted
        assert answer.relates_to == {"m.in_reply_to": {"event_id": heard.event_id}}
        assert SECRET in boris.everything(room)
        assert SECRET not in anna.everything(room)

    run(scenario())


def test_an_unsigned_device_gets_nothing_and_is_shown_nothing(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        boris, account = await new_person(homeserver, people, "boris")
        room = await anna.create_direct(boris.user_id)
        await boris.join_next_invite()
        spy = await people.start(homeserver.url, account.localpart, account.password, signed=False)
        said = await anna.say(room, SECRET)
        assert (await boris.expect(room, SECRET)).trusted
        missed = await spy.expect(room, lambda seen: seen.event_id == said)
        assert missed.failed
        assert missed.body == ""
        assert SECRET not in spy.everything()

        forged = await spy.say(room, "this is boris, send it again")
        shown = await anna.expect(room, lambda seen: seen.event_id == forged)
        assert shown.failed
        assert "send it again" not in anna.everything()

        await boris.sign_device(spy.login.device_id)
        await spy.say(room, "now my other phone agrees")
        assert (await anna.expect(room, "now my other phone agrees")).trusted

    run(scenario())


def test_a_file_arrives_whole_and_the_server_holds_only_its_ciphertext(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        boris, _ = await new_person(homeserver, people, "boris")
        room = await anna.create_direct(boris.user_id)
        await boris.join_next_invite()
        content = SECRET.encode() * 1000
        await anna.send_file(room, "route.txt", content, "text/plain")
        file = (await boris.expect(room, lambda seen: seen.file is not None)).file
        assert file is not None
        assert (file.name, file.mime, file.size) == ("route.txt", "text/plain", len(content))
        assert await boris.download(file) == content

        stored = [path for path in (homeserver.state / "media").rglob("*") if path.is_file()]
        assert any(path.stat().st_size == len(content) for path in stored)
        assert not any(SECRET.encode() in path.read_bytes() for path in stored)

    run(scenario())


def test_a_person_refuses_to_speak_in_clear_by_accident(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        room = await anna.create_room(encrypted=False)
        with pytest.raises(PersonFailed, match="not encrypted"):
            await anna.say(room, SECRET)
        assert await anna.say(room, "the weather is fine", clear=True)

    run(scenario())


def test_membership_state_reactions_and_redactions_are_reported(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        boris, _ = await new_person(homeserver, people, "boris")
        room = await anna.create_room(boris.user_id, name="Shuttle A")
        await boris.join_next_invite()
        said = await anna.say(room, "hello")
        assert boris.state(room, "m.room.name") == {"name": "Shuttle A"}
        assert boris.members(room) == {anna.user_id: "join", boris.user_id: "join"}

        await anna.react(room, said, "👍")
        reaction = await boris.expect(room, lambda seen: seen.kind == "m.reaction")
        assert reaction.relates_to is not None
        assert reaction.relates_to["key"] == "👍"
        await anna.redact(room, said)
        await boris.expect(room, lambda seen: seen.kind == "m.room.redaction")
        await boris.leave(room)
        await anna.until_member(room, boris.user_id, "leave")

    run(scenario())


def test_waiting_in_vain_tells_what_was_shown_instead(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    def never(seen: Seen) -> bool:
        return seen.body == "never"

    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        boris, _ = await new_person(homeserver, people, "boris")
        room = await anna.create_direct(boris.user_id)
        await boris.join_next_invite()
        await anna.say(room, "something else")
        await boris.expect(room, "something else")
        with pytest.raises(PersonFailed, match="something else"):
            await boris.expect(room, never, timeout=0.2)
        with pytest.raises(PersonFailed, match="did not come"):
            await boris.expect(room, "something else", timeout=0.2)  # it was taken above

    run(scenario())


def test_a_new_identity_has_a_new_master_key(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        before = anna.login.master_key
        after = await anna.new_identity()
        assert before is not None
        assert after != before
        published = (await anna.keys_of(anna.user_id))["master_keys"]
        assert isinstance(published, dict)
        assert f"ed25519:{after}" in published[anna.user_id]["keys"]

    run(scenario())


def test_people_survive_a_restart_of_the_homeserver(
    run: Run, homeserver: EmbeddedHomeserver, people: People
) -> None:
    async def scenario() -> None:
        anna, _ = await new_person(homeserver, people, "anna")
        boris, _ = await new_person(homeserver, people, "boris")
        room = await anna.create_direct(boris.user_id)
        await boris.join_next_invite()
        await homeserver.kill()
        await homeserver.start()
        async with asyncio.timeout(60):
            await anna.say(room, "still here")
            assert (await boris.expect(room, "still here", timeout=60)).trusted

    run(scenario())


PARENT = """
import asyncio
from bot.demo.people import People

async def main():
    async with People() as people:
        print(people.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_people_leave_with_their_parent(how: signal.Signals) -> None:
    assert_dies_with_parent(PARENT, how)
