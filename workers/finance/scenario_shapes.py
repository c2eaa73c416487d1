"""What goes into a scenario: what each option brings or costs, when, of which money, and who is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from workers.analyses.result import sentence
from workers.analyses.result import year as as_year
from workers.finance.amounts import Amount, Day
from workers.finance.calculation import (
    NOTHING,
    Fault,
    FiscalYear,
    Given,
    Number,
    Pupils,
    Share,
    is_fiscal_year,
    refused,
)
from workers.finance.multi_year_shapes import MultiYearInput
from workers.finance.restricted_match import Cost, costs_across
from workers.finance.restricted_rules import Code, Confirmation, is_unrestricted
from workers.finance.tripwires_shapes import (
    ClassroomCompensation,
    ClassSize,
    Name,
    Proportionality,
    ReserveCap,
    RoutineMaintenance,
    Settlement,
    SpecialEducationEffort,
)

MOST_OPTIONS = 200
MOST_AMOUNTS = 10

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise refused(
            "key",
            sentence("a short name such as bus-routes"),
            sentence("Write a name of at most 64 letters, digits, hyphens and underscores, without blanks."),
        )
    return value


Key = Annotated[
    str,
    BeforeValidator(_key),
    WithJsonSchema({"type": "string", "pattern": f"^{_KEY.pattern}$", "examples": ["bus-routes"]}),
]
"""What an option is called among the others."""
Kind = Literal["save", "invest", "revenue"]


class Range(Given):
    """An amount as far as it is known: low, likely and high, in dollars for a year."""

    low: Amount
    likely: Amount
    high: Amount

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if not self.low <= self.likely <= self.high:
            raise refused(
                "range_order",
                sentence("low, likely and high in this order"),
                sentence("Give a low amount that is not over the likely one, and a high one not under it."),
            )
        return self


class Notices(Given):
    """Notices that holders of positions must get before an option can begin; a day not given is not set."""

    kind: Literal["certificated", "classified", "classified_specially_funded"]
    preliminary_notice: Day | None = None
    final_notice: Day | None = None
    last_day: Day | None = None
    """The last day of a specially funded position."""


class SchoolAverage(Given):
    """A school's average class enrollment in K-3 once an option is in force."""

    school: Name
    average: Pupils


class Effects(Given):
    """What of an option's dollars the rules behind the tripwires look at, in per cent of its amount.

    A saving takes from what a rule counts, an investment adds to it; revenue changes none of them.
    """

    classroom_percent: Share = NOTHING
    """Pay of classroom teachers and aides (form CEA)."""
    current_expense_percent: Share = NOTHING
    """Current expense of education (form CEA)."""
    special_education_percent: Share = NOTHING
    """Spending that maintenance of effort counts."""
    contributing_percent: Share = NOTHING
    """LCFF money of contributing actions in the LCAP."""
    k3_averages: Annotated[tuple[SchoolAverage, ...], Field(max_length=200)] = ()


class OptionAccount(Given):
    """Where the cost of an investment will stand, so that a restricted resource's rule can be asked."""

    goal: Code = "0000"
    function: Code
    object: Code


class Option(Given):
    """A way to save, to invest or to raise revenue.

    `amounts` are those of its first year, second year and so on; an ongoing option's last amount goes on.
    `ramp_percent` is how much of the amount is reached in the first year, the second and so on, all of it
    afterwards. `resource` is where the money is freed or needed; 0000 is unrestricted. An option that
    `begins` on a day brings what is left of its first year; one that begins with a year brings whole years,
    and so does every option with notices or a latest decision date.
    """

    key: Key
    title: Name
    kind: Kind
    played: bool = False
    amounts: Annotated[tuple[Range, ...], Field(min_length=1, max_length=MOST_AMOUNTS)]
    set_amount: Amount | None = None
    """What people set in place of the last likely amount; the others are moved in proportion."""
    timing: Literal["ongoing", "one_time"] = "ongoing"
    ramp_percent: Annotated[tuple[Share, ...], Field(max_length=MOST_AMOUNTS)] = ()
    start: FiscalYear
    begins: Literal["day", "year"] = "day"
    lead_days: Annotated[int, Field(ge=0, le=3660)] = 0
    latest_decision: Day | None = None
    """The last day on which deciding still brings the start year; a year later for the year after it."""
    decided_on: Day | None = None
    """When it was or will be decided; without it the day on which the scenario is looked at."""
    notices: Notices | None = None
    resource: Code = "0000"
    account: OptionAccount | None = None
    existing: bool = False
    """Whether other money paid for the service before; some restricted money may not replace it."""
    pays_for: Annotated[tuple[Key, ...], Field(max_length=50)] = ()
    """Investments that this money is meant for; none given means any, and the balance."""
    overlap: Key | None = None
    """The dollars that this option shares with others of the same name."""
    effects: Effects = Effects()
    positions: Number = NOTHING
    """Full-time equivalents ended or added."""
    schools: Annotated[tuple[Name, ...], Field(max_length=2000)] = ()
    pupils: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class Overlap(Given):
    """Dollars of one year that several options draw on; without an amount the largest option's amount."""

    key: Key
    title: Name | None = None
    amount: Amount | None = None


class Contribution(Given):
    """What object 8980 brings from unrestricted money into a resource in a year."""

    fiscal_year: FiscalYear
    amount: Amount


class RestrictedResource(Given):
    """One restricted resource: what the projection leaves unspent in it, and contributions into it."""

    resource: Code
    balance: Amount = NOTHING
    """Dollars that the projection leaves unspent in every year, which an investment may use once."""
    contributions: Annotated[tuple[Contribution, ...], Field(max_length=11)] = ()


class Facts(Given):
    """Facts of the projection that tripwires look at; those of a year are moved by what is played in it."""

    local_reserve_cap: Annotated[tuple[ReserveCap, ...], Field(max_length=30)] = ()
    classroom_compensation: Annotated[tuple[ClassroomCompensation, ...], Field(max_length=30)] = ()
    k3_class_size: Annotated[tuple[ClassSize, ...], Field(max_length=30)] = ()
    special_education_effort: Annotated[tuple[SpecialEducationEffort, ...], Field(max_length=30)] = ()
    routine_maintenance: Annotated[tuple[RoutineMaintenance, ...], Field(max_length=30)] = ()
    proportionality: Annotated[tuple[Proportionality, ...], Field(max_length=30)] = ()
    settlements: Annotated[tuple[Settlement, ...], Field(max_length=100)] = ()


class ScenarioInput(Given):
    """A projection, options played on it or not, and the day on which they are looked at."""

    as_of: Day
    projection: MultiYearInput
    options: Annotated[tuple[Option, ...], Field(max_length=MOST_OPTIONS)] = ()
    overlaps: Annotated[tuple[Overlap, ...], Field(max_length=MOST_OPTIONS)] = ()
    restricted: Annotated[tuple[RestrictedResource, ...], Field(max_length=300)] = ()
    confirmations: Annotated[tuple[Confirmation, ...], Field(max_length=300)] = ()
    unrestricted_costs: Annotated[tuple[Cost, ...], Field(max_length=2_000)] = ()
    """Costs of a year that restricted money may be able to carry, among which a lawful way is looked for."""
    facts: Facts = Facts()

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Return names given twice or to nothing, and what does not go with its kind."""
        options = _rows(document.get("options"))
        yield from _twice(options, "options", "key")
        yield from _twice(_rows(document.get("overlaps")), "overlaps", "key")
        resources = _rows(document.get("restricted"))
        yield from _twice(resources, "restricted", "resource")
        for place, one in enumerate(resources):
            yield from _resource_across(one, f"restricted[{place}]")
        yield from costs_across(_rows(document.get("unrestricted_costs")), "unrestricted_costs")
        investments = {_text(one.get("key")) for one in options if one.get("kind") == "invest"}
        for place, option in enumerate(options):
            yield from _option_across(option, f"options[{place}]", investments)
            yield from _too_early(option, f"options[{place}]", document.get("projection"))


def _rows(value: Any) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [one if isinstance(one, Mapping) else {} for one in listed]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _twice(rows: Sequence[Mapping[str, Any]], listed: str, name: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        key = _text(row.get(name))
        if key is None:
            continue
        if key in seen:
            yield Fault(
                f"{listed}[{place}].{name}",
                key,
                sentence("each name once"),
                sentence("{key} stands twice. Leave one.", key=key),
            )
        seen.add(key)


def _resource_across(one: Mapping[str, Any], field: str) -> Iterator[Fault]:
    resource = _text(one.get("resource"))
    if resource is not None and is_unrestricted(resource):
        yield Fault(
            f"{field}.resource",
            resource,
            sentence("a restricted resource, 2000 to 9999"),
            sentence(
                "Resource {resource} is unrestricted. Give restricted balances only.", resource=resource
            ),
        )
    yield from (
        Fault(f"{field}.{fault.field}", fault.found, fault.expected, fault.message)
        for fault in _twice(_rows(one.get("contributions")), "contributions", "fiscal_year")
    )


def _too_early(option: Mapping[str, Any], field: str, projection: Any) -> Iterator[Fault]:
    base = projection.get("base") if isinstance(projection, Mapping) else None
    first: Any = base.get("fiscal_year") if isinstance(base, Mapping) else None
    start: Any = option.get("start")
    if is_fiscal_year(first) and is_fiscal_year(start) and start < first:
        yield Fault(
            f"{field}.start",
            start,
            sentence("{year} or later", year=as_year(first)),
            sentence("The projection begins with {year}. Begin in that year or later.", year=as_year(first)),
        )


def _option_across(option: Mapping[str, Any], field: str, investments: set[str | None]) -> Iterator[Fault]:
    if option.get("kind") == "invest":
        for name in ("pays_for", "overlap", "notices"):
            if option.get(name):
                yield Fault(
                    f"{field}.{name}",
                    None,
                    sentence("nothing: only savings and revenue have it"),
                    sentence("An investment has no {name}. Leave it out.", name=name),
                )
        return
    meant = option.get("pays_for")
    for place, key in enumerate(meant if isinstance(meant, list) else []):
        if isinstance(key, str) and key not in investments:
            yield Fault(
                f"{field}.pays_for[{place}]",
                key,
                sentence("the key of an investment among the options"),
                sentence("No investment among the options is called {key}.", key=key),
            )
    last = option.get("amounts")
    if option.get("set_amount") is not None and isinstance(last, list) and last:
        likely = last[-1].get("likely") if isinstance(last[-1], Mapping) else None
        if isinstance(likely, (str, int)) and str(likely).strip("0.") == "" and str(likely):
            yield Fault(
                f"{field}.set_amount",
                str(option["set_amount"]),
                sentence("a likely amount over zero to move from"),
                sentence("An amount can be set only where the last likely amount is over zero."),
            )
