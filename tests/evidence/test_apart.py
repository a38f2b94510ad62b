from __future__ import annotations

import asyncio
import io
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.evidence.apart import WORKER, cleaned
from bot.evidence.kinds import Cleaned, Kind, Refusal, Why, refuse
from tests.support.planted import found_in
from tests.support.planted_office import plain_word, word
from tests.support.planted_opendocument import opendocument
from tests.support.planted_pdf import pdf
from tests.support.planted_pictures import declared_png, jpeg, png, webp


def made(content: bytes, name: str = "", mime: str = "", limit_s: float = 60) -> Cleaned | Refusal:
    return asyncio.run(cleaned(content, name, mime, limit_s=limit_s))


def behaving(code: str, limit_s: float = 20) -> Cleaned | Refusal:
    """Return what comes of a worker that does this instead of its work."""
    worker = (sys.executable, "-I", "-c", code)
    return asyncio.run(cleaned(b"a file", limit_s=limit_s, worker=worker))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Kind.JPEG, jpeg()),
        (Kind.PNG, png()),
        (Kind.WEBP, webp()),
        (Kind.PDF, pdf()),
        (Kind.DOCX, word()),
        (Kind.ODT, opendocument(Kind.ODT)),
        (Kind.TEXT, b"Alive on Friday.\n"),
    ],
)
def test_a_file_is_cleaned_in_another_process(kind: Kind, content: bytes) -> None:
    answer = made(content, "attachment", "application/octet-stream")
    assert isinstance(answer, Cleaned), answer
    assert answer.kind is kind
    assert found_in(answer.content) == []


@pytest.mark.parametrize(
    ("content", "name", "answer"),
    [
        (b"", "", refuse(Why.EMPTY)),
        (pdf(), "a.jpg", refuse(Why.DISGUISED, named="jpeg", found="pdf")),
        (pdf(password="x"), "a.pdf", refuse(Why.ENCRYPTED, kind="pdf")),
        (jpeg()[:700], "a.jpg", refuse(Why.DAMAGED, kind="jpeg")),
        (declared_png(60_000, 60_000), "", refuse(Why.PIXELS, kind="png", limit=60)),
        (b"OggS" + bytes(40), "voice.ogg", refuse(Why.STAYS, kind="ogg")),
    ],
)
def test_each_refusal_comes_back_as_it_was_given(
    content: bytes, name: str, answer: Refusal
) -> None:
    assert made(content, name) == answer


def test_a_reader_that_crashes_is_a_refusal() -> None:
    assert behaving("import os; os.abort()") == refuse(Why.CRASHED)
    assert behaving("raise SystemExit(3)") == refuse(Why.CRASHED)
    assert behaving("import ctypes; ctypes.string_at(0)") == refuse(Why.CRASHED)


def test_a_reader_that_hangs_is_ended() -> None:
    begun = time.monotonic()
    assert behaving("import time; time.sleep(60)", limit_s=0.5) == refuse(Why.TOO_LONG)
    assert behaving("import sys; sys.stdin.read(); import time; time.sleep(60)", 0.5) == refuse(
        Why.TOO_LONG
    )
    assert time.monotonic() - begun < 5


def test_a_reader_that_uses_up_its_processor_time_is_ended() -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    assert behaving(code) == refuse(Why.TOO_LONG)


def test_a_reader_that_never_stops_talking_is_ended() -> None:
    code = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    assert behaving(code) == refuse(Why.CRASHED)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"why": "nothing known", "args": {}}',
        '{"why": "evidence.type", "args": []}',
        '{"kind": "exe", "removed": []}',
        '{"kind": "jpeg", "removed": "all"}',
        "[" * 5000,
    ],
)
def test_an_answer_of_another_shape_is_not_believed(said: str) -> None:
    assert behaving(f"print({said!r})") == refuse(Why.CRASHED)


def test_whoever_gives_up_waiting_leaves_no_process_behind() -> None:
    async def give_up() -> list[str]:
        ours = secrets.token_hex(16)
        sleeping = (sys.executable, "-I", "-c", f"import time; time.sleep(600) # {ours}")
        try:
            async with asyncio.timeout(0.3):
                await cleaned(b"x", worker=sleeping)
        except TimeoutError:
            pass
        return [
            entry.name
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and ours.encode() in _command(entry)
        ]

    assert asyncio.run(give_up()) == []


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_memory_that_a_file_asks_for_is_limited() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8_900, 6_700), (1, 2, 3, 100)).save(out, "PNG", compress_level=1)
    assert made(out.getvalue()) == refuse(Why.TOO_HEAVY)


def test_the_event_loop_turns_while_a_file_is_read() -> None:
    async def longest_stall() -> float:
        stalls = []

        async def watch() -> None:
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.005)
                stalls.append(time.monotonic() - before)

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch())
            await cleaned(pdf())
            watching.cancel()
        return max(stalls)

    assert asyncio.run(longest_stall()) < 0.2


def test_the_reader_can_open_no_socket_start_no_program_and_write_no_file() -> None:
    code = """
import os, resource, socket, subprocess
from bot.evidence.confined import confine
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
print(confine())
for act in (
    lambda: socket.socket(),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: os.kill(os.getppid(), 0),
    lambda: os.unlink("/nonexistent"),
    lambda: os.fork(),
):
    try:
        print("done", act())
    except PermissionError:
        print("refused")
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "True"
    assert lines[1:5] == ["refused"] * 4


def test_the_reader_works_confined_and_with_nothing_of_ours() -> None:
    code = """
import os, resource, socket
from bot.evidence import worker
from bot.evidence.kinds import Why, refuse
def look(content, name, mime):
    print("a library prints to the standard output")
    try:
        socket.socket()
    except PermissionError:
        limits = [resource.getrlimit(what)[0] for what in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]
        bounded = limits == [worker.MEMORY, worker.CPU_SECONDS]
        if bounded and not resource.getrlimit(resource.RLIMIT_FSIZE)[1]:
            known = {"LC_CTYPE"} >= set(os.environ) and os.getcwd() == "/"
            return refuse(Why.PAGES, kind="pdf", limit=int(known))
    return refuse(Why.TYPE)
worker._made = look
worker.main()
"""
    assert behaving(code) == refuse(Why.PAGES, kind="pdf", limit=1)


def test_a_file_that_takes_the_reader_too_long_is_told_so() -> None:
    code = """
from bot.evidence import worker
def look(content, name, mime):
    while True:
        pass
worker._made = look
worker.CPU_SECONDS = 1
worker.main()
"""
    assert behaving(code) == refuse(Why.TOO_LONG)


def test_the_bot_itself_loads_no_reader_of_files() -> None:
    code = "import sys, bot.evidence.apart, bot.evidence.looking; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"PIL", "pikepdf", "pypdfium2", "pypdfium2_raw", "lxml"}
    assert WORKER[1:] == ("-I", "-m", "bot.evidence.worker")


BODIES = [jpeg(), png(), webp(), pdf(), plain_word(), opendocument(Kind.ODS)]
patient = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@patient
@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-1.7\n", b"\xff\xd8\xff", b"PK\3\4"]))
def test_random_bytes_never_reach_the_caller_as_an_error(content: bytes, head: bytes) -> None:
    assert isinstance(made(head + content), Cleaned | Refusal)


@patient
@given(
    st.sampled_from(BODIES),
    st.lists(st.tuples(st.integers(0), st.integers(1, 255)), min_size=1, max_size=4),
)
def test_a_file_with_flipped_bytes_never_reaches_the_caller_as_an_error(
    body: bytes, flips: list[tuple[int, int]]
) -> None:
    content = bytearray(body)
    for at, flip in flips:
        content[at % len(content)] ^= flip
    answer = made(bytes(content))
    assert isinstance(answer, Cleaned | Refusal)
    if isinstance(answer, Cleaned):
        assert answer.content != bytes(content)
