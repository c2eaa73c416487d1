"""A sign-in from a device that the account was never used on: told by mail, and ended from the mail."""

from __future__ import annotations

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from apportion.request import _
from apportion.routing import EVERYONE
from apportion.services import sealer, services
from apportion.sign_in import letters
from apportion.sign_in.area import area
from tenants import accounts
from tenants.entering.sealing import SealError
from tenants.people import Person, SignInSession
from tenants.scope import Scope

NOT_ME = "not-me"
HOLDS_SECONDS = 7 * 24 * 3600
"""How long the link in the mail ends the session."""


def tell(person_id: int, session_id: int) -> None:
    """Mail a person that a device signed in which the account was never used on, but not of the first one."""
    with services().database.transaction(Scope.for_person(person_id)) as session:
        held = session.scalar(
            select(func.count()).select_from(SignInSession).where(SignInSession.person_id == person_id)
        )
        if (held or 0) < 2:
            return
        person = session.get_one(Person, person_id)
        entered = session.get_one(SignInSession, session_id)
        facts = {"person": person_id, "session": session_id}
        letters.send_new_device(
            session, person, entered, link=f"/sign-in/not-me/{sealer().seal_facts(NOT_ME, facts)}"
        )


def _meant(token: str) -> tuple[int, int] | None:
    try:
        facts: dict[str, Any] = sealer().open_facts(NOT_ME, token, seconds=HOLDS_SECONDS)
    except SealError:
        return None
    return int(facts["person"]), int(facts["session"])


@area.get("/sign-in/not-me/<token>", permission=EVERYONE)
def not_me(token: str) -> ResponseReturnValue:
    """Show which sign-in the mail was about, and the button that ends it; looking changes nothing."""
    meant = _meant(token)
    if meant is None:
        return flask.render_template("sign_in/not_me.html", found=None, ended=False), 410
    with services().database.transaction(Scope.for_person(meant[0])) as session:
        found = session.get(SignInSession, meant[1])
        # The mail's own language: whoever opens it is signed in nowhere.
        flask.g.language = session.get_one(Person, meant[0]).language
        session.expunge_all()
    ended = found is None or found.ended_at is not None
    return flask.render_template("sign_in/not_me.html", found=found, ended=ended)


@area.post("/sign-in/not-me/<token>", permission=EVERYONE)
def end_it(token: str) -> ResponseReturnValue:
    """End that sign-in at once, and every other one; then a new password is due.

    Whoever had the password may have signed in elsewhere too, and the mail proves the owner of the account.
    """
    meant = _meant(token)
    if meant is None:
        return flask.render_template("sign_in/not_me.html", found=None, ended=False), 410
    person_id, _session_id = meant
    with services().database.transaction(Scope.for_person(person_id)) as session:
        accounts.end_other_sessions(session, person_id, None)
        flask.g.language = session.get_one(Person, person_id).language
    flask.session.clear()
    flask.flash(
        _("That sign-in is ended, and every other one of your account. Now set a new password."), "ok"
    )
    return flask.redirect(flask.url_for("sign_in.ask_reset"))
