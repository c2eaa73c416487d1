"""Where the money goes: the general fund by object, function, resource and pupil, against the year before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workers.analyses.labels import (
    COLUMN_WORDS,
    FUNCTION_GROUPS,
    OBJECT_GROUPS,
    RESTRICTED,
    REVENUE_GROUPS,
    SEGMENTS,
    object_class_name,
    resource_name,
)
from workers.analyses.ledger import Ledger, Where, narrowed
from workers.analyses.result import (
    Attendance,
    Document,
    Message,
    column,
    document,
    money,
    percent,
    row,
    sentence,
    year,
)
from workers.analyses.spending import Study

NAME = "where_the_money_goes"
VERSION = "1"
TITLE = sentence("Where the money goes")
QUESTION = sentence("What do we spend on, and what grew fastest?")

GENERAL: Where = {"fund": ["01"]}
SPENT: Where = {"fund": ["01"], "object": ["1000", "7999"]}
PEOPLE = ("certificated_salaries", "classified_salaries", "benefits")

RESOURCES_SHOWN = 12
CONTRIBUTIONS_SHOWN = 8
GROWTH_SHOWN = 8


def _groups(study: Study) -> None:
    """Add spending by object and by function, and revenue by source."""
    objects = []
    for name, label, ranges in OBJECT_GROUPS:
        study.spent("object", name, label, [narrowed(GENERAL, object=list(codes)) for codes in ranges])
        objects.append(name)
    study.summed("object", sentence("Expenditures and other uses"), objects)
    study.table("object", sentence("What the money buys"), objects)
    functions = []
    for name, label, codes in FUNCTION_GROUPS:
        where = narrowed(SPENT, function=list(codes))
        if study.now.has(where) or (study.before is not None and study.before.has(where)):
            study.spent("function", name, label, [where])
            functions.append(name)
    study.summed("function", sentence("Expenditures and other uses"), functions)
    study.table("function", sentence("What the money does"), functions)
    revenue = []
    for name, label, codes in REVENUE_GROUPS:
        study.spent("revenue", name, label, [narrowed(GENERAL, object=list(codes))])
        revenue.append(name)
    study.summed("revenue", sentence("Revenue and other sources"), revenue)
    study.table("revenue", sentence("Where the money comes from"), revenue)


def _resources(study: Study) -> None:
    """Add spending by resource: the largest ones, and the rest as one line."""
    spent = study.now.by("resource", SPENT)
    largest = sorted(spent, key=lambda code: (-spent[code], code))[:RESOURCES_SHOWN]
    for code in largest:
        study.spent("resource", code, resource_name(code), [narrowed(SPENT, resource=[code])])
    sheet = study.sheet
    rest = sentence("All other resources")
    columns = [f"{segment}/{study.at}" for segment in (*SEGMENTS, "total")]
    if study.before is not None:
        columns.append(f"total/{study.before.fiscal_year}")
    for each in columns:
        sheet.total(
            f"resource/rest/{each}",
            rest,
            each.rsplit("/", 1)[1],
            [(f"object/all/{each}", 1), *((f"resource/{code}/{each}", -1) for code in largest)],
            formula=sentence("All spending less the resources named above."),
        )
    if study.before is not None:
        study.compared(
            "resource/rest",
            rest,
            f"resource/rest/total/{study.at}",
            f"resource/rest/total/{study.before.fiscal_year}",
        )
    names = [*largest, "rest"]
    study.summed("resource", sentence("Expenditures and other uses"), names)
    study.table("resource", sentence("Which money pays"), names)


def _contributions(study: Study) -> list[str]:
    """Add what unrestricted money gives to each restricted resource; return the keys of the largest."""
    sheet, at = study.sheet, study.at
    within: Where = {**GENERAL, **RESTRICTED, "object": ["8980", "8999"]}
    label = sentence("Contributions to restricted programs")
    ledgers = [study.now] if study.before is None else [study.now, study.before]
    for ledger in ledgers:
        sheet.from_ledger(f"contributions/all/{ledger.fiscal_year}", label, ledger, (within, 1))
    given = study.now.by("resource", within)
    largest = [code for code in sorted(given, key=lambda code: (-given[code], code)) if given[code] > 0]
    largest = largest[:CONTRIBUTIONS_SHOWN]
    names = []
    for code in largest:
        for ledger in ledgers:
            sheet.from_ledger(
                f"contributions/{code}/{ledger.fiscal_year}",
                resource_name(code),
                ledger,
                (narrowed(within, resource=[code]), 1),
            )
        names.append(code)
    for ledger in ledgers:
        sheet.total(
            f"contributions/rest/{ledger.fiscal_year}",
            sentence("All other programs, net"),
            ledger.fiscal_year,
            [
                (f"contributions/all/{ledger.fiscal_year}", 1),
                *((f"contributions/{code}/{ledger.fiscal_year}", -1) for code in names),
            ],
        )
    columns = [column(each.fiscal_year, _year_head(each)) for each in ledgers]
    if study.before is not None:
        for name in (*names, "rest", "all"):
            sheet.total(
                f"contributions/{name}/change/{at}",
                sentence("Change"),
                at,
                [(f"contributions/{name}/{at}", 1), (f"contributions/{name}/{study.before.fiscal_year}", -1)],
                formula=sentence("This year less the year before."),
            )
        columns.append(column(f"change/{at}", sentence("Change")))
    sheet.table(
        "contributions",
        sentence("What unrestricted money gives to restricted programs"),
        sentence("General fund (01), objects 8980 to 8999, dollars"),
        columns,
        [
            row(
                sheet.figures[f"contributions/{name}/{at}"]["label"],
                {each["key"]: f"contributions/{name}/{each['key']}" for each in columns},
                "total" if name == "all" else "line",
            )
            for name in (*names, "rest", "all")
        ],
    )
    return names


def _year_head(ledger: Ledger) -> Message:
    return sentence("{year} {column}", year=year(ledger.fiscal_year), column=COLUMN_WORDS[ledger.column])


def _growth(study: Study) -> list[str]:
    """Add the classes of objects that grew by the most dollars; return their codes, fastest first."""
    if study.before is None:
        return []
    sheet, at, was = study.sheet, study.at, study.before.fiscal_year
    now, then = study.now.by("object", SPENT, 2), study.before.by("object", SPENT, 2)
    change = {code: now.get(code, 0) - then.get(code, 0) for code in {*now, *then}}
    fastest = [code for code in sorted(change, key=lambda code: (-change[code], code)) if change[code] > 0]
    fastest = fastest[:GROWTH_SHOWN]
    for code in fastest:
        label = object_class_name(code)
        where = narrowed(GENERAL, object=[f"{code}00", f"{code}99"])
        total = sheet.from_ledger(f"growth/{code}/{at}", label, study.now, (where, 1))
        earlier = sheet.from_ledger(f"growth/{code}/{was}", label, study.before, (where, 1))
        moved = sheet.total(
            f"growth/{code}/change/{at}",
            sentence("{line}: change", line=label),
            at,
            [(total, 1), (earlier, -1)],
            formula=sentence("This year less the year before."),
        )
        if sheet[earlier]:
            sheet.ratio(
                f"growth/{code}/percent/{at}",
                sentence("{line}: growth", line=label),
                at,
                moved,
                earlier,
                formula=sentence("The change divided by the year before."),
            )
    if fastest:
        columns = [
            column(at, _year_head(study.now)),
            column(was, _year_head(study.before)),
            column(f"change/{at}", sentence("Change")),
            column(f"percent/{at}", sentence("Growth"), "percent"),
        ]
        sheet.table(
            "growth",
            sentence("The lines that grew by the most dollars"),
            sentence(
                "General fund (01), classes of objects, {year} against {was}, dollars",
                year=year(at),
                was=year(was),
            ),
            columns,
            [
                row(
                    object_class_name(code),
                    {
                        each["key"]: key if (key := f"growth/{code}/{each['key']}") in sheet else None
                        for each in columns
                    },
                )
                for code in fastest
            ],
        )
    return fastest


def _charts(study: Study, fastest: Sequence[str]) -> None:
    sheet, at = study.sheet, study.at
    total = sheet[f"object/all/total/{at}"]
    people = sum(sheet[f"object/{name}/total/{at}"] for name in PEOPLE)
    largest = max(OBJECT_GROUPS, key=lambda group: sheet[f"object/{group[0]}/total/{at}"])
    compared = None if study.before is None else f"total/{study.before.fiscal_year}"
    sheet.chart(
        "object",
        table="object",
        kind="sorted_bars",
        title=sentence(
            "People take {share} of all spending", share=percent(100 * people / total if total else 0)
        ),
        subtitle=sentence("General fund, {year}, millions of dollars", year=year(at))
        if study.before is None
        else sentence(
            "General fund, {year}, millions of dollars; the mark shows {was}",
            year=year(at),
            was=year(study.before.fiscal_year),
        ),
        alt=sentence(
            "Sorted bars. The largest is {name} with {amount}; all spending is {total}.",
            name=largest[1],
            amount=money(sheet[f"object/{largest[0]}/total/{at}"]),
            total=money(total),
        ),
        source=sentence("Ledgers as filed."),
        options={"value": f"total/{at}", "mark": compared},
    )
    if fastest:
        top = fastest[0]
        sheet.chart(
            "growth",
            table="growth",
            kind="change_bars",
            title=sentence(
                "{name} grew by {amount}",
                name=object_class_name(top),
                amount=money(sheet[f"growth/{top}/change/{at}"]),
            ),
            subtitle=sentence("Change from the year before, millions of dollars"),
            alt=sentence(
                "Sorted bars of growth. The first is {name} with {amount}.",
                name=object_class_name(top),
                amount=money(sheet[f"growth/{top}/change/{at}"]),
            ),
            source=sentence("Ledgers as filed."),
            options={"value": f"change/{at}"},
        )


def _finding(study: Study) -> Message:
    sheet, at = study.sheet, study.at
    total = sheet[f"object/all/total/{at}"]
    people = sum(sheet[f"object/{name}/total/{at}"] for name in PEOPLE)
    cents = str(round(100 * people / total)) if total else "0"
    change = sheet[f"object/all/change/{at}"] if study.before is not None else 0
    values: dict[str, Any] = {"cents": cents, "year": year(at), "change": money(abs(change))}
    if study.before is None:
        return sentence("{cents} cents of each general fund dollar pay people in {year}", **values)
    if change > 0:
        return sentence(
            "{cents} cents of each general fund dollar pay people, and spending grows by {change} in {year}",
            **values,
        )
    return sentence(
        "{cents} cents of each general fund dollar pay people, and spending falls by {change} in {year}",
        **values,
    )


def _lead(study: Study) -> Message:
    sheet, at = study.sheet, study.at
    total = money(sheet[f"object/all/total/{at}"])
    given = money(sheet[f"contributions/all/{at}"])
    if study.ada is None:
        return sentence(
            "The general fund spends {total} in {year}. Unrestricted money gives {given} of its own to "
            "restricted "
            "programs.",
            total=total,
            given=given,
            year=year(at),
        )
    return sentence(
        "The general fund spends {total} in {year}, {each} for each pupil in attendance. Unrestricted "
        "money gives "
        "{given} of its own to restricted programs.",
        total=total,
        given=given,
        year=year(at),
        each=money(sheet[f"object/all/per_pupil/{at}"], "dollars"),
    )


def _headlines(study: Study, given_to: Sequence[str], fastest: Sequence[str]) -> list[dict[str, Any]]:
    sheet, at = study.sheet, study.at
    found: list[dict[str, Any]] = []
    if study.before is not None:
        was = study.before.fiscal_year
        change = sheet[f"contributions/all/change/{at}"]
        if change > 0 and given_to:
            found.append(
                {
                    "figure": f"contributions/all/change/{at}",
                    "weight": change * 4,
                    "says": sentence(
                        "more unrestricted money goes to restricted programs than the year before"
                    ),
                    "detail": sentence(
                        "Contributions rise from {then} ({was}) to {now} ({year}). The largest goes to "
                        "{name}.",
                        then=money(sheet[f"contributions/all/{was}"]),
                        was=year(was),
                        now=money(sheet[f"contributions/all/{at}"]),
                        year=year(at),
                        name=resource_name(given_to[0]),
                    ),
                    "link": sentence("See every program that receives"),
                }
            )
        if fastest:
            code = fastest[0]
            found.append(
                {
                    "figure": f"growth/{code}/change/{at}",
                    "weight": sheet[f"growth/{code}/change/{at}"] * 2,
                    "says": sentence(
                        "more than the year before in one line: {name}", name=object_class_name(code)
                    ),
                    "detail": sentence(
                        "The line that grows most: from {then} ({was}) to {now} ({year}).",
                        then=money(sheet[f"growth/{code}/{was}"]),
                        was=year(was),
                        now=money(sheet[f"growth/{code}/{at}"]),
                        year=year(at),
                    ),
                    "link": sentence("See what grew fastest"),
                }
            )
    if not found:
        found.append(
            {
                "figure": f"contributions/all/{at}",
                "weight": sheet[f"contributions/all/{at}"],
                "says": sentence("of unrestricted money goes to restricted programs"),
                "detail": sentence(
                    "General fund, {year}. Restricted programs spend it beyond what their own grants pay.",
                    year=year(at),
                ),
                "link": sentence("See every program that receives"),
            }
        )
    return found


def analyse(now: Ledger, before: Ledger | None, attendance: Mapping[str, Attendance]) -> Document:
    """Return where a year's money goes.

    Args:
        now: the year asked about.
        before: the year before, if its ledger is loaded.
        attendance: the district's ADA by fiscal year; without it there is no amount per pupil.
    """
    study = Study(now, before, attendance)
    _groups(study)
    _resources(study)
    given_to = _contributions(study)
    fastest = _growth(study)
    _charts(study, fastest)
    ledgers = [now] if before is None else [before, now]
    return document(
        analysis=NAME,
        version=VERSION,
        title=TITLE,
        finding=_finding(study),
        lead=_lead(study),
        certainty=sentence("Exact: every amount is a sum of the ledger's lines, to the cent."),
        would_change=[
            sentence(
                "Lines coded differently from one year to the next look like growth. Open a line to compare."
            ),
            *(
                []
                if before is None or (now.column[-1] == before.column[-1])
                else [
                    sentence(
                        "A {now} is compared with {before}: districts often budget for positions that stay "
                        "vacant.",
                        now=COLUMN_WORDS[now.column],
                        before=COLUMN_WORDS[before.column],
                    )
                ]
            ),
        ],
        method=[
            sentence(
                "Spending is objects 1000 to 7999 of the general fund (01). Unrestricted is resources 0000 "
                "to 1999, "
                "restricted the rest."
            ),
            sentence(
                "Growth compares classes of objects (the first two digits) in dollars, because a small "
                "line can double "
                "without mattering."
            ),
        ],
        limits=[
            sentence("Other funds (cafeteria, building, adult education) are left out."),
            sentence(
                "Restricted spending includes pension payments that the state makes on your behalf "
                "(resource 7690)."
            ),
        ],
        sheet=study.sheet,
        headlines=_headlines(study, given_to, fastest),
        ledgers=[
            {"dataset_id": each.dataset_id, "fiscal_year": each.fiscal_year, "column": each.column}
            for each in ledgers
        ],
    )
