"""The vault walked at random: the case always agrees with a model of a dozen lines."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from typing_extensions import override

from bot.domain.ids import Code
from bot.domain.question_states import OPEN, USED_UP, QuestionState, QuestionTurn, question_leads_to
from bot.domain.vocabulary import WatchState
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ROOM = "humanitarian"
ANSWERS = ("Qazwenna", "Threlkeld seven", "زرقاء")
DURESS = "vermillion octopus"
SPOKEN = st.sampled_from(
    (*ANSWERS, "nobody", "Mordbrix", DURESS, f"{ANSWERS[0]} {DURESS}", f"x, {DURESS.upper()}!")
)


@dataclass
class Known:
    """What the model knows of a question."""

    state: QuestionState
    answer: str
    wrong: int = 0
    told: int = 0


class Vault(RuleBasedStateMachine):
    codes: Bundle[str] = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.play: Play = opened(text=QUIET)
        self.known: dict[str, Known] = {}
        self.watch = self.play.code_of(
            self.play.types("brenner", ROOM, "!watch add sign of life for H-TEAL every 24h")
        )

    @rule(target=codes, answer=st.sampled_from(ANSWERS), duress=st.booleans())
    def deposit(self, answer: str, duress: bool) -> str:
        tail = f' duress "{DURESS}"' if duress else ""
        line = f'!question deposit for H-TEAL: "Who sang?" answer "{answer}"{tail}'
        code = self.play.code_of(self.play.types("salim", ROOM, line))
        self.known[code] = Known(QuestionState.KEPT, answer, told=0 if duress else -1)
        return code

    @rule(code=codes)
    def ask(self, code: str) -> None:
        said = self.play.types("brenner", ROOM, f"!question ask {code}")
        self.turn(code, QuestionTurn.ASKED, said)

    @rule(code=codes)
    def burn(self, code: str) -> None:
        said = self.play.types("salim", ROOM, f"!question burn {code} because it is known")
        self.turn(code, QuestionTurn.BURNT, said)

    @rule(code=codes, words=SPOKEN)
    def answer(self, code: str, words: str) -> None:
        known = self.known[code]
        head, overdue = self.play.case.head, self.level()
        said = self.play.types("brenner", ROOM, f"!question answer {code}: {words}")
        if known.state not in OPEN:
            assert said.startswith("Nothing done")
            assert self.play.case.head == head
            return
        duress = DURESS in words.casefold() and known.told >= 0
        right = duress or words == known.answer
        self.turn(code, QuestionTurn.RIGHT if right else QuestionTurn.WRONG, said)
        desk = self.play.said_in("desk")
        assert ("Duress" in desk) is duress
        assert "Duress" not in said
        assert ("Two wrong answers" in desk) is (known.state is QuestionState.FAILED)
        if right:
            assert self.level() == 0
            known.told += 1
        else:
            known.wrong += 1
            assert self.level() == overdue + (known.wrong == 2) or self.level() == 2

    def level(self) -> int:
        found = self.play.case.watches[Code(self.watch)]
        assert found.state is not WatchState.ENDED
        return found.level

    def turn(self, code: str, turn: QuestionTurn, said: str) -> None:
        """What the table says happens, and nothing where it says nothing."""
        known = self.known[code]
        after = question_leads_to(known.state, turn)
        assert ("Nothing done" in said) is (after is None)
        known.state = after or known.state

    @invariant()
    def the_case_agrees(self) -> None:
        for code, known in self.known.items():
            found = self.play.case.questions[Code(code)]
            assert found.state is known.state
            assert known.wrong <= 2
            assert known.wrong < 2 or found.state in USED_UP

    @override
    def teardown(self) -> None:
        text = "\n".join(h.text for h in self.play.heard).casefold()
        assert not any(a.split()[0].casefold() in text for a in (*ANSWERS, DURESS))


TestVault = Vault.TestCase
TestVault.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
