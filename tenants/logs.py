"""Logs that may be read by whoever runs the platform: no token, address of a person or row of a district.

A record is cleaned when it is made, before any handler sees it, so that a library with a handler of its own
writes the clean text too. What a log needs is where something happened and of which kind it was; the ids that
our own lines name lead to the rows for those who may read them.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from typing import Any

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
REMOVED = "[removed]"
TOKEN_PATHS = ("r", "r/c/[0-9]+", "invitation", "new-password")
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

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_plain = logging.Formatter()


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


def _record(*given: Any, **named: Any) -> logging.LogRecord:
    record = logging.LogRecord(*given, **named)
    try:
        said = record.getMessage()
    except (TypeError, ValueError):
        said = str(record.msg)
    record.msg, record.args = _one_entry(clean(said)), None
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters take a text that is there already; what stands in `exc_info` they read only without it.
        record.exc_text = clean(_plain.formatException(record.exc_info))
    return record
