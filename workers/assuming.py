"""A district's outlook computed anew in memory: with another assumption, without one, with frozen rates."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from tenants.records.plans import PlanVersion
from workers import studies
from workers.analyses import three_year_outlook
from workers.analyses.ledger import Ledger
from workers.analyses.outlook_assumptions import Assumed, Own, Parameters
from workers.analyses.outlook_effects import Effect, effects, last_difference, without
from workers.analyses.result import Sheet
from workers.finance.rates import Change, Rates, changed_between, frozen_rates

COUNTS = ("cola", "calstrs", "calpers", "cpi", "reserve_floor")
"""Series of state rates that the outlook computes with."""


@dataclasses.dataclass(frozen=True)
class Standing:
    """The outlook as it stands, and what it is computed from again and again."""

    inputs: studies.Inputs
    base: Ledger
    sheet: Sheet
    assumed: Assumed

    def again(
        self,
        replaced: Mapping[str, Mapping[str, str]] | None = None,
        known: Rates | None = None,
        own: Own | None = None,
    ) -> tuple[Sheet, Assumed]:
        """Compute the outlook with assumptions or rates replaced."""
        return three_year_outlook.project(
            [self.base],
            self.inputs.attendance,
            Parameters.read({"assumptions": replaced or {}}),
            self.inputs.known if known is None else known,
            self.inputs.own if own is None else own,
        )


@dataclasses.dataclass(frozen=True)
class Touched:
    """What an assumption's value does, against another value."""

    value: str
    against: str
    found: tuple[Effect, ...]

    @property
    def margin(self) -> int:
        """By how many cents the room over the minimum reserve differs in the last year."""
        return last_difference(self.found, "over_minimum") or last_difference(self.found, "available_reserve")


@dataclasses.dataclass(frozen=True)
class Drift:
    """What changed since a version of the plan was frozen, in dollars of the outlook."""

    version_id: int
    number: str
    digest: str
    changes: tuple[Change, ...]
    found: tuple[Effect, ...]

    @property
    def margin(self) -> int:
        """By how many cents the room over the minimum reserve differs in the last year."""
        return last_difference(self.found, "over_minimum") or last_difference(self.found, "available_reserve")


def standing(session: Session, district_id: int) -> Standing:
    """Return the outlook on the newest ledger without new decisions.

    Raises:
        NoLedgerError: if no ledger is loaded.
    """
    inputs = studies.choose(session, district_id)
    base = studies.ledger(session, inputs.datasets[-1])
    sheet, assumed = three_year_outlook.project(
        [base], inputs.attendance, Parameters(), inputs.known, inputs.own
    )
    return Standing(inputs, base, sheet, assumed)


def touched(held: Standing, name: str, at: str, tried: str | None = None) -> Touched:
    """Return what an assumption touches: against not assuming anything, or a tried value against it.

    Args:
        held: the outlook as it stands.
        name: of the assumption.
        at: its fiscal year.
        tried: percent as typed; the standing value against none without it.

    Raises:
        KeyError: if there is no such assumption of that year.
        ParameterError: for a value that can't be meant.
    """
    stands = held.assumed(name, at).value
    if tried is None:
        against = without(name, at, held.assumed)
        before, _ = held.again({name: {at: against}})
        return Touched(stands, against, tuple(effects(before, held.sheet, held.assumed.years)))
    after, assumed = held.again({name: {at: tried}})
    return Touched(assumed(name, at).value, stands, tuple(effects(held.sheet, after, held.assumed.years)))


def drift(session: Session, held: Standing, district_id: int) -> Drift | None:
    """Return what rates of now do against those of the newest frozen version; None without one."""
    version: Any = session.scalar(
        select(PlanVersion)
        .options(undefer(PlanVersion.rates))
        .where(PlanVersion.district_id == district_id, PlanVersion.rates.is_not(None))
        .order_by(PlanVersion.id.desc())
        .limit(1)
    )
    if version is None or version.rates is None:
        return None
    then = frozen_rates(version.rates)
    before, _ = held.again(known=then)
    return Drift(
        version.id,
        version.number,
        version.rates["digest"],
        tuple(each for each in changed_between(then, held.inputs.known) if each.name in COUNTS),
        tuple(effects(before, held.sheet, held.assumed.years)),
    )
