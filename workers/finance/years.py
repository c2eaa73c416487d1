"""Fiscal years that follow one another."""

from __future__ import annotations

from collections.abc import Iterable

from workers.analyses.ledger import next_year
from workers.analyses.result import sentence
from workers.analyses.result import year as as_year
from workers.finance.calculation import refused


def require_in_order(fiscal_years: Iterable[str], first: str) -> None:
    """Refuse years that do not follow one by one, beginning with `first`.

    Raises:
        PydanticCustomError: naming the first year that stands where another is wanted.
    """
    wanted = first
    for found in fiscal_years:
        if found != wanted:
            raise refused(
                "years_in_order",
                sentence("{year} next", year=as_year(wanted)),
                sentence(
                    "Give the years one by one: {wanted} belongs where {found} stands.",
                    wanted=as_year(wanted),
                    found=as_year(found),
                ),
            )
        wanted = next_year(wanted)
