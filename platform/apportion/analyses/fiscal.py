"""The fiscal-risk check: each criterion with rule, result and margin, and what is missing for the others."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.analyses.area import area
from apportion.request import transaction
from tenants.language import N_
from workers import studies
from workers.fiscal_check import fiscal_check

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
