"""Labelled places at which a test kills the process: the environment names one, and there it dies.

Nothing happens where FAULT_POINT is not set. A point may carry a count, as `fenced:2`: it kills the second
time that the process passes it.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

VARIABLE = "FAULT_POINT"
ONCE = "FAULT_ONCE"
"""A file that is made just before the kill; where it exists already, nothing is killed any more."""
_passed: Counter[str] = Counter()


def fault_point(name: str) -> None:
    """Die here, without any clean-up, if the environment says so."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    label, _, count = wanted.partition(":")
    if label != name:
        return
    _passed[name] += 1
    if _passed[name] < int(count or 1):
        return
    once = os.environ.get(ONCE)
    if once:
        try:
            Path(once).touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
