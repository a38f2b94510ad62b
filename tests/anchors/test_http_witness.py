"""The road to a witness over HTTP, against real sockets: a real witness, and servers that lie."""

import asyncio
import gzip
import os
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.anchors.http_witness import MAX_ANSWER, SIZE_TYPE, HttpWitness
from bot.ledger.checkpoint import cosign, cosignature_time
from bot.ledger.encoding import FormatError
from bot.ledger.keys import parse_vkey
from bot.ledger.witness import with_cosignature
from bot.ports import Answer, Unanswered
from tests.anchors.standing import NOWHERE, Answering, conflict, saying, serving, witnessing
from tests.conftest import Run
from tests.ledger.building import key
from tests.ledger.test_witness import FORK, LOG, asking

LINE = cosign(LOG.checkpoint(5), "w8.example", 7, key("w8.example")).text().splitlines()[-1] + "\n"
NOTE = LOG.checkpoint(9).text()


async def answer(
    post: Answering, get: Answering | None = None, body: str = asking(3, 5), patience_s: float = 5
) -> Answer:
    async with serving(post, get) as url:
        return await HttpWitness(url, patience_s=patience_s).ask(body)


async def reason(post: Answering, patience_s: float = 5) -> str:
    with pytest.raises(Unanswered) as caught:
        await answer(post, patience_s=patience_s)
    return caught.value.reason


async def reason_of(url: str) -> str:
    with pytest.raises(Unanswered) as caught:
        await HttpWitness(url).ask(asking(3, 5))
    return caught.value.reason


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def trickling(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"\xe2")
        await asyncio.sleep(0.05)


async def pouring(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(160):
        await response.write(b"x" * MAX_ANSWER)
    return response


def test_a_real_witness_cosigns_and_shows_what_it_keeps_when_it_refuses(
    run: Run, tmp_path: Path
) -> None:
    with witnessing(tmp_path / "w", LOG.public.vkey()) as one:
        road = HttpWitness(one.via)
        signed = run(road.ask(asking(0, 9)))
        assert signed.status == 200
        public = parse_vkey(one.key)
        assert cosignature_time(with_cosignature(LOG.checkpoint(9), signed.lines, public), public)
        assert run(road.ask(asking(0, 5))) == Answer(409, size=9, checkpoint=NOTE)
        assert run(road.ask(asking(0, 11))) == Answer(409, size=9)
        assert run(road.ask(asking(9, 11, FORK))) == Answer(422, checkpoint=NOTE)
        assert run(road.ask(asking(9, 9, FORK))) == Answer(409, size=9, checkpoint=NOTE)
        assert run(road.ask(asking(9, 11))) == Answer(403, checkpoint=NOTE)


def test_the_question_is_exactly_the_body_under_the_path_of_the_address(run: Run) -> None:
    seen: list[tuple[str, bytes, str | None]] = []

    async def noting(request: web.Request) -> web.Response:
        packed = request.headers.get("Accept-Encoding")
        seen.append((request.path, await request.read(), packed))
        return web.Response(text=LINE)

    async def both() -> None:
        async with serving(noting) as url:
            for address in (url, f"{url}/"):
                assert await HttpWitness(address).ask(asking(3, 5)) == Answer(200, lines=LINE)

    run(both())
    assert seen == [("/w/7/add-checkpoint", asking(3, 5).encode(), "identity")] * 2
    with pytest.raises(FormatError):
        run(answer(noting, body="old 3\n"))
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://w7.example", "address"),
        ("http://192.0.2.1", "address"),
        ("ftp://127.0.0.1", "address"),
        ("https://", "address"),
        ("https://a:b@w7.example", "address"),
        ("https://w7.example/?x=1", "address"),
        ("https://w7.example/#x", "address"),
        ("https://w7.example:99999", "address"),
        ("http://127.0.0.1@w7.example", "address"),
        ("https://w7 .example", "address"),
        ("@witness:parley.example", "address"),
        (NOWHERE, "unreachable"),
    ],
)
def test_only_a_safe_address_is_asked(run: Run, url: str, why: str) -> None:
    assert run(reason_of(url)) == why


SHAPELESS: dict[str, tuple[Answering, str]] = {
    "not text": (saying(b"\xff\xfe"), "malformed"),
    "nothing": (saying(""), "malformed"),
    "no signature line": (saying("no line\n"), "malformed"),
    "a line without its end": (saying(LINE[:-1]), "malformed"),
    "a second line without its end": (saying(LINE + LINE[:-1]), "malformed"),
    "more lines than a note has": (saying(LINE * 33), "malformed"),
    "a word for a size": (conflict("nine"), "malformed"),
    "a size below nothing": (conflict("-1"), "malformed"),
    "a size too large": (conflict(2**63), "malformed"),
    "a size that is not text": (saying(b"\xff\n", 409, SIZE_TYPE), "malformed"),
    "another status": (saying(status=204), "status"),
    "not modified": (saying(status=304), "redirect"),
    "one byte too many": (saying("x" * (MAX_ANSWER + 1)), "large"),
    "ten megabytes": (pouring, "large"),
}


@pytest.mark.parametrize("case", SHAPELESS)
def test_an_answer_without_the_shape_of_one_is_none(run: Run, case: str) -> None:
    post, why = SHAPELESS[case]
    assert run(reason(post)) == why


@pytest.mark.parametrize("post", [hanging, trickling])
def test_who_is_slow_is_not_waited_for(run: Run, post: Answering) -> None:
    before = time.monotonic()
    assert run(reason(post, patience_s=0.3)) == "slow"
    assert time.monotonic() - before < 5


def test_a_packed_answer_is_not_unpacked(run: Run) -> None:
    async def packed(_: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(LINE.encode()), headers={"Content-Encoding": "gzip"})

    assert run(reason(packed)) == "malformed"


def test_nobody_leads_us_elsewhere(run: Run) -> None:
    reached: list[str] = []

    async def scenario() -> None:
        async def elsewhere(request: web.Request) -> web.Response:
            reached.append(request.path)
            return web.Response(text=LINE)

        async with serving(elsewhere) as url:
            for status in (301, 302, 303, 307, 308):

                async def leading(_: web.Request, status: int = status) -> web.Response:
                    return web.Response(
                        status=status, headers={"Location": f"{url}/add-checkpoint"}
                    )

                assert await reason(leading) == "redirect"

    run(scenario())
    assert reached == []


def test_no_proxy_of_the_environment_is_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    assert run(answer(saying(LINE))) == Answer(200, lines=LINE)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_refusal_that_accuses_nobody_asks_for_nothing_more(run: Run, status: int) -> None:
    assert run(answer(saying("5\n", status), get=saying(NOTE))) == Answer(status)


NEWS: dict[str, tuple[Answering, Answer]] = {
    "larger": (conflict(9), Answer(409, size=9, checkpoint=NOTE)),
    "the size we sent": (conflict(5), Answer(409, size=5, checkpoint=NOTE)),
    "the size we named": (conflict(3), Answer(409, size=3, checkpoint=NOTE)),
    "another path is wanted": (conflict(4), Answer(409, size=4)),
    "no size": (saying("9\n", 409), Answer(409, checkpoint=NOTE)),
    "distrust": (saying(status=403), Answer(403, checkpoint=NOTE)),
    "inconsistent": (saying(status=422), Answer(422, checkpoint=NOTE)),
}


@pytest.mark.parametrize("case", NEWS)
def test_what_may_be_news_is_asked_for_its_proof(run: Run, case: str) -> None:
    post, expected = NEWS[case]
    assert run(answer(post, get=saying(NOTE))) == expected


PROOFLESS: dict[str, Answering | None] = {
    "no such thing": None,
    "junk": saying("junk"),
    "an error": saying(NOTE, 500),
    "not text": saying(b"\xff"),
    "ten megabytes": pouring,
    "silence": hanging,
}


@pytest.mark.parametrize("case", PROOFLESS)
def test_a_refusal_stands_without_its_proof(run: Run, case: str) -> None:
    assert run(answer(conflict(9), PROOFLESS[case], patience_s=0.5)) == Answer(409, size=9)


def test_the_proof_is_asked_for_by_the_name_of_the_log(run: Run) -> None:
    asked: list[str] = []

    async def noting(request: web.Request) -> web.Response:
        asked.append(request.query["origin"])
        return web.Response(text=NOTE)

    run(answer(conflict(9), get=noting))
    assert asked == [LOG.name]


# -- https ---------------------------------------------------------------------------------------


@asynccontextmanager
async def secured(home: Path) -> AsyncIterator[str]:
    certificate, secret = home / "cert.pem", home / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    make += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    make += ["-keyout", str(secret), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, make, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    application = web.Application()
    application.router.add_post("/add-checkpoint", saying(LINE))
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"https://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


ASK = """
import asyncio, sys
from bot.anchors.http_witness import HttpWitness
from bot.ports import Unanswered
try:
    print(asyncio.run(HttpWitness(sys.argv[1]).ask(sys.stdin.read())).status)
except Unanswered as no:
    print(no.reason)
"""


async def asked_apart(url: str, believed: Path | None) -> str:
    """Ask from a process that believes this certificate, or only those of the machine."""
    env = os.environ | ({"SSL_CERT_FILE": str(believed)} if believed else {})
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASK, url, stdin=pipe, stdout=pipe, env=env
    )
    out, _ = await process.communicate(asking(3, 5).encode())
    return out.decode().strip()


def test_a_certificate_is_checked_and_so_is_its_name(run: Run, tmp_path: Path) -> None:
    async def scenario() -> tuple[str, str, str]:
        async with secured(tmp_path) as url:
            believed = tmp_path / "cert.pem"
            other_name = url.replace("localhost", "127.0.0.1")
            return (
                await asked_apart(url, believed),
                await asked_apart(url, None),
                await asked_apart(other_name, believed),
            )

    assert run(scenario()) == ("200", "certificate", "certificate")
