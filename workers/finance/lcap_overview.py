"""LCFF Budget Overview for Parents: its figures and the cross checks between them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workers.analyses.result import sentence
from workers.finance.amounts import Amount, as_text, said_money
from workers.finance.calculation import NOTHING, Calculation, Given, Money, Percentage, Told
from workers.finance.lcap import Finding, disagreement
from workers.finance.measures import share


class StatedOverview(Given):
    """Figures that the overview prints and that follow from others, to be checked; all of them optional."""

    all_other_lcff: Money | None = None
    total_revenue: Money | None = None
    not_in_lcap: Money | None = None
    prior_difference: Money | None = None


class LcapOverviewInput(Given):
    """What the overview is made of, in dollars; `prior` is the LCAP year that ends."""

    lcff: Amount = NOTHING
    supplemental_and_concentration: Amount = NOTHING
    other_state: Amount = NOTHING
    local: Amount = NOTHING
    federal: Amount = NOTHING
    general_fund_expenditures: Amount = NOTHING
    lcap_expenditures: Amount = NOTHING
    planned_contributing: Amount = NOTHING
    prior_planned_contributing: Amount = NOTHING
    prior_actual_contributing: Amount = NOTHING
    stated: StatedOverview = StatedOverview()


class LcapOverview(Told):
    """The overview's figures. `prior_difference` is planned less actual of the year that ends."""

    total_revenue: Money
    lcff: Money
    all_other_lcff: Money
    supplemental_and_concentration: Money
    other_state: Money
    local: Money
    federal: Money
    shares: dict[str, Percentage | None]
    general_fund_expenditures: Money
    lcap_expenditures: Money
    not_in_lcap: Money
    planned_contributing: Money
    planned_over_received: Money
    prior_difference: Money
    explain_lower_plan: bool
    explain_lower_spending: bool
    findings: tuple[Finding, ...]


def lcap_overview(given: LcapOverviewInput) -> LcapOverview:
    """Compute the Budget Overview for Parents and check the figures that it prints.

    All other LCFF = LCFF - supplemental and concentration grants; total revenue = LCFF, other state, local
    and federal; not in the LCAP = general fund expenditures - LCAP expenditures. A plan for contributing
    actions below the grants, and spending below last year's plan, must be explained on the page.
    """
    revenue = given.lcff + given.other_state + given.local + given.federal
    parts = {
        "all_other_lcff": given.lcff - given.supplemental_and_concentration,
        "supplemental_and_concentration": given.supplemental_and_concentration,
        "other_state": given.other_state,
        "local": given.local,
        "federal": given.federal,
    }
    told = LcapOverview(
        total_revenue=revenue,
        lcff=given.lcff,
        **parts,
        shares={name: share(amount, revenue) for name, amount in parts.items()},
        general_fund_expenditures=given.general_fund_expenditures,
        lcap_expenditures=given.lcap_expenditures,
        not_in_lcap=given.general_fund_expenditures - given.lcap_expenditures,
        planned_contributing=given.planned_contributing,
        planned_over_received=given.planned_contributing - given.supplemental_and_concentration,
        prior_difference=given.prior_planned_contributing - given.prior_actual_contributing,
        explain_lower_plan=given.planned_contributing < given.supplemental_and_concentration,
        explain_lower_spending=given.prior_actual_contributing < given.prior_planned_contributing,
        findings=(),
    )
    return told.model_copy(update={"findings": tuple(_findings(given, told))})


def _findings(given: LcapOverviewInput, told: LcapOverview) -> Iterator[Finding]:
    for name in StatedOverview.model_fields:
        said: Decimal | None = getattr(given.stated, name)
        computed: Decimal = getattr(told, name)
        if said is not None and said != computed:
            yield disagreement(
                f"stated.{name}",
                said,
                computed,
                sentence(
                    "The overview prints {stated} for {field}; its other figures give {computed}.",
                    field=name,
                    stated=said_money(said),
                    computed=said_money(computed),
                ),
            )
    if given.supplemental_and_concentration > given.lcff:
        yield Finding(
            code="grants_over_lcff",
            field="supplemental_and_concentration",
            stated=as_text(given.supplemental_and_concentration),
            computed=as_text(given.lcff),
            difference=as_text(given.supplemental_and_concentration - given.lcff),
            message=sentence(
                "Supplemental and concentration grants are part of the LCFF money, but {grants} is more than "
                "{lcff}.",
                grants=said_money(given.supplemental_and_concentration),
                lcff=said_money(given.lcff),
            ),
        )
    if given.lcap_expenditures > given.general_fund_expenditures:
        yield Finding(
            code="lcap_over_budget",
            field="lcap_expenditures",
            stated=as_text(given.lcap_expenditures),
            computed=as_text(given.general_fund_expenditures),
            difference=as_text(given.lcap_expenditures - given.general_fund_expenditures),
            message=sentence(
                "The LCAP plans {plan}, more than the general fund budget of {budget}.",
                plan=said_money(given.lcap_expenditures),
                budget=said_money(given.general_fund_expenditures),
            ),
        )
    if told.explain_lower_plan:
        yield Finding(
            code="explain_lower_plan",
            field="planned_contributing",
            stated=as_text(given.planned_contributing),
            computed=as_text(given.supplemental_and_concentration),
            difference=as_text(told.planned_over_received),
            message=sentence(
                "Planned spending for high needs students is {short} below the grants for them; the page "
                "must say which further actions improve services.",
                short=said_money(-told.planned_over_received),
            ),
        )
    if told.explain_lower_spending:
        yield Finding(
            code="explain_lower_spending",
            field="prior_actual_contributing",
            stated=as_text(given.prior_actual_contributing),
            computed=as_text(given.prior_planned_contributing),
            difference=as_text(-told.prior_difference),
            message=sentence(
                "Last year's spending for high needs students was {short} below its plan; the page must say "
                "what that did to services.",
                short=said_money(told.prior_difference),
            ),
        )


CALCULATION = Calculation(
    name="lcap-overview",
    title=sentence("LCFF Budget Overview for Parents"),
    source="LCFF Budget Overview for Parents template; Education Code 52064.1",
    given=LcapOverviewInput,
    told=LcapOverview,
    compute=lcap_overview,
)
