"""The third parties that judge, each a program of its own, asked once with all the questions."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.demo.toolchain import REPOSITORY, judges_python, node_binary
from bot.ledger.encoding import to_base64
from bot.ledger.verify import Trust

AICS, SIGSTORE, SD_JWT, OPENSSL = "aics-tlog", "@sigstore/verify", "sd-jwt", "openssl"
Question = Mapping[str, object]


def commands() -> dict[str, list[str]]:
    """The judges by name, each with the command that starts it in its own environment."""
    apart, here = str(judges_python()), sys.executable
    return {
        AICS: [apart, "-m", "tests.judges.aics"],
        OPENSSL: [apart, "-m", "tests.judges.openssl"],
        SD_JWT: [here, "-m", "tests.judges.sd_jwt_reference"],
        SIGSTORE: [str(node_binary()), "tests/judges/node/sigstore.mjs"],
    }


def about(receipt: str, trust: Trust) -> Question:
    """A receipt and what a verifier brings along: keys, witnesses, quorum; as plain text."""
    return {
        "receipt": receipt,
        "log": trust.log.vkey(),
        "submit": to_base64(trust.submit or b""),
        "witnesses": [witness.vkey() for witness in trust.witnesses],
        "quorum": trust.quorum,
    }


def ask(judge: str, questions: Sequence[Question], folder: Path) -> list[str]:
    """What the judge answers to each question: nothing if it accepts, else its reason."""
    file = folder / "questions.json"
    file.write_text(json.dumps(questions), "utf-8")
    done = subprocess.run(
        [*commands()[judge], str(file)],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{judge} did not answer (`make setup`?): {done.stderr[-2000:]}"
    answers = json.loads(done.stdout)
    assert isinstance(answers, list)
    assert len(answers) == len(questions)
    return [str(answer) for answer in answers]
