"""The table of commands: everything that can be typed, by whom, where, and what decides it.

A tuple, not a registry: what is not in it does not exist. `!help` and the suggestion for a
typing error are made from the rows that are open to the asking seat.
"""

from __future__ import annotations

from typing import Any

from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.command import (
    DESK,
    EVERYBODY,
    EVERYWHERE,
    MEDIATORS,
    SPEAKERS,
    Command,
    nothing_to_read,
)
from bot.engine.commands import (
    alive,
    anchors,
    basics,
    checkpoints,
    commitments,
    digests,
    erasing,
    exporting,
    gates,
    geneva,
    guarding,
    judging,
    questions,
    record,
    refusing,
    release,
    reports,
    seats,
    signatures,
    watch_deciding,
    watch_views,
    watches,
)
from bot.engine.seating import OF_ONE_PARTY

QUESTION_ROOMS = frozenset({CompartmentKind.CAUCUS, CompartmentKind.HUMANITARIAN})
"""Where a party is among its own, or with those who look after the held people."""
DEPOSITORS = frozenset({Role.LIAISON, Role.VERIFIER, Role.NEGOTIATOR})
PARTY_ROOMS = frozenset({CompartmentKind.CAUCUS, CompartmentKind.SHUTTLE})
WATCHERS = frozenset(
    {Role.MEDIATOR, Role.VERIFIER, Role.LIAISON, Role.COORDINATOR, Role.NEGOTIATOR}
)
VERIFIERS = frozenset({Role.VERIFIER, Role.MEDIATOR})
TALKERS = EVERYBODY - {Role.OBSERVER}

COMMANDS: tuple[Command[Any], ...] = (
    Command(
        "whoami", "!whoami", "help.whoami", ("!whoami",),
        EVERYBODY, EVERYWHERE, nothing_to_read, basics.whoami,
    ),
    Command(
        "where", "!where", "help.where", ("!where",),
        EVERYBODY, EVERYWHERE, nothing_to_read, basics.where,
    ),
    Command(
        "status", "!status", "help.status", ("!status",),
        EVERYBODY, EVERYWHERE, nothing_to_read, basics.status,
    ),
    Command(
        "record", "!record WORDS  (or in reply to a message)", "help.record",
        ("!record we agreed to meet on Friday",),
        TALKERS, EVERYWHERE, record.read_record, record.record, binds=True,
    ),
    Command(
        "commit", commitments.USAGE, "help.commit",
        ("!commit to South by fri 18:00: release ten wounded prisoners",),
        SPEAKERS, PARTY_ROOMS, commitments.read_commit, commitments.commit, binds=True,
    ),
    Command(
        "commit amend", "!commit amend CODE to PARTY by WHEN: WORDS", "help.amend",
        ("!commit amend K7QF to South by sat 12:00: release twelve wounded prisoners",),
        SPEAKERS, PARTY_ROOMS, commitments.read_amend, commitments.commit, binds=True,
    ),
    Command(
        "confirm", "!confirm CODE", "help.confirm", ("!confirm K7QF",),
        SPEAKERS, PARTY_ROOMS, commitments.read_confirm, commitments.confirm, binds=True,
    ),
    Command(
        "accept", "!accept CODE", "help.accept", ("!accept M3XD",),
        TALKERS, EVERYWHERE, commitments.read_offer, commitments.accept, binds=True,
    ),
    Command(
        "board", "!board", "help.board", ("!board",),
        EVERYBODY, EVERYWHERE, nothing_to_read, commitments.board,
    ),
    Command(
        "receipt", "!receipt CODE", "help.receipt", ("!receipt K7QF",),
        EVERYBODY, EVERYWHERE, record.read_receipt, record.receipt,
    ),
    Command(
        "key register", signatures.REGISTER, "help.key_register",
        ("!key register gUQFP7pSPc8oGSLpdzjdc81X7SdjxFuLVHoSoKdpyQI=",),
        SPEAKERS, OF_ONE_PARTY, signatures.read_key, signatures.register, binds=True,
    ),
    Command(
        "key list", "!key list", "help.key_list", ("!key list",),
        EVERYBODY, OF_ONE_PARTY, nothing_to_read, signatures.list_keys,
    ),
    Command(
        "signed", signatures.SIGNED, "help.signed", (signatures.EXAMPLE,),
        SPEAKERS, EVERYWHERE, signatures.read_signed, signatures.signed, binds=True,
    ),
    Command(
        "checkpoint", "!checkpoint", "help.checkpoint", ("!checkpoint",),
        EVERYBODY, EVERYWHERE, nothing_to_read, checkpoints.checkpoint,
    ),
    Command(
        "witness list", "!witness list", "help.witness_list", ("!witness list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, checkpoints.witnesses,
    ),
    Command(
        "release", release.USAGE, "help.release",
        ('!release K7QF to shuttle-south as "ten wounded, northern crossing, Friday"',),
        SPEAKERS | MEDIATORS, EVERYWHERE, release.read_release, release.ask, binds=True,
    ),
    Command(
        "consent", "!consent CODE", "help.consent", ("!consent R2CD",),
        TALKERS, EVERYWHERE, release.read_request, release.consent, binds=True,
    ),
    Command(
        "refuse", "!refuse CODE", "help.refuse", ("!refuse R2CD",),
        TALKERS, EVERYWHERE, refusing.read_refusal, refusing.refuse_it, binds=True,
    ),
    Command(
        "watch add", watches.ADD, "help.watch_add",
        ("!watch add sign of life for H-TEAL every 24h grace 2h step 30 min",),
        WATCHERS, EVERYWHERE, watches.read_add, watches.add, binds=True,
    ),
    Command(
        "watch list", "!watch list", "help.watch_list", ("!watch list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, watch_views.list_all,
    ),
    Command(
        "watch show", "!watch show CODE", "help.watch_show", ("!watch show W4TR",),
        EVERYBODY, EVERYWHERE, watch_views.read_watch, watch_views.show,
    ),
    Command(
        "watch why", "!watch why CODE", "help.watch_why", ("!watch why W4TR",),
        EVERYBODY, EVERYWHERE, watch_views.read_watch, watch_views.why,
    ),
    Command(
        "watch ladder", watch_deciding.LADDER, "help.watch_ladder",
        ("!watch ladder W4TR sign-of-life",),
        WATCHERS, EVERYWHERE, watch_deciding.read_ladder, watch_deciding.apply_ladder, binds=True,
    ),
    Command(
        "watch suspend", watch_deciding.SUSPEND, "help.watch_suspend",
        ("!watch suspend W4TR until mon 08:00 because the camp lets nobody in before",),
        MEDIATORS, DESK, watch_deciding.read_suspend, watch_deciding.suspend, binds=True,
        four_eyes=True, keep=watch_deciding.keep_reason, warn=watch_deciding.warn_suspend,
    ),
    Command(
        "watch resume", "!watch resume CODE", "help.watch_resume", ("!watch resume W4TR",),
        WATCHERS, EVERYWHERE, watch_deciding.read_resume, watch_deciding.resume_now, binds=True,
    ),
    Command(
        "watch end", watch_deciding.END, "help.watch_end",
        ("!watch end W4TR because the person came home",),
        MEDIATORS, DESK, watch_deciding.read_end, watch_deciding.end, binds=True,
        four_eyes=True, keep=watch_deciding.keep_reason, warn=watch_deciding.warn_end,
    ),
    Command(
        "report", reports.REPORT, "help.report",
        (
            "!report W4TR visit: seen at 10:00 by the delegate, in good health",
            "!report W4TR media source B info 2: holds Tuesday's paper",
        ),
        WATCHERS, EVERYWHERE, reports.read_report, reports.report, binds=True,
    ),
    Command(
        "verdict", judging.VERDICT, "help.verdict",
        ("!verdict E7KX rejected because the paper in the picture is a year old",),
        VERIFIERS, EVERYWHERE, judging.read_verdict, judging.judge, binds=True,
    ),
    Command(
        "alive", "!alive CODE", "help.alive", ("!alive W4TR",),
        EVERYBODY, EVERYWHERE, watch_views.read_watch, alive.alive,
    ),
    Command(
        "index", judging.INDEX, "help.index",
        ("!index W4TR 7 needs water, medicine", "!index W4TR 5 physical 4 psychological 6"),
        WATCHERS, EVERYWHERE, judging.read_index, judging.index, binds=True,
    ),
    Command(
        "show", judging.SHOW, "help.show", ("!show E7KX",),
        WATCHERS, EVERYWHERE, judging.read_show, judging.show,
    ),
    Command(
        "ack", watches.ACK, "help.ack",
        ("!ack W4TR until 20:00 because the delegate is on the road",),
        WATCHERS, EVERYWHERE, watches.read_ack, watches.ack, binds=True,
    ),
    Command(
        "question deposit", questions.DEPOSIT, "help.question_deposit",
        ('!question deposit for H-TEAL: "Who sang at the gate?" answer "WORDS" or "OTHER WORDS"',),
        DEPOSITORS, QUESTION_ROOMS, questions.read_deposit, questions.deposit, binds=True,
    ),
    Command(
        "question ask", questions.ASK, "help.question_ask", ("!question ask K7QF",),
        WATCHERS, QUESTION_ROOMS, questions.read_ask, questions.ask, binds=True,
    ),
    Command(
        "question answer", questions.ANSWER, "help.question_answer",
        ("!question answer K7QF: WORDS", "!question answer K7QF for W4TR: WORDS"),
        WATCHERS, QUESTION_ROOMS, questions.read_answer, questions.answer, binds=True,
    ),
    Command(
        "question list", "!question list", "help.question_list", ("!question list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, questions.list_all,
    ),
    Command(
        "question burn", questions.BURN, "help.question_burn",
        ("!question burn K7QF because it was told to the press",),
        WATCHERS, QUESTION_ROOMS, questions.read_burn, questions.burn, binds=True,
    ),
    Command(
        "question noted", questions.NOTED, "help.question_noted", ("!question noted K7QF",),
        MEDIATORS, DESK, questions.read_noted, questions.noted, binds=True,
    ),
    Command(
        "digest now", "!digest now [BENCH]", "help.digest", ("!digest now", "!digest now bench-north"),
        frozenset({Role.PRINCIPAL, Role.MEDIATOR, Role.COORDINATOR}),
        frozenset({CompartmentKind.BENCH, CompartmentKind.DESK}),
        digests.read_reader, digests.now,
    ),
    Command(
        "anchor", anchors.USAGE, "help.anchor", ("!anchor EIF at 3 apr 18:00 Asia/Baghdad",),
        MEDIATORS, DESK, anchors.read_anchor, anchors.set_anchor, binds=True, four_eyes=True,
        warn=anchors.warn,
    ),
    Command(
        "anchor list", "!anchor list", "help.anchor_list", ("!anchor list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, anchors.list_all,
    ),
    Command(
        "capture", "!capture H-TEAL at WHEN", "help.capture", ("!capture H-TEAL at 2 mar 06:30",),
        WATCHERS, EVERYWHERE, geneva.read_arrival, geneva.note_arrival, binds=True,
    ),
    Command(
        "transfer", "!transfer H-TEAL at WHEN", "help.transfer",
        ("!transfer H-TEAL at 2 mar 06:30",),
        WATCHERS, EVERYWHERE, geneva.read_arrival, geneva.note_arrival, binds=True,
    ),
    Command(
        "sickness", "!sickness H-TEAL at WHEN", "help.sickness",
        ("!sickness H-TEAL at 2 mar 06:30",),
        WATCHERS, EVERYWHERE, geneva.read_arrival, geneva.note_arrival, binds=True,
    ),
    Command(
        "data", geneva.DATA, "help.data", ("!data H-TEAL has rank, birth date", "!data H-TEAL"),
        WATCHERS, EVERYWHERE, geneva.read_data, geneva.note_data, binds=True,
    ),
    Command(
        "visit", geneva.VISIT, "help.visit",
        ("!visit H-TEAL private yes, all places refused because the road is mined",),
        WATCHERS, EVERYWHERE, geneva.read_visit, geneva.note_visit, binds=True,
    ),
    Command(
        "consents", geneva.CONSENTS, "help.consents",
        ("!consents H-TEAL family yes, own state no",),
        WATCHERS, EVERYWHERE, geneva.read_consents, geneva.note_consents, binds=True,
    ),
    Command(
        "gate offer", gates.OFFER, "help.gate_offer",
        (
            "!gate offer requires sign of life <= 14d in shuttle-north",
            "!gate offer requires sign of life <= 14 days for W4TR in shuttle-north",
        ),
        MEDIATORS, DESK, gates.read_offer, gates.set_gate, binds=True, four_eyes=True,
        warn=gates.warn,
    ),
    Command(
        "gate list", "!gate list", "help.gate_list", ("!gate list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, gates.list_all,
    ),
    Command(
        "gate remove", gates.REMOVE, "help.gate_remove",
        ("!gate remove G4TR because all of them are home",),
        MEDIATORS, DESK, gates.read_remove, gates.remove, binds=True, four_eyes=True,
        keep=watch_deciding.keep_reason,
    ),
    Command(
        "gate override", gates.OVERRIDE, "help.gate_override",
        ("!gate override G4TR for K7QF because the delegate heard him by telephone",),
        MEDIATORS, DESK, gates.read_override, gates.override, binds=True, four_eyes=True,
        keep=watch_deciding.keep_reason, warn=gates.warn_override,
    ),
    Command(
        "guard status", "!guard status [COMPARTMENT]", "help.guard_status", ("!guard status",),
        EVERYBODY, EVERYWHERE, guarding.read_place, guarding.status,
    ),
    Command(
        "guard clear", guarding.CLEAR, "help.guard_clear", ("!guard clear caucus-north",),
        MEDIATORS, DESK, guarding.read_clear, guarding.clear, binds=True, four_eyes=True,
    ),
    Command(
        "seat", seats.SEAT, "help.seat",
        ('!seat haddad @haddad:example.org north negotiator in caucus-north named "Lt. Haddad"',),
        MEDIATORS, DESK, seats.read_seat, seats.seat, binds=True, four_eyes=True,
        keep=seats.keep_name,
    ),
    Command(
        "unseat", seats.UNSEAT, "help.unseat", ("!unseat haddad", "!unseat haddad from plenary"),
        MEDIATORS, DESK, seats.read_unseat, seats.unseat, binds=True,
    ),
    Command(
        "compartment", seats.COMPARTMENT, "help.compartment",
        ("!compartment channel-two back-channel with haddad, samir",),
        MEDIATORS, DESK, seats.read_compartment, seats.compartment, binds=True, four_eyes=True,
    ),
    Command(
        "erase", erasing.USAGE, "help.erase",
        (
            "!erase K7QF because it was typed in the wrong room",
            '!erase person H-TEAL because the family asked for it named "Lt. Karim, Karim Haddad"',
            "!erase compartment caucus-north because this party has left",
        ),
        MEDIATORS, DESK, erasing.read_erase, erasing.erase, binds=True, four_eyes=True,
        keep=erasing.keep_words, warn=erasing.warn,
    ),
    Command(
        "export", exporting.USAGE, "help.export", ("!export north",),
        MEDIATORS, DESK, exporting.read_export, exporting.export, binds=True, four_eyes=True,
        warn=exporting.warn,
    ),
    Command(
        "code", "!code SEAT", "help.code", ("!code haddad",),
        MEDIATORS, DESK, seats.read_code, seats.renew_code, binds=True,
    ),
    Command(
        "verify", seats.VERIFY, "help.verify", ("!verify haddad Zm9v YmFy ...",),
        MEDIATORS, DESK, seats.read_verify, seats.verify, binds=True,
    ),
)  # fmt: skip
"""All but `!help` and `!approve`, which need this table themselves."""
