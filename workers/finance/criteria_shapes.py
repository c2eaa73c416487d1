"""What goes into the state's criteria and standards, and what comes out: one shape for each criterion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Field,
    TypeAdapter,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_serializer,
    model_validator,
)

from workers.analyses.result import sentence
from workers.finance.amounts import Amount
from workers.finance.calculation import (
    NOTHING,
    Fault,
    FiscalYear,
    Given,
    Money,
    Percentage,
    Pupils,
    Said,
    Told,
)
from workers.finance.reserve import Year as ReserveYear

Version = Literal["budget", "interim"]
Label = Annotated[str, Field(min_length=1, max_length=200)]
PRIOR_YEARS = 3
"""How many years before the budget year the state's forms look back."""


class VarianceYear(Given):
    """Criteria 1 and 2: what was budgeted and what came; in an interim version, before and now."""

    fiscal_year: FiscalYear
    ada: Pupils | None = None
    budgeted: Pupils = NOTHING
    actual: Pupils = NOTHING


class AttendanceYear(Given):
    """Criterion 3: attendance at the second period, and enrollment."""

    fiscal_year: FiscalYear
    ada: Pupils = NOTHING
    enrollment: Pupils = NOTHING


class FormulaYear(Given):
    """Criterion 4: LCFF revenue of a year and of the year before.

    In an interim version `prior_lcff_revenue` is the revenue projected before for the same year, and the
    percentages are not used.
    """

    fiscal_year: FiscalYear
    population_change_percent: Percentage = NOTHING
    cola_percent: Percentage = NOTHING
    prior_lcff_revenue: Amount = NOTHING
    lcff_revenue: Amount = NOTHING
    prior_property_tax: Amount | None = None
    property_tax: Amount | None = None


class PayrollYear(Given):
    """Criterion 5: unrestricted salaries and benefits (1000-3999) and expenditures (1000-7499)."""

    fiscal_year: FiscalYear
    ada: Pupils | None = None
    salaries_and_benefits: Amount = NOTHING
    expenditures: Amount = NOTHING


class CategoryYear(Given):
    """Criterion 6: one category of revenue or expenditure.

    `change_percent_allowed` is the change in population and funded COLA (criterion 4), which an interim
    version does not use. A category whose name begins with "total" is a total.
    """

    fiscal_year: FiscalYear
    category: Label
    prior: Money = NOTHING
    current: Money = NOTHING
    change_percent_allowed: Percentage = NOTHING


class MaintenanceYear(Given):
    """Criterion 7: general fund expenditures and uses, what may be left out, the contribution to 8150."""

    fiscal_year: FiscalYear
    expenditures_and_uses: Amount = NOTHING
    excluded: Amount = NOTHING
    contribution: Money = NOTHING


class DeficitYear(Given):
    """Criterion 8: `deficit` is above zero where the unrestricted balance falls, below where it grows."""

    fiscal_year: FiscalYear
    deficit: Money = NOTHING
    unrestricted_expenditures: Amount = NOTHING
    available_reserves: Money = NOTHING
    expenditures_and_uses: Amount = NOTHING


class BalanceYear(Given):
    """Criterion 9: beginning balance budgeted and actual (9A), cash at year end (9B); a year may give both.

    In an interim version `actual` is the ending balance projected for the year.
    """

    fiscal_year: FiscalYear
    ada: Pupils | None = None
    budgeted: Money | None = None
    actual: Money | None = None
    cash: Money | None = None


class ContributionYear(Given):
    """Item S5: a contribution or transfer of a year and of the year before."""

    fiscal_year: FiscalYear
    item: Label
    prior: Money = NOTHING
    current: Money = NOTHING


Rows = Field(min_length=1, max_length=200)


class _Given(Given):
    version: Version = "budget"


class Criterion1(_Given):
    """Average daily attendance."""

    criterion: Literal["1"]
    ada: Pupils | None = None
    years: Annotated[tuple[VarianceYear, ...], Rows]


class Criterion2(_Given):
    """Enrollment."""

    criterion: Literal["2"]
    ada: Pupils | None = None
    years: Annotated[tuple[VarianceYear, ...], Rows]


class Criterion3(_Given):
    """ADA to enrollment: three years of history, then the years to be tested."""

    criterion: Literal["3"]
    years: Annotated[tuple[AttendanceYear, ...], Rows]


class Criterion4(_Given):
    """LCFF revenue, by the standard that applies to the district."""

    criterion: Literal["4"]
    standard: Literal["lcff", "basic_aid", "necessary_small_school"] = "lcff"
    years: Annotated[tuple[FormulaYear, ...], Rows]


class Criterion5(_Given):
    """Salaries and benefits: three years of history, then the years to be tested."""

    criterion: Literal["5"]
    ada: Pupils | None = None
    years: Annotated[tuple[PayrollYear, ...], Rows]


class Criterion6(_Given):
    """Other revenues and expenditures."""

    criterion: Literal["6"]
    years: Annotated[tuple[CategoryYear, ...], Rows]


class Criterion7(_Given):
    """Facilities maintenance."""

    criterion: Literal["7"]
    years: Annotated[tuple[MaintenanceYear, ...], Rows]


class Criterion8(_Given):
    """Deficit spending."""

    criterion: Literal["8"]
    years: Annotated[tuple[DeficitYear, ...], Rows]


class Criterion9(_Given):
    """Fund and cash balances."""

    criterion: Literal["9"]
    ada: Pupils | None = None
    years: Annotated[tuple[BalanceYear, ...], Rows]


class Criterion10(_Given):
    """Reserves."""

    criterion: Literal["10"]
    years: Annotated[tuple[ReserveYear, ...], Rows]


class ItemS5(_Given):
    """Contributions and transfers."""

    criterion: Literal["S5"]
    years: Annotated[tuple[ContributionYear, ...], Rows]


AnyCriterion = Annotated[
    Criterion1
    | Criterion2
    | Criterion3
    | Criterion4
    | Criterion5
    | Criterion6
    | Criterion7
    | Criterion8
    | Criterion9
    | Criterion10
    | ItemS5,
    Field(discriminator="criterion"),
]
_SHAPES: tuple[type[_Given], ...] = (
    Criterion1,
    Criterion2,
    Criterion3,
    Criterion4,
    Criterion5,
    Criterion6,
    Criterion7,
    Criterion8,
    Criterion9,
    Criterion10,
    ItemS5,
)


LOOKING_BACK = ("1", "2", "8")
"""Criteria whose budget version judges the three prior years and nothing else."""


def _given_twice(years: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for place, year in enumerate(years):
        fiscal_year, what = year.get("fiscal_year"), year.get("category", year.get("item", ""))
        if not isinstance(fiscal_year, str) or not isinstance(what, str):
            continue
        if (fiscal_year, what) in seen:
            field = f"years[{place}].fiscal_year"
            yield Fault(
                field,
                fiscal_year,
                sentence("each year once"),
                sentence("{year} is given twice. Give each year once.", year=fiscal_year),
            )
        seen.add((fiscal_year, what))


def _property_tax(years: Sequence[Mapping[str, Any]], *, needed: bool) -> Iterator[Fault]:
    for place, year in enumerate(years):
        for key in ("prior_property_tax", "property_tax"):
            value = year.get(key)
            field = f"years[{place}].{key}"
            if needed and value is None:
                yield Fault(
                    field,
                    None,
                    sentence("an amount in dollars"),
                    sentence(
                        "A basic aid district is judged by its property tax. Give {field}.", field=field
                    ),
                )
            if not needed and value is not None:
                yield Fault(
                    field,
                    value,
                    sentence("nothing"),
                    sentence("{field} belongs to the budget standard of basic aid districts.", field=field),
                )


class CriteriaInput(Given):
    """A criterion by its number in the state's form, the version of the form, and the criterion's years.

    Which keys a year has depends on the criterion, so an input is read by its criterion's own shape.
    """

    BY_NUMBER: ClassVar[dict[str, type[_Given]]] = {
        str(shape.model_fields["criterion"].annotation.__args__[0]): shape  # type: ignore[union-attr]
        for shape in _SHAPES
    }

    criterion: Literal["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "S5"]

    @model_validator(mode="wrap")
    @classmethod
    def _by_criterion(
        cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Self | Any:
        if not isinstance(value, dict):
            return handler(value)
        number = value.get("criterion")
        shape = cls.BY_NUMBER.get(number) if isinstance(number, str) else None
        if shape is None:
            return handler({key: given for key, given in value.items() if key == "criterion"})
        return shape.model_validate(value, context=info.context)

    @classmethod
    def across(cls, document: Mapping[str, Any]) -> Iterable[Fault]:
        """Return the faults between years: one given twice, too many, or inputs of another standard."""
        given = document.get("years")
        years = (
            [year if isinstance(year, Mapping) else {} for year in given] if isinstance(given, list) else []
        )
        yield from _given_twice(years)
        number, version = document.get("criterion"), document.get("version", "budget")
        if number in LOOKING_BACK and version == "budget" and len(years) > PRIOR_YEARS:
            yield Fault(
                "years",
                len(years),
                sentence("at most three prior years"),
                sentence("Criterion {number} looks at three prior years. Give no more.", number=number),
            )
        if number == "4":
            needed = document.get("standard") == "basic_aid" and version == "budget"
            yield from _property_tax(years, needed=needed)

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """Return the schema of every criterion's shape, told apart by the criterion."""
        return TypeAdapter(AnyCriterion).json_schema()


Unit = Literal["points", "dollars"]


class CriterionYear(Told):
    """One year, or one category or item of a year, against its standard.

    `margin` is what is left before the standard is missed, below zero where it is missed: percentage points,
    or dollars where `margin_unit` says so. A year of history has a value and no standard. What can't be
    derived is null.
    """

    fiscal_year: str
    item: str | None = None
    inputs: dict[str, str | None] = Field(default_factory=dict)
    """What was given for it, as decimal text."""
    history: bool = False
    low_percent: Percentage | None = None
    high_percent: Percentage | None = None
    value_percent: Percentage | None = None
    required_amount: Money | None = None
    value_amount: Money | None = None
    met: bool | None = None
    margin: Percentage | None = None
    margin_unit: Unit | None = None
    explanation_needed: bool = False

    @field_serializer("margin")
    def _margin(self, value: Decimal | None) -> str | None:
        if value is None:
            return None
        exponent = value.as_tuple().exponent
        least = 6 if self.margin_unit == "points" else 2
        return f"{value:.{max(least, -exponent if isinstance(exponent, int) else 0)}f}"


class Criteria(Told):
    """A criterion judged: `met` is null while the years given don't decide it."""

    criterion: str
    version: Version
    name: Said
    rule: Said
    source: str
    status: str
    met: bool | None
    explanation_needed: bool
    years: tuple[CriterionYear, ...]
    totals: tuple[CriterionYear, ...] = ()
    notes: tuple[Said, ...] = ()
