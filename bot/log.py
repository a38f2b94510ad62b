"""The log: what happened, never what was said.

It exists so that an operator can watch the bot and see no content. It refuses everything it
does not know: a key that is not in `FORMS`, a value that does not have the key's form, an
event name that is not made of plain words, the message of any exception, and whatever a
library puts into its own log lines (of those, only where they come from is kept).

    log = get()
    log.info("outbox.sent", case="orchid", row=row.id, seconds=0.2)
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final, Literal, TextIO, TypeAlias

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from typing_extensions import override

Level: TypeAlias = Literal["debug", "info", "warning", "error"]
Format: TypeAlias = Literal["json", "console"]
Fields: TypeAlias = MutableMapping[str, object]

LEVELS: Final[dict[str, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40}

_EVENT = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*){0,3}")
_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,40}")
_ID = re.compile(r"[A-Za-z0-9_.:$!/+=-]{1,255}")
_PLACE = re.compile(r"[A-Za-z0-9_./<>-]{1,200}:[0-9]{1,9}")
_NUMBER = None
"""Stands for: int, float or bool."""

FORMS: Final[Mapping[str, re.Pattern[str] | None]] = {
    # which
    "case": _ID,
    "compartment": _ID,
    "room": _ID,
    "row": _ID,
    "event_id": _ID,
    "record": _ID,
    "act": _WORD,
    "check": _WORD,
    "chore": _WORD,
    "error": _WORD,
    "kind": _WORD,
    "reason": _WORD,
    "rule": _WORD,
    "why": _WORD,
    "errcode": re.compile(r"[A-Z][A-Z0-9_.]{1,63}"),
    "version": _ID,
    # where, for lines of libraries
    "at": _PLACE,
    "library": _WORD,
    # how much
    "attempt": _NUMBER,
    "bytes": _NUMBER,
    "cases": _NUMBER,
    "count": _NUMBER,
    "failures": _NUMBER,
    "head": _NUMBER,
    "item": _NUMBER,
    "number": _NUMBER,
    "port": _NUMBER,
    "seconds": _NUMBER,
    "status": _NUMBER,
    "uploaded": _NUMBER,
}
"""Every key that may be logged and the form of its value. People and their names: never."""

NOISY: Final = ("nio", "aiohttp", "sqlalchemy", "apscheduler", "asyncio", "py.warnings")
_OWN: Final = frozenset({"event", "level", "timestamp", "exc_info"})
_DEEPEST = 12
_ODD_EVENT = "log.event_not_constant"

_transform = ExceptionDictTransformer(show_locals=False, max_frames=_DEEPEST)


class Log(structlog.BoundLoggerBase):
    """A logger without positional arguments: nothing can be formatted into an event name."""

    def debug(self, event: str, **fields: object) -> None:
        """Log what only a developer asks for."""
        self._proxy_to_logger("debug", event, **fields)

    def info(self, event: str, **fields: object) -> None:
        """Log that something went as it should."""
        self._proxy_to_logger("info", event, **fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log what an operator should look at."""
        self._proxy_to_logger("warning", event, **fields)

    def error(self, event: str, **fields: object) -> None:
        """Log what an operator must look at."""
        self._proxy_to_logger("error", event, **fields)

    def exception(self, event: str, **fields: object) -> None:
        """Log the exception that is being handled, as `crash` does."""
        self._proxy_to_logger("error", event, **fields, exc_info=sys.exception())

    def crash(self, event: str, wrong: BaseException) -> None:
        """Log an exception: its class and where it happened, never its message."""
        self._proxy_to_logger("error", event, exc_info=wrong)


def get() -> Log:
    """Return the logger; usable before `configure`, which decides where lines go."""
    found: Log = structlog.get_logger()
    return found


def configure(level: Level, form: Format, stream: TextIO | None = None) -> None:
    """Set the one way that lines are made, for the bot, its libraries and its crashes."""
    out = sys.stderr if stream is None else stream
    structlog.configure(
        processors=[
            _Threshold(LEVELS[level]),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            _bare_exception,
            structlog.processors.JSONRenderer(sort_keys=True) if form == "json" else _console,
        ],
        wrapper_class=Log,
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Bridge(logging.WARNING)]
    root.setLevel(logging.WARNING)
    for name in NOISY:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.WARNING)
        logger.propagate = True
    logging.captureWarnings(capture=True)
    # Otherwise a faulty log call prints its message and arguments to stderr.
    logging.raiseExceptions = False
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    sys.unraisablehook = _unraisable


class _Threshold:
    """Drop lines below a level."""

    def __init__(self, least: int) -> None:
        self._least = least

    def __call__(self, _logger: object, method: str, fields: Fields) -> Fields:
        if LEVELS.get(method, logging.ERROR) < self._least:
            raise structlog.DropEvent
        return fields


def _only_allowed(_logger: object, _method: str, fields: Fields) -> Fields:
    kept: Fields = {key: fields[key] for key in fields if key in _OWN or _fits(key, fields[key])}
    if len(kept) < len(fields):
        kept["dropped"] = len(fields) - len(kept)
    event = kept.get("event")
    if not isinstance(event, str) or len(event) > 60 or _EVENT.fullmatch(event) is None:
        kept["event"] = _ODD_EVENT
    return kept


def _fits(key: str, value: object) -> bool:
    if key not in FORMS:
        return False
    form = FORMS[key]
    if form is None:
        return isinstance(value, int | float)
    return isinstance(value, str) and form.fullmatch(value) is not None


def _bare_exception(_logger: object, _method: str, fields: Fields) -> Fields:
    wrong = fields.pop("exc_info", None)
    if isinstance(wrong, tuple):
        wrong = wrong[1]
    if isinstance(wrong, BaseException):
        fields["exception"] = bare(wrong)
    return fields


def bare(wrong: BaseException) -> list[str]:
    """Return an exception's chain as "Class at file:line name < file:line name", innermost first."""
    return _chain(_transform((type(wrong), wrong, wrong.__traceback__)))


def _chain(chain: list[dict[str, Any]]) -> list[str]:
    lines = []
    for one in chain:
        frames = [f"{_short(f['filename'])}:{f['lineno']} {f['name']}" for f in one["frames"]]
        lines.append(f"{one['exc_type']} at " + (" < ".join(reversed(frames)) or "(nowhere)"))
        for inner in one["exceptions"]:
            lines += ["in the group: " + line for line in _chain(inner)]
    return lines


def _short(filename: str) -> str:
    """Return the last two parts of a path: whose machine it is says nothing about the fault."""
    return "/".join(PurePath(filename).parts[-2:])


def _console(_logger: object, _method: str, fields: Fields) -> str:
    """Return one readable line. Values have passed `FORMS`, so none can forge a second line."""
    first = [str(fields.pop(key, "-")) for key in ("timestamp", "level", "event")]
    exception = fields.pop("exception", [])
    rest = [f"{key}={fields[key]}" for key in sorted(fields)]
    tail = [f"\n    {line}" for line in exception] if isinstance(exception, list) else []
    return " ".join([*first, *rest]) + "".join(tail)


class _Bridge(logging.Handler):
    """Takes a library's log record and keeps its level, its logger and its place."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, object] = {
            "library": record.name,
            "at": f"{_short(record.pathname)}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info[1]
        write = get().error if record.levelno >= logging.ERROR else get().warning
        write("library.spoke", **fields)


def _crashed(_kind: type[BaseException], wrong: BaseException, _at: TracebackType | None) -> None:
    get().crash("crashed", wrong)


def _thread_crashed(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        get().crash("crashed.thread", crash.exc_value)


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    if found.exc_value is not None:
        get().crash("crashed.unraisable", found.exc_value)
