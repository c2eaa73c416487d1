"""The plan's area, and what its pages share: the plan of the district, amounts as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.frame.facts import FrameFacts
from apportion.request import language, scope
from apportion.routing import Area
from reports.charts.theme import DEFAULT_COLOUR, fitted, themed
from tenants.language import Message, message
from tenants.records.plans import Plan
from workers.planning import writing
from workers.planning.words import printed
from workers.planning.words import say as say_in

area = Area("plan", __name__, url_prefix="/d/<int:district_id>/plan")

AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?")


class AmountError(ValueError):
    """A text that is no amount."""


def plan_of(
    session: Session, district_id: int, plan_id: int | None = None, *, for_principals: bool = False
) -> Plan:
    """Return the district's plan, or the one of that id, to who reads it in writing.

    Args:
        session: a transaction of the reader's.
        district_id: the district.
        plan_id: the plan; None for the district's newest.
        for_principals: whether the page is one that principals see too.

    Raises:
        NotFound: if there is none.
    """
    if not for_principals and district_id in scope().principal:
        raise NotFound
    found = (
        session.get(Plan, (district_id, plan_id))
        if plan_id is not None
        else writing.current_plan(session, district_id)
    )
    if found is None:
        raise NotFound
    return found


def kept(address: str) -> ResponseReturnValue:
    """Answer a form whose words are kept: lead to where they stand now.

    The page's script, which sends X-Keep, learns the address and forgets the words on the device; whatever
    else it gets, it sends the form again as a page, which says why.
    """
    by_script = flask.request.headers.get("X-Keep") == "1"
    return flask.jsonify({"address": address}) if by_script else flask.redirect(address)


def cents(typed: str) -> int:
    """Return an amount that a person typed, in cents; nothing typed is nothing.

    Raises:
        AmountError: for a text that is no amount of zero or more.
    """
    text = typed.strip()
    if not text:
        return 0
    match = AMOUNT.fullmatch(text)
    if match is None:
        raise AmountError(text)
    whole = Decimal(match[1].replace(",", "")) * 100
    return int(whole + Decimal((match[2] or "0").ljust(2, "0")))


def not_an_amount(typed: str) -> Message:
    """Return what to say about a text that is no amount."""
    return message("“{typed}” is not an amount. Write dollars like 1,250,000.", typed=typed)


@area.app_template_filter("planned")
def planned(said: dict[str, Any]) -> str:
    """Return a message that may hold the district's own words, in the reader's language."""
    return say_in(said, language())


@area.app_template_filter("typed")
def typed(amount: int) -> str:
    """Return an amount in cents as it stands in a field: whole dollars with separators where it can."""
    dollars, rest = divmod(amount, 100)
    return f"{dollars:,}" + (f".{rest:02d}" if rest else "")


@area.app_template_filter("themed")
def themed_for_page(specification: dict[str, Any]) -> dict[str, Any]:
    """Return a chart's specification in the organization's colour, as wide as the page."""
    shown = FrameFacts().shown
    made = themed(specification, shown.colour if shown else DEFAULT_COLOUR, "page")
    return {**made, "width": "container", "autosize": fitted(made)}


@area.app_template_filter("figure_text")
def figure_text(figure: dict[str, Any]) -> str:
    """Return a figure as it is printed in a sentence."""
    return printed(figure, language())


@area.app_template_filter("figure_exact")
def figure_exact(figure: dict[str, Any]) -> str:
    """Return a figure to the cent."""
    return printed(figure, language(), "cents" if figure["unit"] == "cents" else "")


@area.app_template_filter("zipped")
def zipped(keys: Iterable[Any], values: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Return keys and values as pairs, for a list of choices."""
    return list(zip(keys, values, strict=True))
