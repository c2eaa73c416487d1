"""Tripwires of people and days: class size, layoff notices, settlements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from workers.analyses.result import Message, number, sentence
from workers.finance.amounts import as_text, said_money
from workers.finance.calculation import NOTHING
from workers.finance.tripwires_data import (
    NAMES,
    RULES,
    SAID_STATUS,
    rules,
    said_date,
    whole,
    working_day,
    year_ends,
)
from workers.finance.tripwires_shapes import ClassSize, Layoff, Settlement, State, Tripwire

SPECIALLY_FUNDED = "classified_specially_funded"


def k3_class_size(given: ClassSize) -> Tripwire:
    """Test every school's K-3 average; one school over its limit costs the district its whole adjustment."""
    rule = rules()["k3_class_size"]
    state_limit = Decimal(rule["pupils"])
    rooms = [(one, state_limit if one.agreed is None else one.agreed) for one in given.schools]
    worst, limit = min(rooms, key=lambda room: room[1] - room[0].average)
    over = [one.school for one, most in rooms if one.average > most]
    values = {
        "school": worst.school,
        "average": number(worst.average, 2),
        "limit": number(limit, 2),
        "amount": said_money(given.adjustment_amount),
    }
    return Tripwire(
        rule="k3_class_size",
        subject=", ".join(over) or worst.school,
        name=NAMES["k3_class_size"],
        rule_said=RULES["k3_class_size"],
        fiscal_year=given.fiscal_year,
        state="tripped" if over else "clear",
        date=year_ends(given.fiscal_year),
        number=as_text(worst.average),
        limit=as_text(limit),
        margin=as_text(limit - worst.average),
        unit="pupils",
        at_stake=given.adjustment_amount,
        message=sentence(
            "{school} averages {average} pupils in a K-3 class, over its limit of {limit}; the district "
            "would lose the whole adjustment of {amount}.",
            **values,
        )
        if over
        else sentence("{school} comes closest: {average} pupils in a K-3 class, at most {limit}.", **values),
        way_out=(
            sentence("Open a class or move pupils between schools before the averages are taken."),
            sentence("Agree on an alternative average with the teachers' representative."),
        ),
        source=rule["source"],
        status="entered" if worst.agreed is not None else "read",
        status_said=sentence("Entered by the district: an average agreed with the teachers' representative.")
        if worst.agreed is not None
        else SAID_STATUS["read"],
    )


Notice = tuple[str, dt.date, dt.date | None]
"""Which notice, the day by which it must be given, and the day on which it was or will be."""


def notices_due(given: Layoff) -> list[Notice]:
    """Return the notices that must be given before positions end, in their order."""
    rule = _layoff_rule(given)
    if given.kind == SPECIALLY_FUNDED:
        last = given.last_day or year_ends(f"{int(given.fiscal_year[:4]) - 1}-{given.fiscal_year[2:4]}")
        return [("layoff_final", last - dt.timedelta(days=rule["days_before"]), given.final_notice)]
    spring = int(given.fiscal_year[:4])
    return [
        (f"layoff_{step}", dt.date(spring, rule[step]["month"], rule[step]["day"]), noticed)
        for step, noticed in (
            ("preliminary", given.preliminary_notice),
            ("final", given.final_notice),
        )
    ]


def _layoff_rule(given: Layoff) -> dict[str, Any]:
    named = "layoff_specially_funded" if given.kind == SPECIALLY_FUNDED else f"layoff_{given.kind}"
    rule: dict[str, Any] = rules()[named]
    return rule


def layoff(given: Layoff, as_of: dt.date) -> Iterator[Tripwire]:
    """Test the days on which holders of positions that end must have been told."""
    rule = _layoff_rule(given)
    for name, limit, noticed in notices_due(given):
        yield _notice(given, name, limit, noticed, as_of, rule)


def _notice(
    given: Layoff, name: str, limit: dt.date, noticed: dt.date | None, as_of: dt.date, rule: dict[str, Any]
) -> Tripwire:
    """Return one notice tested: by the day it was or will be given, else by the day on which one looks."""
    told_on = noticed or as_of
    left = (limit - told_on).days
    act_by = working_day(limit)
    values = {
        "positions": given.name,
        "limit": said_date(limit),
        "act_by": said_date(act_by),
        "cost": said_money(given.annual_cost),
        "year": given.fiscal_year,
    }
    state: State = "tripped" if left < 0 else "clear"
    message: Message
    if left < 0:
        message = sentence(
            "No notice by {limit} for {positions}: the positions are paid in {year}, {cost}, and the saving "
            "begins a year later.",
            **values,
        )
    elif noticed is None:
        message = sentence("Notices for {positions} are due by {limit}; serve them by {act_by}.", **values)
    else:
        message = sentence("Notices for {positions} are given in time, by {limit}.", **values)
    way_out = [
        sentence("Start the saving in the following year."),
        sentence("Reach the number by resignations, retirements and positions left vacant."),
    ]
    if act_by != limit:
        # 15 March 2026 is a Sunday. Code of Civil Procedure 12a may carry such a day to the next working day.
        way_out.append(
            sentence(
                "{limit} is not a working day. Counsel may say whether Code of Civil Procedure 12a extends "
                "it; that is not counted on here.",
                **values,
            )
        )
    return Tripwire(
        rule=name,
        subject=given.name,
        name=NAMES[name],
        rule_said=RULES["layoff_specially_funded" if given.kind == SPECIALLY_FUNDED else name],
        fiscal_year=given.fiscal_year,
        state=state,
        date=limit,
        act_by=act_by,
        number=None if noticed is None else noticed.isoformat(),
        limit=limit.isoformat(),
        margin=whole(left),
        unit="days",
        at_stake=given.annual_cost,
        message=message,
        way_out=tuple(way_out),
        source=rule["source"],
        status=rule["status"],
        status_said=SAID_STATUS["read"],
    )


def settlement(given: Settlement, as_of: dt.date) -> Iterator[Tripwire]:
    """Test that an agreement is disclosed and certified before it is adopted, and its revision sent."""
    rule = rules()["settlement"]
    cost = sum((year.cost for year in given.years), NOTHING)
    values = {"name": given.name, "adoption": said_date(given.adoption), "cost": said_money(cost)}
    lacking = [
        text
        for missing, text in (
            (
                given.disclosure is None or given.disclosure > given.adoption,
                sentence("Disclose the costs at a public meeting before the board adopts the agreement."),
            ),
            (
                not given.certified_by_superintendent,
                sentence("Have the superintendent certify that the costs can be met."),
            ),
            (
                not given.certified_by_business_official,
                sentence("Have the chief business official certify that the costs can be met."),
            ),
            (not given.years, sentence("State the costs of this year and of the years after it.")),
        )
        if missing
    ]
    late = as_of > given.adoption or (given.disclosure is not None and given.disclosure > given.adoption)
    left = (given.adoption - (given.disclosure or as_of)).days
    yield Tripwire(
        rule="settlement",
        subject=given.name,
        name=NAMES["settlement"],
        rule_said=RULES["settlement"],
        state="clear" if not lacking else "tripped" if late else "undecided",
        date=given.adoption,
        act_by=working_day(given.adoption),
        number=None if given.disclosure is None else given.disclosure.isoformat(),
        limit=given.adoption.isoformat(),
        margin=whole(left),
        unit="days",
        at_stake=cost,
        message=sentence("{name} costs {cost} and is disclosed and certified before {adoption}.", **values)
        if not lacking
        else sentence("{name} costs {cost}; not all is done that must be before {adoption}.", **values),
        way_out=tuple(lacking),
        source=rule["source"],
        status="read",
        status_said=SAID_STATUS["read"],
    )
    if given.revision_needed:
        yield _revision(given, as_of, rule)


def _revision(given: Settlement, as_of: dt.date, rule: dict[str, Any]) -> Tripwire:
    limit = given.adoption + dt.timedelta(days=rule["days_to_revise"])
    left = (limit - (given.budget_revision or as_of)).days
    return Tripwire(
        rule="settlement_revision",
        subject=given.name,
        name=NAMES["settlement_revision"],
        rule_said=RULES["settlement_revision"],
        state="tripped" if left < 0 else "clear",
        date=limit,
        act_by=working_day(limit),
        number=None if given.budget_revision is None else given.budget_revision.isoformat(),
        limit=limit.isoformat(),
        margin=whole(left),
        unit="days",
        message=sentence(
            "The budget revision that {name} needs goes to the county superintendent by {limit}.",
            name=given.name,
            limit=said_date(limit),
        ),
        way_out=(
            sentence(
                "Adopt the whole revision: without it the next interim report is qualified or negative."
            ),
        ),
        source=rule["source"],
        status="read",
        status_said=SAID_STATUS["read"],
    )
