"""What the three-year outlook assumes, year by year: each with its source, its status and its replacement.

A parameter document may replace any of them:
`{"years": 2, "end_one_time": true, "release_commitments": false, "assumptions": {"cola": {"2025-26":
"2.30"}}, "adjustments": [{"line": "certificated", "segment": "unrestricted", "fiscal_year": "2026-27",
"cents": -805274500, "reason": "..."}]}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from workers.analyses.ledger import next_year
from workers.analyses.result import Assumption, Attendance, Message, as_percent, sentence, year
from workers.finance.rates import Rate, Rates, local, rates

MOST_YEARS = 5
WIDEST_PERCENT = Decimal(100)
BELIEVABLE_CHANGE = 5.0
"""A change of attendance beyond this many percent is a change of rules or a pandemic, not a trend."""

NAMES: dict[str, Message] = {
    "cola": sentence("Cost-of-living adjustment on the state formula (LCFF)"),
    "attendance_change": sentence("Change in attendance (ADA)"),
    "step_column_certificated": sentence("Step and column, certificated"),
    "step_column_classified": sentence("Step and column, classified"),
    "salary_settlement_certificated": sentence("Salary settlement, certificated"),
    "salary_settlement_classified": sentence("Salary settlement, classified"),
    "calstrs": sentence("Teachers' pension rate (CalSTRS)"),
    "calpers": sentence("Classified pension rate (CalPERS)"),
    "health_growth": sentence("Growth of health and retiree benefits"),
    "cpi": sentence("Consumer prices: supplies, services, capital outlay"),
    "federal_growth": sentence("Growth of federal revenue"),
    "state_growth": sentence("Growth of other state revenue"),
    "local_revenue_growth": sentence("Growth of other local revenue"),
    "contribution_growth": sentence("Growth of contributions to restricted programs"),
}

STATUS_WORDS: dict[str, Message] = {
    "enacted": sentence("enacted"),
    "projected": sentence("projected"),
    "to_confirm": sentence("to be confirmed"),
    "entered": sentence("your district's own"),
}

ADJUSTABLE_LINES = (
    "lcff",
    "federal",
    "state",
    "local",
    "certificated",
    "classified",
    "benefits",
    "supplies",
    "services",
    "capital",
    "other_outgo",
)


class ParameterError(ValueError):
    """Parameters that no outlook can be computed with; the message is for a person."""

    def __init__(self, said: Message) -> None:
        super().__init__(said["text"])
        self.said = said


@dataclass(frozen=True)
class Adjustment:
    """An amount that a district adds to one line from a year on, with its reason."""

    line: str
    segment: str
    fiscal_year: str
    cents: int
    reason: str


@dataclass(frozen=True)
class Parameters:
    """What a variant of the outlook changes; the default is the outlook without new decisions."""

    years: int = 2
    end_one_time: bool = True
    release_commitments: bool = False
    assumptions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Parameters:
        """Return parameters from their document.

        Raises:
            ParameterError: for a number of years, a percentage, a name or an amount that can't be meant.
        """
        years = given.get("years", 2)
        if not isinstance(years, int) or not 1 <= years <= MOST_YEARS:
            raise ParameterError(
                sentence(
                    "The outlook looks 1 to {most} years ahead, not {given}.",
                    most=MOST_YEARS,
                    given=str(years),
                )
            )
        replaced: dict[str, dict[str, str]] = {}
        for name, by_year in sorted(given.get("assumptions", {}).items()):
            if name not in NAMES:
                raise ParameterError(sentence("There is no assumption named {name}.", name=str(name)))
            replaced[name] = {at: _percentage(name, at, value) for at, value in sorted(by_year.items())}
        adjustments = tuple(_adjustment(each) for each in given.get("adjustments", []))
        return cls(
            years=years,
            end_one_time=bool(given.get("end_one_time", True)),
            release_commitments=bool(given.get("release_commitments", False)),
            assumptions=replaced,
            adjustments=adjustments,
        )

    def document(self) -> dict[str, Any]:
        """Return the parameters as a plain document: the same parameters give the same one."""
        return {
            "years": self.years,
            "end_one_time": self.end_one_time,
            "release_commitments": self.release_commitments,
            "assumptions": {name: dict(values) for name, values in self.assumptions.items() if values},
            "adjustments": [vars(each) for each in self.adjustments],
        }


def _percentage(name: str, at: str, value: Any) -> str:
    try:
        exact = Decimal(str(value).strip().removesuffix("%").strip())
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or abs(exact) > WIDEST_PERCENT:
        raise ParameterError(
            sentence(
                "{name}, {year}: “{found}” is not a percentage between -100 and 100. Write it like 2.5.",
                name=NAMES[name],
                year=year(at),
                found=str(value),
            )
        )
    return str(exact.quantize(Decimal("0.01")))


def _adjustment(given: Mapping[str, Any]) -> Adjustment:
    made = Adjustment(
        line=str(given.get("line", "")),
        segment=str(given.get("segment", "")),
        fiscal_year=str(given.get("fiscal_year", "")),
        cents=int(given.get("cents", 0)),
        reason=str(given.get("reason", "")),
    )
    if made.line not in ADJUSTABLE_LINES or made.segment not in ("unrestricted", "restricted"):
        raise ParameterError(sentence("An adjustment names no line of the outlook: {line}.", line=made.line))
    return made


@dataclass(frozen=True)
class Assumed:
    """Every assumption of every year of one outlook."""

    base_year: str
    years: tuple[str, ...]
    by_key: Mapping[str, Assumption]
    parameters: Parameters

    def __call__(self, name: str, at: str) -> Assumption:
        """Return an assumption of a year."""
        return self.by_key[f"{name}/{at}"]

    def adjustments(self, line: str, segment: str, at: str) -> list[Assumption]:
        """Return the amounts that the district adds to a line in a year."""
        return [
            Assumption(
                key=f"adjustment_{position}/{at}",
                label=sentence("Other adjustment: {reason}", reason=each.reason or "-"),
                value=str(each.cents),
                unit="cents",
                source=sentence("Entered by your district"),
                status="entered",
                fiscal_year=at,
            )
            for position, each in enumerate(self.parameters.adjustments)
            if (each.line, each.segment, each.fiscal_year) == (line, segment, at)
        ]


Own = Mapping[str, Rate]
"""What the district has accepted as its own, by assumption and year: `cola/2026-27`."""


def assume(
    base_year: str,
    attendance: Mapping[str, Attendance],
    parameters: Parameters,
    known: Rates | None = None,
    own: Own | None = None,
) -> Assumed:
    """Return the assumptions of the years after `base_year`: state rates, starting points, replacements.

    Args:
        base_year: the year that is projected on.
        attendance: ADA by fiscal year, for the trend.
        parameters: what a variant replaces; it goes before everything else.
        known: the state rates that count; the shipped ones without it.
        own: what the district has accepted; it goes before state rates and starting points.
    """
    known, accepted = known or rates(), own or {}
    rate = known.rate
    years = tuple(next_year(base_year, step) for step in range(1, parameters.years + 1))
    trend = _trend(base_year, attendance)
    found: dict[str, Assumption] = {}
    for at in (base_year, *years):
        of_year: dict[str, Rate] = {
            "calstrs": rate("calstrs", at),
            "calpers": rate("calpers", at),
        }
        if at != base_year:
            cola, prices = rate("cola", at), rate("cpi", at)
            of_year |= {
                "cola": cola,
                "attendance_change": _change(at, attendance, trend),
                "cpi": prices,
                "state_growth": cola,
                "contribution_growth": Rate(prices.value, "to_confirm", _GROWS_WITH_PRICES),
                **{name: local(name) for name in NAMES if name in _LOCAL},
            }
        for name, standing in of_year.items():
            each = accepted.get(f"{name}/{at}", standing)
            replaced = parameters.assumptions.get(name, {}).get(at)
            found[f"{name}/{at}"] = Assumption(
                key=f"{name}/{at}",
                label=NAMES[name],
                value=each.value if replaced is None else replaced,
                unit="percent",
                source=each.source if replaced is None else sentence("Entered by your district"),
                status=each.status if replaced is None else "entered",
                fiscal_year=at,
            )
    return Assumed(base_year, years, found, parameters)


_LOCAL = (
    "step_column_certificated",
    "step_column_classified",
    "salary_settlement_certificated",
    "salary_settlement_classified",
    "health_growth",
    "federal_growth",
    "local_revenue_growth",
)

_GROWS_WITH_PRICES = sentence("Consumer prices, as a starting value; your district's own replaces it")


def _trend(base_year: str, attendance: Mapping[str, Attendance]) -> Rate:
    """Return the yearly change of attendance that the last two known years suggest."""
    before = next_year(base_year, -1)
    now, then = attendance.get(base_year), attendance.get(before)
    if now is not None and then is not None and "assumed" not in (now.source, then.source):
        change = as_percent(now.number - then.number, then.number)
        if abs(change) <= BELIEVABLE_CHANGE:
            return Rate(
                str(Decimal(str(change)).quantize(Decimal("0.01"))),
                "to_confirm",
                sentence(
                    "The change from {then} to {now}, carried on", then=year(before), now=year(base_year)
                ),
            )
    return Rate("0.00", "to_confirm", sentence("Held level: no trend is known"))


def _change(at: str, attendance: Mapping[str, Attendance], trend: Rate) -> Rate:
    """Return the change of attendance into a year: from given figures, else the trend."""
    now, then = attendance.get(at), attendance.get(next_year(at, -1))
    if now is None or then is None:
        return trend
    change = Decimal(str(as_percent(now.number - then.number, then.number))).quantize(Decimal("0.01"))
    return Rate(str(change), "projected", sentence("From the attendance given for {year}", year=year(at)))
