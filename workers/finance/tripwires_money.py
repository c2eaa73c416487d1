"""Tripwires of amounts: the reserve and its cap, maintenance, proportionality, classroom pay."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workers.analyses.result import Message, sentence
from workers.finance.amounts import as_text, said_money, said_percent
from workers.finance.calculation import NOTHING, half_up
from workers.finance.criteria import standards
from workers.finance.criteria_change import maintenance
from workers.finance.criteria_shapes import Criterion7, MaintenanceYear
from workers.finance.measures import share
from workers.finance.reserve import ReserveInput, Year, reserve
from workers.finance.tripwires_data import NAMES, RULES, SAID_STATUS, Status, rules, year_ends, year_starts
from workers.finance.tripwires_shapes import (
    ClassroomCompensation,
    Proportionality,
    ReserveCap,
    RoutineMaintenance,
    State,
    Tripwire,
)


def _state(*, tripped: bool) -> State:
    return "tripped" if tripped else "clear"


def reserve_minimum(years: tuple[Year, ...]) -> Iterator[Tripwire]:
    """Test each year's available reserve against the state's minimum."""
    if not years:
        return
    for told in reserve(ReserveInput(years=years)).years:
        status: Status = "read" if told.standard_status == "enacted" else "to_confirm"
        values = {
            "available": said_money(told.available_amount),
            "standard": said_money(told.standard_amount),
            "margin": said_money(abs(told.margin)),
            "year": told.fiscal_year,
        }
        yield Tripwire(
            rule="reserve",
            name=NAMES["reserve"],
            rule_said=RULES["reserve"],
            fiscal_year=told.fiscal_year,
            state=_state(tripped=not told.met),
            date=year_ends(told.fiscal_year),
            number=as_text(told.available_amount),
            limit=as_text(told.standard_amount),
            margin=as_text(told.margin),
            unit="dollars",
            message=sentence(
                "{year} ends with an available reserve of {available}, {margin} over the state's minimum of "
                "{standard}.",
                **values,
            )
            if told.met
            else sentence(
                "{year} ends with an available reserve of {available}, {margin} under the state's minimum of "
                "{standard}.",
                **values,
            ),
            way_out=(
                sentence("Find ongoing savings or revenue of {margin} before that year.", **values),
                sentence("Ask the board to release committed or assigned balances into the reserve."),
                sentence("Cover negative balances of restricted resources, which lower the reserve."),
            ),
            source=rules()["reserve"]["source"],
            status=status,
            status_said=SAID_STATUS[status],
        )


def reserve_cap(given: ReserveCap) -> Tripwire:
    """Test assigned and unassigned balances against the local reserve cap, where it is in force."""
    rule = rules()["local_reserve_cap"]
    known = rule["triggered"].get(given.fiscal_year)
    triggered = given.triggered if given.triggered is not None else known["value"] if known else None
    fact = given.triggered_source if given.triggered is not None else known["source"] if known else None
    limit = given.expenditures_and_uses * Decimal(rule["percent"]) / 100
    small = given.ada is not None and given.ada <= Decimal(rule["small_district_ada"])
    balance = given.assigned_and_unassigned
    state: State
    if given.basic_aid or small or given.exempted or triggered is False:
        state = "not_applicable"
        message = (
            sentence("The cap is not in force in {year}.", year=given.fiscal_year)
            if triggered is False
            else sentence("The cap does not bind basic aid districts, small or exempted ones.")
        )
    elif triggered is None:
        state = "undecided"
        message = sentence(
            "Whether the cap is in force in {year} is a yearly fact. Enter it with its source.",
            year=given.fiscal_year,
        )
    else:
        state = _state(tripped=balance > limit)
        message = sentence(
            "Assigned and unassigned balances of {balance} stand against a cap of {limit}, {percent} of "
            "expenditures and uses; that the percentage is of these is to be confirmed.",
            balance=said_money(balance),
            limit=said_money(limit),
            percent=said_percent(Decimal(rule["percent"]), 0),
        )
    status: Status = "read" if known and given.triggered is None else "entered"
    return Tripwire(
        rule="local_reserve_cap",
        name=NAMES["local_reserve_cap"],
        rule_said=RULES["local_reserve_cap"],
        fiscal_year=given.fiscal_year,
        state=state,
        date=year_starts(given.fiscal_year),
        number=as_text(balance),
        limit=as_text(limit),
        margin=as_text(limit - balance),
        unit="dollars",
        message=message,
        way_out=(
            sentence("Commit balances for a purpose by the board's resolution; those do not count."),
            sentence("Ask the county superintendent for an exemption of up to two years in three."),
            sentence("Spend one-time balances on one-time needs."),
        ),
        source=f"{rule['source']}; {fact}" if fact else rule["source"],
        status=status,
        status_said=SAID_STATUS["read"]
        if status == "read"
        else sentence("Entered by the district: whether the cap is in force in this year."),
    )


def routine_maintenance(given: RoutineMaintenance) -> Tripwire:
    """Test the contribution to resource 8150 against three per cent of what counts (criterion 7)."""
    asked = Criterion7(
        criterion="7",
        years=(
            MaintenanceYear(
                fiscal_year=given.fiscal_year,
                expenditures_and_uses=given.expenditures_and_uses,
                excluded=given.excluded,
                contribution=given.contribution,
            ),
        ),
    )
    (row,), met = maintenance(asked, standards()["7"]["budget"])
    required = row.required_amount or NOTHING
    short = required - given.contribution
    return Tripwire(
        rule="routine_maintenance",
        name=NAMES["routine_maintenance"],
        rule_said=RULES["routine_maintenance"],
        fiscal_year=given.fiscal_year,
        state=_state(tripped=not met) if given.in_facility_program else "not_applicable",
        date=year_ends(given.fiscal_year),
        number=as_text(given.contribution),
        limit=as_text(required),
        margin=as_text(-short),
        unit="dollars",
        message=sentence(
            "The contribution to maintenance (resource 8150) is {contribution}; {required} is required.",
            contribution=said_money(given.contribution),
            required=said_money(required),
        ),
        way_out=(
            sentence("Raise the contribution by {amount}.", amount=said_money(max(short, NOTHING))),
            sentence("Check that resources which the law leaves out are not counted in the base."),
        ),
        source=rules()["routine_maintenance"]["source"],
        status="read",
        status_said=SAID_STATUS["read"],
    )


def proportionality(given: Proportionality) -> Tripwire:
    """Test the planned percentage to increase or improve services against the required one."""
    required = share(given.supplemental_and_concentration, given.base_grant)
    planned = share(given.contributing_lcff, given.base_grant)
    state: State = "undecided"
    number = limit = margin = None
    short = NOTHING
    message: Message = sentence("Without a base grant there is no percentage to plan for.")
    if required is not None and planned is not None:
        number, limit = planned + given.improved_services_percent, required + given.carryover_percent
        margin = number - limit
        short = half_up(max(NOTHING, -margin) * given.base_grant / 100, Decimal("0.01"))
        state = _state(tripped=margin < 0)
        message = sentence(
            "Contributing actions come to {planned} of the base grant; {required} is required.",
            planned=said_percent(number, 3),
            required=said_percent(limit, 3),
        )
    return Tripwire(
        rule="proportionality",
        name=NAMES["proportionality"],
        rule_said=RULES["proportionality"],
        fiscal_year=given.fiscal_year,
        state=state,
        date=year_starts(given.fiscal_year),
        number=as_text(number),
        limit=as_text(limit),
        margin=as_text(margin),
        unit="percent",
        at_stake=short,
        message=message,
        way_out=(
            sentence("Plan {amount} more LCFF money on contributing actions.", amount=said_money(short)),
            sentence("Count improved services of Limited actions without funding, with their percentage."),
            sentence("What is not spent is carried over and added to the next year's percentage."),
        ),
        source=rules()["proportionality"]["source"],
        status="read",
        status_said=SAID_STATUS["read"],
    )


def classroom_compensation(given: ClassroomCompensation) -> Tripwire:
    """Test the share of classroom compensation against the minimum for the kind of district.

    As form CEA does, the share is rounded to hundredths of a per cent before it is compared, and what is
    missing is taken of the current expense.
    """
    rule = rules()["classroom_compensation"]
    number = share(given.classroom_compensation, given.current_expense)
    entered = given.threshold_percent
    limit = Decimal(rule["percent"][given.district]) if entered is None else entered
    small = given.prior_ada is not None and given.prior_ada < Decimal(rule["exempt_below_ada"])
    margin = None if number is None else half_up(number, Decimal("0.01")) - limit
    short = NOTHING
    state: State
    if given.exempted or small:
        state = "not_applicable"
        message = sentence("The district is exempt from the minimum share in {year}.", year=given.fiscal_year)
    elif number is None or margin is None:
        state = "undecided"
        message = sentence("Without a current expense of education there is no share.")
    else:
        state = _state(tripped=margin < 0)
        short = half_up(max(NOTHING, -margin) * given.current_expense / 100, Decimal("0.01"))
        message = sentence(
            "Classroom compensation is {share} of the current expense of education; {limit} is the minimum.",
            share=said_percent(number),
            limit=said_percent(limit),
        )
    status: Status = "read" if entered is None else "entered"
    return Tripwire(
        rule="classroom_compensation",
        name=NAMES["classroom_compensation"],
        rule_said=RULES["classroom_compensation"],
        fiscal_year=given.fiscal_year,
        state=state,
        date=year_ends(given.fiscal_year),
        number=as_text(number),
        limit=as_text(limit),
        margin=as_text(margin),
        unit="percent",
        at_stake=short,
        message=message,
        way_out=(
            sentence("Move {amount} of the current expense into classroom pay.", amount=said_money(short)),
            sentence("Take savings from outside the classroom."),
            sentence("Apply to the county superintendent for an exemption."),
        ),
        source=rule["source"],
        status=status,
        status_said=SAID_STATUS[status],
    )
