from tests.documents.vault import QUESTIONS, questions


def test_the_page_on_questions_shows_the_table_that_the_bot_goes_by() -> None:
    now = QUESTIONS.read_text("utf-8")
    assert questions(now) == now, "run: python -m tests.documents.made"
    assert "stateDiagram-v2" in now
    assert "does not match" in now
