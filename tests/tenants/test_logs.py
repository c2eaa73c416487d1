"""What a log may not hold is gone before any handler sees it, whatever library writes it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tenants import logs

TOKEN = "k3J9vQx-7ZtLw2Yb_8RfNc5HdGm1PaSeUoXi4TqWzBs"


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        (f"GET /r/{TOKEN} answered slowly", TOKEN),
        ("GET /r/c/41/7KQ2M9", "7KQ2M9"),
        ("GET /invitation/short-one/accept", "short-one"),
        (f"Location: /new-password/{TOKEN}?x=1", TOKEN),
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        (f"headers {{'Cookie': 'apportion={TOKEN}; a=b'}}", TOKEN),
        ("bearer abcdefgh12345678 was refused", "abcdefgh12345678"),
        (f"no session {TOKEN!r}", TOKEN),
        ("posting to POST /x?token=abc&password=hunter22", "hunter22"),
        ("mail to marisol.quintero@elmcreek.k12.ca.us failed", "marisol"),
        ("redis://user:s3cret@cache:6379/0 is away", "s3cret"),
        ("error\nDETAIL:  Failing row contains (7, Zanthoxylum plan, 12).", "Zanthoxylum"),
        ("error\nDETAIL:  Key (district_id, title)=(7, Zanthoxylum) already exists.", "Zanthoxylum"),
        ('invalid input syntax for type integer: "Zanthoxylum"', "Zanthoxylum"),
        ("[parameters: {'title': 'Zanthoxylum'}]", "Zanthoxylum"),
    ],
)
def test_what_opens_something_or_repeats_a_row_is_removed(line, gone):
    cleaned = logs.clean(line)
    assert gone not in cleaned
    assert logs.REMOVED in cleaned
    assert logs.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "line",
    [
        "job 4711: start 2 failed",
        "failure 9f3a01bc at GET /d/<int:district_id>/plan",
        'File "/srv/apportion/workers/imports/ledger/accept.py", line 91, in accept',
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 differs",
        "GET /r/p/41/comment answered 500",
        "test_a_reader_of_one_link_reads_nothing_of_another_district",
    ],
)
def test_what_a_search_for_a_fault_needs_stays(line):
    assert logs.clean(line) == line


def test_a_librarys_own_handler_a_trace_and_a_thread_write_the_clean_text():
    program = f"""
import logging, threading
from tenants import logs
logs.protect()
own = logging.getLogger("some.library")
own.propagate = False
own.addHandler(logging.StreamHandler())
own.error("refused %s", "{TOKEN}")
own.error("name %s", "x\\n2026-11-26 CRITICAL forged\\x1b[2J")
try:
    raise ValueError("no letter to zanthoxylum@example.org")
except ValueError:
    own.exception("it failed")
    logging.getLogger("apportion").exception("here too, for %(who)s", {{"who": "zanthoxylum@example.org"}})
def work():
    raise KeyError("Zanthoxylum")
thread = threading.Thread(target=work)
thread.start()
thread.join()
class Installation(RuntimeError):
    loggable = True
try:
    int("Zanthoxylum")
except ValueError as error:
    raise Installation("the role /r/{TOKEN} is missing") from error
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert TOKEN not in said
    assert "zanthoxylum" not in said.lower()
    assert "\n  | 2026-11-26 CRITICAL forged\\x1b[2J" in said
    digests = re.findall(r"ValueError \[([0-9a-f]{12})\]", said)
    assert len(digests) == 3
    assert len(set(digests)) == 2, "the same words have the same digest"
    assert re.search(r"line \d+, in work\n(.*?\n)?KeyError \[", said, re.DOTALL)
    assert said.count("stopped by an error") == 2
    assert "Installation: the role /r/[removed] is missing" in said
