"""Technical review checks of sums: transfers and contributions must have two equal sides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tenants.language import N_, Message, message, money
from workers.imports.ledger.check_frame import NET_TOLERANCE, Exception_, Found, Ledger, Mask


def _net(ledger: Ledger, mask: Mask, columns: tuple[str, ...], said: str) -> Found:
    for place, cents, line in ledger.sums(mask, *columns):
        if abs(cents) >= NET_TOLERANCE:
            yield Exception_(
                place, cents, message(said, amount=money(cents, "plain_cents"), **_worded(place)), line
            )


def _worded(place: dict[str, str]) -> dict[str, str]:
    return {name: place.get(name, "") for name in place}


def intrafund_direct(ledger: Ledger) -> Found:
    """Object 5710 nets to zero by fund."""
    yield from _net(
        ledger,
        ledger.objects(5710),
        ("fund",),
        N_(
            "Transfers of direct costs within fund {fund} (object 5710) come to {amount} instead of 0.00. "
            "Charge and credit the same amount."
        ),
    )


def intrafund_indirect(ledger: Ledger) -> Found:
    """Object 7310 nets to zero by fund."""
    yield from _net(
        ledger,
        ledger.objects(7310),
        ("fund",),
        N_(
            "Transfers of indirect costs within fund {fund} (object 7310) come to {amount} instead of 0.00. "
            "Charge and credit the same amount."
        ),
    )


def intrafund_indirect_function(ledger: Ledger) -> Found:
    """Object 7310 nets to zero by function."""
    yield from _net(
        ledger,
        ledger.objects(7310),
        ("function",),
        N_(
            "Transfers of indirect costs in function {function} (object 7310) come to {amount} instead of "
            "0.00."
        ),
    )


def interfund_indirect_function(ledger: Ledger) -> Found:
    """Object 7350 nets to zero by function."""
    yield from _net(
        ledger,
        ledger.objects(7350),
        ("function",),
        N_(
            "Transfers of indirect costs between funds in function {function} (object 7350) come to {amount} "
            "instead of 0.00."
        ),
    )


def _whole(ledger: Ledger, mask: Mask, said: Callable[[int], Message]) -> Found:
    cents = ledger.total(mask)
    if abs(cents) >= NET_TOLERANCE:
        yield Exception_({}, cents, said(cents))


def interfund_direct(ledger: Ledger) -> Found:
    """Object 5750 nets to zero over all funds."""
    yield from _whole(
        ledger,
        ledger.objects(5750),
        lambda cents: message(
            "Transfers of direct costs between funds (object 5750) come to {amount} over all funds instead "
            "of 0.00.",
            amount=money(cents, "plain_cents"),
        ),
    )


def interfund_indirect(ledger: Ledger) -> Found:
    """Object 7350 nets to zero over all funds."""
    yield from _whole(
        ledger,
        ledger.objects(7350),
        lambda cents: message(
            "Transfers of indirect costs between funds (object 7350) come to {amount} over all funds "
            "instead of 0.00.",
            amount=money(cents, "plain_cents"),
        ),
    )


def interfund_in_out(ledger: Ledger) -> Found:
    """Transfers in (8910-8929) equal transfers out (7610-7629)."""
    incoming, outgoing = ledger.total(ledger.objects(8910, 8929)), ledger.total(ledger.objects(7610, 7629))
    if abs(incoming - outgoing) >= NET_TOLERANCE:
        yield Exception_(
            {},
            incoming - outgoing,
            message(
                "Transfers in (objects 8910-8929) are {incoming}, transfers out (7610-7629) {outgoing}. "
                "Both sides "
                "must be entered with the same amount.",
                incoming=money(incoming, "plain_cents"),
                outgoing=money(outgoing, "plain_cents"),
            ),
        )


def contributions(code: int) -> Callable[[Ledger], Found]:
    """Return the rule that object 8980 or 8990 nets to zero by fund."""

    def rule(ledger: Ledger) -> Found:
        yield from _net(
            ledger,
            ledger.objects(code),
            ("fund",),
            N_(
                "Contributions in fund {fund} (object 8980 from unrestricted, 8990 from restricted revenues) "
                "come to "
                "{amount} instead of 0.00. What one resource gives another must receive."
            ),
        )

    return rule


def lcff_transfer(ledger: Ledger) -> Found:
    """Objects 8091 and 8099 each net to zero."""
    for code in (8091, 8099):
        yield from _net(
            ledger,
            ledger.objects(code),
            ("object",),
            N_(
                "Transfers of formula funding (object {object}) come to {amount} over all funds instead of "
                "0.00."
            ),
        )


def epa_contribution(ledger: Ledger) -> Found:
    """Nothing is contributed to the Education Protection Account, resource 1400."""
    mask = ledger.objects(8980, 8999) & (ledger.resource == 1400)
    for place, cents, line in ledger.sums(mask, "fund"):
        if cents >= NET_TOLERANCE:
            yield Exception_(
                {**place, "resource": "1400"},
                cents,
                message(
                    "{amount} are contributed to the Education Protection Account (resource 1400); nothing "
                    "may be.",
                    amount=money(cents, "plain_cents"),
                ),
                line,
            )


def lottery_contribution(ledger: Ledger) -> Found:
    """Nothing is contributed to the lottery's resources 1100 and 6300, nor from 6300."""
    mask = ledger.objects(8980, 8999) & ((ledger.resource == 1100) | (ledger.resource == 6300))
    for place, cents, line in ledger.sums(mask, "fund", "resource"):
        if cents >= NET_TOLERANCE or (place["resource"] == "6300" and cents <= -NET_TOLERANCE):
            yield Exception_(
                place,
                cents,
                message(
                    "Contributions of {amount} stand in lottery resource {resource}; none may go to lottery "
                    "money, "
                    "nor leave resource 6300.",
                    amount=money(cents, "plain_cents"),
                    resource=place["resource"],
                ),
                line,
            )


def pass_through(ledger: Ledger) -> Found:
    """Pass-through revenues equal transfers out by fund and resource; 7299 counts in resource 3327."""
    revenue = np.isin(ledger.object, (8287, 8587, 8697))
    out = ledger.objects(7211, 7213) | (ledger.objects(7299) & (ledger.resource == 3327))
    received = {tuple(place.values()): cents for place, cents, _ in ledger.sums(revenue, "fund", "resource")}
    passed = {tuple(place.values()): cents for place, cents, _ in ledger.sums(out, "fund", "resource")}
    for fund, resource in sorted(received.keys() | passed.keys()):
        got, gave = received.get((fund, resource), 0), passed.get((fund, resource), 0)
        if abs(got - gave) >= NET_TOLERANCE:
            yield Exception_(
                {"fund": fund, "resource": resource},
                got - gave,
                message(
                    "Fund {fund}, resource {resource}: pass-through revenues of {got} do not equal the "
                    "{gave} passed "
                    "on to other agencies.",
                    fund=fund,
                    resource=resource,
                    got=money(got, "plain_cents"),
                    gave=money(gave, "plain_cents"),
                ),
            )
