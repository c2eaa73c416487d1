"""An invented district's plan in the database: analyses of a small ledger, two priorities, four options."""

import json
from dataclasses import dataclass, replace

from tenants.records import plan_entries, runs
from tenants.records.plan_entries import Amount, Cost, OptionEntry, PriorityEntry
from tenants.scope import Scope
from tests.support import factories
from tests.support.filings import account, ledger
from tests.support.platform import CloneOfTemplate
from workers import studies
from workers.analyses.result import Attendance, digest
from workers.planning import writing
from workers.planning.book import ANALYSES

DOLLARS = 100


def rows(growth: int = 100, reserve: int = 4_000_000) -> list[tuple[str, int]]:
    """Return an invented general fund, in cents: a deficit that grows, restricted money beside it."""
    return [
        (account("0000", "8011"), 40_000_000 * DOLLARS),
        (account("0000", "8980"), -3_000_000 * DOLLARS),
        (account("6500", "8980"), 3_000_000 * DOLLARS),
        (account("3010", "8290"), 2_000_000 * DOLLARS),
        (account("0000", "1100", "1000"), 21_000_000 * DOLLARS * growth // 100),
        (account("0000", "2100", "2700"), 7_000_000 * DOLLARS),
        (account("0000", "3400", "1000"), 9_000_000 * DOLLARS),
        (account("0000", "5800", "7200"), 2_000_000 * DOLLARS),
        (account("6500", "1100", "1120"), 3_000_000 * DOLLARS),
        (account("3010", "4300", "1000"), 2_000_000 * DOLLARS),
        (account("0000", "9791"), reserve * DOLLARS),
        (account("0000", "9789"), reserve * DOLLARS // 2),
    ]


@dataclass(frozen=True)
class Material:
    """A district with its cabinet, and a plan."""

    district: factories.Organization
    cbo: factories.Person
    cao: factories.Person
    sup: factories.Person
    plan_id: int
    years: list[str]


def store_runs(database: CloneOfTemplate, scope: Scope, growth: int = 104) -> dict[str, int]:
    """Run the three analyses on the invented ledgers and store them; return run ids by analysis."""
    ledgers = [ledger(rows(), "2023-24", "BB", 1), ledger(rows(growth), "2024-25", "BB", 2)]
    ada = {year: Attendance(year, "3100.00", "element") for year in ("2023-24", "2024-25")}
    made = {}
    with database.app.transaction(scope) as session:
        for analysis in ANALYSES:
            result = json.loads(json.dumps(studies.compute(analysis, ledgers, ada, {})))
            parameters = studies.plain_parameters(analysis, {})
            made[analysis] = runs.keep(
                session,
                {
                    "district_id": scope.district_id,
                    "analysis": analysis,
                    "version": "1",
                    "input_digest": digest(growth),
                    "inputs": [
                        {"dataset_id": 2, "fiscal_year": "2024-25", "column": "BB", "digest": digest(growth)}
                    ],
                    "parameters": parameters,
                    "parameters_digest": digest(parameters),
                    "output_digest": digest(result),
                    "result": result,
                    "job_id": None,
                },
            )
    return made


def entries(years: list[str]) -> tuple[list[PriorityEntry], list[OptionEntry]]:
    """Return two priorities and four options, one of them restricted."""

    def costs(one_time: int, ongoing: int, restricted: int) -> dict[str, Cost]:
        cents = DOLLARS * 1000
        return {year: Cost(one_time * cents, ongoing * cents, restricted * cents) for year in years}

    def amounts(low: int, likely: int, high: int) -> dict[str, Amount]:
        cents = DOLLARS * 1000
        return {
            year: Amount(low * cents * i, likely * cents * i, high * cents * i)
            for i, year in enumerate(years, 1)
        }

    priorities = [
        PriorityEntry(
            title="Every child reads by the end of third grade",
            title_es="Cada niña y niño lee al terminar tercer grado",
            problem="In spring, 38% of third graders met the standard.",
            strategy="Coaches, common materials and small groups every day.",
            students_reached=640,
            measure="Third graders who meet the standard",
            target="45% in two years",
            costs=costs(120, 800, 200),
            spanish={
                "problem": "En primavera, 38% del tercer grado alcanzó el estándar.",
                "strategy": "Asesoría, materiales comunes y grupos pequeños cada día.",
                "measure": "Tercer grado que alcanza el estándar",
                "target": "45% en dos años",
            },
        ),
        PriorityEntry(
            title="Ninth graders end the year on track",
            title_es="Noveno grado termina el año al día",
            students_reached=250,
            costs=costs(0, 300, 0),
        ),
    ]
    options = [
        OptionEntry(
            "Staffing follows enrollment",
            title_es="La plantilla sigue a la matrícula",
            amounts=amounts(500, 800, 1000),
        ),
        OptionEntry(
            "Contracts rebid", title_es="Contratos licitados de nuevo", amounts=amounts(100, 150, 220)
        ),
        OptionEntry(
            "Attendance rises", "revenue", title_es="Sube la asistencia", amounts=amounts(0, 120, 300)
        ),
        OptionEntry(
            "Federal money pays first",
            title_es="El dinero federal paga primero",
            resource="3010",
            amounts=amounts(200, 260, 300),
        ),
    ]
    return priorities, options


def make_material(
    database: CloneOfTemplate,
    *,
    draft: bool = True,
    with_cao: bool = True,
    name: str = "Elm Creek Unified",
) -> Material:
    """Make a district with a plan that has priorities, options, analyses and a first draft."""
    district = factories.make_district(database, name)
    cbo = factories.make_member(database, district, "CBO", name="Marisol Quintero")
    sup = factories.make_member(database, district, "SUP", steward=True, name="Ana Ferrer")
    cao = factories.make_member(database, district, "CAO" if with_cao else "SED", name="Denise Okafor")
    scope = factories.scope_of(database.app, cbo, district.id)
    store_runs(database, scope)
    with database.app.transaction(scope) as session:
        plan_id = writing.start(
            session,
            scope,
            title="Strategic finance plan 2025-26 to 2026-27",
            title_es="Plan financiero estratégico 2025-26 a 2026-27",
            base_year="2024-25",
        )
    years = ["2025-26", "2026-27"]
    with database.app.transaction(scope) as session:
        priorities, options = entries(years)
        for priority in priorities:
            plan_entries.save_priority(session, scope, plan_id, priority)
        for option in options:
            plan_entries.save_option(session, scope, plan_id, option)
        if draft:
            writing.write_draft(session, scope, plan_id)
    return Material(district, cbo, cao, sup, plan_id, years)


def change_option(database: CloneOfTemplate, material: Material, title: str, times: int = 2) -> None:
    """Multiply an option's amounts."""
    scope = factories.scope_of(database.app, material.cbo, material.district.id)
    with database.app.transaction(scope) as session:
        found = next(
            o
            for o in plan_entries.options(session, material.district.id, material.plan_id)
            if o.title == title
        )
        amounts = {
            year: Amount(a.low * times, a.likely * times, a.high * times) for year, a in found.amounts.items()
        }
        plan_entries.save_option(session, scope, material.plan_id, replace(found, amounts=amounts))
