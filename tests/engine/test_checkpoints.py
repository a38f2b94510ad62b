"""What a room is shown of the log: three lines, digits, and its own witnesses as key ids."""

from nacl.signing import SigningKey

from bot.domain import bodies as b
from bot.domain.ids import CompartmentId, PartyId
from bot.ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from bot.ledger.keys import PublicKey, witness_key
from bot.ledger.spoken import spoken_digits
from tests.ledger.building import key
from tests.support.playbook import Play, opened

ORIGIN = "ledger.example/bot1"
WITNESSES = {
    "w1.example": ("north", "https://witness.north.example/w", ("caucus-north", "plenary")),
    "w2.example": ("south", "@watcher:south.example", ("caucus-south", "plenary")),
    "w3.example": ("south", "http://127.0.0.1:8090", ("caucus-south",)),
}
LOOKS = ("!checkpoint", "!witness list")


def public(name: str) -> PublicKey:
    return witness_key(name, key(name))


def key_id(name: str) -> str:
    return public(name).key_id().hex()


def checkpoint(play: Play, *by: str, size: int = 11) -> Checkpoint:
    found = sign_checkpoint(ORIGIN, size, bytes(range(32)), key(ORIGIN))
    for name in by:
        found = cosign(found, name, int(play.now.timestamp()) - 60, key(name))
    return found


def watched(*by: str) -> Play:
    """A case with three witnesses, some of which cosigned the newest checkpoint."""
    play = opened()
    for name, (party, via, rooms) in WITNESSES.items():
        places = frozenset(CompartmentId(room) for room in rooms)
        play.appends(b.WitnessNamed(PartyId(party), public(name).vkey(), via, places))
    play.checkpoint = checkpoint(play, *by).text()
    return play


def test_the_three_lines_and_the_digits_are_shown_to_everybody() -> None:
    play = watched()
    found = checkpoint(play)
    three = [f"`{line}`" for line in found.body().decode().splitlines()]
    for seat, place in (
        ("haddad", "plenary"),
        ("salim", "humanitarian"),
        ("okonjo", "bench-south"),
    ):
        said = play.types(seat, place, "!checkpoint")
        assert said.splitlines()[1:4] == three
        assert f"`{spoken_digits(found.body().decode())}`" in said
        play.nothing_elsewhere(place)


def test_a_room_is_told_of_its_own_witnesses_by_key_ids_alone() -> None:
    play = watched("w1.example", "w2.example")
    north = play.types("haddad", "caucus-north", "!checkpoint")
    assert "Seen by 1 of 1 of this room's witnesses:" in north
    assert f"`{key_id('w1.example')}`: saw it, Mon 1 Mar 10:59 Baghdad" in north
    south = play.types("merrow", "caucus-south", "!checkpoint")
    assert "Seen by 1 of 2 of this room's witnesses:" in south
    assert f"`{key_id('w3.example')}`: has not seen it" in south
    both = play.types("haddad", "plenary", "!checkpoint")
    assert "Seen by 2 of 2 of this room's witnesses:" in both
    for said in (north, south, both):
        assert "North" not in said
        assert "South" not in said
        assert ".example/w" not in said
        assert not any(name in said for name in WITNESSES)
    assert key_id("w1.example") not in south
    assert key_id("w2.example") not in north


def test_what_others_witness_changes_nothing_in_a_room() -> None:
    said = []
    for by in ((), ("w2.example",), ("w2.example", "w3.example")):
        play = watched("w1.example", *by)
        said.append([play.types("haddad", "caucus-north", look) for look in LOOKS])
    bare = opened()
    party, via, rooms = WITNESSES["w1.example"]
    places = frozenset(CompartmentId(room) for room in rooms)
    bare.appends(b.WitnessNamed(PartyId(party), public("w1.example").vkey(), via, places))
    bare.checkpoint = checkpoint(bare, "w1.example").text()
    said.append([bare.types("haddad", "caucus-north", look) for look in LOOKS])
    assert said[0] == said[1] == said[2] == said[3]


def test_a_room_without_witnesses_is_told_so() -> None:
    play = watched("w1.example")
    said = play.types("salim", "humanitarian", "!checkpoint")
    assert "No witness is named for this room" in said
    assert "No witness is named" in play.types("salim", "humanitarian", "!witness list")


def test_before_the_first_checkpoint_the_bot_says_that_nothing_is_proved() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", "!checkpoint")
    assert said == "The log has signed no checkpoint yet: nothing is proved so far."


def test_a_doubted_log_is_said_to_be_first_and_in_bold() -> None:
    for play in (watched(), opened()):
        play.appends(b.LogDoubted("larger", 12, 11))
        play.types("haddad", "caucus-north", "!checkpoint")
        (said,) = play.fresh
        assert said.text.startswith("The log is in doubt:")
        assert said.message.formatted is not None
        assert said.message.formatted.startswith("<p><strong>The log is in doubt:")
    assert "in doubt" not in watched().types("haddad", "caucus-north", "!checkpoint")


def line_of(text: str) -> str:
    return next(row for row in text.splitlines() if key_id("w1.example") in row)


def test_a_false_line_of_a_witness_is_no_line() -> None:
    play = watched("w1.example")
    stranger = cosign(checkpoint(play), "w1.example", 7, SigningKey(bytes(32)))
    mine, theirs = public("w1.example").key_id(), stranger.lines[-1].key_id
    assert mine != theirs
    other = checkpoint(play, "w1.example", size=12).lines[-1]
    false = Checkpoint(ORIGIN, 11, bytes(range(32)), (*checkpoint(play).lines, other))
    for found in (stranger, false):
        play.checkpoint = found.text()
        said = play.types("haddad", "caucus-north", "!checkpoint")
        assert line_of(said).endswith("has not seen it")


def test_a_line_that_is_dated_ahead_is_no_line() -> None:
    play = opened()
    ahead = int(play.now.timestamp()) + 86_400
    for time, seen in ((ahead, True), (ahead + 1, False), (2**63 - 1, False)):
        play = watched()
        play.checkpoint = cosign(checkpoint(play), "w1.example", time, key("w1.example")).text()
        said = play.types("haddad", "caucus-north", "!checkpoint")
        assert ("saw it" in line_of(said)) is seen, time


def test_the_desk_sees_every_witness_and_where_it_is_asked() -> None:
    play = watched("w2.example")
    said = play.types("lindqvist", "desk", "!witness list")
    for name, (_, via, _) in WITNESSES.items():
        state = "saw it" if name == "w2.example" else "has not seen it"
        assert f"`{key_id(name)}`, asked at `{via}`: {state}" in said
    assert "North" not in said


def test_a_party_sees_where_its_own_is_asked_and_a_shared_room_only_how() -> None:
    play = watched()
    own = play.types("merrow", "caucus-south", "!witness list")
    assert "asked at `@watcher:south.example`" in own
    assert key_id("w1.example") not in own
    shared = play.types("haddad", "plenary", "!witness list")
    assert f"`{key_id('w1.example')}`, asked over HTTP: has not seen it" in shared
    assert f"`{key_id('w2.example')}`, asked over Matrix: has not seen it" in shared
    assert "south" not in shared
    assert "north" not in shared


def test_a_dismissed_witness_is_not_shown() -> None:
    play = watched("w1.example")
    play.appends(b.WitnessDismissed(public("w1.example").vkey()))
    assert "No witness is named" in play.types("haddad", "caucus-north", "!witness list")
    assert key_id("w1.example") not in play.types("lindqvist", "desk", "!witness list")
