"""`sd-jwt`, the reference implementation of RFC 9901, judges the record and the fields shown.

It drops a forged disclosure without a word, so every field that the receipt shows must be among
those it returns, with its value. It knows nothing of logs.
"""

import base64
import json
from collections.abc import Mapping

from jwcrypto.common import JWException  # type: ignore[import-untyped]
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.verifier import SDJWTVerifier

from tests.judges.reading import ACCEPTED, answer_all, parse_presented, text_of


def judge(question: Mapping[str, object]) -> str:
    record = parse_presented(text_of(question, "receipt")).record
    submit = base64.b64decode(text_of(question, "submit"))
    key = JWK(kty="OKP", crv="Ed25519", x=base64.urlsafe_b64encode(submit).decode().rstrip("="))
    try:
        verified = SDJWTVerifier(record, lambda _iss, _header: key).get_verified_payload()
    except (JWException, ValueError) as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    shown = [json.loads(_unpadded(text)) for text in record.split("~")[1:-1]]
    claimed = {name: value for _salt, name, value in shown}
    return ACCEPTED if verified == claimed else f"verified only {sorted(verified)}"


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    answer_all(judge)
