"""What counts now: state rates with published sets over them, and what a district accepted instead."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tenants.language import message
from tenants.records import assumptions, state_rates
from workers.finance.rates import Rate, Rates
from workers.finance.rates.published import PublishedSet, rates_with


def published_sets(session: Session) -> list[PublishedSet]:
    """Return the sets of state rates that two people published, in the order of their publication."""
    return [
        PublishedSet(each.title, each.source, each.dated, each.status, each.digest, each.rates)
        for each in state_rates.published(session)
    ]


def rates(session: Session) -> Rates:
    """Return the state rates that count now: the shipped files with the published sets over them."""
    return rates_with(published_sets(session))


def own(session: Session, district_id: int) -> dict[str, Rate]:
    """Return what a district has accepted in place of state rates and starting points, by name and year."""
    return {
        f"{each.name}/{each.fiscal_year}": Rate(
            each.value,
            "entered",
            message("Accepted by your district: {reason}", reason=each.reason),
            None,
        )
        for each in assumptions.accepted(session, district_id)
    }
