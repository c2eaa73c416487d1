"""Three-year outlook: the general fund in the lines of the state's multi-year form, without new decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workers.analyses import outlook_words as words
from workers.analyses.labels import SEGMENTS
from workers.analyses.ledger import Ledger, next_year
from workers.analyses.outlook_assumptions import Assumed, Own, Parameters, assume
from workers.analyses.outlook_lines import BENEFITS, LINES, Projection
from workers.analyses.reserve import (
    COMPONENTS,
    FLOWS,
    add_available,
    add_balances,
    add_minimum,
    add_room,
    add_standard,
)
from workers.analyses.result import Attendance, Document, Message, Sheet, document, sentence
from workers.finance.rates import Rates

NAME = "three_year_outlook"
VERSION = "2"
TITLE = sentence("Three-year outlook")
QUESTION = sentence("Where does the general fund go in the next years if nothing new is decided?")

STABLE = "stabilization"
"""Counts toward the reserve, so that it is never released for it."""
RELEASABLE = ("committed", "assigned")
HELD = ("nonspendable", STABLE, *RELEASABLE)


def _actual_year(sheet: Sheet, ledger: Ledger, ada: Attendance | None, known: Rates | None) -> None:
    """Add balance, reserve and, where attendance is known, the minimum of a year that a ledger holds."""
    at = ledger.fiscal_year
    add_balances(sheet, ledger)
    add_available(sheet, ledger)
    if ada is not None:
        sheet.attendance(f"ada/{at}", words.ADA, at, ada)
        add_minimum(sheet, at, f"uses/combined/{at}", known)


def _balance(
    sheet: Sheet, at: str, before: str, base: str, known: Rates | None, *, tested: bool, release: bool
) -> None:
    """Add a projected year's components, available reserve and minimum."""
    if tested:
        _attendance(sheet, at, before)
        add_standard(sheet, at, f"uses/combined/{at}", known)
    sheet.below_zero(
        f"negative_restricted/{at}",
        sentence("Negative ending balance of restricted programs"),
        at,
        f"ending/restricted/{at}",
        formula=sentence("The restricted ending balance where it is below zero, else nothing."),
    )
    released = RELEASABLE if tested and release else ()
    for key in HELD:
        if key not in released:
            sheet.total(
                f"{key}/unrestricted/{at}",
                _component(key),
                at,
                [(f"{key}/unrestricted/{before}", 1)],
                formula=sentence("Held at last year's amount."),
            )
    if released:
        _release(sheet, at, before, base)
    sheet.total(
        f"uncommitted/unrestricted/{at}",
        words.UNCOMMITTED,
        at,
        [(f"ending/unrestricted/{at}", 1), *((f"{key}/unrestricted/{at}", -1) for key in HELD)],
        formula=sentence("Ending balance less every other component."),
    )
    sheet.total(
        f"available_reserve/{at}",
        sentence("Available reserve"),
        at,
        [
            (f"stabilization/unrestricted/{at}", 1),
            (f"uncommitted/unrestricted/{at}", 1),
            (f"fund_17/{base}", 1),
            (f"negative_restricted/{at}", 1),
        ],
        formula=sentence(
            "Stabilization, reserve for economic uncertainties and unassigned, plus fund 17 held level, "
            "less a "
            "negative balance of restricted programs."
        ),
    )
    if tested:
        add_room(sheet, at)


def _component(key: str) -> Message:
    return next(name for component, name, _ in COMPONENTS if component == key)


def _release(sheet: Sheet, at: str, before: str, base: str) -> None:
    """Add committed and assigned balances after the board has released what the minimum needs."""
    short = sheet.total(
        f"room_before_release/{at}",
        sentence("Over (under) the minimum before anything is released"),
        at,
        [
            (f"ending/unrestricted/{at}", 1),
            *(
                (f"{key}/unrestricted/{before if key in RELEASABLE else at}", -1)
                for key in HELD
                if key != STABLE
            ),
            (f"fund_17/{base}", 1),
            (f"negative_restricted/{at}", 1),
            (f"minimum/{at}", -1),
        ],
    )
    needed = sheet.below_zero(
        f"needed/{at}",
        sentence("What the minimum needs"),
        at,
        short,
        formula=sentence("The shortfall before anything is released, else nothing."),
    )
    for key in RELEASABLE:
        everything = sheet.total(
            f"all_{key}/{at}", _component(key), at, [(f"{key}/unrestricted/{before}", -1)]
        )
        out = sheet.extreme(
            f"released_{key}/{at}",
            sentence("Released by the board"),
            at,
            needed,
            everything,
            formula=sentence("What the minimum needs, and no more than there is."),
        )
        sheet.total(
            f"{key}/unrestricted/{at}",
            _component(key),
            at,
            [(f"{key}/unrestricted/{before}", 1), (out, 1)],
            formula=sentence("Last year's amount less what the board releases."),
        )
        needed = sheet.total(
            f"needed_after_{key}/{at}", sentence("What the minimum still needs"), at, [(needed, 1), (out, -1)]
        )


def _attendance(sheet: Sheet, at: str, before: str) -> None:
    change = sheet.product(
        f"ada_change/{at}",
        sentence("Change in attendance (ADA), pupils"),
        at,
        [f"ada/{before}", f"attendance_change/{at}"],
        formula=sentence("Last year's attendance times the percentage."),
        unit="number",
    )
    sheet.total(f"ada/{at}", words.ADA, at, [(f"ada/{before}", 1), (change, 1)], unit="number")


def _combine(sheet: Sheet, keys: Sequence[str], at: str) -> None:
    for key in keys:
        parts = [(f"{key}/{segment}/{at}", 1) for segment in SEGMENTS]
        if f"{key}/combined/{at}" not in sheet:
            sheet.total(
                f"{key}/combined/{at}",
                sheet.figures[parts[0][0]]["label"],
                at,
                parts,
                formula=sentence("Unrestricted plus restricted."),
            )


def _base_remainder(sheet: Sheet, at: str) -> None:
    """Add to the base year the one line that stands for two: uncertainties and unassigned."""
    sheet.total(
        f"uncommitted/unrestricted/{at}",
        words.UNCOMMITTED,
        at,
        [(f"uncertainties/unrestricted/{at}", 1), (f"unassigned/unrestricted/{at}", 1)],
    )


def project(
    ledgers: Sequence[Ledger],
    attendance: Mapping[str, Attendance],
    parameters: Parameters,
    known: Rates | None = None,
    own: Own | None = None,
) -> tuple[Sheet, Assumed]:
    """Return the figures of past, base and projected years, and what was assumed; see `analyse`."""
    sheet = Sheet()
    base = ledgers[-1]
    for ledger in ledgers:
        _actual_year(sheet, ledger, attendance.get(ledger.fiscal_year), known)
    assumed = assume(base.fiscal_year, attendance, parameters, known, own)
    projection = Projection(sheet, base, assumed)
    projection.add_base()
    _base_remainder(sheet, base.fiscal_year)
    combined = [line for line, _, _ in LINES]
    _combine(sheet, combined, base.fiscal_year)
    for at in assumed.years:
        before = next_year(at, -1)
        projection.add_year(at, before)
        _combine(sheet, [*combined, *(flow for flow, _, _, _ in FLOWS), "net", "ending"], at)
        _combine(sheet, [line for line, _, _ in BENEFITS], at)
        _balance(
            sheet,
            at,
            before,
            base.fiscal_year,
            known,
            tested=base.fiscal_year in attendance,
            release=parameters.release_commitments,
        )
    return sheet, assumed


def analyse(
    ledgers: Sequence[Ledger],
    attendance: Mapping[str, Attendance],
    parameters: Mapping[str, object] | None = None,
    known: Rates | None = None,
    own: Own | None = None,
) -> Document:
    """Return the outlook from the last ledger, with earlier years beside it.

    Args:
        ledgers: one ledger for each fiscal year, oldest first; the last is the year that is projected on.
        attendance: the district's ADA by fiscal year; the base year's is needed for the minimum.
        parameters: what this variant changes, see `outlook_assumptions`.
        known: the state rates that count; the shipped ones without it.
        own: what the district has accepted in their place, by assumption and year.

    Raises:
        ParameterError: for parameters that no outlook can be computed with.
    """
    chosen = Parameters.read(parameters or {})
    sheet, assumed = project(ledgers, attendance, chosen, known, own)
    base = ledgers[-1]
    years = [base.fiscal_year, *assumed.years]
    tested = base.fiscal_year in attendance
    words.add_tables(sheet, base, assumed, tested=tested)
    words.add_chart(sheet, ledgers, assumed, tested=tested)
    return document(
        analysis=NAME,
        version=VERSION,
        title=TITLE,
        finding=words.finding(sheet, years, tested=tested),
        lead=words.lead(sheet, years),
        certainty=words.certainty(assumed),
        would_change=words.would_change(sheet, assumed, base.fiscal_year),
        method=[
            sentence(
                "The state's multi-year form: revenue (A), expenditure (B), net (C), balance and "
                "components (D), "
                "available reserve (E), minimum (F). Each projected amount is last year's plus what each "
                "assumption "
                "adds."
            ),
            sentence(
                "Salaries grow by step and column and by settlements; pensions follow pay and the employer "
                "rates; "
                "health benefits, supplies and services follow their own growth. What no assumption moves "
                "is held "
                "level."
            ),
            sentence(
                "One-time resources (COVID relief, recovery and block grants) end with the first year, "
                "both what they "
                "bring and what they pay."
            )
            if chosen.end_one_time
            else sentence("One-time resources are carried on as if they were granted again."),
            sentence("The board releases committed and assigned balances as far as the minimum needs them.")
            if chosen.release_commitments
            else sentence("What the board has committed or assigned stays so, and is not available."),
        ],
        limits=[
            sentence(
                "The state pays on the best of this year's, last year's and the three-year average "
                "attendance, so a "
                "decline reaches revenue later than here."
            ),
            sentence(
                "A district whose property taxes exceed the state formula is paid by those taxes: this "
                "outlook does "
                "not fit it."
            ),
            sentence("Open negotiations, new programs and new grants are not in it."),
        ],
        sheet=sheet,
        headlines=words.headlines(sheet, years, tested=tested),
        ledgers=[
            {"dataset_id": each.dataset_id, "fiscal_year": each.fiscal_year, "column": each.column}
            for each in ledgers
        ],
        years=years,
    )
