"""Five invented districts of different size and trouble, as the numbers from which their ledgers are made.

No number, name or place here is real. Californian county codes end at 58 (the state itself files under 00
and 99), so the county code 90 can belong to nobody, now or after any district is founded, split or merged;
the names are in no list of Californian local educational agencies.
"""

from __future__ import annotations

from dataclasses import dataclass

INVENTED_COUNTY = "90"
"""County part of every invented CDS code; real ones run from 01 to 58."""

FACILITATOR = "Foothill Finance Coaches"
COHORT = "Smarter School Spending 2026-27"

YEARS = ("2024-25", "2025-26", "2026-27")
"""Unaudited actuals, estimated actuals (and the budget once adopted for it), and the July 1 budget."""


@dataclass(frozen=True)
class InventedDistrict:
    """What makes a district's ledgers.

    Attributes:
        key: Short name in file names and for the generator's seed.
        name: Name as printed.
        cds_code: 14 digits, county 90.
        colour: Accent colour, at least 4.5:1 on white.
        trouble: What the district is in the cohort for, in one sentence.
        span: `elementary`, `unified` or `high`: which programs it runs.
        ada: Average daily attendance of each of `YEARS`.
        entitlement: State-formula entitlement per ADA in dollars, each year.
        property_tax: Local property taxes per ADA in dollars, each year; above the entitlement in a basic-aid
            district, which then keeps them.
        parcel_tax: Parcel tax per ADA in dollars.
        balance: Unrestricted result of each year as a share of unrestricted revenue after contributions.
        opening: Unrestricted balance at the start of the first year, as a share of that year's entitlement.
        special_education: Contribution to special education per ADA in dollars, in the first year.
        one_time: Balance of one-time restricted money per ADA at the start of the first year, in dollars.
        low_income: Share of pupils who bring federal and state grants (scales them), 0 to 1.
        cash: Cash at year end of the actuals as a share of the unrestricted fund balance; may be negative.
        cafeteria_support: Transfer to the cafeteria fund per ADA in dollars.
        special_reserve: Balance of fund 17 at the start per ADA in dollars; 0 for none.
    """

    key: str
    name: str
    cds_code: str
    colour: str
    trouble: str
    span: str
    ada: tuple[float, float, float]
    entitlement: tuple[int, int, int]
    property_tax: tuple[int, int, int]
    parcel_tax: int
    balance: tuple[float, float, float]
    opening: float
    special_education: int
    one_time: int
    low_income: float
    cash: float
    cafeteria_support: int
    special_reserve: int


ARROYO_VERDE = InventedDistrict(
    key="arroyo-verde",
    name="Arroyo Verde Unified",
    cds_code="90700050000000",
    colour="#14596b",
    trouble="Loses about 250 pupils a year and has not yet closed classrooms behind them.",
    span="unified",
    ada=(11342.18, 11095.64, 10838.90),
    entitlement=(13480, 13790, 14090),
    property_tax=(4310, 4520, 4740),
    parcel_tax=0,
    balance=(-0.012, -0.031, -0.043),
    opening=0.176,
    special_education=1490,
    one_time=1180,
    low_income=0.61,
    cash=0.62,
    cafeteria_support=0,
    special_reserve=0,
)

CEDAR_FLAT = InventedDistrict(
    key="cedar-flat",
    name="Cedar Flat Elementary",
    cds_code="90700130000000",
    colour="#7a4419",
    trouble="Small and rural: its balance stands in receivables, and its cash runs out every spring.",
    span="elementary",
    ada=(431.27, 418.60, 412.35),
    entitlement=(12890, 13160, 13420),
    property_tax=(2950, 3020, 3110),
    parcel_tax=0,
    balance=(-0.018, -0.027, -0.014),
    opening=0.118,
    special_education=640,
    one_time=1620,
    low_income=0.74,
    cash=-0.35,
    cafeteria_support=165,
    special_reserve=0,
)

PUERTO_ALEGRE = InventedDistrict(
    key="puerto-alegre",
    name="Puerto Alegre Unified",
    cds_code="90700210000000",
    colour="#5b2f63",
    trouble="Pays ongoing salaries from one-time money: a structural deficit hidden by a shrinking reserve.",
    span="unified",
    ada=(34870.55, 34512.08, 34190.71),
    entitlement=(14310, 14640, 14930),
    property_tax=(3680, 3840, 4010),
    parcel_tax=0,
    balance=(-0.038, -0.047, -0.056),
    opening=0.172,
    special_education=1880,
    one_time=1940,
    low_income=0.78,
    cash=0.48,
    cafeteria_support=0,
    special_reserve=310,
)

MESA_ROBLES = InventedDistrict(
    key="mesa-robles",
    name="Mesa Robles Union High",
    cds_code="90700390000000",
    colour="#2f5d34",
    trouble="Healthy, and wants its new money to reach ninth graders instead of spreading thin.",
    span="high",
    ada=(5418.92, 5466.40, 5503.15),
    entitlement=(14660, 15010, 15350),
    property_tax=(6120, 6390, 6640),
    parcel_tax=0,
    balance=(0.018, 0.011, 0.006),
    opening=0.168,
    special_education=1240,
    one_time=820,
    low_income=0.44,
    cash=0.81,
    cafeteria_support=0,
    special_reserve=540,
)

COSTA_CLARA = InventedDistrict(
    key="costa-clara",
    name="Costa Clara Unified",
    cds_code="90700470000000",
    colour="#1f4f8a",
    trouble="Lives from property taxes above the state's formula: a slump hurts it more than fewer pupils.",
    span="unified",
    ada=(2384.06, 2341.77, 2298.43),
    entitlement=(12640, 12930, 13210),
    property_tax=(21350, 22160, 22620),
    parcel_tax=1040,
    balance=(0.021, 0.004, -0.022),
    opening=0.213,
    special_education=2310,
    one_time=510,
    low_income=0.17,
    cash=0.88,
    cafeteria_support=90,
    special_reserve=1750,
)

DISTRICTS = (ARROYO_VERDE, CEDAR_FLAT, PUERTO_ALEGRE, MESA_ROBLES, COSTA_CLARA)
