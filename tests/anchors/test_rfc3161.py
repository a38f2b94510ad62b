"""The client against a small server of the test; the stamps are those of `openssl ts`."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from rfc3161_client import TimestampRequestBuilder

from bot.anchors.rfc3161 import StampFailed, Stamps, stamp
from bot.ledger.encoding import FormatError
from bot.ledger.stamp import verify_stamp
from tests.conftest import Run
from tests.ledger.authority import Authority, openssl, openssl_accepts
from tests.ledger.test_verify import GOOD, LOG

CHECKPOINT = GOOD.proof.checkpoint
NOTE = CHECKPOINT.body()
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("red") / "own")


@asynccontextmanager
async def serving(answer: Answer, secured: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/tsr", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secured)
    await site.start()
    try:
        scheme = "https" if secured else "http"
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/tsr"
    finally:
        await runner.cleanup()


def honest(authority: Authority, questions: list[bytes] | None = None) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        question = await request.read()
        if questions is not None:
            questions.append(question)
            assert request.headers["Content-Type"] == "application/timestamp-query"
        told = await asyncio.to_thread(authority.answer, question)
        return web.Response(body=told, content_type="application/timestamp-reply")

    return answer


def saying(body: bytes, status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers=headers)

    return answer


async def failure(answer: Answer, authority: Authority, patience_s: float = 5) -> str:
    async with serving(answer) as url:
        with pytest.raises(StampFailed) as caught:
            await stamp(url, NOTE, [authority.root], patience_s=patience_s)
    assert str(caught.value) == f"no time stamp: {caught.value.reason}"
    return caught.value.reason


def test_a_checkpoint_is_stamped_by_a_real_authority(run: Run, red: Authority) -> None:
    questions: list[bytes] = []

    async def scenario() -> list[bytes]:
        async with serving(honest(red, questions)) as url:
            stamps = Stamps(url, [red.root])
            return [await stamps.stamp(NOTE.decode()) for _ in range(2)]

    tokens = run(scenario())
    for token in tokens:
        assert verify_stamp(NOTE, token, [red.root]).authority == red.name
        assert openssl_accepts(NOTE, token, red)
    nonces = {verify_stamp(NOTE, token, [red.root]).nonce for token in tokens}
    assert len(nonces) == 2
    (red.home / "asked").write_bytes(questions[0])
    asked = openssl("ts", "-query", "-in", red.home / "asked", "-text")
    assert "Hash Algorithm: sha512" in asked
    assert "Certificate required: yes" in asked
    # Nothing of the log goes out but the digest.
    assert CHECKPOINT.origin.encode() not in questions[0]
    assert CHECKPOINT.root not in questions[0]


def test_an_old_answer_is_not_taken_for_a_new_one(run: Run, red: Authority) -> None:
    without = TimestampRequestBuilder(data=NOTE, nonce=False).build().as_bytes()
    for old in (red.stamp(NOTE), red.answer(without)):
        assert verify_stamp(NOTE, old, [red.root]).authority == red.name
        assert run(failure(saying(old), red)) == "nonce"


def test_an_answer_that_would_not_hold_is_not_handed_on(
    run: Run, red: Authority, tmp_path: Path
) -> None:
    blue = Authority(tmp_path / "blue", "Clock of the Blue Cross")
    assert run(failure(honest(blue), red)) == "authority"
    other = red.stamp(LOG.checkpoint(10).body())
    assert run(failure(saying(other), red)) == "of-other-checkpoint"
    assert run(failure(saying(red.answer(b"?")), red)) == "refused"
    for garbage in (b"", b"<html>no such service</html>", red.stamp(NOTE)[:-1]):
        assert run(failure(saying(garbage), red)) == "malformed"


def test_a_broken_authority_fails_in_one_word(run: Run, red: Authority) -> None:
    for status in (400, 404, 500, 503, 204):
        assert run(failure(saying(b"", status), red)) == "status"


def test_an_authority_that_hangs_is_left(run: Run, red: Authority) -> None:
    async def hangs(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    async def trickles(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"0")
            await asyncio.sleep(0.05)

    for slow in (hangs, trickles):
        assert run(failure(slow, red, patience_s=0.5), seconds=5) == "slow"


def test_nobody_is_followed_elsewhere(run: Run, red: Authority) -> None:
    asked: list[bytes] = []

    async def scenario() -> None:
        async with serving(honest(red, asked)) as elsewhere:
            for status in (301, 302, 303, 307, 308):
                assert await failure(saying(b"", status, Location=elsewhere), red) == "redirect"

    run(scenario())
    assert asked == []


def test_ten_megabytes_are_not_read(run: Run, red: Authority) -> None:
    written: list[int] = []

    async def floods(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(10 * 16):
            await answer.write(b"0" * 65_536)
            written.append(65_536)
        return answer

    assert run(failure(floods, red)) == "large"
    assert sum(written) < 8 * 1024 * 1024
    assert run(failure(saying(b"0" * 10_485_760), red)) == "large"


def test_an_authority_that_is_not_there_is_unreachable(run: Run, red: Authority) -> None:
    async def scenario() -> str:
        async with serving(honest(red)) as url:
            pass
        with pytest.raises(StampFailed) as caught:
            await stamp(url, NOTE, [red.root])
        return caught.value.reason

    assert run(scenario()) == "unreachable"


def test_who_cannot_show_a_certificate_for_the_name_is_not_asked(run: Run, red: Authority) -> None:
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(red.home / "tsa.pem", red.home / "tsa.key")
    asked: list[bytes] = []

    async def scenario() -> str:
        async with serving(honest(red, asked), secured) as url:
            with pytest.raises(StampFailed) as caught:
                await stamp(url, NOTE, [red.root])
        return caught.value.reason

    assert (run(scenario()), asked) == ("unreachable", [])


@pytest.mark.parametrize(
    "url",
    [
        "http://tsa.example.org/tsr",
        "http://127.0.0.1.example.org/",
        "http://localhost@example.org/",
        "https://name:word@tsa.example.org/",
        "https://",
        "https://[::1/",
        "file:///tsr",
        "tsa.example.org",
        "",
        "https://tsa.example.org/#part",
    ],
)
def test_an_address_that_others_could_answer_for_is_refused(
    url: str, run: Run, red: Authority
) -> None:
    with pytest.raises(StampFailed) as caught:
        Stamps(url, [red.root])
    assert caught.value.reason == "address"
    with pytest.raises(StampFailed) as asked:
        run(stamp(url, NOTE, [red.root]))
    assert asked.value.reason == "address"


def test_an_authority_without_certificates_is_refused_at_once(red: Authority) -> None:
    Stamps("https://tsa.example.org/tsr", [red.root])
    for roots in ([], [b"no certificate"]):
        with pytest.raises(FormatError):
            Stamps("https://tsa.example.org/tsr", roots)
