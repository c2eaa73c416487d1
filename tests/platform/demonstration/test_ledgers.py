"""The invented ledgers foot, are the same everywhere, and can be nobody's."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from apportion.demonstration.districts import DISTRICTS, INVENTED_COUNTY, InventedDistrict
from apportion.demonstration.ledgers import ledger_files

STATE = Path(__file__).parents[4] / "shared" / "data" / "state"

Rows = list[tuple[str, Decimal]]
every_district = pytest.mark.parametrize("district", DISTRICTS, ids=lambda district: district.key)


def read(content: bytes) -> tuple[dict[tuple[str, str], Rows], list[list[str]]]:
    """Return details by (fiscal year, column), and all records."""
    records = list(csv.reader(io.StringIO(content.decode("ascii"))))
    books: dict[tuple[str, str], Rows] = {}
    place: tuple[str, str] | None = None
    for record in records:
        if len(record) == 4:
            place = (record[0], record[3])
            books[place] = []
        elif record[0] == "-1" or len(record) == 5:
            place = None
        elif place is not None:
            books[place].append((record[0], Decimal(record[1])))
    return books, records


def all_books(district: InventedDistrict) -> dict[tuple[str, str, str], Rows]:
    return {
        (name, *place): rows
        for name, content in ledger_files(district).items()
        for place, rows in read(content)[0].items()
    }


def total(rows: Rows, first: str, last: str, fund: str = "01", resource: str | None = None) -> Decimal:
    return sum(
        (
            amount
            for account, amount in rows
            if account[:2] == fund and first <= account[15:] <= last and resource in (None, account[2:6])
        ),
        Decimal(0),
    )


@every_district
def test_every_count_of_the_file_holds(district: InventedDistrict) -> None:
    for content in ledger_files(district).values():
        _, records = read(content)
        seen = 0
        for record in records[:-1]:
            if record[:2] == ["-1", "EOD"]:
                assert int(record[-1]) == seen
            seen = 0 if record[:2] == ["-1", "EOD"] or len(record) in (4, 5) else seen + 1
        assert records[-1][:3] == ["-1", "EOF", district.cds_code]
        assert int(records[-1][3]) == len(records)


@every_district
def test_transfers_and_contributions_net_to_zero(district: InventedDistrict) -> None:
    for rows in all_books(district).values():
        funds = {account[:2] for account, _ in rows}
        assert total(rows, "8980", "8999") == 0
        assert total(rows, "7310", "7310") == 0
        assert sum(total(rows, "7350", "7350", fund) for fund in funds) == 0
        assert (
            sum(total(rows, "8910", "8929", fund) - total(rows, "7610", "7629", fund) for fund in funds) == 0
        )


@every_district
def test_balances_foot_and_carry_over(district: InventedDistrict) -> None:
    ends: dict[tuple[str, str], dict[tuple[str, str], Decimal]] = {}
    for (_, year, column), rows in all_books(district).items():
        places = {(account[:2], account[2:6]) for account, _ in rows}
        ending: dict[tuple[str, str], Decimal] = {}
        for fund, resource in places:
            opening = total(rows, "9791", "9795", fund, resource)
            income = total(rows, "8000", "8999", fund, resource)
            uses = total(rows, "1000", "7999", fund, resource)
            stated = total(rows, "979Z", "979Z", fund, resource)
            assert stated == opening + income - uses, (year, column, fund, resource)
            assert total(rows, "9711", "9790", fund, resource) == stated
            if column == "BA":
                assets = total(rows, "9110", "9499", fund, resource)
                assert assets - total(rows, "9500", "9699", fund, resource) == stated
            if stated:
                ending[fund, resource] = stated
        ends[year, column] = ending
        previous = {("2025-26", "BB"): ("2024-25", "BA"), ("2025-26", "BE"): ("2024-25", "BA")}
        before = previous.get((year, column)) or (("2025-26", "BE") if year == "2026-27" else None)
        if before:
            began = {
                place: total(rows, "9791", "9791", *place)
                for place in places
                if total(rows, "9791", "9791", *place)
            }
            assert began == ends[before]


@every_district
def test_no_account_twice_and_proportions_of_a_school_district(district: InventedDistrict) -> None:
    for (_, _, column), rows in all_books(district).items():
        assert max(Counter(account for account, _ in rows).values()) == 1
        people = total(rows, "1000", "3999") / total(rows, "1000", "7499")
        assert Decimal("0.78") < people < Decimal("0.90")
        if column == "BA":
            assert total(rows, "9789", "9789") > 0


@every_district
def test_two_filings_tell_three_years_with_attendance(district: InventedDistrict) -> None:
    files = ledger_files(district)
    assert len(files) == 2
    assert {place[1:] for place in all_books(district)} == {
        ("2024-25", "BA"),
        ("2025-26", "BB"),
        ("2025-26", "BE"),
        ("2026-27", "BB"),
    }
    for content in files.values():
        assert content.count(b'"A.DIST.REG.ADA.P2"') == 2


def test_the_same_bytes_every_time() -> None:
    first = {d.key: {n: hashlib.sha256(c).hexdigest() for n, c in ledger_files(d).items()} for d in DISTRICTS}
    second = {
        d.key: {n: hashlib.sha256(c).hexdigest() for n, c in ledger_files(d).items()} for d in DISTRICTS
    }
    assert first == second


@pytest.mark.real_data
def test_no_invented_district_can_be_taken_for_a_real_one() -> None:
    entities = STATE / "entities.csv"
    if not entities.exists():
        pytest.skip("the state's list of educational agencies is not on this machine")
    with entities.open(encoding="utf-8-sig") as stream:
        real = list(csv.DictReader(stream))
    names = {row["EntityName"].casefold() for row in real}
    for district in DISTRICTS:
        assert district.cds_code[:2] == INVENTED_COUNTY
        assert district.name.casefold() not in names
    assert INVENTED_COUNTY not in {row["Ccode"] for row in real}
    assert len({district.cds_code for district in DISTRICTS}) == len(DISTRICTS)


@pytest.mark.real_data
def test_every_code_is_in_the_states_tables() -> None:
    if not STATE.exists():
        pytest.skip("the state's code tables are not on this machine")
    slices = {"fund": (0, 2), "resource": (2, 6), "goal": (7, 11), "function": (11, 15), "object": (15, 19)}
    used: dict[str, set[str]] = defaultdict(set)
    for district in DISTRICTS:
        for rows in all_books(district).values():
            for name, (start, end) in slices.items():
                used[name] |= {account[start:end] for account, _ in rows}
    for name, codes in used.items():
        with (STATE / f"{name}-codes-2021-22.csv").open(encoding="utf-8-sig") as stream:
            known = {row["Code"].strip() for row in csv.DictReader(stream)}
        assert codes <= known, name
