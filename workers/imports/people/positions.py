"""Positions: rows of parts into positions whose parts add to one and whose FTE foots to the total."""

from __future__ import annotations

import dataclasses
import hashlib
from decimal import Decimal

import pandas as pd

from tenants.language import N_, Message, message
from workers.imports.ledger.findings import SHOWN_PER_RULE, Finding, Findings
from workers.imports.people import fields
from workers.imports.people.checking import (
    coded,
    column,
    dates,
    fixed,
    tell,
    units,
    year_of,
)

FTE_PLACES = 4
PERCENT_PLACES = 4
WHOLE = 100 * 10**PERCENT_PLACES
LARGEST_FTE = 10 * 10**FTE_PLACES
OWN = ("title", "site", "site_name", "program", "employee_group", "member_class", "notice_group")
"""What a position is, beside its number and FTE: the same on each row of it."""
PEOPLE = ("employee", "schedule", "step", "salary_column", "leaving_reason")


@dataclasses.dataclass
class Positions:
    """The positions of one fiscal year as they were read.

    `positions` has code, the columns of OWN, fte (ten-thousandths), vacant and line; `funding` has line,
    position_line, the codes of the account and share (millionths); `people` has line, the columns of PEOPLE,
    pay_cents and leaving_on, and only rows with something in them.
    """

    fiscal_year: str
    positions: pd.DataFrame
    funding: pd.DataFrame
    people: pd.DataFrame
    stated: Decimal | None

    @property
    def fte(self) -> Decimal:
        """All positions' FTE."""
        return units(self.positions["fte"].sum(), FTE_PLACES)

    def digest(self) -> str:
        """Return SHA-256 over year and rows; the rows' order does not matter."""
        whole = hashlib.sha256(self.fiscal_year.encode())
        for frame in (self.positions, self.funding, self.people):
            codes = self.positions.set_index("line")["code"]
            by = "position_line" if "position_line" in frame else "line"
            keyed = frame.drop(columns=["line", "position_line"], errors="ignore")
            keyed = keyed.assign(code=frame[by].map(codes)).astype(str)
            rows = keyed.sort_values(list(keyed.columns))
            whole.update(rows.to_json(orient="values").encode())
        return whole.hexdigest()


def read_positions(
    frame: pd.DataFrame, findings: Findings, *, fiscal_year: str | None, stated: Decimal | None
) -> Positions | None:
    """Return the positions of a file, or None where a finding forbids it.

    Args:
        frame: texts by field, with `line`.
        findings: takes what is wrong.
        fiscal_year: what the person said; a column that says another year is a finding.
        stated: the staffing total that the person stated.
    """
    totals = frame["position"].str.fullmatch(fields.TOTAL.pattern).astype(bool)
    rows = frame[~totals].reset_index(drop=True)
    year = _year(rows, findings, fiscal_year)
    if rows.empty:
        findings.add(_nothing())
        return None
    read = _values(rows, findings)
    read["percent"] = _percent(read, rows, findings)
    _same(read, findings)
    first = ~read.duplicated("code")
    positions = read.loc[first, ["line", "code", *OWN, "fte", "vacant"]].reset_index(drop=True)
    place = positions.set_index("code")["line"]
    funding = pd.DataFrame(
        {
            "line": read["line"],
            "position_line": read["code"].map(place),
            **{name: column(rows, name) for name in ("fund", "resource", "goal", "function", "object")},
            "share": read["percent"],
        }
    )
    people = read.loc[first, ["line", *PEOPLE, "pay_cents", "leaving_on"]].reset_index(drop=True)
    filled = (people[[*PEOPLE, "leaving_on"]] != "").any(axis=1) | people["pay_cents"].notna()
    _foot(frame[totals], positions, findings, stated)
    if findings.fatal or year is None:
        return None
    held = positions.set_index("line").loc[people.loc[filled & (people["employee"] != ""), "line"], "vacant"]
    if held.any():
        findings.add(_vacant_but_held(int(held.sum())))
    return Positions(year, positions, funding, people[filled].reset_index(drop=True), stated)


def _nothing() -> Finding:
    said = message("The file has no positions: every row is empty or a total. Export it again.")
    return Finding("fatal", "NO-ROWS", said, field="file", found="0", expected=N_("rows of positions"))


def _vacant_but_held(count: int) -> Finding:
    said = message(
        "Positions are marked vacant and name an employee all the same: {n}. Mend them in your system, or "
        "the "
        "cost of people counts them as vacant.",
        n=count,
    )
    return Finding("warning", "VACANT-HELD", said, field="vacant", found=str(count), expected="0")


def _year(rows: pd.DataFrame, findings: Findings, said: str | None) -> str | None:
    if "fiscal_year" not in rows:
        if said is None:
            findings.add(
                Finding(
                    "fatal",
                    "YEAR-MISSING",
                    message("Neither the file nor you say the fiscal year. Say it, as 2025-26."),
                    field="fiscal_year",
                    found=" ",
                    expected=N_("a fiscal year"),
                )
            )
        return said
    years, good = coded(rows["fiscal_year"], year_of)
    wanted = said or (years[good].iloc[0] if good.any() else None)
    tell(
        findings,
        rows,
        ~good | (years != (wanted or "")),
        "YEAR",
        "fiscal_year",
        message("One file holds the positions of one fiscal year. Load other years as files of their own."),
        expected=wanted or "2025-26",
    )
    return wanted


def _values(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return the columns of a position, read; tell what can't be."""
    read = pd.DataFrame({"line": rows["line"], "code": rows["position"]})
    read["fte"], good = fixed(rows["fte"], FTE_PLACES, 4)
    for name in ("title", "site", "site_name", "program", "notice_group"):
        read[name] = column(rows, name).str.slice(0, 200)
    checks: list[tuple[pd.Series, str, str, Message, str, bool]] = [
        (
            rows["position"] == "",
            "POSITION-MISSING",
            "position",
            message(
                "The row has no position number. Give each position its own, the same on each row of it."
            ),
            N_("a position number"),
            False,
        ),
        (
            ~good,
            "FTE-FORM",
            "fte",
            message("This is no full-time equivalent. Write it as 1.0 or 0.6, with at most four decimals."),
            N_("a number such as 0.6"),
            False,
        ),
        (
            good & ((read["fte"] <= 0) | (read["fte"] > LARGEST_FTE)),
            "FTE-RANGE",
            "fte",
            message(
                "A position has more than 0 and at most 10 full-time equivalents. Split it, or leave it out."
            ),
            N_("more than 0, at most 10"),
            False,
        ),
        (
            ~rows["resource"].str.fullmatch(r"[0-9A-Z]{4}").astype(bool),
            "RESOURCE-FORM",
            "resource",
            message("A resource is a code of four digits, such as 0000 or 3010. Keep its leading zeros."),
            N_("four digits"),
            False,
        ),
    ]
    read["employee_group"], known = _chosen(rows, "group", fields.EMPLOYEE_GROUPS)
    checks.append(
        (
            ~known,
            "GROUP",
            "group",
            message("This group is none that we know. Write certificated, classified or management."),
            N_("certificated, classified or management"),
            False,
        )
    )
    read["member_class"], known = _chosen(rows, "member_class", fields.MEMBER_CLASSES)
    checks.append(
        (
            ~known,
            "MEMBER-CLASS",
            "member_class",
            message(
                "This retirement system is none that we know. Write STRS, PERS, Social Security, "
                "alternative or other."
            ),
            N_("STRS, PERS, Social Security, alternative or other"),
            False,
        )
    )
    truths = column(rows, "vacant").str.lower().map(fields.TRUTHS)
    read["vacant"] = truths.fillna(value=False).astype(bool)
    checks.append(
        (
            truths.isna(),
            "VACANT",
            "vacant",
            message("Write yes or no: is the position vacant?"),
            N_("yes or no"),
            False,
        )
    )
    for name in PEOPLE:
        read[name] = column(rows, name).str.slice(0, 200)
    pay = column(rows, "pay")
    cents, good = fixed(pay, 2, 9)
    read["pay_cents"] = cents.astype("Int64").where(pay != "")
    checks.append(
        (
            (pay != "") & ~good,
            "PAY-FORM",
            "pay",
            message("This is no amount of pay. Write the full-time annual base pay as 82,450.00."),
            N_("an amount"),
            True,
        )
    )
    read["leaving_on"], good = dates(column(rows, "leaving_on"))
    checks.append(
        (
            ~good,
            "DATE-FORM",
            "leaving_on",
            message("This is no date. Write it as 2026-06-30 or 6/30/2026."),
            N_("a date"),
            True,
        )
    )
    for wrong, rule, field, said, expected, hidden in checks:
        tell(findings, rows, wrong, rule, field, said, expected=expected, hidden=hidden)
    return read


def _chosen(rows: pd.DataFrame, field: str, words: dict[str, tuple[str, ...]]) -> tuple[pd.Series, pd.Series]:
    return coded(column(rows, field), lambda text: "" if not text else fields.code_of(words, text))


def _percent(read: pd.DataFrame, rows: pd.DataFrame, findings: Findings) -> pd.Series:
    """Return each part's share in millionths; tell positions whose parts do not add to one.

    A position whose parts add to exactly one is written in shares, one whose parts add to a hundred in per
    cent; a position of one row without a part is paid by that row whole.
    """
    texts = column(rows, "percent")
    alone = ~read.duplicated("code", keep=False)
    percent, good = fixed(texts.where(~((texts == "") & alone), "100"), PERCENT_PLACES, 3)
    # Parts written as shares have up to six decimals.
    shares, as_shares = fixed(texts, 6, 1)
    whole = shares.where(as_shares, -WHOLE).groupby(read["code"]).transform("sum")
    in_shares = whole == 10**6
    tell(
        findings,
        rows.assign(percent=texts),
        ~(good | in_shares),
        "PERCENT-FORM",
        "percent",
        message(
            "This is no part. Write what the resource pays of the position in per cent, as 60 or 33.3333."
        ),
        expected=N_("a percentage"),
    )
    total = percent.groupby(read["code"]).transform("sum")
    wrong = ~in_shares & (total != WHOLE) & ~read.duplicated("code")
    for place in wrong[wrong].index[:SHOWN_PER_RULE]:
        found = units(int(total[place]), PERCENT_PLACES).normalize()
        findings.add(
            Finding(
                "fatal",
                "SPLIT-SUM",
                message(
                    "What pays position {position} adds to {found} per cent. Mend its parts, so that they "
                    "add to "
                    "exactly 100.",
                    position=str(read["code"][place]),
                    found=f"{found:f}",
                ),
                line=int(read["line"][place]),
                field="percent",
                found=f"{found:f}",
                expected="100",
            )
        )
    findings.more("fatal", "SPLIT-SUM", max(0, int(wrong.sum()) - SHOWN_PER_RULE))
    # A percentage with four decimals is a share with six: the same whole number.
    return shares.where(in_shares, percent)


def _same(read: pd.DataFrame, findings: Findings) -> None:
    """Tell rows that say something else of their position than its first row does."""
    first = read.groupby("code")[["fte", *OWN, "vacant", *PEOPLE, "pay_cents", "leaving_on"]].transform(
        "first"
    )
    for name in first.columns:
        mine = read[name]
        wrong = (mine.fillna(-1) != first[name].fillna(-1)) if name == "pay_cents" else mine != first[name]
        personal = name in (*PEOPLE, "pay_cents", "leaving_on")
        texts = [f"{units(each, FTE_PLACES):f}" for each in mine] if name == "fte" else mine
        shown = read.assign(**{name: texts})
        tell(
            findings,
            shown,
            wrong,
            "POSITION-DISAGREES",
            name,
            message("The rows of one position say different things of it. Only what pays it may differ."),
            expected=N_("the same as on the position's first row"),
            hidden=personal,
        )


def _foot(totals: pd.DataFrame, positions: pd.DataFrame, findings: Findings, stated: Decimal | None) -> None:
    """Hold the FTE against the file's total rows and the total that the person stated."""
    whole = units(positions["fte"].sum(), FTE_PLACES)
    if stated is not None and stated != whole:
        findings.add(_total(None, "", stated, whole))
    amounts, good = fixed(totals["fte"], FTE_PLACES)
    sites = column(totals, "site")
    for place in totals.index:
        site = sites[place]
        mine = positions if not site else positions[positions["site"] == site]
        ours = units(mine["fte"].sum(), FTE_PLACES)
        said = units(int(amounts[place]), FTE_PLACES)
        if not good[place] or said != ours:
            findings.add(_total(int(totals["line"][place]), site, said, ours))


def _total(line: int | None, site: str, said: Decimal, ours: Decimal) -> Finding:
    difference = f"{abs(said - ours):f}"
    if site:
        text = message(
            "The positions of site {site} have {ours} FTE, its total says {said}: {difference} apart. Find "
            "the "
            "position that is missing or double.",
            site=site,
            ours=f"{ours:f}",
            said=f"{said:f}",
            difference=difference,
        )
    else:
        text = message(
            "The positions have {ours} FTE, the staffing total says {said}: {difference} apart. Find the "
            "position "
            "that is missing or double, or correct the total.",
            ours=f"{ours:f}",
            said=f"{said:f}",
            difference=difference,
        )
    return Finding(
        "fatal", "FTE-TOTAL", text, line=line, field="fte", found=f"{ours:f}", expected=f"{said:f}"
    )
