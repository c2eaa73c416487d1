"""The whole demonstration, loaded through the functions that the product's own pages use.

A load that was stopped goes on where it stood; a finished one does nothing. Organizations are marked as
invented, so every page and print of theirs says so.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Callable
from pathlib import Path

from apportion.demonstration import loading, opening, planning, voices, wishes
from apportion.demonstration.districts import ARROYO_VERDE, MESA_ROBLES, PUERTO_ALEGRE
from apportion.demonstration.people import COACH_ONE, LEAD, OPERATOR, PASSWORD, people_of
from apportion.frame.facts import california_today
from tenants.database import Database
from tenants.records.share_links import derived_token
from tenants.scope import resolve_visitor
from tenants.settings import Settings
from workers import registry
from workers.comments import conversation
from workers.planning.versions import Board

Say = Callable[[str], None]
KEPT = "demonstration.json"
"""File of the data folder that names what the reader's link is made from; the secret key makes it."""


class NotInProductionError(RuntimeError):
    """The demonstration has a password that everybody knows; a production platform refuses it."""


@dataclasses.dataclass(frozen=True)
class SignIn:
    """Somebody to sign in as, and what for."""

    address: str
    what: str


def load(settings: Settings, say: Say) -> None:
    """Load the demonstration, or what is missing of it.

    Raises:
        NotInProductionError: The platform is set up for production.
        DemonstrationError: A job of it failed.
    """
    if settings.production:
        raise NotInProductionError(
            "The demonstration's password is known to everybody, so a production platform does not load it."
        )
    registry.load()
    began = time.monotonic()
    database = Database(settings.database_app_url)
    try:
        districts = opening.open_all(database)
        for district in districts.values():
            loading.load_ledgers(settings, database, district)
            loading.load_people(settings, database, district)
        _arroyo(settings, database, districts[ARROYO_VERDE.key])
        _mesa(settings, database, districts[MESA_ROBLES.key])
        planning.start(
            database, districts[PUERTO_ALEGRE.key], wishes.PUERTO_PRIORITIES, wishes.PUERTO_OPTIONS
        )
        for district in districts.values():
            loading.finish_jobs(settings, database, district)
    finally:
        database.close()
    say(f"The invented demonstration districts are loaded ({time.monotonic() - began:.0f} seconds).")


def sign_ins() -> list[SignIn]:
    """Return one person for each way of using the platform."""
    by_role = {person.role: person for person in reversed(people_of(ARROYO_VERDE.key))}
    name = ARROYO_VERDE.name
    return [
        SignIn(by_role["CBO"].address, f"chief business official of {name}"),
        SignIn(by_role["SUP"].address, f"superintendent of {name}"),
        SignIn(by_role["CAO"].address, f"chief academic officer of {name}"),
        SignIn(by_role["BRD"].address, f"board member of {name}"),
        SignIn(LEAD.address, "facilitator lead, sees the cohort board"),
        SignIn(COACH_ONE.address, "coach of two districts"),
        SignIn(OPERATOR.address, "platform administrator"),
    ]


def announce(settings: Settings, say: Say) -> None:
    """Print the demonstration's sign-ins, password and reader's link. Never in production."""
    if settings.production:
        return
    say(f'Demonstration sign-ins, all with the password "{PASSWORD}":')
    for person in sign_ins():
        say(f"  {person.address:<46} {person.what}")
    kept = _kept(settings.home)
    if "link" in kept:
        token = derived_token(settings.secret_keys[0], int(kept["district"]), kept["link"])
        say(f"  {settings.base_url.rstrip('/')}/r/{token}")
        say(f"  {'':<46} {ARROYO_VERDE.name}'s plan as a parent reads it, without an account")


def _arroyo(settings: Settings, database: Database, district: opening.Opened) -> None:
    """A draft for comment is out, readers commented, and the next draft changed because of one of them."""
    plan_id = planning.start(database, district, wishes.ARROYO_PRIORITIES, wishes.ARROYO_OPTIONS)
    known = planning.published(database, district, plan_id)
    if known == 0:
        planning.check_spanish(database, district, plan_id)
        planning.release(settings, database, district, plan_id)
    # The file names what the token is made from, not the token.
    link = _kept(settings.home).get("link", "")
    token = derived_token(settings.secret_keys[0], district.id, link)
    if resolve_visitor(database, token) is None:
        link = f"demonstration/{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"
        token = derived_token(settings.secret_keys[0], district.id, link)
        planning.link(database, district, plan_id, token)
        _keep(settings.home, link=link, district=str(district.id))
    if known > 1:
        return
    asked = voices.say(settings, database, district, token, voices.COACHES)
    for voice in voices.VOICES:
        voices.say(settings, database, district, token, voice)
    block_id = planning.first_paragraph(database, district, plan_id, "priorities")
    planning.add_sentence(database, district, plan_id, block_id, *voices.COACHES_SENTENCE)
    academic = district.scope(database, "CAO")
    with database.transaction(academic) as session:
        conversation.set_disposition(session, academic, asked, "changed", "", block_id)
    planning.release(settings, database, district, plan_id)
    planning.talk(database, district, plan_id)


def _mesa(settings: Settings, database: Database, district: opening.Opened) -> None:
    """The board adopted the plan a week ago."""
    plan_id = planning.start(database, district, wishes.MESA_PRIORITIES, wishes.MESA_OPTIONS)
    if planning.published(database, district, plan_id):
        return
    planning.check_spanish(database, district, plan_id)
    week_ago = california_today() - dt.timedelta(days=7)
    planning.release(settings, database, district, plan_id, Board(week_ago, "5-0", "26-31"))


def _kept(home: Path) -> dict[str, str]:
    path = home / KEPT
    found: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    return found


def _keep(home: Path, **values: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / KEPT).write_text(json.dumps({**_kept(home), **values}))
