"""Anything people and the clock may do with a promise, in any order: what must hold throughout."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.domain.ids import Code
from bot.domain.promise_clock import waits_for
from bot.domain.promise_states import Happening, leads_to
from bot.domain.promises import Commitment, Offer
from bot.domain.vocabulary import CommitmentState as S
from bot.engine.anchored import events_of
from tests.engine.test_promises import verified
from tests.support.orchid import QUIET
from tests.support.playbook import opened

DEGREES = st.sampled_from(["minimum", "partial", "full"])
VERDICTS = st.sampled_from(["kept", "partly", "broken"])


class Machine(RuleBasedStateMachine):
    """One promise of North to South that the relief society verifies."""

    def __init__(self) -> None:
        super().__init__()
        self.play = opened(text=QUIET)
        self.code, self.there, self.copy = verified(self.play)

    @rule(degree=DEGREES)
    def claims(self, degree: str) -> None:
        self.play.types("haddad", "caucus-north", f"!fulfilled {self.code} {degree}: words of ours")

    @rule(verdict=VERDICTS)
    def judges(self, verdict: str) -> None:
        self.play.types("brenner", "humanitarian", f"!verdict {self.copy} {verdict}: words of ours")

    @rule(south=st.booleans(), verb=st.sampled_from(["dispute", "settle", "withdraw"]))
    def says(self, *, south: bool, verb: str) -> None:
        words = ": words of ours" if verb == "dispute" else ""
        if south:
            self.play.types("merrow", "shuttle-south", f"!{verb} {self.there}{words}")
        else:
            self.play.types("haddad", "caucus-north", f"!{verb} {self.code}{words}")

    @precondition(lambda self: self.sides()[0].ending is not None)
    @rule(south=st.booleans())
    def agrees(self, *, south: bool) -> None:
        seat, place = ("merrow", "shuttle-south") if south else ("haddad", "caucus-north")
        self.play.types(seat, place, f"!agree {self.there if south else self.code}")

    @rule(hours=st.sampled_from([1, 20, 60]))
    def time_goes_by(self, hours: int) -> None:
        self.play.passes(hours=hours)

    @rule()
    def the_bot_is_away(self) -> None:
        self.play.is_away(hours=30)

    def sides(self) -> tuple[Commitment | Offer, ...]:
        case = self.play.case
        return (
            case.commitments[Code(self.code)],
            case.offers[Code(self.there)],
            case.offers[Code(self.copy)],
        )

    @invariant()
    def all_sides_stand_at_the_same(self) -> None:
        assert len({side.state for side in self.sides()}) == 1

    @invariant()
    def every_step_is_one_of_the_table(self) -> None:
        for side in self.sides():
            state = S.READ_BACK if isinstance(side, Commitment) else S.CONFIRMED
            before = None
            for step in side.story:
                to = leads_to(state, step.happening, before)
                assert to is not None, (state, step.happening)
                before = state if step.happening is Happening.DISPUTED else before
                state = to
            assert state is side.state

    @invariant()
    def exactly_what_it_waits_for_is_armed(self) -> None:
        lead = self.sides()[0]
        waits = waits_for(lead, events_of(self.play.case), self.play.now)
        armed = [key for key in self.play.due if key.startswith(f"promise:{self.code}:")]
        assert len(armed) == (waits is not None)
        if waits is not None:
            assert armed[0].endswith(f":{waits[0]}")

    @invariant()
    def no_room_reads_a_code_or_words_of_another(self) -> None:
        for heard in self.play.heard:
            own = {
                "caucus-north": self.code,
                "shuttle-south": self.there,
                "humanitarian": self.copy,
            }
            for place, code in own.items():
                if heard.compartment != place:
                    assert f"`{code}`" not in heard.text
        said = [h for h in self.play.heard if "words of ours" in h.text]
        assert all(h.say.answer for h in said)


TestPromise = Machine.TestCase
TestPromise.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
