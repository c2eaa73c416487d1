"""What the invented districts run: programs by resource, and how a program's dollar splits over objects.

Weights are dollars per unit of average daily attendance in the first year, before a district's own scale.
Shares by object are those one finds in any Californian ledger: about four fifths of a dollar are people.
"""

from __future__ import annotations

from dataclasses import dataclass

PROFILES: dict[str, dict[str, float]] = {
    "teaching": {"1100": 0.955, "2100": 0.02, "4100": 0.004, "4300": 0.016, "4400": 0.005},
    "aides": {"1100": 0.25, "2100": 0.72, "4300": 0.03},
    "supervision": {"1300": 0.62, "1900": 0.12, "2400": 0.16, "4300": 0.02, "5200": 0.03, "5800": 0.05},
    "coaching": {"1900": 0.82, "1100": 0.06, "4300": 0.02, "5200": 0.05, "5800": 0.05},
    "library": {"1200": 0.4, "2200": 0.42, "4200": 0.08, "4300": 0.04, "5800": 0.06},
    "school_office": {"1300": 0.57, "2400": 0.36, "4300": 0.04, "5600": 0.02, "5900": 0.01},
    "pupil_support": {"1200": 0.86, "2900": 0.07, "4300": 0.01, "5200": 0.01, "5800": 0.05},
    "attendance": {"1200": 0.28, "2400": 0.6, "2900": 0.08, "4300": 0.02, "5800": 0.02},
    "transport": {"2200": 0.62, "2300": 0.06, "4300": 0.17, "5600": 0.06, "5800": 0.09},
    "athletics": {"1900": 0.3, "2900": 0.34, "4300": 0.14, "5800": 0.22},
    "board": {"2300": 0.34, "2400": 0.2, "5200": 0.06, "5300": 0.12, "5800": 0.28},
    "leadership": {"1300": 0.44, "2300": 0.2, "2400": 0.22, "4300": 0.02, "5200": 0.04, "5800": 0.08},
    "business": {"2300": 0.34, "2400": 0.44, "4300": 0.02, "5200": 0.02, "5600": 0.02, "5800": 0.16},
    "technology": {"2300": 0.16, "2400": 0.34, "4300": 0.05, "4400": 0.15, "5800": 0.26, "5900": 0.04},
    "insurance": {"5400": 0.86, "5800": 0.14},
    "maintenance": {"2200": 0.58, "2300": 0.09, "4300": 0.14, "5600": 0.15, "5800": 0.04},
    "operations": {"2200": 0.52, "4300": 0.07, "5500": 0.38, "5800": 0.03},
    "security": {"2200": 0.74, "4300": 0.02, "5800": 0.24},
    "food": {"2200": 0.46, "2300": 0.05, "4300": 0.05, "4700": 0.41, "5800": 0.03},
    "grant": {"1100": 0.36, "1900": 0.16, "2100": 0.2, "4300": 0.12, "5200": 0.03, "5800": 0.13},
    "after_school": {"2100": 0.2, "2900": 0.16, "4300": 0.05, "5100": 0.39, "5800": 0.2},
    "materials": {"4100": 0.42, "4200": 0.06, "4300": 0.4, "4400": 0.12},
    "nonpublic": {"5100": 0.63, "5800": 0.37},
    "therapy": {"1200": 0.7, "5100": 0.12, "5800": 0.18},
    "tuition": {"7142": 1.0},
    "debt": {"7438": 0.22, "7439": 0.78},
    "pension": {"3101": 1.0},
    "construction": {"6200": 0.82, "5800": 0.18},
}
"""Shares of a program's cost before benefits, by object; they add to one."""

SPANS = ("elementary", "unified", "high")


@dataclass(frozen=True)
class Program:
    """An activity of a resource: where it is booked, how its dollar splits, how much weight it has."""

    goal: str
    function: str
    profile: str
    weight: float
    spans: tuple[str, ...] = SPANS
    smallest: int = 0
    """ADA below which a district has nobody of its own for it."""


ELEMENTARY = ("elementary", "unified")
SECONDARY = ("unified", "high")

UNRESTRICTED = (
    Program("1110", "1000", "teaching", 4650),
    Program("0001", "1000", "aides", 190, ELEMENTARY),
    Program("3200", "1000", "teaching", 95, SECONDARY, 2000),
    Program("3800", "1000", "teaching", 150, SECONDARY),
    Program("4760", "1000", "teaching", 210),
    Program("1110", "2100", "supervision", 175, smallest=1000),
    Program("1110", "2140", "coaching", 120),
    Program("1110", "2420", "library", 105),
    Program("0000", "2700", "school_office", 790),
    Program("1110", "3110", "pupil_support", 195, smallest=1000),
    Program("0000", "3130", "attendance", 70, smallest=1000),
    Program("0000", "3140", "pupil_support", 88),
    Program("0000", "3600", "transport", 255),
    Program("1110", "4200", "athletics", 78, SECONDARY),
    Program("0000", "7110", "board", 52),
    Program("0000", "7150", "leadership", 118),
    Program("0000", "7200", "insurance", 105),
    Program("0000", "7300", "business", 150),
    Program("0000", "7400", "business", 112, smallest=1000),
    Program("0000", "7530", "business", 38, smallest=5000),
    Program("0000", "7700", "technology", 165),
    Program("0000", "8110", "maintenance", 60),
    Program("0000", "8200", "operations", 610),
    Program("0000", "8300", "security", 74, smallest=2000),
    Program("0000", "9100", "debt", 42),
    Program("0000", "9200", "tuition", 35),
)


@dataclass(frozen=True)
class Grant:
    """A restricted resource of the general fund.

    Attributes:
        resource: Resource code.
        objects: Revenue objects and their shares.
        revenue: Dollars per ADA in the first year, before scaling.
        goal: Goal on which revenue and contribution are booked.
        programs: What it pays.
        growth: Change of revenue per year.
        scaled: Whether revenue grows with the share of low-income pupils.
        indirect: Indirect-cost rate charged to it.
        one_time: Whether it is spent down from a balance instead of being received anew.
        spans: Kinds of districts that receive it.
    """

    resource: str
    objects: dict[str, float]
    revenue: float
    programs: tuple[Program, ...]
    goal: str = "0000"
    growth: float = 0.015
    scaled: bool = False
    indirect: float = 0.045
    one_time: bool = False
    spans: tuple[str, ...] = SPANS


GRANTS = (
    Grant(
        "2600",
        {"8590": 1.0},
        760,
        (Program("1110", "1000", "after_school", 1),),
        scaled=True,
        spans=ELEMENTARY,
    ),
    Grant(
        "3010",
        {"8290": 1.0},
        430,
        (
            Program("1110", "1000", "grant", 7),
            Program("1110", "2140", "coaching", 2),
            Program("0000", "2495", "after_school", 0.4),
        ),
        scaled=True,
    ),
    Grant(
        "3310",
        {"8181": 1.0},
        235,
        (Program("5760", "1120", "aides", 7), Program("5760", "1190", "aides", 2)),
        goal="5001",
    ),
    Grant("4035", {"8290": 1.0}, 52, (Program("1110", "2140", "coaching", 1),), scaled=True),
    Grant("4203", {"8290": 1.0}, 38, (Program("4760", "1000", "grant", 1),), scaled=True, indirect=0.02),
    Grant(
        "6010",
        {"8590": 1.0},
        96,
        (Program("1110", "1000", "after_school", 1),),
        scaled=True,
        spans=ELEMENTARY,
    ),
    Grant("6300", {"8560": 1.0}, 82, (Program("1110", "1000", "materials", 1),), indirect=0),
    Grant("6387", {"8590": 1.0}, 118, (Program("3800", "1000", "grant", 1),), spans=SECONDARY),
    Grant(
        "6500",
        {"8792": 0.8, "8097": 0.2},
        1010,
        (
            Program("5760", "1110", "teaching", 34),
            Program("5760", "1120", "teaching", 22),
            Program("5760", "1190", "aides", 9),
            Program("5760", "1180", "nonpublic", 15),
            Program("5001", "2100", "supervision", 5),
            Program("5760", "3120", "pupil_support", 7),
            Program("5760", "3140", "pupil_support", 2),
            Program("5760", "3150", "therapy", 9),
            Program("5760", "3600", "transport", 9),
        ),
        goal="5001",
    ),
    Grant("6546", {"8590": 1.0}, 78, (Program("5760", "3120", "pupil_support", 1),), goal="5001"),
    Grant("6762", {"8590": 1.0}, 0, (Program("1110", "1000", "materials", 1),), indirect=0, one_time=True),
    Grant(
        "7435",
        {"8590": 1.0},
        0,
        (Program("1110", "1000", "grant", 6), Program("1110", "3110", "pupil_support", 3)),
        one_time=True,
    ),
    Grant("7690", {"8590": 1.0}, 495, (Program("1110", "1000", "pension", 1),), indirect=0),
    Grant(
        "8150",
        {"8699": 1.0},
        0,
        (Program("0000", "8110", "maintenance", 8), Program("0000", "8500", "construction", 1.2)),
        indirect=0.03,
    ),
    Grant(
        "9010",
        {"8699": 0.8, "8650": 0.2},
        120,
        (Program("1110", "1000", "grant", 3), Program("0000", "8200", "operations", 1)),
        indirect=0,
    ),
)
