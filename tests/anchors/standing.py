"""What the anchors' tests share: witnesses as processes of their own, and servers that lie."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.anchors.gathering import Gathering, Kept, Named, Offload
from bot.anchors.http_witness import SIZE_TYPE, HttpWitness
from bot.ledger.checkpoint import (
    Checkpoint,
    cosign,
    cosignature_time,
    parse_checkpoint,
    sign_checkpoint,
)
from bot.ledger.keys import PublicKey, parse_vkey
from bot.ledger.outside import Contradiction
from bot.ledger.party import key_file
from bot.ledger.witness import STATUS, Refused, Seen, Witness
from bot.ports import Asked
from bot.storage.memory import MemoryStore
from tests.ledger.building import key, witness
from tests.storage.samples import NOON, steady
from tests.support.fake_sync import Pauses, at_once

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
NOWHERE = "http://127.0.0.1:9"
"""The port of a service that no machine runs any more."""


# -- processes -----------------------------------------------------------------------------------


@contextmanager
def witnessing(home: Path, log: str, name: str = "w7.example") -> Iterator[Named]:
    """Run `parley witness` as a party would; it goes on where the one before in `home` ended."""
    home.mkdir(exist_ok=True)
    secret, state = home / "key", home / "state"
    if not secret.exists():
        secret.touch(0o600)
        secret.write_text(key_file(key(name)))
    command = [sys.executable, "-m", "bot", "witness", "--name", name, "--log", log]
    command += ["--key", str(secret), "--state", str(state), "--listen", "127.0.0.1:0"]
    command += [] if state.exists() else ["--new"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            vkey = process.stdout.readline().strip()
            port = int(process.stdout.readline().rsplit(" ", 1)[1])
            yield Named(vkey, f"http://127.0.0.1:{port}")
        finally:
            process.kill()


def parley(cwd: Path, *args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "bot", *map(str, args)]
    return subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


# -- servers -------------------------------------------------------------------------------------


@asynccontextmanager
async def serving(post: Answering, get: Answering | None = None) -> AsyncIterator[str]:
    """Serve answers to add-checkpoint and to checkpoint, under a path of its own."""

    async def posted(request: web.Request) -> web.StreamResponse:
        return await post(request)

    application = web.Application()
    application.router.add_post("/w/7/add-checkpoint", posted)
    if get is not None:
        application.router.add_get("/w/7/checkpoint", get)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/w/7"
    finally:
        await runner.cleanup()


def saying(body: str | bytes = b"", status: int = 200, kind: str = "text/plain") -> Answering:
    """Answer everything alike."""
    raw = body if isinstance(body, bytes) else body.encode()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=raw, status=status, headers={"Content-Type": kind})

    return answer


def conflict(size: int | str) -> Answering:
    """Answer 409 with a size."""
    return saying(f"{size}\n", 409, SIZE_TYPE)


class Remembered:
    """A witness's memory in this process."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}

    def last(self, origin: str) -> Seen | None:
        return self.seen.get(origin)

    def keep(self, origin: str, seen: Seen) -> None:
        self.seen[origin] = seen


class Honest:
    """A witness of one log in this process, which notes what it is sent."""

    def __init__(self, log: str, name: str = "w8.example") -> None:
        self.memory = Remembered()
        self.judge = Witness(name, key(name), [parse_vkey(log)], self.memory)
        self.bodies: list[str] = []

    async def __call__(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.text())
        answer = self.judge.add_checkpoint(self.bodies[-1], 1000 + len(self.bodies))
        if isinstance(answer, str):
            return web.Response(text=answer)
        return _refused(answer)


def _refused(no: Refused) -> web.Response:
    status = STATUS[no.why]
    if status == 409:
        size = f"{no.size}\n".encode()
        return web.Response(body=size, status=409, headers={"Content-Type": SIZE_TYPE})
    return web.Response(text=str(no.why), status=status)


# -- gathering -----------------------------------------------------------------------------------


@dataclass
class Bench:
    """A gathering over a store, and all it said. Its pauses only count."""

    store: Kept
    named: list[Named] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    cosigned: int = 0
    pauses: Pauses = field(default_factory=lambda: Pauses(12))
    patience_s: float = 5.0
    before_signing_s: float = 10.0
    offload: Offload = at_once

    def __post_init__(self) -> None:
        self.gathering = Gathering(
            self.store,
            self.offload,
            witnesses=lambda: tuple(self.named),
            road=self.road,
            contradicted=self.contradictions.append,
            cosigned=self._count,
            pause=self.pauses,
            before_signing_s=self.before_signing_s,
        )

    def road(self, named: Named) -> Asked:
        return HttpWitness(named.via, patience_s=self.patience_s)

    def _count(self) -> None:
        self.cosigned += 1

    async def ask(self) -> None:
        """Ask everybody once."""
        await self.gathering.before_signing()

    def newest(self) -> Checkpoint:
        text = self.store.last_checkpoint()
        assert text is not None
        return parse_checkpoint(text)

    def cosigners(self) -> int:
        """Return how many of the named witnesses cosigned the newest checkpoint."""
        return sum(has_cosigned(self.newest(), parse_vkey(one.key)) for one in self.named)


def has_cosigned(checkpoint: Checkpoint, public: PublicKey) -> bool:
    return cosignature_time(checkpoint, public) is not None


def named(name: str, via: str) -> Named:
    return Named(witness(name).vkey(), via)


W7, W8, W9 = "w7.example", "w8.example", "w9.example"


def fresh() -> MemoryStore:
    """Return a store with one checkpoint, the same in every test."""
    made = MemoryStore(steady("anchors"))
    made.checkpoint(NOON)
    return made


def signed(store: MemoryStore, size: int, root: bytes) -> str:
    """Sign anything with the log's own key, as an operator can."""
    return sign_checkpoint(store.log_key().name, size, root, store._keys.log).text()


def size_of(store: MemoryStore) -> int:
    return parse_checkpoint(store.last_checkpoint() or "").size


def line(text: str, name: str = W8, by: str = "", time_s: int = 7) -> str:
    """Return the line of a witness under a checkpoint."""
    return cosign(parse_checkpoint(text), name, time_s, key(by or name)).text().splitlines()[-1]


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # what is waited for happens in another task
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(bench.gathering.run())
        yield
        task.cancel()


async def with_servers(
    bench: Bench, servers: dict[str, Answering], then: Callable[[], Awaitable[None]]
) -> None:
    async with AsyncExitStack() as stack:
        for name, post in servers.items():
            bench.named.append(named(name, await stack.enter_async_context(serving(post))))
        await then()


def raising_409() -> Answering:
    sizes = iter(range(1, 10_000))

    async def answer(request: web.Request) -> web.StreamResponse:
        return await conflict(next(sizes) % 16)(request)

    return answer


def hostile(store: MemoryStore) -> dict[str, Answering]:
    """Return servers of which none ever gives what is asked for."""
    note = store.last_checkpoint() or ""
    other = signed(store, size_of(store), bytes(32))
    return {
        "slow": hanging,
        "garbage": saying(b"\xff\x00"),
        "ten megabytes": saying(b"x" * 10_000_000),
        "redirect": saying(status=302),
        "another's line": saying(line(note, W9) + "\n"),
        "its name, another key": saying(line(note, W8, by=W9) + "\n"),
        "over another checkpoint": saying(line(other) + "\n"),
        "a line that is none beside a good one": saying(
            line(note) + "\n" + line(other, time_s=8) + "\n"
        ),
        "a checkpoint in a line's place": saying("\n" + note),
        "the log's line": saying(note.splitlines()[-1] + "\n"),
        "409 and the size we said": conflict(0),
        "409, always a smaller size": raising_409(),
        "409 without a size": saying("9\n", 409),
        "400": saying(status=400),
        "403": saying(status=403),
        "404": saying(status=404),
        "500": saying(status=500),
        "503": saying(status=503),
    }


HOSTILE = hostile(fresh())
