"""The lines of the state's multi-year projection (form MYP), and the codes of the ledger that make them.

Revenue is part A, expenditure part B; a line's objects are those that the form prints beside it. Every object
from 1000 to 8999 stands in exactly one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Ranges = tuple[tuple[str, str], ...]
Segment = Literal["unrestricted", "restricted"]
SEGMENTS: tuple[Segment, ...] = get_args(Segment)

REVENUE: Mapping[str, Ranges] = {
    "lcff": (("8000", "8099"),),
    "federal": (("8100", "8299"),),
    "other_state": (("8300", "8599"),),
    "other_local": (("8600", "8899"),),
    "transfers_in": (("8900", "8929"),),
    "other_sources": (("8930", "8979"),),
    "contributions": (("8980", "8999"),),
}
"""Lines A1 to A5: LCFF sources, federal, other state and local, transfers in, sources, contributions."""

SALARIES: Mapping[str, Ranges] = {
    "certificated": (("1000", "1999"),),
    "classified": (("2000", "2999"),),
}
"""Lines B1 and B2, each built of base, step and column, COLA and other adjustments."""

OTHER_EXPENDITURES: Mapping[str, Ranges] = {
    "benefits": (("3000", "3999"),),
    "books_and_supplies": (("4000", "4999"),),
    "services": (("5000", "5999"),),
    "capital_outlay": (("6000", "6999"),),
    "other_outgo": (("7000", "7299"), ("7400", "7599")),
    "indirect_costs": (("7300", "7399"),),
    "transfers_out": (("7600", "7629"),),
    "other_uses": (("7630", "7999"),),
    "other_adjustments": (),
}
"""Lines B3 to B10; other adjustments (B10) stand in no ledger."""

EXPENDITURES: Mapping[str, Ranges] = {**SALARIES, **OTHER_EXPENDITURES}
LINES: tuple[str, ...] = (*REVENUE, *EXPENDITURES)

COMPONENTS: Mapping[str, Ranges] = {
    "nonspendable": (("9710", "9719"),),
    "restricted": (("9740", "9740"),),
    "stabilization": (("9750", "9750"),),
    "committed": (("9760", "9760"),),
    "assigned": (("9780", "9780"),),
    "reserve_for_economic_uncertainties": (("9789", "9789"),),
    "unassigned": (("9790", "9790"),),
}
"""Lines D3: the components of the ending balance."""
BEGINNING: Ranges = (("9791", "9791"), ("9793", "9793"), ("9795", "9795"))
"""Line D1: beginning balance with audit adjustments and restatements."""
