"""The two files of an export that are read by people: `index.html` and `README.txt`.

The page is plain: no script, nothing from elsewhere, and it forbids both. Refuses to let a text
act: every value is escaped, stands in a paragraph of its own, and shows what would turn its
direction. docs/spec/export.md, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from bot.cli.exported import ERASED, LOGGED, WAITING, Check, Entry, Exported, Promise
from bot.ledger.disclosure import Value
from bot.storage.forms import KIND, MOMENT

_STYLE = """
body{max-width:44rem;margin:0 auto;padding:1rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
article,li{border-top:1px solid #999;padding:.5rem 0}
ul{list-style:none;padding:0}
dt{font-weight:bold}
dd{margin:0 0 .5rem;white-space:pre-wrap}
pre{overflow-x:auto;background:#eee;color:#000;padding:.5rem}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""What HTML cannot hold, and what turns the direction of what follows."""
_SHOWN_APART = frozenset({KIND, MOMENT, "code", "offer"})
_STATUS = {
    LOGGED: "logged: the receipt proves it",
    ERASED: "erased: its words were destroyed by decision of two mediators; its proof stands",
    WAITING: "not logged yet: nothing proves it so far; ask for another export later",
}

FIRST_THINGS: Final = """\
These files are not encrypted: keep them as you would keep the words themselves.
log.vkey is the key of the log. A key that comes with the files it proves is worth nothing by
itself: compare it with the key that the bot gave you when you enrolled, or by voice.
"""

CHECKS: Final = (
    (
        "Nothing was changed on the way (on a Mac: shasum -a 256 -c SHA256SUMS)",
        "sha256sum -c SHA256SUMS\n",
    ),
    (
        "With Parley, in words. The other commands are for who trusts no program of ours",
        'parley verify {receipt} --trust "$(cat log.vkey)"\n',
    ),
    (
        "The fields that a receipt shows, each with its salt",
        """\
F={receipt}
sed -n 's/^record //p' "$F" | tr '~' '\\n' | sed 1d | tr '_-' '/+' |
while read -r field; do printf '%s' "$field" | base64 -d 2>/dev/null; echo; done
""",
    ),
    (
        "OpenSSL 3: the record is signed by the submit key that the receipt names",
        """\
F={receipt}
sed -n 's/^record //p' "$F" | cut -d '~' -f 1 | tr -d '\\n' > record.jwt
cut -d . -f 1,2 record.jwt | tr -d '\\n' > record.signed
(cut -d . -f 3 record.jwt | tr -d '\\n' | tr '_-' '/+'; echo '==') | base64 -d > record.signature
(printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
 sed -n 's/^submit //p' "$F" | base64 -d) > submit.der
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey submit.der \\
  -in record.signed -sigfile record.signature
""",
    ),
    (
        "sd-jwt, the reference program of RFC 9901: the fields are those that were signed",
        """\
python3 - {receipt} <<'END'
import base64, sys
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier
lines = dict(line.split(" ", 1) for line in open(sys.argv[1]) if " " in line)
raw = base64.urlsafe_b64encode(base64.b64decode(lines["submit"])).decode().rstrip("=")
key = JWK(kty="OKP", crv="Ed25519", x=raw)
print(SDJWTVerifier(lines["record"].strip(), lambda *_: key).get_verified_payload())
END
""",
    ),
    (
        "aics-tlog: the log signed, and the entry stands in it",
        """\
python3 - {receipt} "$(cat log.vkey)" <<'END'
import base64, sys, aics_tlog
_, proof, note = open(sys.argv[1]).read().split("\\n\\n", 2)
body = proof.split("\\n")
extra, index, path = body[1].split()[1], int(body[2].split()[1]), body[3:]
key = aics_tlog.parse_vkey(sys.argv[2])
found = aics_tlog.verify_checkpoint(
    aics_tlog.parse_note(note), key, [], 0, expected_origin=key.name)
assert found.ok, found.error
print(aics_tlog.verify_leaf_inclusion(
    base64.b64decode(extra), index, found.size, [base64.b64decode(p) for p in path], found.root))
END
""",
    ),
    (
        "sigsum-verify: the same as a Sigsum proof, of the record.jwt made above",
        "sigsum-verify -k submit.pub -p sigsum.policy {sigsum} < record.jwt\n",
    ),
)
"""What is done, and the commands, with {receipt} and {sigsum} as the places of files."""

STAMPS: Final = (
    "Time stamps (RFC 3161), with the authority's certificate that you got elsewhere",
    """\
parley verify {stamped} --trust "$(cat log.vkey)" --stamp {stamp} --tsa CERT.pem
sed '1,/^$/d' {stamped} | sed '1,/^$/d' | head -n 3 > note
openssl ts -verify -data note -in {stamp} -CAfile CERT.pem
""",
)


def commands(exported: Exported) -> list[tuple[str, str]]:
    """Return what to do, and the commands with files of this very export in them."""
    proved = max(
        (e for e in exported.records if e.fields), key=lambda e: e.code is not None, default=None
    )
    if proved is None:
        return [CHECKS[0]]
    found = [
        (
            what,
            how.replace("{receipt}", proved.receipt or "").replace("{sigsum}", proved.sigsum or ""),
        )
        for what, how in CHECKS
    ]
    dated = next((e for e in exported.records if e.stamp), None)
    if dated is not None:
        what, how = STAMPS
        how = how.replace("{stamped}", dated.stamped_receipt or "")
        found.append((what, how.replace("{stamp}", dated.stamp or "")))
    return found


def readme(exported: Exported) -> str:
    """Return `README.txt`."""
    parts = [
        f"What {exported.party} may hold of the case, written out at {exported.written_at}.",
        "index.html is for reading, case.json for programs, receipts/ holds the proofs.",
        FIRST_THINGS.rstrip(),
        "Below, each in a shell, in this directory. A file made on the way may be deleted.",
    ]
    for number, (what, how) in enumerate(commands(exported), start=1):
        indented = "".join(f"    {line}\n" for line in how.splitlines())
        parts.append(f"{number}. {what}:\n\n{indented.rstrip()}")
    return "\n\n".join(parts) + "\n"


def page(exported: Exported) -> str:
    """Return `index.html`."""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Records of {_text(exported.party)}</title>",
            f"<style>{_STYLE}</style>\n</head>\n<body>",
            "<h1>What this party may hold of the case</h1>",
            _list(_facts(exported)),
            f"<p>{_text(FIRST_THINGS)}</p>",
            *_section("Promises", (_promise(one, exported) for one in exported.promises)),
            *_section("Watches", (_check(one) for one in exported.watches)),
            *_section("Records", (_record(one, exported) for one in exported.records)),
            "<h2>How to check, without Parley too</h2>",
            *(f"<h3>{_text(w)}</h3>\n<pre>{_text(h)}</pre>" for w, h in commands(exported)),
            "</body>\n</html>\n",
        ]
    )


def _facts(exported: Exported) -> list[tuple[str, str]]:
    parties = ", ".join(_named(id_, exported) for id_ in exported.parties)
    doubted = "In doubt: nothing is signed any more; ask the operator why."
    return [
        ("Party", _named(exported.party, exported)),
        ("Written at", exported.written_at),
        ("Parties of the case", parties),
        ("Key of the log", exported.log),
        *([("Log", doubted)] if exported.log_in_doubt else []),
    ]


def _section(title: str, items: Iterable[str]) -> list[str]:
    found = list(items)
    return [f"<h2>{title} ({len(found)})</h2>", *(found or ["<p>None.</p>"])]


def _promise(found: Promise, exported: Exported) -> str:
    facts = [
        ("Who promises", _named(found.obligor, exported)),
        ("To whom", _named(found.obligee, exported)),
        ("Due", found.due),
        ("State", found.state),
        ("Level", found.level),
    ]
    return _article(found.code, facts, found.records)


def _check(found: Check) -> str:
    level = f", level {found.level}" if found.level else ""
    last = f"{found.last_report}, {found.last_strength}" if found.last_report else "none"
    facts = [
        ("Waits for", found.kind),
        ("State", found.state + level),
        ("Due", found.due),
        *([("Acknowledged until", found.acknowledged_until)] if found.acknowledged_until else []),
        ("Last report", last),
    ]
    return _article(found.code, facts, found.records)


def _article(code: str, facts: list[tuple[str, str]], records: Iterable[int]) -> str:
    links = " ".join(f'<a href="#r{number}">record {number}</a>' for number in records)
    return f"<article>\n<h3>{_text(code)}</h3>\n{_list(facts)}\n<p>{links}</p>\n</article>"


def _record(found: Entry, exported: Exported) -> str:
    facts = [("Status", _STATUS[found.status] + (" (it is late)" if found.late else ""))]
    facts += [("Recorded at", found.recorded_at)] if found.recorded_at else []
    facts += [
        (name, _value(name, value, exported))
        for name, value in (found.fields or {}).items()
        if name not in _SHOWN_APART
    ]
    title = " ".join(part for part in (found.code, found.kind) if part) or found.status
    files = [found.receipt, found.sigsum, found.stamp, found.stamped_receipt]
    links = " ".join(f'<a href="{_text(f)}">{_text(f)}</a>' for f in dict.fromkeys(files) if f)
    return (
        f'<article id="r{found.number}">\n<h3>{found.number}. {_text(title)}</h3>\n'
        f"{_list(facts)}\n<p>{links}</p>\n</article>"
    )


def _value(name: str, value: Value, exported: Exported) -> str:
    if name in {"obligor", "obligee", "party"} and isinstance(value, str):
        return _named(value, exported)
    return "—" if value is None else str(value)


def _named(party: str, exported: Exported) -> str:
    name = exported.parties.get(party)
    return f"{name} ({party})" if name else party


def _list(facts: Iterable[tuple[str, str]]) -> str:
    rows = (f'<dt>{_text(name)}</dt>\n<dd dir="auto">{_text(value)}</dd>' for name, value in facts)
    return "<dl>\n" + "\n".join(rows) + "\n</dl>"


def _text(value: str) -> str:
    return escape(_UNSHOWN.sub(lambda found: f"[U+{ord(found[0]):04X}]", value))
