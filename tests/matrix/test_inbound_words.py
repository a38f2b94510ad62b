"""Of all that an event may say, its body alone is what its sender typed."""

from __future__ import annotations

from bot.domain.ids import EventId
from bot.matrix.inbound import Line
from bot.matrix.strict_json import JsonObject
from tests.conftest import Run
from tests.matrix.test_inbound import ROOM, SAID, Bench, encrypted, heard


def test_only_the_body_is_what_was_typed(run: Run) -> None:
    bench = Bench()
    bench.opened(
        SAID
        | {
            "format": "org.matrix.custom.html",
            "formatted_body": "<p>Karim Haddad</p>",
            "m.mentions": {"user_ids": ["@karim:haddad.example"]},
            "org.matrix.msc1767.text": "Haddad",
            "filename": "haddad.txt",
        }
    )
    line = heard(run, bench, encrypted())
    assert isinstance(line, Line)
    assert line.text == SAID["body"]
    assert "addad" not in repr(line)


def test_an_edit_neither_is_quoted_nor_changes_what_is(run: Run) -> None:
    edited: JsonObject = {"rel_type": "m.replace", "event_id": "$e"}
    bench = Bench()
    bench.opened(SAID)
    bench.opened(SAID | {"body": "* x", "m.relates_to": edited}, "$edit")
    newer: JsonObject = {"m.relations": {"m.replace": encrypted("$edit")}}
    bench.fetched = {"$e": {**encrypted(), "unsigned": newer}, "$edit": encrypted("$edit")}
    line = run(bench.inbound.quoted(ROOM, EventId("$e")))
    assert line is not None
    assert line.text == SAID["body"]
    assert run(bench.inbound.quoted(ROOM, EventId("$edit"))) is None
