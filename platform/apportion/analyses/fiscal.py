"""Fiscal-risk check and risk fan: computed anew from the newest ledger and outlook when they are opened."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.analyses.area import area
from apportion.frame.facts import FrameFacts
from apportion.request import transaction
from reports.charts.fan import fan
from reports.charts.theme import themed
from tenants.language import N_, message
from workers import assuming, studies
from workers.analyses.outlook_assumptions import STATUS_WORDS
from workers.fiscal_check import fiscal_check
from workers.outlook_risk import outlook_risk

ITEM_NAMES = {
    "federal": N_("Federal revenue"),
    "other_state": N_("Other state revenue"),
    "other_local": N_("Other local revenue"),
    "books_and_supplies": N_("Books and supplies"),
    "services": N_("Services and operating expenses"),
    "contributions": N_("Contributions between unrestricted and restricted"),
    "transfers_in": N_("Transfers in"),
    "transfers_out": N_("Transfers out"),
}
"""What criterion 6 and item S5 call their rows."""

DRIVER_NAMES = {
    "cola": N_("Cost-of-living adjustment on the state formula (LCFF)"),
    "enrollment": N_("Enrollment"),
    "attendance": N_("Attendance rate"),
    "strs_rate": N_("Teachers' pension rate (CalSTRS)"),
    "pers_rate": N_("Classified pension rate (CalPERS)"),
    "health": N_("Growth of health and retiree benefits"),
    "settlement": N_("Salary settlements"),
    "property_tax": N_("Property tax"),
}
"""The assumptions that are drawn."""


@area.get("/fiscal-check", permission="financial_results:view")
def check(district_id: int) -> ResponseReturnValue:
    """Show the state's criteria and standards judged on the newest ledger and its outlook."""
    with transaction() as session:
        try:
            found = fiscal_check(session, district_id)
        except studies.NoLedgerError as none:
            raise NotFound from none
    return flask.render_template(
        "analyses/fiscal.html", district_id=district_id, found=found, item_names=ITEM_NAMES
    )


@area.get("/risk", permission="financial_results:view")
def risk(district_id: int) -> ResponseReturnValue:
    """Show how far the outlook may miss, the chance of falling under the reserve, and what matters most."""
    with transaction() as session:
        try:
            held = assuming.standing(session, district_id)
        except studies.NoLedgerError as none:
            raise NotFound from none
    told = outlook_risk(held)
    spec = None if told is None else themed(fan(told["years"]), FrameFacts().palette.own, "page")
    return flask.render_template(
        "analyses/risk.html",
        district_id=district_id,
        told=told,
        spec=spec,
        drivers=DRIVER_NAMES,
        status_words={**STATUS_WORDS, "measured": message("measured from your own record")},
    )
