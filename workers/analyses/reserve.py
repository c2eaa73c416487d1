"""Balance, components, available reserves and the state's minimum, as figures of a year.

The lines are those of the state's forms: ending balance and its components by object 9711 to 9790, and
criterion 10 of form 01CS.
"""

from __future__ import annotations

from decimal import Decimal

from workers.analyses.labels import RESTRICTED, SEGMENTS
from workers.analyses.ledger import Ledger, Where, narrowed
from workers.analyses.result import Assumption, Message, Sheet, sentence
from workers.finance.rates import Rates
from workers.finance.reserve import reserve_standard

GENERAL: Where = {"fund": ["01"]}

FLOWS: tuple[tuple[str, Message, tuple[tuple[str, str], ...], int], ...] = (
    (
        "beginning",
        sentence("Beginning balance, with audit adjustments and restatements"),
        (("9791", "9795"),),
        1,
    ),
    ("revenue", sentence("Revenue and other sources"), (("8000", "8979"),), 1),
    ("contributions", sentence("Contributions between unrestricted and restricted"), (("8980", "8999"),), 1),
    ("uses", sentence("Expenditures and other uses"), (("1000", "7999"),), -1),
)

COMPONENTS: tuple[tuple[str, Message, tuple[str, str]], ...] = (
    ("nonspendable", sentence("Nonspendable (cash fund, stores, prepaid)"), ("9711", "9719")),
    ("restricted_balance", sentence("Legally restricted"), ("9740", "9740")),
    ("stabilization", sentence("Stabilization arrangements"), ("9750", "9750")),
    ("committed", sentence("Committed by the board"), ("9760", "9760")),
    ("assigned", sentence("Assigned for a purpose"), ("9780", "9780")),
    ("uncertainties", sentence("Reserve for economic uncertainties"), ("9789", "9789")),
    ("unassigned", sentence("Unassigned"), ("9790", "9790")),
)

AVAILABLE = ("stabilization", "uncertainties", "unassigned")


def _components_filed(ledger: Ledger) -> bool:
    """Say whether the ledger states how its ending balance is made up, as files sent to the state do."""
    return ledger.has(narrowed(GENERAL, object=["979Z", "979Z"])) or any(
        ledger.has(narrowed(GENERAL, object=list(codes)))
        for key, _, codes in COMPONENTS
        if key in ("uncertainties", "unassigned")
    )


def add_balances(sheet: Sheet, ledger: Ledger) -> None:
    """Add beginning balance, flows, ending balance and components: each segment, and both together.

    Keys are `<line>/<segment>/<fiscal year>`, the segment being unrestricted, restricted or combined.
    """
    at = ledger.fiscal_year
    filed = _components_filed(ledger)
    for segment, where in SEGMENTS.items():
        within = {**GENERAL, **where}
        for key, label, ranges, _ in FLOWS:
            sheet.from_ledger(
                f"{key}/{segment}/{at}",
                label,
                ledger,
                *((narrowed(within, object=list(codes)), 1) for codes in ranges),
            )
        sheet.total(
            f"net/{segment}/{at}",
            sentence("Surplus (deficit) of the year"),
            at,
            [(f"{key}/{segment}/{at}", sign) for key, _, _, sign in FLOWS if key != "beginning"],
            formula=sentence("Revenue and contributions, less expenditures and other uses."),
        )
        sheet.total(
            f"ending/{segment}/{at}",
            sentence("Ending balance at June 30"),
            at,
            [(f"beginning/{segment}/{at}", 1), (f"net/{segment}/{at}", 1)],
            formula=sentence("Beginning balance plus the year's surplus or deficit."),
        )
        for key, label, codes in COMPONENTS:
            if key == "unassigned" and not filed:
                continue
            sheet.from_ledger(
                f"{key}/{segment}/{at}", label, ledger, (narrowed(within, object=list(codes)), 1)
            )
        if not filed:
            sheet.total(
                f"unassigned/{segment}/{at}",
                sentence("Unassigned"),
                at,
                [
                    (f"ending/{segment}/{at}", 1),
                    *((f"{key}/{segment}/{at}", -1) for key, _, _ in COMPONENTS if key != "unassigned"),
                ],
                formula=sentence(
                    "The ledger does not say how its ending balance is made up, so what no other component "
                    "holds counts as unassigned."
                ),
            )
    keys = [*(key for key, _, _, _ in FLOWS), "net", "ending", *(key for key, _, _ in COMPONENTS)]
    for key in keys:
        sheet.total(
            f"{key}/combined/{at}",
            sheet.figures[f"{key}/unrestricted/{at}"]["label"],
            at,
            [(f"{key}/unrestricted/{at}", 1), (f"{key}/restricted/{at}", 1)],
            formula=sentence("Unrestricted plus restricted."),
        )


def _negative_resources(ledger: Ledger) -> list[str]:
    """Return the restricted resources of fund 01 whose ending balance is below zero."""
    within = {**GENERAL, **RESTRICTED}
    gains = ledger.by("resource", narrowed(within, object=["8000", "8999"]))
    uses = ledger.by("resource", narrowed(within, object=["1000", "7999"]))
    opening = ledger.by("resource", narrowed(within, object=["9791", "9795"]))
    return [
        code
        for code in sorted({*gains, *uses, *opening})
        if gains.get(code, 0) + opening.get(code, 0) - uses.get(code, 0) < 0
    ]


def add_available(sheet: Sheet, ledger: Ledger) -> str:
    """Add available reserves of a ledger's year; `add_balances` comes first."""
    at = ledger.fiscal_year
    fund17: Where = {"fund": ["17"]}
    sheet.from_ledger(
        f"fund_17/{at}",
        sentence("Special reserve fund (17): objects 9750, 9789, 9790"),
        ledger,
        (narrowed(fund17, object=["9750", "9750"]), 1),
        (narrowed(fund17, object=["9789", "9790"]), 1),
    )
    selections: list[tuple[Where, int]] = []
    for code in _negative_resources(ledger):
        within = {**GENERAL, "resource": [code]}
        selections += [
            (narrowed(within, object=["9791", "9795"]), 1),
            (narrowed(within, object=["8000", "8999"]), 1),
            (narrowed(within, object=["1000", "7999"]), -1),
        ]
    sheet.from_ledger(
        f"negative_restricted/{at}",
        sentence("Negative ending balances of restricted resources"),
        ledger,
        *selections,
        formula=sentence("Ending balance of each restricted resource that ends the year below zero."),
    )
    return sheet.total(
        f"available_reserve/{at}",
        sentence("Available reserve"),
        at,
        [
            *((f"{key}/unrestricted/{at}", 1) for key in AVAILABLE),
            (f"fund_17/{at}", 1),
            (f"negative_restricted/{at}", 1),
        ],
        formula=sentence(
            "Stabilization, reserve for economic uncertainties and unassigned, in the unrestricted general "
            "fund and fund 17, less negative balances of restricted resources (state form 01CS, criterion "
            "10)."
        ),
    )


def add_standard(sheet: Sheet, fiscal_year: str, uses: str, known: Rates | None = None) -> str:
    """Add the state's minimum reserve of a year: percentage, floor where there is one, minimum.

    Args:
        sheet: holds `ada/<year>` and the figure named by `uses` already.
        fiscal_year: the year.
        uses: key of the general fund's expenditures and other uses of that year.
        known: the rates that count; the shipped ones without it.
    """
    at = fiscal_year
    standard = reserve_standard(Decimal(str(sheet[f"ada/{at}"])), at, known)
    sheet.given(
        Assumption(
            key=f"standard_percent/{at}",
            label=sentence("Minimum for a district of this size"),
            value=standard.percent.value,
            unit="percent",
            source=standard.percent.source,
            status=standard.percent.status,
            fiscal_year=at,
        )
    )
    label = sentence("State minimum")
    formula = sentence("The percentage for the district's size, times expenditures and other uses.")
    if standard.floor_cents is None or standard.floor is None:
        sheet.product(f"minimum/{at}", label, at, [f"standard_percent/{at}", uses], formula=formula)
    else:
        by_percent = sheet.product(
            f"minimum_by_percent/{at}",
            sentence("Minimum by percentage"),
            at,
            [f"standard_percent/{at}", uses],
            formula=formula,
        )
        floor = Assumption(
            key=f"minimum_floor/{at}",
            label=sentence("Least amount in dollars"),
            value=str(standard.floor_cents),
            unit="cents",
            source=standard.floor.source,
            status=standard.floor.status,
            fiscal_year=at,
        )
        sheet.extreme(
            f"minimum/{at}",
            label,
            at,
            by_percent,
            floor,
            formula=sentence("The greater of the percentage and the least amount in dollars."),
        )
    return f"minimum/{at}"


def add_minimum(sheet: Sheet, fiscal_year: str, uses: str, known: Rates | None = None) -> str:
    """Add the state's minimum reserve of a year and the room above it; needs `available_reserve/<year>`."""
    at = fiscal_year
    add_standard(sheet, at, uses, known)
    return add_room(sheet, at)


def add_room(sheet: Sheet, fiscal_year: str) -> str:
    """Add by how much the available reserve is over or under the minimum."""
    at = fiscal_year
    return sheet.total(
        f"over_minimum/{at}",
        sentence("Over (under) the minimum"),
        at,
        [(f"available_reserve/{at}", 1), (f"minimum/{at}", -1)],
        formula=sentence("Available reserve less the state minimum."),
    )
