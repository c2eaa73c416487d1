"""The tripwire of special education maintenance of effort: four methods, of which one must be met."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from workers.analyses.result import Message, sentence
from workers.finance.amounts import as_text, said_money
from workers.finance.calculation import NOTHING
from workers.finance.tripwires_data import NAMES, RULES, SAID_STATUS, rules, year_ends, year_starts
from workers.finance.tripwires_shapes import Effort, SpecialEducationEffort, State, Tripwire

METHODS: dict[str, Message] = {
    "local": sentence("local money"),
    "state_and_local": sentence("state and local money"),
    "local_per_pupil": sentence("local money for each pupil"),
    "state_and_local_per_pupil": sentence("state and local money for each pupil"),
}


@dataclass(frozen=True)
class Tested:
    """One method: what is spent, what must be, in dollars or in dollars for each pupil."""

    method: str
    number: Decimal
    required: Decimal

    @property
    def margin(self) -> Decimal:
        """Return what is spent over what must be."""
        return self.number - self.required


def allowed_reductions(given: SpecialEducationEffort, *, per_pupil: bool) -> Decimal:
    """Return the dollars by which the required level falls.

    Exceptions of 34 CFR 300.204 count as entered. The adjustment of 300.205 is at most half of what the
    federal allocation rose. Fewer pupils lower a total; a level for each pupil falls with them by itself, so
    that exception does not count there.
    """
    rise = max(NOTHING, given.allocation - given.prior_allocation)
    half = rise * Decimal(rules()["special_education_effort"]["adjustment_share_percent"]) / 100
    adjustment = sum((one.amount for one in given.reductions if one.kind == "allocation_increase"), NOTHING)
    exceptions = sum(
        (
            one.amount
            for one in given.reductions
            if one.kind != "allocation_increase" and not (per_pupil and one.kind == "fewer_pupils")
        ),
        NOTHING,
    )
    return exceptions + min(adjustment, half)


def _tested(given: SpecialEducationEffort) -> list[Tested]:
    found = []
    spent = {"local": given.local, "state_and_local": given.state_and_local}
    for source, amount in spent.items():
        for per_pupil in (False, True):
            method = f"{source}_per_pupil" if per_pupil else source
            before: Effort | None = getattr(given, f"compare_{method}")
            if amount is None or before is None:
                continue
            required = max(NOTHING, before.amount - allowed_reductions(given, per_pupil=per_pupil))
            if not per_pupil:
                found.append(Tested(method, amount, required))
            elif given.pupils and before.pupils:
                found.append(Tested(method, amount / given.pupils, required / before.pupils))
    return found


def special_education_effort(given: SpecialEducationEffort) -> Tripwire:
    """Test special education spending against the last year that each method met.

    The standard is met where one method is. Told is the method with most room, in its own unit.
    """
    tested = _tested(given)
    met = [one for one in tested if one.margin >= 0]
    best = max(
        met or tested, key=lambda one: one.margin / one.required if one.required else one.margin, default=None
    )
    state: State = "undecided" if best is None else "clear" if met else "tripped"
    if best is None:
        message = sentence(
            "Nothing to compare with: give this year's spending and that of the last year that met the test."
        )
    else:
        message = sentence(
            "By {method}, special education spending is {number} against a required {required}.",
            method=METHODS[best.method],
            number=said_money(best.number),
            required=said_money(best.required),
        )
    starts = given.standard == "eligibility"
    return Tripwire(
        rule="special_education_effort",
        subject=best.method if best else None,
        name=NAMES["special_education_effort"],
        rule_said=RULES["special_education_effort"],
        fiscal_year=given.fiscal_year,
        state=state,
        date=year_starts(given.fiscal_year) if starts else year_ends(given.fiscal_year),
        number=as_text(best.number) if best else None,
        limit=as_text(best.required) if best else None,
        margin=as_text(best.margin) if best else None,
        unit="dollars_per_pupil" if best and best.method.endswith("per_pupil") else "dollars",
        message=message,
        way_out=(
            sentence("Test the other methods; one that is met is enough."),
            sentence(
                "Document reductions that the regulation allows: staff who left by their own will, "
                "fewer pupils with disabilities, the end of a costly program or purchase."
            ),
            sentence("Restore spending; a year that fails keeps the old level for the years after it."),
        ),
        source=rules()["special_education_effort"]["source"],
        status="read",
        status_said=SAID_STATUS["read"],
    )
