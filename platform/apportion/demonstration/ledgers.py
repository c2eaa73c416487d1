"""Ledgers of the invented districts, in the layout of the state's official export.

Deterministic: the same district gives the same bytes on every machine. A file holds two ledgers with their
end-of-dataset counts, then what the state's forms would say of them (ELEMENT: attendance, totals), then the
end-of-file count. Transfers and contributions net to zero, every ending balance foots to its components, and
in the actuals to cash, receivables and payables.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from apportion.demonstration.districts import YEARS, InventedDistrict
from apportion.demonstration.programs import GRANTS, PROFILES, UNRESTRICTED, Grant, Program

Account = tuple[str, str, str, str, str]
"""Fund, resource, goal, function, object."""

PENSION = (
    {"3101": 0.1910, "3202": 0.2705},
    {"3101": 0.1910, "3202": 0.2681},
    {"3101": 0.1910, "3202": 0.2690},
)
"""Employer rates of `YEARS` on certificated and classified pay (CalSTRS, CalPERS)."""

PAYROLL = {"3301": 0.0145, "3302": 0.0765, "3501": 0.0005, "3502": 0.0005, "3601": 0.0179, "3602": 0.0179}
HEALTH = {"3401": 0.168, "3402": 0.262}
HEALTH_GROWTH = (1.0, 1.062, 1.129)
"""Premiums grow faster than pay: one of the things that the ledgers show."""

DRIFT = {"nonpublic": 0.09, "insurance": 0.13, "transport": 0.055, "technology": 0.05, "materials": -0.07}
"""Growth of a profile's cost beyond the others', each year."""

CARRIED = ("2600", "6300", "6387", "9010")
"""Grants that carry a balance from year to year."""

SPENT_DOWN = (0.46, 0.34, 0.16)
"""Part of the original one-time balance that each year uses."""

MINIMUM_RESERVE = ((300, 0.05), (1000, 0.04), (30000, 0.03), (250000, 0.02))
"""State minimum reserve by ADA, as a share of total uses."""


@dataclass
class Ledger:
    """One year's ledger of a district: cents by account, signed as the state's files sign them."""

    fiscal_year: str
    period: str
    column: str
    ada: float
    rows: dict[Account, int] = field(default_factory=lambda: defaultdict(int))
    opening: dict[tuple[str, str], int] = field(default_factory=dict)
    """Opening balance by fund and resource."""

    def total(self, fund: str, first: str, last: str, resources: Iterable[str] | None = None) -> int:
        """Return the cents of a fund's objects from `first` to `last`, of the given resources or all."""
        wanted = set(resources) if resources is not None else None
        return sum(
            cents
            for (row_fund, resource, _, _, code), cents in self.rows.items()
            if row_fund == fund and first <= code <= last and (wanted is None or resource in wanted)
        )

    def resources(self, fund: str) -> list[str]:
        """Return the resources of a fund that have rows or an opening balance, in order."""
        found = {resource for row_fund, resource, *_ in self.rows if row_fund == fund}
        found |= {resource for row_fund, resource in self.opening if row_fund == fund}
        return sorted(found)

    def funds(self) -> list[str]:
        """Return the funds of the ledger, in order."""
        return sorted({fund for fund, *_ in self.rows} | {fund for fund, _ in self.opening})

    def ending(self, fund: str, resource: str) -> int:
        """Return opening balance plus revenues less uses."""
        income = self.total(fund, "8000", "8999", [resource])
        return self.opening.get((fund, resource), 0) + income - self.total(fund, "1000", "7999", [resource])


class _Maker:
    """Builds one ledger; amounts are whole dollars in budgets, cents in actuals."""

    def __init__(self, district: InventedDistrict, index: int, period: str, column: str) -> None:
        self.district = district
        self.index = index
        self.column = column
        self.ledger = Ledger(YEARS[index], period, column, district.ada[index])
        self.chance = random.Random(f"{district.key}/{YEARS[index]}/{period}/{column}")  # noqa: S311 - invented data
        self.actual = column == "BA"

    def cents(self, dollars: float) -> int:
        """Round dollars as this kind of ledger is kept."""
        if not self.actual:
            return round(dollars) * 100
        return (
            round(dollars * 100) + self.chance.randint(-49, 49)
            if abs(dollars) > 100
            else round(dollars * 100)
        )

    def put(self, account: Account, dollars: float) -> int:
        """Add an amount to an account and return its cents."""
        cents = self.cents(dollars)
        self.ledger.rows[account] += cents
        return cents

    def spend(self, fund: str, resource: str, programs: Iterable[Program], dollars: float) -> None:
        """Spread a resource's money over its programs and their objects, benefits included."""
        raw: dict[Account, float] = defaultdict(float)
        for program in programs:
            steady = random.Random(f"{self.district.key}/{resource}/{program.goal}/{program.function}")  # noqa: S311
            weight = program.weight * steady.uniform(0.9, 1.12) * self.chance.uniform(0.992, 1.008)
            weight *= (1 + DRIFT.get(program.profile, 0.0)) ** self.index
            for code, cost in self._with_benefits(PROFILES[program.profile]).items():
                raw[(fund, resource, program.goal, program.function, code)] += weight * cost
        whole = sum(raw.values())
        for account, cost in raw.items():
            amount = dollars * cost / whole
            if abs(amount) >= 50:  # nobody keeps an account for less
                self.put(account, amount)

    def _with_benefits(self, shares: dict[str, float]) -> dict[str, float]:
        costs = dict(shares)
        certificated = sum(share for code, share in shares.items() if code.startswith("1"))
        classified = sum(share for code, share in shares.items() if code.startswith("2"))
        rates = {**PENSION[self.index], **PAYROLL}
        rates |= {code: rate * HEALTH_GROWTH[self.index] for code, rate in HEALTH.items()}
        for code, rate in rates.items():
            base = certificated if code.endswith("1") else classified
            if base:
                costs[code] = costs.get(code, 0.0) + base * rate
        return costs


def make_ledger(
    district: InventedDistrict, index: int, period: str, column: str, opening: dict[tuple[str, str], int]
) -> Ledger:
    """Make one ledger.

    Args:
        district: Whose ledger.
        index: Position of the fiscal year in `YEARS`.
        period: `A` unaudited actuals or `BS1` July 1 budget.
        column: `BA`, `BB` or `BE`.
        opening: Cents by fund and resource with which the year begins; empty for the first year.

    Returns:
        The ledger with revenues, uses, balances and, for actuals, assets and liabilities.
    """
    maker = _Maker(district, index, period, column)
    if not opening:
        opening = _first_balances(district)
    maker.ledger.opening = dict(opening)
    cafeteria_indirect, support = _cafeteria(maker)
    contributions, indirect = _grants(maker)
    _unrestricted(maker, contributions, indirect, cafeteria_indirect, support)
    _other_funds(maker)
    _balances(maker)
    return maker.ledger


def _scale(district: InventedDistrict, grant: Grant) -> float:
    return (0.35 + 1.1 * district.low_income) if grant.scaled else 1.0


def _first_balances(district: InventedDistrict) -> dict[tuple[str, str], int]:
    ada = district.ada[0]
    revenue = ada * max(district.entitlement[0], district.property_tax[0])
    opening = {("01", "0000"): round(revenue * district.opening) * 100, ("13", "5310"): round(ada * 95) * 100}
    for grant in GRANTS:
        if district.span not in grant.spans:
            continue
        if grant.one_time:
            share = 0.3 if grant.resource == "6762" else 0.7
            opening["01", grant.resource] = round(ada * district.one_time * share) * 100
        elif grant.resource in CARRIED:
            opening["01", grant.resource] = round(ada * grant.revenue * _scale(district, grant) * 0.14) * 100
    if district.special_reserve:
        opening["17", "0000"] = round(ada * district.special_reserve) * 100
    if ada > 2000:
        opening["25", "9010"] = round(ada * 210) * 100
    return opening


def _cafeteria(maker: _Maker) -> tuple[int, int]:
    """Book the cafeteria fund; return the indirect cost charged and the support received, in cents."""
    district, ada = maker.district, maker.ledger.ada
    growth = 1.025**maker.index
    revenues = {
        "8220": (60 + 430 * district.low_income) * growth,
        "8520": 245 * growth,
        "8634": 46 * (1 - district.low_income),
        "8660": 4,
    }
    income = sum(
        maker.put(("13", "5310", "0000", "3700", code), ada * dollars) for code, dollars in revenues.items()
    )
    support = 0
    if district.cafeteria_support:
        support = maker.cents(ada * district.cafeteria_support * (1.16**maker.index))
        maker.ledger.rows["13", "5310", "0000", "9300", "8916"] += support
        income += support
    indirect = maker.cents(income * 0.038 / 100)
    maker.ledger.rows["13", "5310", "0000", "7210", "7350"] += indirect
    share = (0.985, 1.0, 1.004)[maker.index]
    program = Program("0000", "3700", "food", 1)
    maker.spend("13", "5310", (program,), income / 100 * share - indirect / 100)
    return indirect, support


def _grants(maker: _Maker) -> tuple[int, int]:
    """Book restricted resources; return contributions and indirect cost, in cents."""
    district, ada, index = maker.district, maker.ledger.ada, maker.index
    contributions = indirect = 0
    formula = ada * max(district.entitlement[index], district.property_tax[index])
    for grant in (grant for grant in GRANTS if district.span in grant.spans):
        amount = ada * grant.revenue * _scale(district, grant) * (1 + grant.growth) ** index
        received = 0
        for code, share in grant.objects.items():
            if amount:
                received += maker.put(("01", grant.resource, grant.goal, "0000", code), amount * share)
        given = 0
        if grant.resource == "6500":
            given = maker.cents(ada * district.special_education * 1.055**index)
        elif grant.resource == "8150":
            given = maker.cents(formula * 0.0415)
        if given:
            maker.ledger.rows["01", grant.resource, grant.goal, "0000", "8980"] += given
        opening = maker.ledger.opening.get(("01", grant.resource), 0)
        if grant.one_time:
            first = _first_balances(district)["01", grant.resource]
            available = min(opening, round(first * SPENT_DOWN[index]))
        else:
            drawn = maker.chance.uniform(-0.02, 0.05) if grant.resource in CARRIED else 0.0
            available = received + given + min(round(received * drawn), opening)
        charged = (
            maker.cents(available / 100 * grant.indirect / (1 + grant.indirect)) if grant.indirect else 0
        )
        if charged:
            maker.ledger.rows["01", grant.resource, grant.goal, "7210", "7310"] += charged
        maker.spend("01", grant.resource, grant.programs, (available - charged) / 100)
        _settle(maker, grant, available)
        contributions, indirect = contributions + given, indirect + charged
    return contributions, indirect


def _settle(maker: _Maker, grant: Grant, available: int) -> None:
    """Put what rounding left over onto the resource's largest row, so that its balance is as meant."""
    spent = maker.ledger.total("01", "1000", "7999", [grant.resource])
    rows = [account for account in maker.ledger.rows if account[1] == grant.resource and account[4] < "7000"]
    if rows:
        largest = max((account for account in rows if account[0] == "01"), key=lambda a: maker.ledger.rows[a])
        maker.ledger.rows[largest] += available - spent


def _unrestricted(
    maker: _Maker, contributions: int, indirect: int, cafeteria_indirect: int, support: int
) -> None:
    """Book the unrestricted general fund so that its result is the one that the district's story needs."""
    district, index, ada = maker.district, maker.index, maker.ledger.ada
    funded = max(ada, district.ada[index - 1] if index else ada * 1.008)
    entitlement, taxes = funded * district.entitlement[index], ada * district.property_tax[index]
    protection = ada * 200 if taxes >= entitlement else min(0.16 * entitlement, entitlement - taxes)
    caution = 0.994 if (maker.column, index) == ("BB", 1) else 1.0  # adopted budgets are cautious
    local = {"8041": 0.83, "8042": 0.055, "8043": 0.012, "8044": 0.028, "8045": 0.075}
    income = {code: taxes * share for code, share in local.items()}
    income["8011"] = max(entitlement - taxes - protection, ada * 120) * caution
    income |= {"8550": 39 * ada, "8590": 44 * ada, "8650": 58 * ada, "8660": 92 * ada, "8699": 104 * ada}
    if district.parcel_tax:
        income["8621"] = district.parcel_tax * ada
    for code, dollars in income.items():
        maker.put(("01", "0000", "0000", "0000", code), dollars)
    lottery = maker.put(("01", "1100", "0000", "0000", "8560"), 191 * ada)
    protected = maker.put(("01", "1400", "0000", "0000", "8012"), protection)
    rows = maker.ledger.rows
    rows["01", "0000", "0000", "0000", "8980"] -= contributions
    rows["01", "0000", "0000", "7210", "7310"] -= indirect
    rows["01", "0000", "0000", "7210", "7350"] -= cafeteria_indirect
    if support:
        rows["01", "0000", "0000", "9300", "7616"] += support
    for resource, cents, program in (
        ("1100", lottery, Program("1110", "1000", "materials", 1)),
        ("1400", protected, Program("1110", "1000", "teaching", 1)),
    ):
        maker.spend("01", resource, (program,), cents / 100)
        _settle(maker, Grant(resource, {}, 0, ()), cents)
    unrestricted = ("0000", "1100", "1400")
    income_cents = maker.ledger.total("01", "8000", "8999", unrestricted)
    result = district.balance[index] + (0.006 if (maker.column, index) == ("BB", 1) else 0.0)
    booked = maker.ledger.total("01", "1000", "7999", unrestricted)
    programs = [p for p in UNRESTRICTED if district.span in p.spans and ada >= p.smallest]
    maker.spend("01", "0000", programs, (income_cents * (1 - result) - booked) / 100)


def _other_funds(maker: _Maker) -> None:
    ada = maker.ledger.ada
    if ("17", "0000") in maker.ledger.opening:
        balance = maker.ledger.opening["17", "0000"] / 100
        maker.put(("17", "0000", "0000", "0000", "8660"), balance * 0.034)
    if ("25", "9010") in maker.ledger.opening:
        fees = maker.put(("25", "9010", "0000", "0000", "8681"), ada * 47 * (1.02**maker.index))
        maker.put(("25", "9010", "0000", "0000", "8660"), maker.ledger.opening["25", "9010"] / 100 * 0.03)
        maker.put(("25", "9010", "0000", "8500", "6200"), fees / 100 * 0.7)
        maker.put(("25", "9010", "0000", "8500", "5800"), fees / 100 * 0.11)


def _balances(maker: _Maker) -> None:
    """Book opening and ending balances, their components, and in actuals the assets and liabilities."""
    ledger = maker.ledger
    uses = ledger.total("01", "1000", "7999")
    rate = next(share for limit, share in MINIMUM_RESERVE if ledger.ada <= limit)
    flat: dict[Account, int] = {}
    for fund in ledger.funds():
        for resource in ledger.resources(fund):
            ending = ledger.ending(fund, resource)
            place = (fund, resource, "0000", "0000")
            opening = ledger.opening.get((fund, resource), 0)
            if opening:
                flat[(*place, "9791")] = opening
            if not ending and not opening:
                continue
            flat[(*place, "979Z")] = ending
            flat |= {
                (*place, code): cents
                for code, cents in _components(fund, resource, ending, round(uses * rate))
            }
            if maker.actual:
                sheet = _sheet(maker, fund, resource, ending)
                flat |= {(*place, code): cents for code, cents in sheet.items() if cents}
    ledger.rows.update(flat)


def _components(fund: str, resource: str, ending: int, minimum: int) -> list[tuple[str, int]]:
    if resource >= "2000":
        return [("9740", ending)]
    if fund == "17":
        return [("9780", ending)]
    revolving = min(ending, 2_500_000)
    reserve = min(ending - revolving, minimum // 100 * 100)
    rest = ending - revolving - reserve
    assigned = rest * 2 // 5 // 100 * 100
    return [("9711", revolving), ("9780", assigned), ("9789", reserve), ("9790", rest - assigned)]


def _sheet(maker: _Maker, fund: str, resource: str, ending: int) -> dict[str, int]:
    """Return assets and liabilities of one fund and resource: together they are the ending balance."""
    uses = maker.ledger.total(fund, "1000", "7999", [resource])
    payable = round(uses * 0.045)
    if (fund, resource) == ("01", "0000"):
        cash = round(ending * maker.district.cash)
        loan = round(-cash * 1.4) if cash < 0 else 0
        revolving = min(ending, 2_500_000)
        due = ending + payable + loan - cash - revolving
        return {"9110": cash, "9130": revolving, "9200": due, "9500": payable, "9640": loan}
    due = round(maker.ledger.total(fund, "8100", "8799", [resource]) * 0.14) if resource != "0000" else 0
    return {"9110": ending + payable - due, "9290": due, "9500": payable}


def _elements(ledger: Ledger) -> list[tuple[str, str]]:
    """Return what the state's forms would say of a ledger: attendance and totals of the general fund."""
    ada = f"{ledger.ada:.2f}"
    names = ("A.DIST.REG.ADA", "A.TOTAL.DIST.REG.ADA", "A.TOTAL.DISTRICT.ADA")
    values = {f"{name}.{kind}": ada for name in names for kind in ("P2", "AN", "FD")}
    unrestricted = [resource for resource in ledger.resources("01") if resource < "2000"]
    restricted = [resource for resource in ledger.resources("01") if resource >= "2000"]
    totals = {
        "01.CERT.SALARIES": ledger.total("01", "1000", "1999"),
        "01.CERT.SALARIES.UNREST": ledger.total("01", "1000", "1999", unrestricted),
        "01.CLASS.SALARIES": ledger.total("01", "2000", "2999"),
        "01.CLASS.SALARIES.UNREST": ledger.total("01", "2000", "2999", unrestricted),
        "01.EMPLOYEE.BENEFITS": ledger.total("01", "3000", "3999"),
        "01.EMPLOYEE.BENEFITS.UNREST": ledger.total("01", "3000", "3999", unrestricted),
        "01.EXPENDITURES.TOTAL": ledger.total("01", "1000", "7499"),
        "01.EXPENDITURES.TOTAL.UNREST": ledger.total("01", "1000", "7499", unrestricted),
        "01.FUND.BALANCE.ENDING.TOTAL": sum(ledger.ending("01", r) for r in ledger.resources("01")),
        "01.FUND.BALANCE.ENDING.TOTAL.REST": sum(ledger.ending("01", r) for r in restricted),
        "01.FUND.BALANCE.ENDING.TOTAL.UNREST": sum(ledger.ending("01", r) for r in unrestricted),
    }
    values |= {name: _money(cents) for name, cents in totals.items()}
    return sorted(values.items())


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _export(district: InventedDistrict, ledgers: list[Ledger]) -> bytes:
    """Write ledgers in the layout of the state's official export, with every count."""
    records: list[tuple[str, ...]] = []
    for ledger in ledgers:
        head = (ledger.fiscal_year, district.cds_code, ledger.period, ledger.column)
        details = [
            (f"{fund}{resource}0{goal}{function}{code}", _money(cents), _flag(code))
            for (fund, resource, goal, function, code), cents in sorted(ledger.rows.items())
            if cents or code == "979Z"
        ]
        records += [head, *details, ("-1", "EOD", *head[1:], str(len(details)))]
    for ledger in ledgers:
        head = (ledger.fiscal_year, district.cds_code, ledger.period, ledger.column)
        elements = _elements(ledger)
        records += [(*head, "ELEMENT"), *elements, ("-1", "EOD", *head[1:], str(len(elements)))]
    records.append(("-1", "EOF", district.cds_code, str(len(records) + 1), "", ""))
    lines = (",".join(f'"{value}"' for value in record) for record in records)
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _flag(code: str) -> str:
    if code in ("979Z", "9740", "9790", "9711"):
        return "C"
    return "E" if code in ("9780", "9789") else "I"


def ledger_files(district: InventedDistrict) -> dict[str, bytes]:
    """Make a district's two filings.

    Args:
        district: One of `apportion.demonstration.districts.DISTRICTS`.

    Returns:
        File name to content: the unaudited actuals of the first year with the budget adopted for the second,
        and the July 1 budget of the third year with the estimated actuals of the second.
    """
    actuals = make_ledger(district, 0, "A", "BA", {})
    closing = _closing(actuals)
    adopted = make_ledger(district, 1, "A", "BB", closing)
    estimated = make_ledger(district, 1, "BS1", "BE", closing)
    budget = make_ledger(district, 2, "BS1", "BB", _closing(estimated))
    return {
        f"{district.key}-actuals-2024-25.dat": _export(district, [actuals, adopted]),
        f"{district.key}-budget-2026-27.dat": _export(district, [estimated, budget]),
    }


def _closing(ledger: Ledger) -> dict[tuple[str, str], int]:
    balances = {
        (fund, resource): ledger.ending(fund, resource)
        for fund in ledger.funds()
        for resource in ledger.resources(fund)
    }
    return {place: cents for place, cents in balances.items() if cents}
