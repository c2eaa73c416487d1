"""The largest real file from upload to the first finding on the page, through web, dispatcher and worker."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.acting import make_token
from tests.support.factories import make_district, make_member
from tests.support.live import LivePlatform

CDS = "38684780000000"
LONGEST_SECONDS = 300


def ask(base: str, token: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
    """Send a request and return its answer."""
    request = urllib.request.Request(base + path, data=body, headers={"Authorization": f"Bearer {token}"})
    if kind:
        request.add_header("Content-Type", kind)
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
        return content


def upload(base: str, token: str, district: int, path: Path) -> dict[str, Any]:
    """Load a file through the interface."""
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n\r\n'
    body = head.encode() + path.read_bytes() + f"\r\n--{edge}--\r\n".encode()
    place = f"/api/v1/districts/{district}/loads"
    found: dict[str, Any] = json.loads(ask(base, token, place, body, f"multipart/form-data; boundary={edge}"))
    return found


def test_first_finding(live_platform: LivePlatform, real_data: Path, measured: Callable[..., None]) -> None:
    largest = max(real_data.rglob("*.dat"), key=lambda path: path.stat().st_size)
    district = make_district(live_platform.database, "San Francisco Unified", CDS)
    person = make_member(live_platform.database, district, "CBO")
    token, base = make_token(live_platform.database, person), live_platform.base_url
    begun = time.monotonic()
    load = upload(base, token, district.id, largest)
    accepted = time.monotonic() - begun
    ready = 0.0
    while time.monotonic() - begun < LONGEST_SECONDS:
        if not ready:
            state = json.loads(ask(base, token, f"/api/v1/districts/{district.id}/loads/{load['id']}"))[
                "state"
            ]
            assert state in {"received", "reading", "ready"}, state
            ready = time.monotonic() - begun if state == "ready" else 0.0
        found = json.loads(ask(base, token, f"/api/v1/districts/{district.id}/runs"))["items"]
        if found:
            break
        time.sleep(0.05)
    answered = time.monotonic() - begun
    page = ask(base, token, f"/d/{district.id}/analyses").decode()
    assert "$" in page
    shown = time.monotonic() - begun
    name = f"{largest.name}, {largest.stat().st_size / 1e3:,.0f} kB"
    measured(f"{name}: accepted and committed", accepted, "s")
    measured("  until its rows are validated and stored", ready - accepted, "s")
    measured("  until the first analysis has answered", answered - ready, "s")
    measured("  until the page shows it", shown - answered, "s")
    measured("from upload to the first finding on the page", shown, "s")
    jobs = json.loads(ask(base, token, f"/api/v1/districts/{district.id}/jobs"))["items"]
    assert {job["kind"] for job in jobs} >= {"read_ledger", "run_analyses"}
