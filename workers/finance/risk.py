"""The risk of a projection: what may come instead, drawn by a seeded Monte Carlo.

The projection itself comes from `multi-year` and is the middle of every fan. Each draw lets every assumption
miss by its width, independently in each year, and carries the miss through the lines that rest on it: COLA,
enrollment and attendance through the state formula and funded ADA, pension rates and health through benefits,
settlements through pay and what follows pay. The same seed gives the same bytes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.analyses.ledger import next_year
from workers.analyses.result import sentence
from workers.finance.calculation import Calculation
from workers.finance.multi_year import multi_year
from workers.finance.multi_year_shapes import MultiYear
from workers.finance.projection_lines import SEGMENTS, Segment
from workers.finance.rates import rate
from workers.finance.reserve_bands import reserve_bands
from workers.finance.risk_shapes import (
    DRIVERS,
    QUANTILES,
    BenefitParts,
    DriverName,
    DriverTold,
    Fan,
    Risk,
    RiskInput,
    RiskYear,
)

Floats = NDArray[np.float64]
Status = Literal["entered", "measured", "to_confirm"]
PRIOR_YEARS = 3
"""Funded ADA is the greatest of this year's, last year's, and the average of this many prior years."""


@functools.cache
def _usual() -> dict[str, Any]:
    text = resources.files("workers.finance").joinpath("risk_widths.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def usual_widths() -> Mapping[str, Decimal]:
    """Return the width of each assumption that is used where nothing better is known; to be confirmed."""
    return {name: Decimal(value) for name, value in _usual()["widths"].items()}


@dataclass(frozen=True)
class _Central:
    """The projection as arrays of dollars, one entry for each projected year."""

    years: tuple[str, ...]
    lcff: Floats
    certificated: Mapping[Segment, Floats]
    classified: Mapping[Segment, Floats]
    benefits: Mapping[Segment, Mapping[str, Floats]]
    ending: Floats
    available: Floats
    uses: Floats
    ada: Floats
    prior_ada: tuple[float, ...]
    """Three years before the first projected one, oldest first."""
    rates: Mapping[str, Floats]


def _floats(values: list[Decimal]) -> Floats:
    return np.array([float(value) for value in values], dtype=np.float64)


def _benefits(parts: BenefitParts, base: Decimal, projected: Floats) -> dict[str, Floats]:
    """Return a segment's benefits by what moves them, in the base year's proportions."""
    whole = float(base)
    shares = {
        name: float(getattr(parts, name)) / whole if whole else 0.0
        for name in ("strs", "pers", "health", "unmoved")
    }
    return {
        **{name: projected * each for name, each in shares.items()},
        "pay": projected * (1 - sum(shares.values())),
    }


def _central(given: RiskInput, told: MultiYear) -> _Central:
    base, years = told.years[0], told.years[1:]
    at = base.fiscal_year
    own = {"strs_rate": given.strs_rate, "pers_rate": given.pers_rate}
    series = {"strs_rate": "calstrs", "pers_rate": "calpers"}
    lines = {
        (name, segment): _floats([getattr(year, segment).expenditures[name].total for year in years])
        for name in ("certificated", "classified", "benefits")
        for segment in SEGMENTS
    }
    known = float(base.ada or 0)
    return _Central(
        years=tuple(year.fiscal_year for year in years),
        lcff=_floats([year.unrestricted.revenue["lcff"].total for year in years]),
        certificated={segment: lines["certificated", segment] for segment in SEGMENTS},
        classified={segment: lines["classified", segment] for segment in SEGMENTS},
        benefits={
            segment: _benefits(
                getattr(given.benefits, segment),
                getattr(base, segment).expenditures["benefits"].total,
                lines["benefits", segment],
            )
            for segment in SEGMENTS
        },
        ending=_floats([year.unrestricted.ending_balance for year in years]),
        available=_floats([year.reserve.available_amount for year in years]),
        uses=_floats([year.reserve.expenditures_and_uses for year in years]),
        ada=_floats([year.ada or Decimal(0) for year in years]),
        prior_ada=(
            *(float(given.prior_ada.get(next_year(at, -back), base.ada or 0)) for back in (2, 1)),
            known,
        ),
        rates={
            name: _floats(
                [
                    Decimal(rate(series[name], year.fiscal_year).value) if each is None else each
                    for year in years
                ]
            )
            for name, each in own.items()
        },
    )


def _widths(given: RiskInput, years: tuple[str, ...]) -> dict[DriverName, tuple[Floats, Status]]:
    """Return each assumption's width in points by year, and where it comes from."""
    found: dict[DriverName, tuple[Floats, Status]] = {}
    for name in DRIVERS:
        driver = given.drivers.get(name)
        status: Status = "to_confirm"
        width = usual_widths()[name]
        if name in given.widths:
            width, status = given.widths[name], "measured"
        if driver is not None and driver.spread_percent is not None:
            width, status = driver.spread_percent, "entered"
        by_year = {} if driver is None else driver.by_year
        if by_year:
            status = "entered"
        counts = given.basic_aid if name == "property_tax" else not (given.basic_aid and name in _FORMULA)
        values = [float(by_year.get(at, width)) if counts else 0.0 for at in years]
        found[name] = (np.array(values), status)
    return found


_FORMULA = ("cola", "enrollment", "attendance")
"""What moves the state formula, and nothing of a district that property tax pays."""


def _funded(ada: Floats, prior: tuple[float, ...]) -> Floats:
    """Return funded ADA by draw and year: the greatest of this, last, and three prior years' average."""
    whole = np.concatenate([np.broadcast_to(prior, (*ada.shape[:-1], len(prior))), ada], axis=-1)
    now, before = whole[..., PRIOR_YEARS:], whole[..., PRIOR_YEARS - 1 : -1]
    average = (whole[..., :-3] + whole[..., 1:-2] + whole[..., 2:-1]) / PRIOR_YEARS
    funded: Floats = np.maximum(np.maximum(now, before), average)
    return funded


@dataclass(frozen=True)
class _Drawn:
    """What each draw has in each year, in dollars."""

    ending: Floats
    available: Floats
    margin: Floats


def _grown(misses: Floats) -> Floats:
    """Return by how much an amount differs after each year's miss in per cent, compounded."""
    grown: Floats = np.cumprod(1 + misses / 100, axis=-1, dtype=np.float64)
    return grown


def _carry(given: RiskInput, central: _Central, misses: Mapping[DriverName, Floats]) -> _Drawn:
    """Carry misses, in points by draw and year, through the projection."""
    attending = 1 + misses["attendance"] / float(given.attendance_rate or _usual()["attendance_rate"])
    ada = central.ada * _grown(misses["enrollment"]) * np.maximum(attending, 0)
    if given.basic_aid:
        revenue = central.lcff * (_grown(misses["property_tax"]) - 1)
    else:
        funded = _funded(ada, central.prior_ada) / _funded(central.ada, central.prior_ada)
        revenue = central.lcff * (_grown(misses["cola"]) * funded - 1)
    pay = _grown(misses["settlement"])
    moved = {
        "strs": pay * (1 + misses["strs_rate"] / central.rates["strs_rate"]),
        "pers": pay * (1 + misses["pers_rate"] / central.rates["pers_rate"]),
        "health": _grown(misses["health"]),
        "pay": pay,
    }
    dearer = {
        segment: (central.certificated[segment] + central.classified[segment]) * (pay - 1)
        + sum(central.benefits[segment][name] * (factor - 1) for name, factor in moved.items())
        for segment in SEGMENTS
    }
    covered = dearer["restricted"] * float(given.restricted_share_covered / 100)
    change = np.cumsum(revenue - dearer["unrestricted"] - covered, axis=-1)
    uses = central.uses + dearer["unrestricted"] + dearer["restricted"]
    available = central.available + change
    standard = np.stack(
        [
            reserve_bands(at).standard(ada[..., place], uses[..., place])
            for place, at in enumerate(central.years)
        ],
        axis=-1,
    )
    return _Drawn(ending=central.ending + change, available=available, margin=available - standard)


def _draw(given: RiskInput, widths: Mapping[DriverName, tuple[Floats, Status]]) -> dict[DriverName, Floats]:
    """Return misses in points by draw and year; each assumption has a stream of its own."""
    streams = np.random.SeedSequence(given.seed).spawn(len(DRIVERS))
    return {
        name: np.random.Generator(np.random.PCG64(stream)).standard_normal(
            (given.draws, len(given.projection.years))
        )
        * widths[name][0]
        for name, stream in zip(DRIVERS, streams, strict=True)
    }


def _money(dollars: float) -> Decimal:
    """Return a drawn amount in whole dollars: cents of a draw mean nothing."""
    return Decimal(round(float(dollars)))


def _fan(drawn: Floats) -> Fan:
    return Fan(
        **{
            f"p{each}": _money(value)
            for each, value in zip(QUANTILES, np.percentile(drawn, QUANTILES), strict=True)
        }
    )


def _matter(
    misses: Mapping[DriverName, Floats], margin: Floats
) -> tuple[dict[DriverName, float], dict[DriverName, float]]:
    """Return rank correlations with a margin, and each one's square as a share of all squares together."""
    vary: list[DriverName] = [name for name in DRIVERS if np.ptp(misses[name]) > 0]
    if not vary or np.ptp(margin) == 0:
        return {}, {}
    over_the_years = pd.DataFrame({name: misses[name].sum(axis=-1) for name in vary} | {"margin": margin})
    against = over_the_years.corr(method="spearman")["margin"]
    found = {name: float(against[name]) for name in vary}
    squares = sum(value * value for value in found.values())
    return found, {name: value * value / squares for name, value in found.items()}


def _decimal(value: float | None, places: int = 4) -> Decimal | None:
    return None if value is None else round(Decimal(value), places)


def _alone(given: RiskInput, central: _Central, name: DriverName, width: Floats) -> Decimal:
    """Return by how much one width more of one assumption in every year moves the last year's margin."""
    still = {each: np.zeros((1, len(central.years))) for each in DRIVERS}
    before = _carry(given, central, still).margin[0, -1]
    after = _carry(given, central, {**still, name: width[np.newaxis, :]}).margin[0, -1]
    return _money(after - before)


def risk(given: RiskInput) -> Risk:
    """Return how far a projection may miss, year by year, and which assumption matters most.

    Args:
        given: the input of `multi-year` with ADA in every year; for each assumption a standard deviation in
            points of one year's miss (of the per cent that it is stated in); draws and seed.

    Returns:
        Fans in whole dollars (5, 25, 50, 75, 95 per cent) of the unrestricted ending balance, the available
        reserve and the margin over the recommended reserve; the chance that the reserve is not met in a year,
        and by then; and the assumptions, the one whose misses rank closest with the last year's margin first.

    Misses are normal and independent, between years too. A miss of COLA, enrollment, health or settlements
    stays in the level of all later years; attendance and pension rates miss each year anew. What makes
    restricted programs dearer is covered by unrestricted money as far as `restricted_share_covered` says.
    Widths that rest on no record of the district are to be confirmed, and say so.
    """
    told = multi_year(given.projection)
    central = _central(given, told)
    widths = _widths(given, central.years)
    misses = _draw(given, widths)
    drawn = _carry(given, central, misses)
    below = drawn.margin < 0
    by_then = np.logical_or.accumulate(below, axis=-1)
    correlations, shares = _matter(misses, drawn.margin[:, -1])
    order = sorted(DRIVERS, key=lambda name: -abs(correlations.get(name, 0.0)))
    return Risk(
        seed=given.seed,
        draws=given.draws,
        years=tuple(
            RiskYear(
                fiscal_year=at,
                projected_margin=told.years[place + 1].reserve.margin or Decimal(0),
                unrestricted_ending_balance=_fan(drawn.ending[:, place]),
                available_reserve=_fan(drawn.available[:, place]),
                margin=_fan(drawn.margin[:, place]),
                chance_below_reserve_percent=_chance(below[:, place]),
                chance_below_reserve_by_then_percent=_chance(by_then[:, place]),
            )
            for place, at in enumerate(central.years)
        ),
        drivers=tuple(
            DriverTold(
                driver=name,
                spread_percent=Decimal(str(float(widths[name][0].max()))),
                status=widths[name][1],
                rank_correlation=_decimal(correlations.get(name)),
                share_percent=_decimal(shares[name] * 100) if name in shares else None,
                one_spread=_alone(given, central, name, widths[name][0]),
            )
            for name in order
        ),
        most_important=order[0] if correlations else None,
        note=_NOTE,
    )


def _chance(hit: NDArray[np.bool_]) -> Decimal:
    return Decimal(int(hit.sum())) * 100 / len(hit)


_NOTE = sentence(
    "Chances rest on the widths of the assumptions, and on their missing independently of one another; no "
    "one knows them. Read them as an order of magnitude."
)

CALCULATION = Calculation(
    name="risk",
    title=sentence("Risk of a projection"),
    source="Monte Carlo over the projection of form MYP; widths from looking back, or to be confirmed",
    given=RiskInput,
    told=Risk,
    compute=risk,
)
