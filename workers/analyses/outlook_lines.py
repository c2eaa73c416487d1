"""The lines of the state's multi-year form (MYP), projected one year at a time.

Each projected amount is last year's amount plus what each assumption adds, so that it can be read and added
again. One-time resources end with the base year; pension payments that the state makes on the district's
behalf (resource 7690) are held level on both sides, because they net to nothing.
"""

from __future__ import annotations

from workers.analyses.labels import ONE_TIME_RESOURCES, SEGMENTS
from workers.analyses.ledger import Ledger, Where, narrowed
from workers.analyses.outlook_assumptions import Assumed
from workers.analyses.result import Assumption, Message, Sheet, sentence

Ranges = tuple[tuple[str, str], ...]

REVENUE_LINES: tuple[tuple[str, Message, Ranges], ...] = (
    ("lcff", sentence("State formula (LCFF)"), (("8000", "8099"),)),
    ("federal", sentence("Federal revenue"), (("8100", "8299"),)),
    ("state", sentence("Other state revenue"), (("8300", "8599"),)),
    ("local", sentence("Other local revenue"), (("8600", "8899"),)),
    ("transfers_in", sentence("Transfers in"), (("8900", "8929"),)),
    ("sources", sentence("Other sources"), (("8930", "8979"),)),
)
SPENDING_LINES: tuple[tuple[str, Message, Ranges], ...] = (
    ("certificated", sentence("Certificated salaries"), (("1000", "1999"),)),
    ("classified", sentence("Classified salaries"), (("2000", "2999"),)),
    ("benefits", sentence("Employee benefits"), (("3000", "3999"),)),
    ("supplies", sentence("Books and supplies"), (("4000", "4999"),)),
    ("services", sentence("Services and operating expenses"), (("5000", "5999"),)),
    ("capital", sentence("Capital outlay"), (("6000", "6999"),)),
    ("other_outgo", sentence("Other outgo"), (("7000", "7299"), ("7400", "7599"))),
    ("indirect_costs", sentence("Transfers of indirect costs"), (("7300", "7399"),)),
    ("transfers_out", sentence("Transfers out"), (("7600", "7629"),)),
    ("other_uses", sentence("Other uses"), (("7630", "7999"),)),
)
LINES = (*REVENUE_LINES, *SPENDING_LINES)

BENEFITS: tuple[tuple[str, Message, Ranges], ...] = (
    ("calstrs_cost", sentence("Teachers' pensions (CalSTRS), ongoing"), (("3100", "3199"),)),
    ("calpers_cost", sentence("Classified pensions (CalPERS), ongoing"), (("3200", "3299"),)),
    ("health_cost", sentence("Health and retiree benefits, ongoing"), (("3400", "3499"), ("3700", "3799"))),
    (
        "other_benefits",
        sentence("Other employee benefits, ongoing"),
        (("3000", "3099"), ("3300", "3399"), ("3500", "3699"), ("3800", "3999")),
    ),
)
ON_BEHALF: Where = {"fund": ["01"], "resource": ["7690"]}

GROWTH = {
    "federal": "federal_growth",
    "state": "state_growth",
    "local": "local_revenue_growth",
    "supplies": "cpi",
    "services": "cpi",
    "capital": "cpi",
}
"""The one assumption that moves a line; lines in neither this nor a rule of their own are held level."""


class Projection:
    """Adds the base year's lines and then each following year's to a sheet."""

    def __init__(self, sheet: Sheet, base: Ledger, assumed: Assumed) -> None:
        self.sheet = sheet
        self.base = base
        self.assumed = assumed
        ends = assumed.parameters.end_one_time
        self.one_time = [
            {"fund": ["01"], "resource": list(codes)}
            for codes in ONE_TIME_RESOURCES
            if ends and base.has({"fund": ["01"], "resource": list(codes), "object": ["1000", "8979"]})
        ]

    def add_base(self) -> None:
        """Add every line of the base year, and what of it goes on into the next years."""
        at = self.base.fiscal_year
        for segment, where in SEGMENTS.items():
            within = {"fund": ["01"], **where}
            for line, label, ranges in LINES:
                self.sheet.from_ledger(
                    f"{line}/{segment}/{at}",
                    label,
                    self.base,
                    *((narrowed(within, object=list(codes)), 1) for codes in ranges),
                )
                self._ongoing(line, label, segment, within, ranges)
            for line, label, ranges in BENEFITS:
                self._ongoing(line, label, segment, within, ranges, leave_out=ON_BEHALF)
            self.sheet.from_ledger(
                f"on_behalf/{segment}/{at}",
                sentence("Pension payments that the state makes"),
                self.base,
                *([({**ON_BEHALF, "object": ["3000", "3999"]}, 1)] if segment == "restricted" else []),
            )
        for name in ("calstrs", "calpers"):
            self.sheet.given(self.assumed(name, at))

    def _ongoing(
        self,
        line: str,
        label: Message,
        segment: str,
        within: Where,
        ranges: Ranges,
        leave_out: Where | None = None,
    ) -> None:
        left = [] if leave_out is None or segment == "unrestricted" else [leave_out]
        once = self.one_time if segment == "restricted" else []
        selections = [(narrowed(within, object=list(codes)), 1) for codes in ranges]
        selections += [
            (narrowed(each, object=list(codes)), -1) for each in (*left, *once) for codes in ranges
        ]
        self.sheet.from_ledger(
            f"ongoing_{line}/{segment}/{self.base.fiscal_year}",
            sentence("{line}, ongoing", line=label) if line not in dict_of(BENEFITS) else label,
            self.base,
            *selections,
            formula=sentence("The line without one-time resources, whose money is not expected again.")
            if once
            else None,
        )

    def _before(self, line: str, segment: str, at: str, before: str) -> str:
        """Return the key of last year's amount, which after the base year is its ongoing part."""
        prefix = "ongoing_" if before == self.base.fiscal_year and at != before else ""
        return f"{prefix}{line}/{segment}/{before}"

    def add_year(self, at: str, before: str) -> None:
        """Add every line of the year `at` from those of the year `before`."""
        for key in sorted(self.assumed.by_key):
            if key.endswith(f"/{at}"):
                self.sheet.given(self.assumed.by_key[key])
        for name in ("calstrs", "calpers"):
            self._rate_change(name, at, before)
        for segment in SEGMENTS:
            self._lcff(segment, at, before)
            for line, label, _ in LINES:
                if line in ("certificated", "classified"):
                    self._salaries(line, label, segment, at, before)
                elif line not in ("lcff", "benefits"):
                    self._grown(line, label, segment, at, before)
            self._benefits(segment, at, before)
        self._contributions(at, before)
        self._totals(at, before)

    def _rate_change(self, name: str, at: str, before: str) -> None:
        self.sheet.total(
            f"{name}_difference/{at}",
            sentence("Change of the rate, points"),
            at,
            [(f"{name}/{at}", 1), (f"{name}/{before}", -1)],
            unit="percent",
            formula=sentence("This year's rate less last year's."),
        )
        self.sheet.ratio(
            f"{name}_change/{at}",
            sentence("Change of the pension cost by the rate"),
            at,
            f"{name}_difference/{at}",
            f"{name}/{before}",
            formula=sentence("The change of the rate, divided by last year's rate."),
        )

    def _step(self, key: str, label: Message, at: str, of: str, by: str | Assumption) -> tuple[str, int]:
        """Add what an assumption adds to an amount, and return it as a part."""
        made = self.sheet.product(
            key, label, at, [of, by], formula=sentence("Last year's amount times the percentage.")
        )
        return made, 1

    def _line(self, line: str, label: Message, segment: str, at: str, parts: list[tuple[str, int]]) -> None:
        self.sheet.total(
            f"{line}/{segment}/{at}",
            label,
            at,
            [*parts, *self.assumed.adjustments(line, segment, at)],
            formula=sentence("Last year's amount plus what each assumption adds."),
        )

    def _lcff(self, segment: str, at: str, before: str) -> None:
        of = self._before("lcff", segment, at, before)
        label = REVENUE_LINES[0][1]
        cola = self._step(
            f"lcff_cola/{segment}/{at}", sentence("Cost-of-living adjustment"), at, of, f"cola/{at}"
        )
        with_cola = self.sheet.total(
            f"lcff_with_cola/{segment}/{at}",
            sentence("State formula after the adjustment"),
            at,
            [(of, 1), cola],
        )
        change = self._step(
            f"lcff_attendance/{segment}/{at}",
            sentence("Change in attendance"),
            at,
            with_cola,
            f"attendance_change/{at}",
        )
        self._line("lcff", label, segment, at, [(with_cola, 1), change])

    def _grown(self, line: str, label: Message, segment: str, at: str, before: str) -> None:
        of = self._before(line, segment, at, before)
        if line not in GROWTH:
            self._line(line, label, segment, at, [(of, 1)])
            return
        base = of
        if (line, segment) == ("state", "restricted"):
            base = self.sheet.total(
                f"state_growing/{segment}/{at}",
                sentence("Other state revenue without the state's own pension payments"),
                at,
                [(of, 1), (f"on_behalf/{segment}/{self.base.fiscal_year}", -1)],
            )
        step = self._step(
            f"{line}_growth/{segment}/{at}", sentence("Growth"), at, base, f"{GROWTH[line]}/{at}"
        )
        self._line(line, label, segment, at, [(of, 1), step])

    def _salaries(self, line: str, label: Message, segment: str, at: str, before: str) -> None:
        of = self._before(line, segment, at, before)
        step = self._step(
            f"{line}_step_column/{segment}/{at}",
            sentence("Step and column"),
            at,
            of,
            f"step_column_{line}/{at}",
        )
        stepped = self.sheet.total(
            f"{line}_stepped/{segment}/{at}",
            sentence("Salaries after step and column"),
            at,
            [(of, 1), step],
        )
        settlement = self._step(
            f"{line}_settlement/{segment}/{at}",
            sentence("Salary settlement"),
            at,
            stepped,
            f"salary_settlement_{line}/{at}",
        )
        steps = [step, settlement]
        self._line(line, label, segment, at, [(of, 1), *steps])
        change = self.sheet.total(
            f"{line}_change/{segment}/{at}",
            sentence("Change of salaries"),
            at,
            [(f"{line}/{segment}/{at}", 1), (of, -1)],
        )
        self.sheet.ratio(
            f"{line}_pay_growth/{segment}/{at}",
            sentence("Growth of salaries"),
            at,
            change,
            of,
            formula=sentence("The change of salaries divided by last year's."),
        )

    def _benefits(self, segment: str, at: str, before: str) -> None:
        of = [self._before(line, segment, at, before) for line in ("certificated", "classified")]
        salaries = self.sheet.total(
            f"salaries_before/{segment}/{at}", sentence("Last year's salaries"), at, [(of[0], 1), (of[1], 1)]
        )
        change = self.sheet.total(
            f"salaries_change/{segment}/{at}",
            sentence("Change of salaries"),
            at,
            [(f"certificated_change/{segment}/{at}", 1), (f"classified_change/{segment}/{at}", 1)],
        )
        self.sheet.ratio(
            f"pay_growth/{segment}/{at}",
            sentence("Growth of salaries"),
            at,
            change,
            salaries,
            formula=sentence("The change of salaries divided by last year's."),
        )
        causes = {
            "calstrs_cost": [f"certificated_pay_growth/{segment}/{at}", f"calstrs_change/{at}"],
            "calpers_cost": [f"classified_pay_growth/{segment}/{at}", f"calpers_change/{at}"],
            "health_cost": [f"health_growth/{at}"],
            "other_benefits": [f"pay_growth/{segment}/{at}"],
        }
        for line, label, _ in BENEFITS:
            of_line = earlier = self._before(line, segment, at, before)
            parts: list[tuple[str, int] | Assumption] = [(earlier, 1)]
            for position, cause in enumerate(causes[line]):
                if position:
                    # The change of a rate is due on the pay of its own year.
                    of_line = self.sheet.total(
                        f"{line}_paid/{segment}/{at}",
                        sentence("Pension cost after the growth of salaries"),
                        at,
                        list(parts),
                    )
                parts.append(
                    self._step(
                        f"{line}_growth_{position}/{segment}/{at}",
                        self.sheet.figures[cause]["label"],
                        at,
                        of_line,
                        cause,
                    )
                )
            if line == "other_benefits":
                parts += self.assumed.adjustments("benefits", segment, at)
            self.sheet.total(
                f"{line}/{segment}/{at}",
                label,
                at,
                parts,
                formula=sentence("Last year's amount plus what each assumption adds."),
            )
        self.sheet.total(
            f"benefits/{segment}/{at}",
            dict_of(SPENDING_LINES)["benefits"],
            at,
            [
                *((f"{line}/{segment}/{at}", 1) for line, _, _ in BENEFITS),
                (f"on_behalf/{segment}/{self.base.fiscal_year}", 1),
            ],
            formula=sentence("Pensions, health and other benefits together."),
        )

    def _contributions(self, at: str, before: str) -> None:
        label = sentence("Contributions between unrestricted and restricted")
        of = f"contributions/restricted/{before}"
        step = self._step(
            f"contributions_growth/restricted/{at}", sentence("Growth"), at, of, f"contribution_growth/{at}"
        )
        self._line("contributions", label, "restricted", at, [(of, 1), step])
        self.sheet.total(
            f"contributions/unrestricted/{at}",
            label,
            at,
            [(f"contributions/restricted/{at}", -1)],
            formula=sentence("What restricted programs receive, unrestricted money gives."),
        )

    def _totals(self, at: str, before: str) -> None:
        for segment in SEGMENTS:
            put = self.sheet.total
            put(
                f"revenue/{segment}/{at}",
                sentence("Revenue and other sources"),
                at,
                [(f"{line}/{segment}/{at}", 1) for line, _, _ in REVENUE_LINES],
            )
            put(
                f"uses/{segment}/{at}",
                sentence("Expenditures and other uses"),
                at,
                [(f"{line}/{segment}/{at}", 1) for line, _, _ in SPENDING_LINES],
            )
            put(
                f"net/{segment}/{at}",
                sentence("Surplus (deficit) of the year"),
                at,
                [
                    (f"revenue/{segment}/{at}", 1),
                    (f"contributions/{segment}/{at}", 1),
                    (f"uses/{segment}/{at}", -1),
                ],
                formula=sentence("Revenue and contributions, less expenditures and other uses."),
            )
            put(
                f"beginning/{segment}/{at}",
                sentence("Beginning balance"),
                at,
                [(f"ending/{segment}/{before}", 1)],
                formula=sentence("Last year's ending balance."),
            )
            put(
                f"ending/{segment}/{at}",
                sentence("Ending balance at June 30"),
                at,
                [(f"beginning/{segment}/{at}", 1), (f"net/{segment}/{at}", 1)],
                formula=sentence("Beginning balance plus the year's surplus or deficit."),
            )


def dict_of(lines: tuple[tuple[str, Message, Ranges], ...]) -> dict[str, Message]:
    """Return lines' labels by key."""
    return {key: label for key, label, _ in lines}
