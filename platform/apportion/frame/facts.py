"""What the frame around a page says: whose it is, where the phases stand, where one may go."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import cached_property

import flask
from sqlalchemy import select
from sqlalchemy.orm import defer

from apportion.frame.palette import DEFAULT, Palette, palette
from apportion.portfolio.waiting import waiting_for
from apportion.request import _, scope, transaction
from apportion.security import cookie_name
from apportion.services import services
from tenants import support
from tenants.language import N_, PACIFIC
from tenants.organizations import Organization, SupportGrant
from tenants.people import Person
from tenants.records import dates
from tenants.records.datasets import Dataset
from tenants.records.plans import Plan, PlanVersion
from tenants.records.standing import PhaseStanding, standing
from tenants.roles import ROLE_NAMES, allows

AREAS_IN_SPINE = (
    ("data", N_("Data")),
    ("analyses", N_("Analyses")),
    ("plan", N_("Plan")),
    ("sharing", N_("Share links")),
    ("comments", N_("Comments")),
    ("board", N_("Board")),
    ("settings", N_("Settings")),
)
DENSITY_COOKIE = "density"
DENSITIES = ("comfortable", "compact")
AREAS_OF_FACILITATOR = (
    ("cohorts", N_("Cohort board")),
    ("console", N_("Console")),
    ("settings", N_("Settings")),
)


@dataclasses.dataclass(frozen=True)
class Entry:
    """A line of the menu."""

    label: str
    address: str
    current: bool


@dataclasses.dataclass(frozen=True)
class Whole:
    """Everything the frame reads, in one transaction."""

    organization: Organization | None
    district: Organization | None
    person: Person | None
    phases: tuple[PhaseStanding, ...]
    fiscal_year: str | None
    plan: Plan | None
    version: PlanVersion | None
    support: tuple[SupportGrant, ...] = ()
    """Open grants under which somebody of the operator may look into the district shown."""
    waiting: int = 0
    """How many things wait for this person in the district shown."""


class FrameFacts:
    """The facts of one answer, read when a template first asks."""

    def __init__(self, *, reads: bool = True) -> None:
        """Make the facts; with `reads` false they are empty, for a page that must not need a database."""
        self.reads = reads

    @cached_property
    def whole(self) -> Whole:
        """Everything, read at once."""
        if not self.reads:
            return Whole(None, None, None, (), None, None, None)
        acting = scope()
        district_id = self.district_id
        shown_id = acting.organization_id or acting.viewed_district_id
        if acting.person_id is None and shown_id is None and district_id is None:
            return Whole(None, None, None, (), None, None, None)
        with transaction() as session:
            person = session.get(Person, acting.person_id) if acting.person_id else None
            organization = session.get(Organization, shown_id) if shown_id else None
            if district_id is None:
                session.expunge_all()
                return Whole(organization, None, person, (), None, None, None)
            district = session.get(Organization, district_id)
            phases: tuple[PhaseStanding, ...] = ()
            if allows(acting, "process_board:view"):
                phases = standing(session, district_id)
            year = session.scalar(
                select(Dataset.fiscal_year)
                .where(Dataset.district_id == district_id)
                .order_by(Dataset.fiscal_year.desc())
                .limit(1)
            )
            plan = session.scalar(
                select(Plan).where(Plan.district_id == district_id).order_by(Plan.id.desc()).limit(1)
            )
            version = None
            if plan is not None:
                version = session.scalar(
                    select(PlanVersion)
                    # The frozen document is large, and no header needs it.
                    .options(defer(PlanVersion.content))
                    .where(PlanVersion.district_id == district_id, PlanVersion.plan_id == plan.id)
                    .order_by(PlanVersion.id.desc())
                    .limit(1)
                )
            waiting = flask.g.get("waiting", 0)
            if "waiting" not in flask.g and allows(acting, "profile:view"):
                waiting = len(waiting_for(session, acting, district_id, self.today))
            grants = tuple(support.open_in(session, district_id))
            session.expunge_all()
        return Whole(organization, district, person, phases, year, plan, version, grants, waiting)

    @property
    def district_id(self) -> int | None:
        """The district that this page is about, or None."""
        return scope().viewed_district_id if "district_id" in (flask.request.view_args or {}) else None

    @property
    def shown(self) -> Organization | None:
        """The organization whose page this is: the visited district, else one's own."""
        return self.whole.district or self.whole.organization

    @property
    def visiting(self) -> bool:
        """Whether somebody of a facilitator organization looks at a district."""
        return self.whole.district is not None and self.whole.district.id != scope().organization_id

    @property
    def under_grant(self) -> bool:
        """Whether the operator's person looks at a district under its support grant."""
        return scope().support_grant is not None

    @property
    def support_address(self) -> str | None:
        """Where a steward reads and ends support's access."""
        return self._in_district("settings.support")

    @property
    def palette(self) -> Palette:
        """The colours of the organization shown."""
        return palette(self.shown.colour if self.shown else DEFAULT)

    @property
    def invented(self) -> bool:
        """Whether the organization shown is a demonstration."""
        return self.shown is not None and self.shown.invented

    @property
    def initials(self) -> str:
        """Two letters of the person's name."""
        words = self.whole.person.name.split() if self.whole.person else []
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @property
    def role_name(self) -> str:
        """The person's role, with a capital as it stands alone."""
        role = scope().role
        if role not in ROLE_NAMES:
            return ""
        name = _(ROLE_NAMES[role])
        return name[:1].upper() + name[1:]

    @property
    def person_links(self) -> list[tuple[str, str]]:
        """Label and address of the person's own pages."""
        wanted = (
            (N_("Choose an organization"), "sign_in.organizations"),
            (N_("My account"), "sign_in.account"),
            (N_("Signed-in devices"), "settings.sessions"),
        )
        found = [(label, self.link(endpoint)) for label, endpoint in wanted]
        return [(label, address) for label, address in found if address is not None]

    @property
    def sign_out_address(self) -> str | None:
        """Where the sign-out form is sent."""
        return self.link("sign_in.sign_out")

    @cached_property
    def entries(self) -> list[Entry]:
        """The areas that this person may open, for the district or the facilitator organization shown."""
        here = "settings" if flask.request.endpoint == "cohorts.own_place" else flask.request.blueprint
        wanted = AREAS_IN_SPINE if self.district_id is not None else AREAS_OF_FACILITATOR
        found = []
        for area, label in wanted:
            address = entrance(area, self.district_id)
            if address is not None:
                found.append(Entry(label, address, area == here))
        return found

    @cached_property
    def next_date(self) -> dates.Coming | None:
        """The next date of the year's calendar, where the phases are shown."""
        return dates.coming(self.today, 1)[0] if self.whole.phases else None

    @property
    def density(self) -> str:
        """How dense tables and cards are, as remembered."""
        wanted = flask.request.cookies.get(cookie_name(DENSITY_COOKIE))
        return wanted if wanted in DENSITIES else DENSITIES[0]

    @property
    def home_address(self) -> str:
        """Where the organization's mark leads."""
        return (entrance("portfolio", self.district_id) if self.district_id is not None else None) or "/"

    @property
    def board_address(self) -> str | None:
        """The process board of the district shown."""
        return self._in_district("portfolio.board")

    @property
    def coach_view_address(self) -> str | None:
        """What the district shown lets its coach see."""
        return self._in_district("cohorts.what_i_see")

    @property
    def tray_address(self) -> str | None:
        """The list of running and recent work, for the foot of the spine; it asks again by itself.

        Under a support grant each asking would be an entry of the district's record, so there is none.
        """
        if self.under_grant:
            return None
        return self._in_district("jobs.tray")

    @property
    def search_address(self) -> str | None:
        """Where the header's search goes: the district shown, one's own district, or one's organization."""
        if self.district_id is not None:
            return self._in_district("search.in_district")
        own = self.whole.organization
        if own is None:
            return None
        if own.kind == "district":
            return self.link("search.in_district", district_id=own.id)
        return self.link("search.in_organization")

    @property
    def jobs_address(self) -> str | None:
        """The page of all work of the district shown."""
        return entrance("jobs", self.district_id)

    def _in_district(self, endpoint: str) -> str | None:
        return None if self.district_id is None else self.link(endpoint, district_id=self.district_id)

    @property
    def here(self) -> str:
        """The address of this page, to come back to."""
        return flask.request.full_path.rstrip("?") if flask.request.method == "GET" else "/"

    def link(self, endpoint: str, **values: object) -> str | None:
        """Return the address of a page if it exists and this person may open it."""
        if endpoint not in flask.current_app.view_functions or not may(endpoint):
            return None
        return flask.url_for(endpoint, **values)  # type: ignore[arg-type]

    @cached_property
    def today(self) -> dt.date:
        """Today in California."""
        return california_today()


def california_today() -> dt.date:
    """Return the day that it is in California."""
    return dt.datetime.now(PACIFIC).date()


def entrance(area: str, district_id: int | None) -> str | None:
    """Return the address of an area's first page for this person, or None if there is none they may open."""
    wanted = {"district_id"} if district_id is not None else set()
    rules = [
        rule
        for rule in flask.current_app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] == area
        and rule.arguments == wanted
        and "GET" in (rule.methods or ())
    ]
    best = next((rule for rule in sorted(rules, key=lambda each: len(each.rule)) if may(rule.endpoint)), None)
    if best is None:
        return None
    if district_id is None:
        return flask.url_for(best.endpoint)
    return flask.url_for(best.endpoint, district_id=district_id)


def may(endpoint: str) -> bool:
    """Whether this request's person may open an endpoint."""
    permission = services().permissions.get(endpoint)
    if permission is None or permission == "visitor":
        return False
    if permission in {"everyone", "signed_in"}:
        return True
    # One answer asks for the same permissions again and again: menu, header, links.
    serves = services().serves.get(endpoint, frozenset())
    known: dict[tuple[str, frozenset[str]], bool] = flask.g.setdefault("permissions", {})
    if (permission, serves) not in known:
        known[permission, serves] = allows(scope(), permission, serves=serves)
    return known[permission, serves]
