import ast
import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot import log as logs
from bot.log import FORMS, bare, configure, get

CANARY = "Sergeant-Faris-is-held-at-the-mill"
BOT = Path(__file__).parents[1] / "bot"
METHODS = {"debug", "info", "warning", "error", "exception", "crash"}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Put back what `configure` changes for the whole process."""
    root = logging.getLogger()
    kept = (root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    raising = logging.raiseExceptions
    yield
    root.handlers[:], hooks = kept[0], kept[2:]
    root.setLevel(kept[1])
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.raiseExceptions = raising
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def written(level: logs.Level = "debug", form: logs.Format = "json") -> io.StringIO:
    out = io.StringIO()
    configure(level, form, out)
    return out


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def fail(secret: str) -> None:
    held = secret
    raise ValueError(f"bad name {held}")


def fail_in_turn(secret: str) -> None:
    try:
        fail(secret)
    except ValueError as wrong:
        raise OSError(secret) from wrong


def test_an_allowed_line_says_what_happened_when_and_to_which() -> None:
    out = written()
    get().info("outbox.sent", case="orchid", count=3, seconds=0.25)
    (line,) = lines(out)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "event": "outbox.sent",
        "level": "info",
        "case": "orchid",
        "count": 3,
        "seconds": 0.25,
    }


@pytest.mark.parametrize("key", ["text", "body", "name", "user", "message", "exception", "stack"])
def test_a_key_that_is_not_in_the_list_is_dropped_and_counted(key: str) -> None:
    out = written()
    get().info("outbox.sent", **{key: CANARY})
    (line,) = lines(out)
    assert key not in line
    assert line["dropped"] == 1


@pytest.mark.parametrize("key", sorted(FORMS))
def test_no_allowed_key_takes_a_sentence(key: str) -> None:
    out = written()
    get().info("outbox.sent", **{key: "he is held at the mill"})
    get().info("outbox.sent", **{key: ["mill"]})
    get().info("outbox.sent", **{key: "one\ntwo"})
    assert "mill" not in out.getvalue()
    assert "two" not in out.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_the_canary_reaches_no_line_by_any_way(
    form: logs.Format, capfd: pytest.CaptureFixture[str]
) -> None:
    out = written(form=form)
    log = get()
    log.info(f"said {CANARY}")  # noqa: G004  # what the log must survive
    log.info("outbox.sent", text=CANARY, level=f"{CANARY} x", timestamp=f"{CANARY} x")
    log.info("outbox.sent", exc_info=f"{CANARY} x", event_id=f"{CANARY} x")
    log.bind(name=CANARY).info("outbox.sent")
    try:
        fail(CANARY)
    except ValueError as wrong:
        wrong.add_note(CANARY)
        log.crash("crashed", wrong)
        log.exception("crashed")
        sys.excepthook(type(wrong), wrong, wrong.__traceback__)
        logging.getLogger("asyncio").exception("never retrieved %s", CANARY)
        group = ExceptionGroup(CANARY, [wrong, ValueError(CANARY)])
        log.crash("crashed", group)
    for name in (*logs.NOISY, "nio.crypto", "somebody.else"):
        logging.getLogger(name).warning(CANARY)
        logging.getLogger(name).error("got %s", CANARY, extra={"more": CANARY})
        logging.getLogger(name).error("too few %s %s", CANARY)  # noqa: PLE1206  # the same
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, UserWarning, stacklevel=1)
    thread = threading.Thread(target=fail, args=(CANARY,), name=CANARY)
    thread.start()
    thread.join()
    said = out.getvalue() + "".join(capfd.readouterr())
    assert said.count("library.spoke") == 3 * (len(logs.NOISY) + 2) + 2
    assert "crashed.thread" in said
    assert CANARY not in said


def test_an_exception_leaves_its_class_and_its_place() -> None:
    out = written()
    try:
        fail(CANARY)
    except ValueError as wrong:
        get().crash("crashed", wrong)
        get().exception("crashed")
    line, same = lines(out)
    assert line["exception"] == same["exception"]
    (only,) = line["exception"]  # type: ignore[misc]
    assert only.startswith("ValueError at tests/test_log.py:")  # type: ignore[has-type]
    assert " fail < tests/test_log.py:" in only  # type: ignore[has-type]


def test_every_member_of_an_exception_group_is_named() -> None:
    group = ExceptionGroup("g", [ExceptionGroup("h", [KeyError("k")]), OSError("o")])
    assert [line.split(" at ")[0] for line in bare(group)] == [
        "ExceptionGroup",
        "in the group: ExceptionGroup",
        "in the group: in the group: KeyError",
        "in the group: OSError",
    ]


def test_a_cause_is_named_after_its_effect() -> None:
    with pytest.raises(OSError, match=CANARY) as caught:
        fail_in_turn(CANARY)
    assert [line.split(" at ")[0] for line in bare(caught.value)] == ["OSError", "ValueError"]


def test_lines_below_the_level_are_not_written() -> None:
    out = written("warning")
    get().info("outbox.sent")
    get().warning("outbox.denied")
    assert [line["event"] for line in lines(out)] == ["outbox.denied"]


def test_a_librarys_chatter_below_warning_is_not_written() -> None:
    out = written()
    chatty = logging.getLogger("nio.chatty")
    chatty.setLevel(logging.DEBUG)
    chatty.info("hello")
    assert lines(out) == []


def test_a_librarys_warning_keeps_its_place() -> None:
    out = written()
    logging.getLogger("nio.crypto").warning("x")
    (line,) = lines(out)
    assert line["library"] == "nio.crypto"
    assert str(line["at"]).startswith("tests/test_log.py:")


def test_the_console_shows_one_line_per_event() -> None:
    out = written(form="console")
    get().warning("outbox.denied", compartment="desk", reason="held")
    (line,) = out.getvalue().splitlines()
    assert line.endswith("warning outbox.denied compartment=desk reason=held")


def log_calls(source: str) -> list[ast.Call]:
    """Return every call that looks like one on a log."""
    return [
        call
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in METHODS
        and re.search(r"(^|[._])(log|logger|get\(\))$", ast.unparse(call.func.value))
    ]


BOT_CALLS = [
    pytest.param(call, id=f"{path.relative_to(BOT)}:{call.lineno}")
    for path in sorted(BOT.rglob("*.py"))
    if path != BOT / "log.py"
    for call in log_calls(path.read_text("utf-8"))
]


@pytest.mark.parametrize("call", BOT_CALLS)
def test_every_call_names_a_constant_event_and_keys_that_are_allowed(call: ast.Call) -> None:
    event = call.args[0]
    assert isinstance(event, ast.Constant)
    assert isinstance(event.value, str)
    assert logs._EVENT.fullmatch(event.value)
    if call.func.attr != "crash":  # type: ignore[attr-defined]
        assert len(call.args) == 1
    assert {keyword.arg for keyword in call.keywords} <= {*FORMS, "exc_info"}


def test_the_search_for_log_calls_finds_them() -> None:
    source = (
        'self._log.info(f"said {text}")\nlog.error("a", text=1)\nlogs.get().info(x)\nmath.log(2)'
    )
    assert len(log_calls(source)) == 3
