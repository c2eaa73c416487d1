"""Technical review checks of signs and places: what may not be negative, and where money may not stand."""

from __future__ import annotations

import numpy as np

from tenants.language import N_, message, money
from workers.imports.ledger.check_frame import (
    NET_TOLERANCE,
    SIGN_TOLERANCE,
    Exception_,
    Found,
    Ledger,
    Mask,
)


def excess_assignment(ledger: Ledger) -> Found:
    """Assigned balance and reserve (9780, 9789) do not drive the unassigned balance (9790) negative."""
    scope = (ledger.fund < 61) | (ledger.fund > 73)
    held = {
        tuple(place.values()): cents
        for place, cents, _ in ledger.sums(
            scope & (ledger.objects(9780) | ledger.objects(9789)), "fund", "resource"
        )
    }
    for place, cents, line in ledger.sums(scope & ledger.objects(9790), "fund", "resource"):
        if cents <= -NET_TOLERANCE and held.get(tuple(place.values()), 0) >= NET_TOLERANCE:
            yield Exception_(
                place,
                cents,
                message(
                    "Fund {fund}, resource {resource}: more is assigned or reserved (objects 9780, 9789) "
                    "than there "
                    "is; the unassigned balance falls to {amount}.",
                    amount=money(cents, "plain_cents"),
                    **place,
                ),
                line,
                expected=N_("0.00 or more"),
            )


def unassigned_negative(ledger: Ledger) -> Found:
    """Outside the general fund and funds 61-95 object 9790 is zero or negative by resource."""
    mask = ledger.objects(9790) & (ledger.fund != 1) & ((ledger.fund < 61) | (ledger.fund > 95))
    for place, cents, line in ledger.sums(mask, "fund", "resource"):
        if cents >= NET_TOLERANCE:
            yield Exception_(
                place,
                cents,
                message(
                    "Fund {fund}, resource {resource} has {amount} unassigned (object 9790); outside the "
                    "general fund "
                    "a balance must be restricted, committed or assigned.",
                    amount=money(cents, "plain_cents"),
                    **place,
                ),
                line,
                expected=N_("0.00 or less"),
            )


def _positive(
    ledger: Ledger, mask: Mask, columns: tuple[str, ...], said: str, tolerance: int = SIGN_TOLERANCE
) -> Found:
    for place, cents, line in ledger.sums(mask, *columns):
        if cents <= -tolerance:
            yield Exception_(
                place,
                cents,
                message(said, amount=money(cents, "plain_cents"), **place),
                line,
                expected=N_("0.00 or more"),
            )


def ending_balance_positive(ledger: Ledger) -> Found:
    """The ending balance is positive by fund and resource."""
    mask = (ledger.lines["object"] == "979Z").to_numpy()
    yield from _positive(
        ledger,
        mask,
        ("fund", "resource"),
        N_("Fund {fund}, resource {resource} ends the year with {amount}. Explain it or add revenue."),
    )


def object_positive(ledger: Ledger) -> Found:
    """Objects are positive by fund and resource, but for those that are credits by nature."""
    spent = ledger.objects(1000, 7999) & ~ledger.objects(5700, 5799) & ~ledger.objects(7300, 7399)
    earned = ledger.objects(8100, 8799) & ~np.isin(ledger.object, (8319, 8662))
    yield from _positive(
        ledger,
        spent | earned,
        ("fund", "resource", "object"),
        N_("Object {object} is {amount} in fund {fund}, resource {resource}. Correct it or explain it."),
    )


def revenue_positive(ledger: Ledger) -> Found:
    """Revenues without contributions are positive by fund and resource."""
    yield from _positive(
        ledger,
        ledger.objects(8000, 8979),
        ("fund", "resource"),
        N_(
            "Revenues of fund {fund}, resource {resource} (objects 8000-8979) are {amount}. Correct or "
            "explain "
            "them."
        ),
    )


def expenditure_positive(ledger: Ledger) -> Found:
    """Expenditures are positive by fund, resource and function; functions 7200-7600 count as one."""
    joined = (ledger.function >= 7200) & (ledger.function <= 7600)
    said = N_(
        "Function {function} is {amount} in fund {fund}, resource {resource}. Correct it or explain it."
    )
    yield from _positive(ledger, ledger.objects(1000, 7999) & ~joined, ("fund", "resource", "function"), said)
    for place, cents, line in ledger.sums(ledger.objects(1000, 7999) & joined, "fund", "resource"):
        if cents <= -SIGN_TOLERANCE:
            full = {**place, "function": "7200-7600"}
            yield Exception_(
                full,
                cents,
                message(said, amount=money(cents, "plain_cents"), **full),
                line,
                expected=N_("0.00 or more"),
            )


def components_positive(ledger: Ledger) -> Found:
    """Components of the ending balance (9700-9789, 9796, 9797) are positive by fund and resource."""
    mask = ledger.objects(9700, 9789) | ledger.objects(9796, 9797)
    yield from _positive(
        ledger,
        mask,
        ("fund", "resource", "object"),
        N_(
            "Component {object} of the ending balance is {amount} in fund {fund}, resource {resource}; "
            "a component can't be negative."
        ),
        NET_TOLERANCE,
    )


SPECIAL_RESOURCES_LEFT_OUT = (3307, 3309, 3312, 3318, 3332)


def special_education_goal(ledger: Ledger) -> Found:
    """Special education money stands in goals 5xxx or 7110."""
    special = ((ledger.resource >= 3300) & (ledger.resource <= 3405)) | (
        (ledger.resource >= 6500) & (ledger.resource <= 6540)
    )
    placed = ((ledger.goal >= 5000) & (ledger.goal <= 5999)) | (ledger.goal == 7110)
    mask = (
        special & ~np.isin(ledger.resource, SPECIAL_RESOURCES_LEFT_OUT) & ledger.objects(1000, 8999) & ~placed
    )
    for place, cents, line in ledger.sums(mask, "resource", "goal", "object"):
        if abs(cents) >= SIGN_TOLERANCE:
            yield Exception_(
                place,
                cents,
                message(
                    "Special education resource {resource} holds {amount} in goal {goal}, object {object}; "
                    "it belongs "
                    "in a goal of 5000-5999 or 7110.",
                    amount=money(cents, "plain_cents"),
                    **place,
                ),
                line,
                expected=N_("goal 5000-5999 or 7110"),
            )


def administration_goal(ledger: Ledger) -> Found:
    """Functions 7200-7999 except 7210 use goal 0000, 7100-7199 or 8600-8699."""
    allowed = (
        (ledger.goal == 0)
        | ((ledger.goal >= 7100) & (ledger.goal <= 7199))
        | ((ledger.goal >= 8600) & (ledger.goal <= 8699))
    )
    mask = (ledger.function >= 7200) & (ledger.function <= 7999) & (ledger.function != 7210) & ~allowed
    for place, cents, line in ledger.sums(mask & (ledger.cents != 0), "goal", "function"):
        yield Exception_(
            place,
            cents,
            message(
                "Function {function} is used with goal {goal}; general administration takes goal 0000, "
                "7100-7199 or "
                "8600-8699.",
                **place,
            ),
            line,
            expected=N_("goal 0000, 7100-7199 or 8600-8699"),
        )


def special_education_transfer(ledger: Ledger) -> Found:
    """Resource 6500 holds no 8091 or 8099."""
    mask = (ledger.resource == 6500) & np.isin(ledger.object, (8091, 8099)) & (ledger.cents != 0)
    for place, cents, line in ledger.sums(mask, "fund", "object"):
        yield Exception_(
            place,
            cents,
            message(
                "Object {object} stands in resource 6500 (special education), which may hold neither 8091 "
                "nor 8099.",
                object=place["object"],
            ),
            line,
        )
