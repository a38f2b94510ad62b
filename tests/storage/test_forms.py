from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bot.domain.bodies import BODIES, Body, ReleaseAsked
from bot.domain.codec import BadForm
from bot.domain.ids import CaseId
from bot.domain.records import PLANS, Record
from bot.ledger.record import SLOTS
from bot.storage.forms import (
    ENVELOPE,
    KIND,
    MOMENT,
    ledger_fields,
    record_of,
    shown_in_receipt,
    skeleton_of,
)
from tests.storage.samples import CASE, DESK, TEXT, bare, item, party


@pytest.mark.parametrize("body", BODIES)
def test_every_body_fits_into_a_record_of_the_ledger(body: type[Body]) -> None:
    names = [field.name for field in fields(body)]
    assert len(names) + 3 <= SLOTS
    assert not {KIND, MOMENT, ENVELOPE} & set(names)


@pytest.mark.parametrize("body", BODIES)
def test_no_receipt_names_a_compartment_or_a_person(body: type[Body]) -> None:
    names = [field.name for field in fields(body)]
    hidden = set(names) - shown_in_receipt(body, names)
    private = {"compartment", "target", "item", "request", "released_as", "reads", "owners"}
    private |= {"seat", "user", "room", "master", "seen", "intruders", "code_digest", "line"}
    assert private & set(names) <= hidden


def test_the_envelope_is_never_shown() -> None:
    for body in BODIES:
        assert shown_in_receipt(body, [KIND, MOMENT, ENVELOPE]) == {KIND, MOMENT}


def test_who_asked_for_a_release_is_not_shown_beyond_the_caucus() -> None:
    assert "by" not in shown_in_receipt(ReleaseAsked, ["by", "text"])


@pytest.mark.parametrize("record", [item("r1"), party("r2"), bare("r3")])
def test_a_skeleton_holds_everything_but_the_prose(record: Record) -> None:
    skeleton = skeleton_of(record)
    back = record_of(CASE, skeleton)
    plan = PLANS[type(record.body)]
    assert replace(back, body=record.body) == record
    assert all(getattr(back.body, n) == getattr(record.body, n) for n in plan.skeleton)
    assert all(getattr(back.body, n) == "" for n in plan.prose)
    assert TEXT.encode() not in skeleton
    assert b"Lowland Council" not in skeleton


def test_the_ledger_commits_to_prose_and_envelope() -> None:
    first = ledger_fields(item("r1"))
    assert first["text"] == TEXT
    assert first["said_at"] == "2026-11-22T12:00:00Z"
    for other in (replace(item("r1"), compartment=DESK), replace(item("r1"), case=CaseId("x"))):
        assert ledger_fields(other) != first


@pytest.mark.parametrize("wrong", [b"{}", b"[]", b'{"tag":"no.such/1"}', b"null"])
def test_a_skeleton_of_another_form_is_refused(wrong: bytes) -> None:
    with pytest.raises(BadForm):
        record_of(CASE, wrong)


def test_an_unknown_field_is_refused() -> None:
    skeleton = skeleton_of(bare("r1")).replace(b'"code":', b'"extra":1,"code":')
    with pytest.raises(BadForm):
        record_of(CASE, skeleton)
