"""What the three-year outlook says: finding, tables, chart, how sure, what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workers.analyses.labels import COLUMN_WORDS, SEGMENT_NAMES
from workers.analyses.ledger import Ledger
from workers.analyses.outlook_assumptions import NAMES, Assumed
from workers.analyses.outlook_lines import REVENUE_LINES, SPENDING_LINES
from workers.analyses.result import (
    Message,
    Sheet,
    column,
    money,
    percent,
    row,
    sentence,
    sentence_n,
    year,
)

ADA = sentence("Average daily attendance (ADA)")
UNCOMMITTED = sentence("Reserve for economic uncertainties and unassigned")
PROJECTED = sentence("projected")


def _columns(base: Ledger, assumed: Assumed) -> list[dict[str, Any]]:
    head = sentence("{year} {column}", year=year(base.fiscal_year), column=COLUMN_WORDS[base.column])
    return [
        column(base.fiscal_year, head),
        *(
            column(at, sentence("{year} {column}", year=year(at), column=PROJECTED), projected=True)
            for at in assumed.years
        ),
    ]


def add_tables(sheet: Sheet, base: Ledger, assumed: Assumed, *, tested: bool) -> None:
    """Add the form's three pages, the reserve and the assumptions as tables."""
    years = [base.fiscal_year, *assumed.years]
    columns = _columns(base, assumed)

    def line(key: str, kind: str = "line", label: Message | None = None) -> dict[str, Any]:
        cells = {at: f"{key}/{at}" if f"{key}/{at}" in sheet else None for at in years}
        named = next(sheet.figures[cell]["label"] for cell in reversed(cells.values()) if cell)
        return row(label or named, cells, kind)

    captions = {
        "unrestricted": sentence("Unrestricted general fund, line by line"),
        "restricted": sentence("Restricted programs, line by line"),
        "combined": sentence("The whole general fund, line by line"),
    }
    for segment, caption in captions.items():
        own = [
            row(sentence("A. Revenue"), {}, "heading"),
            *(line(f"{key}/{segment}") for key, _, _ in REVENUE_LINES if _moves(sheet, key, segment, years)),
            line(f"revenue/{segment}", "subtotal"),
            line(f"contributions/{segment}") if segment != "combined" else None,
            row(sentence("B. Expenditure"), {}, "heading"),
            *(line(f"{key}/{segment}") for key, _, _ in SPENDING_LINES if _moves(sheet, key, segment, years)),
            line(f"uses/{segment}", "subtotal"),
            line(f"net/{segment}", "total", sentence("C. Surplus (deficit) of the year")),
            row(sentence("D. Balance"), {}, "heading"),
            line(f"beginning/{segment}"),
            line(f"ending/{segment}", "subtotal"),
        ]
        if segment == "unrestricted":
            own += [
                line(f"{key}/unrestricted")
                for key in ("nonspendable", "stabilization", "committed", "assigned", "uncommitted")
            ]
        sheet.table(
            segment,
            caption,
            sentence("General fund (01), {segment}, dollars", segment=SEGMENT_NAMES[segment]),
            columns,
            [each for each in own if each is not None],
        )
    reserve = [
        line("net/unrestricted", label=sentence("Unrestricted surplus (deficit) of the year")),
        line("ending/unrestricted", label=sentence("Unrestricted balance at June 30")),
        line("available_reserve", "subtotal", sentence("E. Available reserve")),
    ]
    if tested:
        reserve += [
            line("uses/combined"),
            line("ada"),
            line("standard_percent"),
            line("minimum", label=sentence("F. State minimum")),
            line("over_minimum", "total"),
        ]
    sheet.table(
        "reserve",
        sentence("Available reserve against the state minimum"),
        sentence("General fund (01), at June 30, dollars unless the line says otherwise"),
        columns,
        reserve,
    )
    sheet.table(
        "assumptions",
        sentence("What the outlook assumes"),
        sentence("Percent a year; pension rates are percent of pay"),
        columns,
        [
            row(
                label,
                {at: f"{name}/{at}" if f"{name}/{at}" in sheet else None for at in years},
            )
            for name, label in NAMES.items()
        ],
    )


def _moves(sheet: Sheet, key: str, segment: str, years: Sequence[str]) -> bool:
    return any(sheet[f"{key}/{segment}/{at}"] for at in years)


def finding(sheet: Sheet, years: Sequence[str], *, tested: bool) -> Message:
    """Return the outlook in one sentence."""
    last = years[-1]
    if not tested:
        return sentence(
            "The available reserve goes from {then} to {now} in {year}; its minimum needs the district's "
            "attendance",
            then=money(sheet[f"available_reserve/{years[0]}"]),
            now=money(sheet[f"available_reserve/{last}"]),
            year=year(last),
        )
    under = [at for at in years if sheet[f"over_minimum/{at}"] < 0]
    if not under:
        least = min(sheet[f"over_minimum/{at}"] for at in years)
        return sentence(
            "The reserve stays above {standard} through {year}, by {least} at the lowest",
            standard=percent(sheet[f"standard_percent/{last}"], 0),
            year=year(last),
            least=money(least),
        )
    first = under[0]
    values = {
        "standard": percent(sheet[f"standard_percent/{first}"], 0),
        "year": year(first),
        "short": money(-sheet[f"over_minimum/{first}"]),
    }
    gone = [at for at in years if sheet[f"available_reserve/{at}"] < 0]
    if first == years[0]:
        return sentence("The reserve is under {standard} already in {year}, by {short}", **values)
    if gone and gone[0] == first:
        return sentence(
            "The reserve falls below {standard} in {year}, by {short}, and is gone that year", **values
        )
    if gone:
        return sentence(
            "The reserve falls below {standard} in {year}, by {short}, and is gone in {gone}",
            **values,
            gone=year(gone[0]),
        )
    return sentence("The reserve falls below {standard} in {year}, by {short}", **values)


def lead(sheet: Sheet, years: Sequence[str]) -> Message:
    """Return the sentence under the finding: deficits of the years shown."""
    deficits = [at for at in years if sheet[f"net/unrestricted/{at}"] < 0]
    together = sum(sheet[f"net/unrestricted/{at}"] for at in deficits)
    if len(deficits) == len(years):
        return sentence(
            "Unrestricted spending and contributions exceed revenue in every year from {first} to {last}, "
            "by {sum} "
            "together.",
            first=year(years[0]),
            last=year(years[-1]),
            sum=money(-together),
        )
    if deficits:
        return sentence_n(
            "Unrestricted spending and contributions exceed revenue in {n} of {of} years, by {sum}.",
            "Unrestricted spending and contributions exceed revenue in {n} of {of} years, by {sum} together.",
            len(deficits),
            of=len(years),
            sum=money(-together),
        )
    return sentence(
        "Unrestricted revenue covers spending and contributions in every year from {first} to {last}.",
        first=year(years[0]),
        last=year(years[-1]),
    )


def certainty(assumed: Assumed) -> Message:
    """Return how sure the outlook is: how many of its assumptions nobody has settled."""
    statuses = [each.status for each in assumed.by_key.values() if each.fiscal_year in assumed.years]
    return sentence(
        "Exact for {base}, which is your ledger. After it, {open} of {all} yearly assumptions are to be "
        "confirmed and "
        "{projected} are published projections; the further the year, the wider the doubt.",
        base=year(assumed.base_year),
        open=statuses.count("to_confirm"),
        all=len(statuses),
        projected=statuses.count("projected"),
    )


def would_change(sheet: Sheet, assumed: Assumed, base: str) -> list[Message]:
    """Return what moves the result most, in dollars of the first projected year."""
    at = assumed.years[0]
    pay = sum(sheet[f"ongoing_{line}/unrestricted/{base}"] for line in ("certificated", "classified"))
    with_pay = sum(
        sheet[f"ongoing_{line}/unrestricted/{base}"]
        for line in ("calstrs_cost", "calpers_cost", "other_benefits")
    )
    said = [
        sentence(
            "One point on the state formula is {amount} a year.",
            amount=money(round(sheet[f"ongoing_lcff/unrestricted/{base}"] / 100)),
        ),
        sentence(
            "A settlement of 1% for everyone costs {amount} a year, pensions and payroll taxes included.",
            amount=money(round((pay + with_pay) / 100)),
        ),
        sentence(
            "One point of growth in health benefits costs {amount} in {year}.",
            amount=money(round(sheet[f"ongoing_health_cost/unrestricted/{base}"] / 100)),
            year=year(at),
        ),
    ]
    held = sheet[f"committed/unrestricted/{base}"] + sheet[f"assigned/unrestricted/{base}"]
    if held > 0:
        said.append(
            sentence(
                "The board has committed or assigned {amount}; releasing it by a vote would add to the "
                "reserve once.",
                amount=money(held),
            )
        )
    return said


def headlines(sheet: Sheet, years: Sequence[str], *, tested: bool) -> list[dict[str, Any]]:
    """Return the outlook's findings in dollars for other pages."""
    if not tested:
        return []
    under = [at for at in years[1:] if sheet[f"over_minimum/{at}"] < 0]
    if under:
        at = under[0]
        return [
            {
                "figure": f"over_minimum/{at}",
                "weight": -sheet[f"over_minimum/{at}"] * 10 + sheet[f"minimum/{at}"],
                "says": sentence("under the minimum reserve in {year}", year=year(at)),
                "detail": sentence(
                    "Without new decisions the available reserve is {amount} then, and the state asks for "
                    "{minimum}.",
                    amount=money(sheet[f"available_reserve/{at}"]),
                    minimum=money(sheet[f"minimum/{at}"]),
                ),
                "link": sentence("See the outlook and its assumptions"),
            }
        ]
    at = years[-1]
    return [
        {
            "figure": f"over_minimum/{at}",
            "weight": sheet[f"minimum/{at}"],
            "says": sentence("above the minimum reserve in {year}", year=year(at)),
            "detail": sentence(
                "Without new decisions the available reserve is {amount} then, and the state asks for "
                "{minimum}.",
                amount=money(sheet[f"available_reserve/{at}"]),
                minimum=money(sheet[f"minimum/{at}"]),
            ),
            "link": sentence("See the outlook and its assumptions"),
        }
    ]


def add_chart(sheet: Sheet, ledgers: Sequence[Ledger], assumed: Assumed, *, tested: bool) -> None:
    """Add the reserve against the minimum: actual years, base year, and the projection dashed."""
    base = ledgers[-1].fiscal_year
    past = [each.fiscal_year for each in ledgers]
    years = [*past, *assumed.years]
    deficits = [-sheet[f"net/unrestricted/{at}"] for at in (base, *assumed.years)]
    if min(deficits) > 0:
        title = sentence(
            "Deficits of {least} to {most} a year use up the reserve",
            least=money(min(deficits)),
            most=money(max(deficits)),
        )
    else:
        title = sentence("Available reserve and the state minimum, year by year")
    words = {each.fiscal_year: COLUMN_WORDS[each.column] for each in ledgers}
    words |= dict.fromkeys(assumed.years, PROJECTED)
    under = [
        at for at in years if tested and f"over_minimum/{at}" in sheet and sheet[f"over_minimum/{at}"] < 0
    ]
    values = {
        "now": money(sheet[f"available_reserve/{base}"]),
        "base": year(base),
        "then": money(sheet[f"available_reserve/{years[-1]}"]),
        "last": year(years[-1]),
    }
    if under:
        alt = sentence(
            "The available reserve goes from {now} in {base} to {then} in {last}. It is below the minimum "
            "in {year}, by "
            "{short}.",
            **values,
            year=year(under[0]),
            short=money(-sheet[f"over_minimum/{under[0]}"]),
        )
    else:
        alt = sentence("The available reserve goes from {now} in {base} to {then} in {last}.", **values)
    sheet.chart(
        "reserve",
        table="reserve",
        kind="level_by_year",
        title=title,
        subtitle=sentence("Available reserve at June 30, millions of dollars"),
        alt=alt,
        source=sentence(
            "Ledgers as filed; projection without new decisions; minimum by the state's criterion 10."
        ),
        options={
            "level": "available_reserve",
            "minimum": "minimum",
            "years": years,
            "words": words,
            "projected": list(assumed.years),
            "minimum_label": sentence("State minimum"),
        },
    )
