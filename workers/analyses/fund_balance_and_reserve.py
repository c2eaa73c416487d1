"""Fund balance and reserve: what the general fund holds at June 30, and whether it is enough.

Lines and the test are those of the state's forms: ending balance and its components by object 9711 to 9790,
and criterion 10 of form 01CS (available reserves are objects 9750, 9789 and 9790 of fund 01, resources 0000
to 1999, and of fund 17, less negative ending balances of restricted resources; the standard is a percentage
of fund 01 objects 1000 to 7999 that depends on the district's ADA, with a floor in dollars for small ones).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workers.analyses.labels import COLUMN_WORDS, SEGMENT_NAMES
from workers.analyses.ledger import Ledger
from workers.analyses.reserve import COMPONENTS, add_available, add_balances, add_minimum
from workers.analyses.result import (
    Attendance,
    Document,
    Message,
    Sheet,
    column,
    document,
    money,
    percent,
    row,
    sentence,
    year,
)
from workers.finance.rates import Rates

NAME = "fund_balance_and_reserve"
VERSION = "1"
TITLE = sentence("Fund balance and reserve")
QUESTION = sentence("What do we hold at June 30, and is the reserve large enough?")


def _reserve(sheet: Sheet, ledger: Ledger, ada: Attendance | None, known: Rates | None) -> None:
    at = ledger.fiscal_year
    add_available(sheet, ledger)
    sheet.ratio(
        f"available_percent/{at}",
        sentence("Available reserve, percent of uses"),
        at,
        f"available_reserve/{at}",
        f"uses/combined/{at}",
        formula=sentence("Available reserve divided by expenditures and other uses of the general fund."),
    )
    sheet.ratio(
        f"deficit_percent/{at}",
        sentence("Unrestricted surplus (deficit), percent of uses"),
        at,
        f"net/unrestricted/{at}",
        f"uses/unrestricted/{at}",
        formula=sentence(
            "Unrestricted surplus or deficit divided by unrestricted expenditures and other uses."
        ),
    )
    if ada is not None:
        sheet.attendance(f"ada/{at}", sentence("Average daily attendance (ADA)"), at, ada)
        add_minimum(sheet, at, f"uses/combined/{at}", known)


def _tables(sheet: Sheet, ledgers: Sequence[Ledger], tested: Sequence[str]) -> None:
    current = ledgers[-1]
    at = current.fiscal_year
    segments = ("unrestricted", "restricted", "combined")

    def line(key: str, kind: str = "line") -> dict[str, object]:
        label = sheet.figures[f"{key}/combined/{at}"]["label"]
        return row(label, {segment: f"{key}/{segment}/{at}" for segment in segments}, kind)

    sheet.table(
        "balance",
        sentence(
            "The general fund ends {year} with {amount}",
            year=year(at),
            amount=money(sheet[f"ending/combined/{at}"]),
        ),
        sentence(
            "General fund (01), {year} {column}, dollars", year=year(at), column=COLUMN_WORDS[current.column]
        ),
        [column(segment, SEGMENT_NAMES[segment]) for segment in segments],
        [
            line("beginning"),
            line("revenue"),
            line("contributions"),
            line("uses"),
            line("net", "subtotal"),
            line("ending", "total"),
            row(sentence("Of this"), {}, "heading"),
            *(line(key) for key, _, _ in COMPONENTS),
        ],
    )

    def across(key: str, kind: str = "line", label: Message | None = None) -> dict[str, object]:
        cells = {ledger.fiscal_year: _if_there(sheet, f"{key}/{ledger.fiscal_year}") for ledger in ledgers}
        if label is None:
            label = next(sheet.figures[cell]["label"] for cell in cells.values() if cell)
        return row(label, cells, kind)

    rows = [
        across("stabilization/unrestricted"),
        across("uncertainties/unrestricted"),
        across("unassigned/unrestricted"),
        across("fund_17"),
        across("negative_restricted"),
        across("available_reserve", "subtotal"),
        across("available_percent"),
        across("uses/combined"),
    ]
    if tested:
        rows += [
            across("ada"),
            across("standard_percent"),
            across("minimum"),
            across("over_minimum", "total"),
        ]
    rows.append(across("net/unrestricted", label=sentence("Unrestricted surplus (deficit) of the year")))
    rows.append(across("deficit_percent"))
    sheet.table(
        "reserve",
        sentence("Available reserve against the state minimum"),
        sentence(
            "At June 30, general fund (01) and special reserve fund (17), dollars unless the line says "
            "otherwise"
        ),
        [
            column(
                each.fiscal_year,
                sentence("{year} {column}", year=year(each.fiscal_year), column=COLUMN_WORDS[each.column]),
            )
            for each in ledgers
        ],
        rows,
    )


def _if_there(sheet: Sheet, key: str) -> str | None:
    return key if key in sheet else None


def _finding(sheet: Sheet, at: str, *, tested: bool) -> Message:
    amount = sheet[f"available_reserve/{at}"]
    if not tested:
        return sentence(
            "The reserve is {amount} at the end of {year}; its minimum needs the district's attendance",
            amount=money(amount),
            year=year(at),
        )
    over = sheet[f"over_minimum/{at}"]
    standard = percent(sheet[f"standard_percent/{at}"], 0)
    if over < 0:
        return sentence(
            "The reserve is {short} under the {standard} minimum at the end of {year}",
            short=money(-over),
            standard=standard,
            year=year(at),
        )
    if over < sheet[f"minimum/{at}"] // 100:
        return sentence(
            "The reserve of {amount} just meets the {standard} minimum at the end of {year}",
            amount=money(amount),
            standard=standard,
            year=year(at),
        )
    return sentence(
        "The reserve is {over} above the {standard} minimum at the end of {year}",
        over=money(over),
        standard=standard,
        year=year(at),
    )


def _lead(sheet: Sheet, at: str) -> Message:
    net = sheet[f"net/unrestricted/{at}"]
    share = percent(abs(sheet[f"deficit_percent/{at}"]))
    if net < 0:
        return sentence(
            "Unrestricted spending exceeds revenue by {deficit} ({share} of spending) in {year}; the "
            "balance pays for it.",
            deficit=money(-net),
            share=share,
            year=year(at),
        )
    return sentence(
        "Unrestricted revenue exceeds spending by {surplus} ({share} of spending) in {year}.",
        surplus=money(net),
        share=share,
        year=year(at),
    )


def _chart(sheet: Sheet, ledgers: Sequence[Ledger], tested: Sequence[str]) -> None:
    at = ledgers[-1].fiscal_year
    first = ledgers[0].fiscal_year
    alt = (
        sentence(
            "Available reserve goes from {then} in {first} to {now} in {last}; the minimum of {last} is "
            "{minimum}.",
            then=money(sheet[f"available_reserve/{first}"]),
            first=year(first),
            now=money(sheet[f"available_reserve/{at}"]),
            last=year(at),
            minimum=money(sheet[f"minimum/{at}"]),
        )
        if tested and at in tested
        else sentence(
            "Available reserve goes from {then} in {first} to {now} in {last}.",
            then=money(sheet[f"available_reserve/{first}"]),
            first=year(first),
            now=money(sheet[f"available_reserve/{at}"]),
            last=year(at),
        )
    )
    change = sheet[f"available_reserve/{at}"] - sheet[f"available_reserve/{first}"]
    title = (
        sentence("Available reserve, year by year")
        if len(ledgers) == 1
        else (
            sentence(
                "The available reserve fell by {change} since {first}",
                change=money(-change),
                first=year(first),
            )
            if change < 0
            else sentence(
                "The available reserve grew by {change} since {first}",
                change=money(change),
                first=year(first),
            )
        )
    )
    sheet.chart(
        "reserve",
        table="reserve",
        kind="level_by_year",
        title=title,
        subtitle=sentence("Available reserve at June 30, millions of dollars"),
        alt=alt,
        source=sentence("Ledgers as filed; minimum by the state's criterion 10."),
        options={
            "level": "available_reserve",
            "minimum": "minimum",
            "years": [each.fiscal_year for each in ledgers],
            "words": {each.fiscal_year: COLUMN_WORDS[each.column] for each in ledgers},
            "projected": [],
            "minimum_label": sentence("State minimum"),
        },
    )


def analyse(
    ledgers: Sequence[Ledger], attendance: Mapping[str, Attendance], known: Rates | None = None
) -> Document:
    """Return the fund balance and reserve of the last ledger, with earlier years beside it.

    Args:
        ledgers: one ledger for each fiscal year, oldest first; the last is the one asked about.
        attendance: the district's ADA by fiscal year; a year without one has no minimum.
        known: the state rates that count; the shipped ones without it.
    """
    sheet = Sheet()
    for ledger in ledgers:
        add_balances(sheet, ledger)
        _reserve(sheet, ledger, attendance.get(ledger.fiscal_year), known)
    at = ledgers[-1].fiscal_year
    tested = [each.fiscal_year for each in ledgers if each.fiscal_year in attendance]
    _tables(sheet, ledgers, tested)
    _chart(sheet, ledgers, tested)
    headlines = _headlines(sheet, at, tested=at in tested)
    return document(
        analysis=NAME,
        version=VERSION,
        title=TITLE,
        finding=_finding(sheet, at, tested=at in tested),
        lead=_lead(sheet, at),
        certainty=sentence(
            "Exact for what the ledger holds: every amount is a sum of filed lines. A budget's ending "
            "balance is a "
            "plan until the books of the year are closed."
        ),
        would_change=_would_change(sheet, at, tested=at in tested),
        method=[
            sentence(
                "Ending balance is beginning balance plus revenue and contributions less expenditures and "
                "other "
                "uses. Its components are read from objects 9711 to 9790."
            ),
            sentence(
                "Available reserves are stabilization arrangements, the reserve for economic uncertainties "
                "and "
                "unassigned balances of the unrestricted general fund and fund 17, less negative balances of "
                "restricted resources. The minimum is the state's percentage for the district's attendance."
            ),
        ],
        limits=[
            sentence(
                "Balances of other funds are not counted, and committed or assigned amounts are not "
                "available."
            ),
            sentence(
                "An administrative unit of a special education region may leave pass-through out of the "
                "test; "
                "this one leaves nothing out."
            ),
        ],
        sheet=sheet,
        headlines=headlines,
        ledgers=[
            {"dataset_id": each.dataset_id, "fiscal_year": each.fiscal_year, "column": each.column}
            for each in ledgers
        ],
    )


def _would_change(sheet: Sheet, at: str, *, tested: bool) -> list[Message]:
    said = []
    committed = sheet[f"committed/unrestricted/{at}"] + sheet[f"assigned/unrestricted/{at}"]
    if committed > 0:
        said.append(
            sentence(
                "The board has committed or assigned {amount} for other purposes. It can release them by a "
                "vote; they "
                "are not counted here.",
                amount=money(committed),
            )
        )
    if tested:
        said.append(
            sentence(
                "Each $1 million of spending more raises the minimum by {step}.",
                step=money(round(sheet[f"standard_percent/{at}"] * 1_000_000), "dollars"),
            )
        )
    negative = sheet[f"negative_restricted/{at}"]
    if negative <= -100_00:
        said.append(
            sentence(
                "Restricted programs that end below zero take {amount} from the reserve; covering them "
                "would restore it.",
                amount=money(-negative),
            )
        )
    return said


def _headlines(sheet: Sheet, at: str, *, tested: bool) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    if tested and abs(sheet[f"over_minimum/{at}"]) > sheet[f"minimum/{at}"] // 100:
        over = sheet[f"over_minimum/{at}"]
        says = (
            sentence("under the state's minimum reserve")
            if over < 0
            else sentence("above the state's minimum reserve")
        )
        found.append(
            {
                "figure": f"over_minimum/{at}",
                "weight": abs(over) * (20 if over < 0 else 1) + sheet[f"minimum/{at}"],
                "says": says,
                "detail": sentence(
                    "The available reserve of {year} is {amount}; a district of this size must hold "
                    "{minimum} ({standard}).",
                    year=year(at),
                    amount=money(sheet[f"available_reserve/{at}"]),
                    minimum=money(sheet[f"minimum/{at}"]),
                    standard=percent(sheet[f"standard_percent/{at}"], 0),
                ),
                "link": sentence("See what the balance is made of"),
            }
        )
    net = sheet[f"net/unrestricted/{at}"]
    if net < 0:
        found.append(
            {
                "figure": f"net/unrestricted/{at}",
                "weight": -net * 2,
                "says": sentence("more unrestricted spending than revenue"),
                "detail": sentence(
                    "The balance falls from {before} to {after} in {year}.",
                    before=money(sheet[f"beginning/unrestricted/{at}"]),
                    after=money(sheet[f"ending/unrestricted/{at}"]),
                    year=year(at),
                ),
                "link": sentence("See the year's flows"),
            }
        )
    return found
