"""Rates as data: what counts, what was told when, what changed, and the chain that reproduces them."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from workers.analyses.ledger import next_year
from workers.finance import rates
from workers.finance.calculation import InputFaultsError
from workers.finance.catalogue import CALCULATIONS
from workers.finance.drift import lcff_drift
from workers.finance.lcff_input import LcffInput
from workers.finance.lcff_rates import (
    ADJUSTED_SPANS,
    SPANS,
    UnknownRatesError,
    adjustment_of,
    last_year,
    lcff_rates,
    rolled,
)
from workers.finance.rates.labels import LABELS

YEARS = [next_year("2013-14", step) for step in range(13)]
KNOWN = rates.rates()


def base(span: str, at: str) -> Decimal:
    return KNOWN.rate(f"lcff_base/{span}", at).number


@pytest.mark.parametrize("at", YEARS[1:])
@pytest.mark.parametrize("span", SPANS)
def test_published_base_rates_are_the_prior_ones_rolled_by_the_cola(span: str, at: str) -> None:
    assert rolled(base(span, next_year(at, -1)), rates.steps("cola", at)) == base(span, at)


@pytest.mark.parametrize("at", YEARS[1:])
@pytest.mark.parametrize("span", ADJUSTED_SPANS)
def test_published_adjustments_are_their_share_of_the_base_rate(span: str, at: str) -> None:
    percentage = KNOWN.rate(f"lcff_adjustment_percent/{span}", at).number
    assert adjustment_of(base(span, at), percentage) == KNOWN.rate(f"lcff_adjustment/{span}", at).number


def test_2021_22_is_two_steps_and_2022_23_one_of_the_sum() -> None:
    assert rates.steps("cola", "2021-22") == (Decimal("2.31"), Decimal("2.70"))
    assert rolled(Decimal(7702), [Decimal("5.07")]) == 8092  # a dollar under the published 8,093
    assert rolled(Decimal(8093), [Decimal("13.26")]) == 9166
    assert rolled(Decimal(8093), [Decimal("6.56"), Decimal("6.70")]) != 9166


def test_the_states_own_snapshot_counts_for_2013_14_beside_what_a_booklet_says() -> None:
    told = rates.told("lcff_adjustment/TK-3", "2013-14")
    assert [(each.value, each.status) for each in told] == [("723", "to_confirm"), ("724", "enacted")]
    assert lcff_rates("2013-14").adjusted("TK-3") == 7676


def test_projections_of_one_year_stand_side_by_side_and_the_latest_counts() -> None:
    told = rates.told("calpers", "2026-27")
    assert [(each.value, each.dated) for each in told] == [("26.90", "2025-06"), ("26.40", "2026-01")]
    found = rates.in_force("calpers", "2026-27", as_of="2025-12-31")
    assert found is not None
    assert (found.value, found.status) == ("26.90", "projected")
    assert rates.rate("calpers", "2026-27").value == "26.40"


def test_what_is_enacted_counts_whatever_is_forecast_after_it() -> None:
    enacted, forecast = (
        rates.Rate(value, status, {}, dated)
        for value, status, dated in (("2.30", "enacted", "2025-07-01"), ("2.50", "projected", "2026-01"))
    )
    assert rates.counting([enacted, forecast]) is enacted
    assert rates.counting([forecast]) is forecast


def test_no_rate_after_2025_26_is_enacted() -> None:
    late = [(name, at, found.status) for name, at, found in KNOWN if at > "2025-26"]
    assert late
    assert {status for _, _, status in late} == {"projected"}


def test_what_changed_between_two_days() -> None:
    found = {(each.name, each.fiscal_year): each for each in rates.changed("2025-11-30", "2026-11-26")}
    pension = found["calpers", "2027-28"]
    assert pension.before is not None
    assert pension.after is not None
    assert (pension.before.value, pension.after.value) == ("27.80", "26.90")
    assert found["calpers", "2029-30"].before is None
    assert ("calpers", "2025-26") not in found
    assert rates.changed("2026-11-26", "2026-11-26") == ()


def test_a_frozen_set_is_known_by_its_digest() -> None:
    document = rates.rate_set("2025-11-30")
    assert document["digest"] == rates.rate_set("2025-12-31")["digest"]
    assert document["digest"] != rates.rate_set("2026-11-26")["digest"]
    again = rates.frozen_rates(document)
    assert again.rate("calpers", "2026-27").value == "26.90"
    assert rates.changed_between(again, rates.rates("2025-11-30")) == ()
    touched = copy.deepcopy(document)
    touched["rates"]["cola"]["2026-27"]["value"] = "9.99"
    with pytest.raises(ValueError, match="after it was frozen"):
        rates.frozen_rates(touched)


def test_rates_of_years_to_come_are_rolled_on_and_projected() -> None:
    coming = lcff_rates("2026-27")
    cola = rates.rate("cola", "2026-27").number
    assert coming.base["4-6"].number == rolled(Decimal(10411), [cola])
    assert {each.status for each in coming.base.values()} == {"projected"}
    for span, percentage in (("TK-3", "10.4"), ("9-12", "2.6")):
        wanted = adjustment_of(coming.base[span].number, Decimal(percentage))
        assert coming.adjustment[span].number == wanted
    assert coming.concentration.status == "to_confirm"
    earlier = lcff_rates("2026-27", rates.rates("2025-12-31"))
    assert earlier.base["4-6"].number == rolled(Decimal(10411), [Decimal("3.02")])
    assert last_year() == "2027-28"
    with pytest.raises(UnknownRatesError):
        lcff_rates("2028-29")
    with pytest.raises(UnknownRatesError):
        lcff_rates("2012-13")


def test_every_value_has_a_source_a_date_and_a_status() -> None:
    for name, one in rates.series().items():
        for at in one["years"]:
            for told in rates.told(name, at):
                assert told.status in {"enacted", "projected", "to_confirm"}, (name, at)
                assert told.dated, (name, at)
                assert Decimal(told.value) >= 0


def test_every_series_is_named_for_people() -> None:
    assert set(LABELS) == set(rates.series())


def test_the_rates_of_a_year_with_all_that_was_told() -> None:
    answer = CALCULATIONS["rates"].answer({"fiscal_year": "2026-27", "name": "calpers", "since": "2025-12"})
    (pension,) = answer["rates"]
    assert [each["value"] for each in pension["told"]] == ["26.90", "26.40"]
    assert (pension["in_force"]["value"], pension["unit"]) == ("26.40", "percent")
    (change,) = answer["changed"]
    assert (change["before"]["value"], change["after"]["value"]) == ("26.90", "26.40")
    whole = CALCULATIONS["rates"].answer({"fiscal_year": "2026-27", "as_of": "2025-12-31"})
    assert len(whole["rates"]) == len(rates.series())
    assert whole["changed"] is None
    with pytest.raises(InputFaultsError) as refused:
        CALCULATIONS["rates"].answer({"fiscal_year": "2026-27", "name": "nothing", "as_of": "2025-13"})
    assert {fault.field for fault in refused.value.faults} == {"name", "as_of"}


def test_drift_since_a_plan_was_frozen_in_dollars() -> None:
    frozen = rates.frozen_rates(rates.rate_set("2025-11-30"))
    given = LcffInput.model_validate(
        {"fiscal_year": "2026-27", "ada": {"4-6": "1000"}, "unduplicated_percentage": "50"}
    )
    drift = lcff_drift(given, frozen, KNOWN)
    # 10,725 a pupil by 3.02 % in June 2025, 10,662 by 2.41 % in January 2026, and a tenth on it.
    assert (drift.then, drift.now, drift.difference) == (11_797_500, 11_728_200, -69_300)
    assert [(change.name, change.fiscal_year) for change in drift.changes] == [("cola", "2026-27")]
