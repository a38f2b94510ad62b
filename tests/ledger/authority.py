"""A time-stamping authority on this machine: certificates of our own, answers by `openssl ts`."""

import functools
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import TimestampRequestBuilder

NOW = datetime.now(UTC)  # noqa: TID251  # openssl stamps with the machine's clock
YEAR = timedelta(days=365)
SERIAL = 7
# `certs` is left out where nothing else is to be carried: OpenSSL does not sort what it writes.
CONFIG = """[tsa]
default_tsa = own
[own]
serial = {home}/serial
crypto_device = builtin
signer_cert = {home}/tsa.pem
signer_key = {home}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha1, sha256, sha384, sha512
accuracy = {accuracy}
ess_cert_id_alg = sha256
"""


@functools.cache
def rsa_key(_name: str) -> rsa.RSAPrivateKey:
    """Return the key of that name in this test run; making one is slow."""
    return rsa.generate_private_key(65537, 2048)


def certificate(
    subject: str,
    issuer: str,
    *,
    purpose: x509.ObjectIdentifier | None = None,
    critical: bool = True,
    valid: tuple[datetime, datetime] = (NOW - 3 * YEAR, NOW + YEAR),
    serial: int = SERIAL,
    key: str = "",
    signed_by: str = "",
    ballast: bytes = b"",
) -> x509.Certificate:
    """Certify the key `key`, else the one named `subject`; without a purpose it is a certificate authority's."""
    name = [x509.NameAttribute(NameOID.COMMON_NAME, subject)]
    issued = [x509.NameAttribute(NameOID.COMMON_NAME, issuer)]
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(name))
        .issuer_name(x509.Name(issued))
        .public_key(rsa_key(key or subject).public_key())
        .serial_number(serial)
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=purpose is None, path_length=None), critical=True)
    )
    if purpose is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=critical)
    if ballast:
        extension = x509.UnrecognizedExtension(
            x509.ObjectIdentifier("1.3.6.1.4.1.99999.2"), ballast
        )
        made = made.add_extension(extension, critical=False)
    return made.sign(rsa_key(signed_by or issuer), hashes.SHA256())


class Authority:
    """`NAME` certified by `NAME root`, both with keys of this test run."""

    def __init__(
        self,
        home: Path,
        name: str = "Clock of the Red Cross",
        *,
        valid: tuple[datetime, datetime] = (NOW - 3 * YEAR, NOW + YEAR),
        accuracy: str = "secs:1, millisecs:500",
        carried: tuple[x509.Certificate, ...] = (),
        issuer: str = "",
    ) -> None:
        home.mkdir()
        self.home, self.name = home, name
        self.issuer = issuer or f"{name} root"
        self.root = certificate(f"{name} root", f"{name} root", serial=1).public_bytes(Encoding.PEM)
        self.certificate = certificate(
            name, self.issuer, purpose=ExtendedKeyUsageOID.TIME_STAMPING, valid=valid
        )
        config = CONFIG.format(home=home, accuracy=accuracy)
        if carried:
            config += f"certs = {home}/carried.pem\n"
        private = rsa_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for file, content in {
            "ts.cnf": config.encode(),
            "serial": b"01\n",
            "tsa.key": private,
            "tsa.pem": self.certificate.public_bytes(Encoding.PEM),
            "root.pem": self.root,
            "carried.pem": b"".join(one.public_bytes(Encoding.PEM) for one in carried),
        }.items():
            (home / file).write_bytes(content)

    def answer(self, question: bytes) -> bytes:
        """Answer a TimeStampReq as `openssl ts` does: with a stamp, or with a refusal."""
        asked, answered = self.home / "question", self.home / "answer"
        asked.write_bytes(question)
        openssl(
            "ts", "-reply", "-config", self.home / "ts.cnf", "-queryfile", asked, "-out", answered
        )
        return answered.read_bytes()

    def stamp(self, note: bytes, *, cert_req: bool = True) -> bytes:
        question = TimestampRequestBuilder(data=note, cert_req=cert_req).build()
        return self.answer(question.as_bytes())

    def with_other_certificate(self, token: bytes, other: x509.Certificate) -> bytes:
        """Exchange the carried certificate; the signature does not cover it."""
        mine, others = (one.public_bytes(Encoding.DER) for one in (self.certificate, other))
        assert len(mine) == len(others)
        assert token.count(mine) == 1
        return token.replace(mine, others)


def openssl(*args: str | Path) -> str:
    done = subprocess.run(["openssl", *args], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def openssl_accepts(note: bytes, token: bytes, authority: Authority, *more: str) -> bool:
    """Ask `openssl ts -verify`; `more` are further options."""
    stamped, answer = authority.home / "note", authority.home / "token.tsr"
    stamped.write_bytes(note)
    answer.write_bytes(token)
    root = authority.home / "root.pem"
    said = openssl("ts", "-verify", "-data", stamped, "-in", answer, "-CAfile", root, *more)
    return "Verification: OK" in said
