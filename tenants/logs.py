"""Logs that may be read by whoever runs the platform: no token, address of a person or row of a district.

A record is cleaned when it is made, before any handler sees it, so that a library with a handler of its own
writes the clean text too. What a log needs is where something happened and of which kind it was; the ids that
our own lines name lead to the rows for those who may read them.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import sys
import threading
import traceback
from typing import Any

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
REMOVED = "[removed]"
TOKEN_PATHS = ("r", "r/c/[0-9]+", "invitation", "new-password", "sign-in/(?:not-me|again|connect)")
"""Beginnings of the addresses whose next part opens something."""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # What the database says about a row: keys, values, the whole row that failed a check.
    (re.compile(r"^((?:DETAIL|CONTEXT|STATEMENT):\s*).*$", re.MULTILINE), rf"\1{REMOVED}"),
    (re.compile(r"^(\[parameters: ).*$", re.MULTILINE), rf"\1{REMOVED}]"),
    (re.compile(r"\b(invalid input [^\n:]*:|out of range[^\n:]*:) \"[^\n]*\""), rf"\1 {REMOVED}"),
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-csrftoken)(['\"]?\s*[:=]\s*)[^\n]*"),
        rf"\1\2{REMOVED}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {REMOVED}"),
    (re.compile(r"(?i)\b(csrf_token|token|password|secret|code)=[^&\s'\"]+"), rf"\1={REMOVED}"),
    (re.compile(rf"(/(?:{'|'.join(TOKEN_PATHS)})/)(?!p/|c/|\[removed\])[A-Za-z0-9_~-]+"), rf"\1{REMOVED}"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/\s@'\"]+@"), rf"\1{REMOVED}@"),
    (re.compile(r"[^\s<>'\"(),;:=\[\]/]+@[^\s<>'\"(),;:=\[\]/@]+\.[A-Za-z]{2,}"), REMOVED),
    # A random token wherever it stands: a digest has no capitals, a name of ours no digits among them.
    (
        re.compile(
            r"(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*[0-9])(?=[A-Z0-9_-]*[a-z])(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{32,}"
        ),
        REMOVED,
    ),
)

_KEY = secrets.token_bytes(32)
"""Of this process: a digest tells that two errors said the same, and nobody finds out what by trying."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def clean(text: str) -> str:
    """Return a text without what opens something, names a person or repeats a row."""
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text


def protect() -> None:
    """Clean every record of this process from now on; write warnings to standard error with their time."""
    logging.setLogRecordFactory(_record)
    logging.basicConfig(level=logging.WARNING, format=FORMAT)
    # What nobody catches is told by the same way as all else.
    sys.excepthook = _uncaught
    threading.excepthook = lambda caught: _uncaught(
        caught.exc_type, caught.exc_value or caught.exc_type(), caught.exc_traceback
    )


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("apportion").critical("stopped by an error", exc_info=(kind, error, trace))


def _one_entry(text: str) -> str:
    """Return a message that stays one entry: nobody's words can pass for a line of their own."""
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], text).replace("\n", "\n  | ")


def trace_of(error: BaseException) -> str:
    """Return where an error came from and of which kind it was: never its words, which may repeat a row.

    A key of a mapping, a text that can't be read as a number, a line that a parser refused: errors of Python
    and of libraries quote what they were given. In place of the words stands a digest of them, beside the
    codes that say what a server or the system refused. Errors with `loggable = True` speak of the
    installation alone and keep their words.
    """
    seen: set[int] = set()
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_tb(current.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{_kind_of(current)}")
        if isinstance(current, BaseExceptionGroup):
            parts += [trace_of(each) for each in current.exceptions]
        hidden = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or hidden
    return "\n\nwhich came after:\n\n".join(parts)


def _kind_of(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if getattr(error, "loggable", False):
        return f"{name}: {clean(_one_entry(str(error)))}"
    codes = [
        f" {label} {value}"
        for label, value in (("errno", getattr(error, "errno", None)), ("state", _state_of(error)))
        if isinstance(value, (int, str)) and re.fullmatch(r"[0-9A-Z]{1,5}", str(value))
    ]
    try:
        words = str(error)
    except Exception:
        words = ""
    digest = hmac.new(_KEY, words.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:12]
    return f"{name}{''.join(codes)} [{digest}]"


def _state_of(error: BaseException) -> object:
    """Return the SQLSTATE of an error of the database, also where SQLAlchemy wrapped it."""
    return getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)


def _record(*given: Any, **named: Any) -> logging.LogRecord:
    record = logging.LogRecord(*given, **named)
    try:
        said = record.getMessage()
    except (TypeError, ValueError):
        said = str(record.msg)
    record.msg, record.args = _one_entry(clean(said)), None
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters take a text that is there already; what stands in `exc_info` they read only without it.
        caught = record.exc_info[1]
        record.exc_text = "" if caught is None else trace_of(caught)
    return record
