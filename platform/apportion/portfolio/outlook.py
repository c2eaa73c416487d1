"""The reserve against its minimum, from the newest outlook: what the home concludes and draws."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.language import N_, Message, fiscal_year, message, money, percent
from tenants.records.runs import newest

ANALYSIS = "three_year_outlook"
KEYS = ("available_reserve", "minimum", "over_minimum", "standard_percent")

# The document of a run is large; only these figures leave the database.
_FIGURES = text(
    "SELECT entry.key, entry.value ->> 'value' AS value, run.inputs"
    " FROM run, jsonb_each(run.result -> 'figures') entry"
    " WHERE run.district_id = :district AND run.id = :run"
    " AND split_part(entry.key, '/', 1) = ANY(:keys) AND entry.key ~ '^[a-z_]+/[0-9]{4}-[0-9]{2}$'"
)


@dataclasses.dataclass(frozen=True)
class Year:
    """One fiscal year's reserve in cents; `minimum` and what is over it are None without attendance."""

    year: str
    available: int
    minimum: int | None
    over: int | None
    standard: float | None
    """The minimum in percent of spending."""
    projected: bool = True
    """False for a year that a loaded ledger shows."""


@dataclasses.dataclass(frozen=True)
class Outlook:
    """The newest outlook of a district without new decisions."""

    run_id: int
    at: dt.datetime
    finding: Message
    years: tuple[Year, ...]

    @property
    def first_short(self) -> Year | None:
        """The first year under the minimum."""
        return next((year for year in self.years if year.over is not None and year.over < 0), None)


def outlook(session: Session, district_id: int) -> Outlook | None:
    """Return the newest outlook of a district, or None where none was computed (or may be seen)."""
    run = newest(session, district_id).get(ANALYSIS)
    if run is None:
        return None
    rows = session.execute(_FIGURES, {"district": district_id, "run": run.id, "keys": list(KEYS)}).all()
    loaded = {each.get("fiscal_year") for each in (rows[0].inputs if rows else [])}
    figures = {row.key: row.value for row in rows}
    years = sorted({key.partition("/")[2] for key in figures if key.startswith("available_reserve/")})
    return Outlook(
        run.id, run.created_at, run.finding, tuple(_year(at, figures, at not in loaded) for at in years)
    )


def _year(at: str, figures: dict[str, str], projected: bool) -> Year:  # noqa: FBT001 - one caller
    def cents(key: str) -> int | None:
        value = figures.get(f"{key}/{at}")
        return None if value is None else int(value)

    standard = figures.get(f"standard_percent/{at}")
    return Year(
        at,
        int(figures[f"available_reserve/{at}"]),
        cents("minimum"),
        cents("over_minimum"),
        None if standard is None else float(standard),
        projected,
    )


@dataclasses.dataclass(frozen=True)
class Conclusion:
    """A page's title in two parts: the sentence, and the amount in it that is marked."""

    said: Message
    marked: Message | None = None


def conclusion(found: Outlook) -> Conclusion:
    """Return the home's title: what the reserve comes to without new decisions."""
    short = found.first_short
    if short is not None and short.over is not None:
        under = message("{short} under", short=money(-short.over))
        standard = percent(short.standard or 0, 0)
        if found.years and short is found.years[0]:
            return Conclusion(
                message(
                    "The reserve is {under} the {standard} minimum already in {year}",
                    under=under,
                    standard=standard,
                    year=fiscal_year(short.year),
                ),
                under,
            )
        return Conclusion(
            message(
                "Without new decisions, you end {year} {under} the {standard} reserve",
                year=fiscal_year(short.year),
                under=under,
                standard=standard,
            ),
            under,
        )
    tested = [year for year in found.years if year.over is not None]
    if tested:
        least = min(tested, key=lambda year: year.over or 0)
        return Conclusion(
            message(
                "Without new decisions, the reserve stays above the minimum through {last}, "
                "by {least} at the lowest",
                last=fiscal_year(tested[-1].year),
                least=money(least.over or 0),
            )
        )
    return Conclusion(found.finding)


@dataclasses.dataclass(frozen=True)
class Bar:
    """One bar of the home's chart, in the units of its drawing."""

    year: str
    x: float
    middle: float
    top: float
    height: float
    short_top: float
    short_height: float
    label: int
    label_at: float
    inside: bool
    projected: bool


@dataclasses.dataclass(frozen=True)
class Drawing:
    """The home's chart: bars, the line of the minimum, the grid; coordinates as SVG takes them."""

    width: float
    height: float
    base: float
    left: float
    right: float
    bar: float
    bars: tuple[Bar, ...]
    line: str
    line_end: float
    grid: tuple[tuple[float, int], ...]


STEPS = (1, 2, 2.5, 5, 10)


def drawing(found: Outlook, *, narrow: bool = False) -> Drawing:
    """Return the geometry of bars of available reserve, with the minimum as a line over them.

    Args:
        found: the outlook.
        narrow: for a phone: no axis, narrower.
    """
    years = found.years
    width, height, top, base = (326.0, 214.0, 34.0, 172.0) if narrow else (640.0, 262.0, 34.0, 218.0)
    left, right = (0.0, width) if narrow else (44.0, 528.0)
    highest = max([1, *(year.available for year in years), *(year.minimum or 0 for year in years)])
    lowest = min([0, *(year.available for year in years)])
    if lowest < 0:
        base -= 22  # the label of a bar below zero stands under it
    unit = (base - top) / (highest - lowest)
    zero = top + highest * unit

    def y(cents: float) -> float:
        return round(zero - cents * unit, 1)

    slot = (right - left) / len(years)
    bar = min(92.0, slot * 0.62)
    bars = []
    for position, year in enumerate(years):
        middle = left + slot * (position + 0.5)
        upper, lower = sorted((y(year.available), y(0)))
        short = year.minimum if year.over is not None and year.over < 0 else None
        bars.append(
            Bar(
                year=year.year,
                x=round(middle - bar / 2, 1),
                middle=round(middle, 1),
                top=upper,
                height=max(1.0, round(lower - upper, 1)),
                short_top=y(short) if short is not None else 0,
                short_height=round(y(max(0, year.available)) - y(short), 1) if short is not None else 0,
                label=year.available,
                label_at=_label_at(upper, lower, y(short) if short is not None else None, year.available),
                inside=short is not None and lower - upper > 24,
                projected=year.projected,
            )
        )
    points = [
        (bars[index].middle, y(year.minimum)) for index, year in enumerate(years) if year.minimum is not None
    ]
    if points:
        points = [(left, points[0][1]), *points, (right, points[-1][1])]
    return Drawing(
        width=width,
        height=height,
        base=y(0),
        left=left,
        right=right,
        bar=round(bar, 1),
        bars=tuple(bars),
        line=" ".join(f"{x:g},{at:g}" for x, at in points),
        line_end=points[-1][1] if points else 0,
        grid=() if narrow else _grid(lowest, highest, y),
    )


def _label_at(upper: float, lower: float, short: float | None, cents: int) -> float:
    """Return where a bar's number stands: above it, inside where something is missing, below if negative."""
    if short is not None and lower - upper > 24:
        return upper + 18
    if cents < 0:
        return lower + 16
    return (upper if short is None else min(upper, short)) - 8


def _grid(lowest: int, highest: int, y: object) -> tuple[tuple[float, int], ...]:
    span = highest - lowest
    power = 10 ** (len(str(int(span / 4))) - 1)
    step = next(int(factor * power) for factor in STEPS if span / (factor * power) <= 5)
    first = -(-lowest // step) * step
    return tuple((y(at), at) for at in range(first, highest + 1, step))  # type: ignore[operator]


CHART_TITLES = {
    "falls": N_("The reserve is spent faster than it is refilled"),
    "holds": N_("The reserve holds"),
    "grows": N_("The reserve grows"),
}


def chart_title(found: Outlook) -> str:
    """Return the source text of the chart's finding."""
    first, last = found.years[0].available, found.years[-1].available
    if last < first * 0.97:
        return CHART_TITLES["falls"]
    return CHART_TITLES["grows" if last > first * 1.03 else "holds"]
