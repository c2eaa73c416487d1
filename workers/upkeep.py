"""What the platform does for every organization each day, on nobody's behalf; runs beside the dispatcher."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tenants.database import Database
from tenants.language import PACIFIC
from tenants.organizations import Organization
from tenants.scope import Scope
from tenants.settings import Settings
from workers.account import ending, heads, second_factor

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""How often it looks whether a new day has begun, or an account's day has come."""

Care = Callable[[Settings, Database, int, dt.date], object]

DAILY: tuple[Care, ...] = (heads.sign_head, ending.look_after, second_factor.remind)
"""What is done for a district."""
FOR_FACILITATORS: tuple[Care, ...] = (second_factor.remind,)
"""What is done for a facilitator organization."""


class Upkeep:
    """The daily round. Two at once do no harm: whatever it does is done once a day by its own keys."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_app_url, pool_size=1)
        self.done: dt.date | None = None

    def run(self, stop: threading.Event) -> None:
        """Go round once a day until told to stop; a server that is away is waited for."""
        while not stop.is_set():
            today = dt.datetime.now(PACIFIC).date()
            try:
                if self.done != today:
                    self.round(today)
                    self.done = today
            except SQLAlchemyError:
                log.warning("the daily round was cut short; it begins anew in a moment", exc_info=True)
            stop.wait(LOOK_SECONDS)

    def round(self, today: dt.date) -> None:
        """Look after every organization; a fault with one leaves the others their turn."""
        with self.database.transaction(Scope.for_operator()) as session:
            organizations = session.execute(
                select(Organization.id, Organization.kind)
                .where(Organization.kind != "operator")
                .order_by(Organization.id)
            ).all()
        for district_id, kind in organizations:
            for care in DAILY if kind == "district" else FOR_FACILITATORS:
                try:
                    care(self.settings, self.database, district_id, today)
                except Exception:
                    log.exception("district %s: %s failed", district_id, care.__qualname__)

    def close(self) -> None:
        """Let go of the connections."""
        self.database.close()
