"""Districts that used the running product, each with a mark of its own in everything that people typed.

All of it goes over HTTP to the running platform; its jobs and mails go through the running workers.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import secrets
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from apportion.tour.page import Page
from apportion.tour.visitor import Visitor
from tenants.records.jobs import Job
from tenants.scope import Scope
from tests.support import plan_material
from tests.support.acting import make_token
from tests.support.ledgers import small_export
from tests.support.live import LivePlatform
from tests.support.plan_material import Material

SECONDS = 180
ROWS = [("0100000000000008011", "9000000.00"), ("0100000111010001100", "6000000.00")]
SAME_FILE = small_export(ROWS)
"""Bytes that every district uploads: whether a neighbour has them too must show nowhere."""


@dataclasses.dataclass
class Marked:
    """A district, its mark, and what opens its doors."""

    mark: str
    material: Material
    token: str
    """API token of its business official."""
    link: str = ""
    """Address of its share link."""
    address: str = ""
    """Mail address of its reader."""
    reader: Visitor | None = None

    @property
    def id(self) -> int:
        """Return the district's id."""
        return self.material.district.id

    def secrets(self) -> list[str]:
        """Return what opens something of this district."""
        return [self.token, self.link.rsplit("/", 1)[-1]]


class Program:
    """Requests of one person's program to the running platform; pages answer it as they do a browser."""

    def __init__(self, live: LivePlatform, token: str) -> None:
        self.visitor, self.token = Visitor(live.base_url, "program"), token

    def get(self, address: str) -> Page:
        """Ask for an address, whatever it answers."""
        return self.visitor.call("GET", address, token=self.token, expect=None)

    def post(self, address: str, body: Any = None, *, form: dict[str, str] | None = None) -> Page:
        """Send JSON, or a form; fails unless it is taken."""
        sent, kind = json.dumps(body).encode(), "application/json"
        if form is not None:
            sent, kind = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        answer = self.visitor.call("POST", address, token=self.token, body=sent, kind=kind, expect=None)
        assert answer.status < 400, (address, answer.status, answer.body[:600])
        return answer

    def upload(self, address: str, name: str, content: bytes) -> Page:
        """Send a file as the field `file`."""
        mark = secrets.token_hex(16)
        body = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        answer = self.visitor.call(
            "POST",
            address,
            token=self.token,
            body=body + content + f"\r\n--{mark}--\r\n".encode(),
            kind=f"multipart/form-data; boundary={mark}",
            expect=None,
        )
        assert answer.status < 400, answer.body[:600]
        return answer


def furnish(live: LivePlatform, mark: str) -> Marked:
    """Make a district and use the product in it: ledger, plan, version, prints, link, comment, invitation."""
    material = plan_material.make_material(live.database, name=f"{mark} Unified")
    made = Marked(mark, material, make_token(live.database, material.cbo))
    cbo = Program(live, made.token)
    others = [Program(live, make_token(live.database, person)) for person in (material.cao, material.sup)]
    api, pages = f"/api/v1/districts/{made.id}", f"/d/{made.id}"
    cbo.upload(f"{api}/loads", f"{mark}-ledger.dat", SAME_FILE)
    # A name that ends above all folders; only its last part may matter.
    cbo.upload(
        f"{api}/loads", f"../../{mark}.dat", small_export([("0100000000000008011", "1.00")], "2022-23")
    )
    plan = f"{api}/plans/{material.plan_id}"
    cbo.post(f"{plan}/options", {"title": f"{mark} option", "description": f"{mark} words", "in_plan": False})
    others[1].post(
        f"{pages}/settings/people/invite",
        form={"address": f"{mark}.invited@example.org", "name": f"{mark} Guest", "role": "HR"},
    )
    version = cbo.post(f"{plan}/versions", {"kind": "draft_for_comment"}).json["id"]
    held = f"{api}/versions/{version}"
    cbo.post(f"{held}/certify")
    others[0].post(f"{held}/sign-off")
    others[1].post(f"{held}/approve")
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=20)
    others[1].post(f"{held}/publish", {"comment_until": until.isoformat()})
    link = {"label": f"{mark} link", "expires_at": until.isoformat()}
    made.link = others[1].post(f"{plan}/share-links", link).json["address"]
    _comment(live, made)
    return made


def _comment(live: LivePlatform, made: Marked) -> None:
    made.address = f"{made.mark}.reader@example.org".lower()
    made.reader = Visitor(live.base_url, "reader")
    page = made.reader.open(made.link)
    page = made.reader.open(f"{page.url.partition('?')[0].rstrip('/')}/comment")
    form = page.form(field="text")
    assert form is not None
    made.reader.submit(page, form, {"text": f"{made.mark} asks about summer.", "address": made.address})


def wait_for_jobs(live: LivePlatform, made: Marked) -> list[Job]:
    """Return the district's jobs once each that is due has ended well."""
    deadline = time.monotonic() + SECONDS
    while True:
        with live.database.app.transaction(Scope.for_upkeep(made.id)) as session:
            jobs = list(session.scalars(select(Job).where(Job.due_at <= dt.datetime.now(dt.UTC))))
            session.expunge_all()
        states = {job.state for job in jobs}
        assert "failed" not in states, [(job.kind, job.error) for job in jobs if job.state == "failed"]
        if states == {"done"}:
            return jobs
        assert time.monotonic() < deadline, [(job.kind, job.state) for job in jobs]
        time.sleep(0.2)


def wait_for_mails(live: LivePlatform, address: str, count: int) -> list[Path]:
    """Return the files of the mails to an address, once there are so many."""
    deadline = time.monotonic() + SECONDS
    wanted = f"To: {address}".lower()
    while True:
        found = [
            path
            for path in live.settings.mail_folder.glob("*.eml")
            if wanted in path.read_text("utf-8", errors="replace").lower()
        ]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, (address, len(found))
        time.sleep(0.2)


def addresses(rules: Iterator[Any], given: dict[str, object]) -> Iterator[str]:
    """Yield the address of every page, file and answer of the interface for which there are samples."""
    for rule in rules:
        if "GET" in (rule.methods or ()) and rule.arguments <= set(given):
            built = rule.build({name: given[name] for name in rule.arguments}, append_unknown=False)
            if built is not None:
                yield built[1]


def rows(live: LivePlatform, district_id: int, statement: str) -> list[dict[str, Any]]:
    """Look at a district's rows as the platform's upkeep does."""
    with live.database.app.transaction(Scope.for_upkeep(district_id)) as session:
        return [dict(row) for row in session.execute(text(statement)).mappings()]


def title(page: Page) -> str:
    """Return what a browser keeps in its history of a page."""
    found = re.search(rb"<title>(.*?)</title>", page.body, re.DOTALL)
    return found.group(1).decode() if found else ""
