"""The first scenario of the product, typed as people type it."""

from bot.domain.vocabulary import CommitmentState
from tests.support.playbook import Play, opened

PROMISE = "!commit to South by fri 18:00: release ten wounded prisoners at the northern crossing"
WORDS = "release ten wounded prisoners at the northern crossing"


def confirmed(play: Play) -> str:
    """North's promise, in force on North's side; its code."""
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))
    play.types("haddad", "caucus-north", f"!confirm {code}")
    return code


def offered(play: Play, to: str = "shuttle-south") -> tuple[str, str]:
    """The code of a promise in North's caucus and that of its offer to South."""
    code = confirmed(play)
    asked = play.code_of(play.types("haddad", "caucus-north", f"!release {code} to {to}"))
    play.types("yazan", "caucus-north", f"!consent {asked}")
    return code, play.code_of(play.said_in(to))


def test_a_promise_is_read_back_before_it_counts() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", PROMISE)
    code = play.code_of(said)
    assert said.startswith(f"Read-back `{code}`, not yet in force:")
    assert f"North promises South:\n> {WORDS}\n" in said
    assert "Fri 5 Mar 18:00 Baghdad (15:00 UTC)" in said
    assert f"`!confirm {code}`" in said
    play.nothing_elsewhere("caucus-north")
    assert [c.state for c in play.case.commitments.values()] == [CommitmentState.READ_BACK]
    assert not play.receipts


def test_the_whole_road_of_a_promise() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))

    said = play.types("haddad", "caucus-north", f"!confirm {code}")
    assert said.startswith(f"`{code}` is in force on your side")
    assert f"`!release {code} to shuttle-south`" in said
    play.nothing_elsewhere("caucus-north")

    asked = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    request = play.code_of(asked)
    assert f"> {WORDS}" in asked
    assert "offer from North to South, due Fri 5 Mar 18:00 Baghdad" in asked
    assert [h.say.mention for h in play.fresh] == [("yazan",)]
    play.nothing_elsewhere("caucus-north")

    done = play.types("yazan", "caucus-north", f"!consent {request}")
    assert "`shuttle-south` has the new words" in done
    offer = play.said_in("shuttle-south")
    there = play.code_of(offer)
    assert offer.startswith(f"North offers, `{there}`:\n> {WORDS}")
    assert "Fri 5 Mar 18:00 Riyadh" in offer
    assert f"`!accept {there}`" in offer
    assert code not in offer
    assert request not in offer
    play.nothing_elsewhere("caucus-north", "shuttle-south")

    accepted = play.types("merrow", "shuttle-south", f"!accept {there}")
    assert accepted.startswith(f"You accepted `{there}`: North owes it by Fri 5 Mar 18:00 Riyadh")
    told = play.said_in("caucus-north")
    assert told.startswith(f"South accepted `{code}`")
    assert there not in told
    play.nothing_elsewhere("caucus-north", "shuttle-south")
    assert [c.state for c in play.case.commitments.values()] == [CommitmentState.IN_FORCE]


def test_each_side_gets_receipts_with_its_own_codes_only() -> None:
    play = opened()
    code, there = offered(play)
    play.types("merrow", "shuttle-south", f"!accept {there}")
    north = [r.name for r in play.receipts if r.compartment == "caucus-north"]
    south = [r.name for r in play.receipts if r.compartment == "shuttle-south"]
    assert north == [f"commitment-{code}", f"confirmation-{code}", f"acceptance-{code}"]
    assert south == [f"item-{there}", f"acceptance-{there}"]
    assert len(north) + len(south) == len(play.receipts)


def test_a_promise_in_a_shuttle_is_consented_in_the_caucus() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "shuttle-north", PROMISE))
    play.types("haddad", "shuttle-north", f"!confirm {code}")
    said = play.types("lindqvist", "shuttle-north", f"!release {code} to shuttle-south")
    assert "Waiting for North" in said
    assert f"> {WORDS}" in play.said_in("caucus-north")
    play.nothing_elsewhere("shuttle-north", "caucus-north")
    request = play.code_of(said)
    play.types("haddad", "caucus-north", f"!consent {request}")
    assert play.said_in("shuttle-south").startswith("North offers")
    assert play.said_in("shuttle-north").startswith("Released")


def test_a_reworded_promise_keeps_its_code_until_it_is_confirmed() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))
    again = f"!commit amend {code} to South by sat 12:00: release twelve"
    said = play.types("haddad", "caucus-north", again)
    assert said.startswith(f"Read-back `{code}`")
    assert "> release twelve" in said
    play.types("haddad", "caucus-north", f"!confirm {code}")
    assert "can no longer change" in play.types("haddad", "caucus-north", again)


def test_nobody_confirms_twice_and_nobody_confirms_for_another_party() -> None:
    play = opened()
    code = confirmed(play)
    assert "confirmed already" in play.types("haddad", "caucus-north", f"!confirm {code}")
    said = play.types("merrow", "caucus-south", f"!confirm {code}")
    assert said.startswith(f"Nothing done: no item `{code}` that you may use here.")


def test_an_offer_is_accepted_once() -> None:
    play = opened()
    _, there = offered(play)
    play.types("merrow", "shuttle-south", f"!accept {there}")
    again = play.types("merrow", "shuttle-south", f"!accept {there}")
    assert "answered already" in again
    play.nothing_elsewhere("shuttle-south")
    assert "answered already" in play.types("merrow", "shuttle-south", f"!refuse {there}")
    assert "in force" in play.types("merrow", "shuttle-south", "!board")


def test_nobody_accepts_the_own_offer() -> None:
    play = opened()
    _, there = offered(play, to="plenary")
    for seat in ("haddad", "lindqvist", "brenner"):
        for verb in ("accept", "refuse"):
            said = play.types(seat, "plenary", f"!{verb} {there}")
            assert said.startswith("Nothing done"), seat
    play.types("merrow", "plenary", f"!accept {there}")
    assert play.said_in("caucus-north").startswith("South accepted")


def test_a_principal_accepts_at_the_bench_and_the_shuttle_is_told() -> None:
    play = opened()
    code, there = offered(play)
    said = play.types("okonjo", "bench-south", f"!accept {there}")
    assert said.startswith(f"You accepted `{there}`")
    assert play.said_in("shuttle-south").startswith(f"South accepted `{there}`")
    assert play.said_in("caucus-north").startswith(f"South accepted `{code}`")
    play.nothing_elsewhere("bench-south", "shuttle-south", "caucus-north")


def test_a_refused_offer_is_seen_where_it_was_refused_and_nowhere_else() -> None:
    play = opened()
    code, there = offered(play)
    before = play.types("haddad", "caucus-north", "!board")
    assert "Refuse it there" in play.types("okonjo", "bench-south", f"!refuse {there}")
    said = play.types("merrow", "shuttle-south", f"!refuse {there}")
    assert said.startswith(f"Refused: `{there}`. North is not told.")
    play.nothing_elsewhere("shuttle-south")
    assert play.types("haddad", "caucus-north", "!board") == before
    assert "refused here" in play.types("merrow", "shuttle-south", "!board")
    assert code in before


def test_the_board_says_who_moves_next() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))
    assert f"Next: North, `!confirm {code}`" in play.types("haddad", "caucus-north", "!board")
    play.types("haddad", "caucus-north", f"!confirm {code}")
    assert "Next: North may offer it" in play.types("haddad", "caucus-north", "!board")
    asked = play.code_of(play.types("haddad", "caucus-north", f"!release {code} to shuttle-south"))
    play.types("yazan", "caucus-north", f"!consent {asked}")
    there = play.code_of(play.said_in("shuttle-south"))
    assert "Next: South answers" in play.types("haddad", "caucus-north", "!board")
    board = play.types("merrow", "shuttle-south", "!board")
    assert f"Next: South, `!accept {there}` or `!refuse {there}`" in board
    assert "On the `!board`: 1." in play.types("merrow", "shuttle-south", "!status")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    assert "Next: North fulfils it" in play.types("haddad", "caucus-north", "!board")
    assert "Nothing on the board here" in play.types("merrow", "caucus-south", "!board")


def test_talk_is_not_answered_and_is_not_on_record() -> None:
    play = opened()
    head = play.case.head
    for talk in ("good morning", "wow!", "! important", "!!", "3 > 2", ""):
        assert play.types("haddad", "caucus-north", talk) == ""
    assert play.case.head == head


def test_words_go_on_record_by_text_or_by_reply() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", "!record we meet on Friday")
    assert "words of Lt. Haddad" in said
    assert "> we meet on Friday" in said
    code = play.code_of(said)
    quoted = play.types("yazan", "caucus-north", "!record", quoting="ten, not twelve")
    assert "> ten, not twelve" in quoted
    assert "no words to put on record" in play.types("haddad", "caucus-north", "!record")
    assert f"Receipt for `{code}`" in play.types("yazan", "caucus-north", f"!receipt {code}")
    assert play.receipts[-1].name == f"record-{code}"
    assert play.types("merrow", "caucus-south", f"!receipt {code}").startswith("Nothing done")
