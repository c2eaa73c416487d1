"""The people of the tour: invited by mail, signed in with a password, each at a browser of their own."""

from __future__ import annotations

import dataclasses
import secrets
import subprocess
import sys
from collections.abc import Callable

from apportion.tour.page import Form, Page
from apportion.tour.report import Report, Step, wait_for
from apportion.tour.visitor import TourError, Visitor

MAIL_SECONDS = 120


@dataclasses.dataclass
class Cast:
    """Everybody who takes part, and where they act."""

    base_url: str
    environment: dict[str, str]
    """Variables with which the operator's commands reach the platform."""
    district_name: str
    cds_code: str
    report: Report
    make: Callable[[str, str], Visitor] = Visitor
    """Makes a person's browser from the platform's address and the person's name."""
    mark: str = dataclasses.field(default_factory=lambda: secrets.token_hex(3))
    """Keeps the addresses of two tours of one platform apart."""
    neighbour_code: str = dataclasses.field(default_factory=lambda: f"99{secrets.randbelow(10**12):012d}")
    password: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(18))
    visitors: dict[str, Visitor] = dataclasses.field(default_factory=dict)
    district_id: int = 0
    neighbour_id: int = 0
    plan_id: int = 0
    size_cents: int = 0
    """What the general fund spends in a year: invented costs and savings are parts of it."""

    def address(self, key: str) -> str:
        """Return a person's mail address."""
        return f"{key}.{self.mark}@tour.example.org"

    def __getitem__(self, key: str) -> Visitor:
        return self.visitors[key]


def operate(cast: Cast, *arguments: str, accepting: tuple[int, ...] = (0,)) -> str:
    """Run one of the operator's commands and return what it prints.

    Raises:
        TourError: It was refused.
    """
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-P", "-m", "apportion", *arguments],
        env=cast.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in accepting:
        raise TourError(f"`apportion {' '.join(arguments)}` was refused: {done.stderr.strip()[-800:]}")
    return done.stdout


def letter(cast: Cast, address: str, subject: str) -> Page:
    """Open the newest mail to an address whose subject holds some words, once it has arrived."""
    reader = cast.make(cast.base_url, "mail folder")

    def look() -> Page | None:
        folder = reader.open("/mail/")
        for words, href in folder.links:
            if subject.lower() in words.lower() and href.startswith("/mail/"):
                found = reader.open(href)
                if address in found.text:
                    return found
        return None

    return wait_for(f"A mail “{subject}” to {address}", look, MAIL_SECONDS)


def accept(cast: Cast, key: str, title: str, step: Step) -> Visitor:
    """Open the invitation in a person's mail, look at it, accept it."""
    address = cast.address(key)
    mail = letter(cast, address, "Invitation to")
    link = mail.link(href="/invitation/")
    step.check(f"{title}'s invitation holds a link", link, mail.text)
    visitor = cast.make(cast.base_url, title)
    page = visitor.open(link or "")
    form = page.form(action="/invitation/", field="password")
    step.check("the invitation says what the role will see, and can be accepted", form, page.text)
    if form is None:
        raise TourError("The invitation has no form.")
    page = visitor.submit(page, form, {"password": cast.password})
    step.check(f"{title} is in after accepting", page.form(action="sign-out") is not None, page.text)
    cast.visitors[key] = visitor
    return visitor


def sign_in(cast: Cast, key: str, title: str, step: Step) -> Visitor:
    """Sign a person in on a fresh device with address and password."""
    visitor = cast.make(cast.base_url, title)
    page = visitor.open("/sign-in")
    form = page.form(field="address")
    if form is None:
        raise TourError(f"The sign-in page asks for no address. It says: {page.text[:400]}")
    page = visitor.submit(page, form, {"address": cast.address(key)})
    form = page.form(field="password")
    if form is None:
        raise TourError(f"The sign-in page asks for no password. It says: {page.text[:400]}")
    refused = visitor.submit(page, form, {"password": "not the password"}, expect=None)
    form = refused.form(field="password")
    step.check(
        "a wrong password is refused, and may be typed again", refused.status == 422 and form, refused.text
    )
    page = visitor.submit(refused, form or Form("", "post", multipart=False), {"password": cast.password})
    step.check(
        f"{title} is signed in with address and password", page.form(action="sign-out") is not None, page.text
    )
    cast.visitors[key] = visitor
    return visitor
