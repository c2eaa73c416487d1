"""What a saving frees, whether it may pay for a cost, and a lawful way where it may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from workers.analyses.result import Message, sentence
from workers.finance.amounts import Amount, said_money
from workers.finance.calculation import NOTHING, Calculation, Fault, FiscalYear, Given, Money, Said, Told
from workers.finance.restricted_match import (
    Balance,
    BalanceTold,
    Cost,
    RestrictedMatchInput,
    costs_across,
    restricted_match,
)
from workers.finance.restricted_rules import Account, Code, Confirmation, Name, is_unrestricted, rule_of
from workers.finance.restricted_words import CODES_ARE_A_READING


class Saving(Given):
    """A saving in one resource, and what unrestricted money contributes to that resource now."""

    resource: Code
    amount: Amount
    contribution: Amount = NOTHING
    """What object 8980 brings from unrestricted money into the resource in the year."""


class CostToPay(Account):
    """A cost that the saving is to pay."""

    name: Name | None = None
    amount: Amount


class RestrictedSavingInput(Given):
    """A saving, the cost that it is to pay, and unrestricted costs among which a lawful way may be found."""

    fiscal_year: FiscalYear
    saving: Saving
    cost: CostToPay
    unrestricted_costs: Annotated[tuple[Cost, ...], Field(max_length=20_000)] = ()
    confirmations: Annotated[tuple[Confirmation, ...], Field(max_length=300)] = ()

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Return the alternatives that are not unrestricted."""
        given = document.get("unrestricted_costs")
        listed = given if isinstance(given, list) else []
        yield from costs_across(
            [one if isinstance(one, Mapping) else {} for one in listed], "unrestricted_costs"
        )


class RestrictedSaving(Told):
    """What the saving frees, how much of the cost it pays, and why.

    `alternative` lists unrestricted costs that the restricted money could carry instead, which frees as much
    unrestricted money; it is null where nothing is left to pay or the saving is not restricted.
    """

    frees_unrestricted: Money
    frees_restricted: Money
    paid: Money
    unpaid: Money
    allowed: bool
    reason: Said
    alternative: BalanceTold | None
    note: Said


def freed(saving: Saving) -> tuple[Money, Money]:
    """Return what a saving frees: unrestricted dollars, and dollars that stay in the resource.

    Unrestricted money that is contributed to a restricted resource comes back first, up to the contribution;
    the rest is restricted as it was.
    """
    if is_unrestricted(saving.resource):
        return saving.amount, NOTHING
    back = min(saving.amount, saving.contribution)
    return back, saving.amount - back


def restricted_saving(given: RestrictedSavingInput) -> RestrictedSaving:
    """Say whether a saving may pay for a cost.

    A saving of restricted money never pays an unrestricted cost: it stays in its resource and pays for what
    that resource may pay for. Unrestricted money pays for anything.
    """
    unrestricted, restricted = freed(given.saving)
    rule = rule_of(given.saving.resource, given.fiscal_year, given.confirmations)
    within = given.cost.resource == given.saving.resource and not is_unrestricted(given.cost.resource)
    usable = unrestricted
    # Money that moves within its resource replaces no other money.
    if within and rule.may_pay(given.cost, new=True):
        usable += restricted
    paid = min(usable, given.cost.amount)
    unpaid = given.cost.amount - paid
    alternative = None
    if unpaid and restricted and is_unrestricted(given.cost.resource) and given.unrestricted_costs:
        matched = restricted_match(
            RestrictedMatchInput(
                fiscal_year=given.fiscal_year,
                balances=(Balance(resource=given.saving.resource, amount=min(restricted, unpaid)),),
                costs=given.unrestricted_costs,
                confirmations=given.confirmations,
            )
        )
        alternative = matched.balances[0]
    return RestrictedSaving(
        frees_unrestricted=unrestricted,
        frees_restricted=restricted,
        paid=paid,
        unpaid=unpaid,
        allowed=not unpaid,
        reason=_reason(given, paid=paid, unpaid=unpaid, within=within),
        alternative=alternative,
        note=CODES_ARE_A_READING,
    )


def _reason(given: RestrictedSavingInput, *, paid: Money, unpaid: Money, within: bool) -> Message:
    rule = rule_of(given.saving.resource, given.fiscal_year, given.confirmations)
    values = {"name": rule.name, "paid": said_money(paid), "unpaid": said_money(unpaid)}
    if not unpaid:
        return sentence("The saving pays the cost of {paid}.", **values)
    if is_unrestricted(given.saving.resource):
        return sentence("The saving pays {paid} of the cost; {unpaid} is left.", **values)
    if is_unrestricted(given.cost.resource):
        return sentence(
            "A saving of restricted money ({name}) never pays an unrestricted cost. It pays {paid}, which "
            "comes back of what unrestricted money contributes; {unpaid} is left.",
            **values,
        )
    if not within:
        return sentence(
            "Money of {name} stays in its own resource and can't pay a cost of another. It pays {paid}; "
            "{unpaid} is left.",
            **values,
        )
    return sentence(
        "{name} may not pay for this cost, or not for all of it. It pays {paid}; {unpaid} is left.", **values
    )


CALCULATION = Calculation(
    name="restricted-saving",
    title=sentence("What a saving may pay for"),
    source="Each resource names its own rule; unrestricted resources are 0000 to 1999 (state form 01CS)",
    given=RestrictedSavingInput,
    told=RestrictedSaving,
    compute=restricted_saving,
)
