"""The first promise, as a law: what happens in South's rooms changes nothing anywhere else.

Two runs of one script: one without, one with lines typed in South's caucus and bench. Every
other room must see the same bytes at the same instants. Left out because they are meant to be
seen elsewhere: accepting an offer, consenting to a release, and asking other owners for theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.domain.ids import Code
from bot.ledger.encoding import to_base64
from bot.ledger.party import sign_record
from tests.engine.test_storyboard import offered
from tests.ledger.building import key
from tests.support.orchid import MONDAY, codes_in
from tests.support.playbook import Play, opened

SECRET = {"caucus-south": "merrow", "bench-south": "okonjo"}
SEATS = {
    "caucus-north": ("haddad", "yazan"),
    "shuttle-north": ("haddad", "lindqvist"),
    "shuttle-south": ("merrow", "adeyemi"),
    "humanitarian": ("brenner", "salim", "lindqvist"),
    "desk": ("lindqvist", "adeyemi"),
    "bench-north": ("karam",),
    "plenary": ("haddad", "merrow", "brenner"),
}
ANY = (
    "!record ten are wounded",
    "!commit to South by fri 18:00: release ten",
    "!commit to North by sat 12:00: allow a visit",
    "!confirm {code}",
    "!release {code} to shuttle-north",
    "!release {code} to shuttle-south",
    "!release {code} to plenary as “fewer words”",
    "!refuse {code}",
    "!receipt {code}",
    "!watch add welfare for H-TEAL every 6h grace 1h step 5h",
    "!report {code} visit: well",
    "!ack {code} until tomorrow 12:00 because of rain",
    "!data H-TEAL has rank",
    "!consents H-TEAL own state no, publish no",
    "!capture H-TEAL at 2027-02-28 18:00",
    "!gate list",
    "!board",
    "!status",
    "!where",
    "!help",
    "!watch list",
    "!watch show {code}",
    "!watch why {code}",
    "!watch resume {code}",
    "!watch add contact gap for South every 6h grace 1h step 5h",
    "!digest now",
    "!guard status",
    "!checkpoint",
    "!witness list",
    "!key register {key}",
    "!key list",
    "!signed {code} {signature}",
    "!zzz",
    "talk",
)
LOOKS = (
    *("!board", "!status", "!where", "!watch list", "!key list", "!checkpoint"),
    *("!gate list", "!data H-TEAL"),
)
OPEN_ONLY = ("!consent {code}", "!accept {code}", "!status", "!board", "!guard status")


@dataclass(frozen=True)
class Step:
    place: str
    seat: str
    line: str
    pick: int


def steps(seats: dict[str, tuple[str, ...]], lines: tuple[str, ...]) -> st.SearchStrategy[Step]:
    return st.sampled_from(sorted(seats)).flatmap(
        lambda place: st.builds(
            Step,
            st.just(place),
            st.sampled_from(seats[place]),
            st.sampled_from(lines),
            st.integers(0, 7),
        )
    )


HOURS = st.integers(1, 30)
SCRIPT = st.lists(
    st.one_of(
        steps({place: (seat,) for place, seat in SECRET.items()}, ANY),
        steps(SEATS, ANY + OPEN_ONLY),
        HOURS,
    ),
    min_size=4,
    max_size=24,
)


def prologue() -> Play:
    """A case in which every room has something to do, and South's rooms have a part in it."""
    play = opened()
    offered(play)
    code = play.code_of(play.types("haddad", "plenary", "!record lists by Friday"))
    play.types("haddad", "plenary", f"!release {code} to humanitarian")
    play.types("brenner", "humanitarian", "!watch add sign of life for H-TEAL every 24h step 5h")
    play.types("haddad", "caucus-north", "!record for ourselves")
    return play


def run(play: Play, step: Step | int) -> None:
    if isinstance(step, int):
        play.passes(hours=step)
        return
    # What the desk is told of South's watches and digests is no reason to type another code there.
    told = [text for text in play.all_said_in(step.place) if not about_south(text)]
    known = [c for text in told for c in codes_in(text)]
    if step.place in SECRET and step.line.startswith("!release"):
        known = [c for c in known if own(play, c)]
    known = known or ["2222"]
    code = known[-1 - step.pick % len(known)]
    # A party that lends its secret key to another does interfere.
    signer = key("south" if step.place in SECRET else "everybody else")
    line = step.line.replace("{key}", to_base64(bytes(signer.verify_key)))
    if "{signature}" in line:
        item = play.case.items.get(Code(code))
        jwt = play.jwt(item.record) if item else b""
        made = sign_record(jwt, int(MONDAY.timestamp()), signer)
        line = line.replace("{signature}", made.line())
    play.types(step.seat, step.place, line.replace("{code}", code))


def about_south(text: str) -> bool:
    """Whether a text names one of South's rooms, as what mediators must see to does."""
    return "`caucus-south`" in text or "`bench-south`" in text


def own(play: Play, code: str) -> bool:
    """Whether South alone owns an item: others would rightly be asked for their consent."""
    item = play.case.items.get(Code(code))
    return item is not None and item.label.owner_parties() == {"south"}


def seen(play: Play) -> dict[str, list[object]]:
    """All that can be observed outside South's own rooms.

    The desk learns that a watch of South's is overdue or that a digest of South's principal was
    not confirmed, and never more: that is what the last step of the ladder is for.
    """
    found: dict[str, list[object]] = {place: [] for place in SEATS}
    for h in play.heard:
        if h.compartment in SECRET or (h.compartment == "desk" and about_south(h.text)):
            continue
        say = h.say
        found[h.compartment].append((h.at, h.message, say.mention, say.answer, say.urgent))
    for receipt in play.receipts:
        if receipt.compartment not in SECRET:
            found[receipt.compartment].append((receipt.record, receipt.name))
    found["dropped"] = [d for d in play.dropped if d not in SECRET]
    found["direct"] = list(play.direct)
    return found


@given(SCRIPT)
# Without shrinking: two plays of a script take long enough to find a failure, not to polish it.
@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_what_happens_in_souths_rooms_changes_nothing_anywhere_else(
    script: list[Step | int],
) -> None:
    without, with_it = prologue(), prologue()
    for step in script:
        if isinstance(step, int) or step.place not in SECRET:
            run(without, step)
        run(with_it, step)
    for place, seats in SEATS.items():
        for line in (*LOOKS, "!digest now"):
            assert without.types(seats[0], place, line) == with_it.types(seats[0], place, line)
    assert seen(without) == seen(with_it)


def test_the_law_can_fail() -> None:
    without, with_it = opened(), opened()
    with_it.types("merrow", "shuttle-south", "!record seen by both mediators")
    assert seen(without) != seen(with_it)
