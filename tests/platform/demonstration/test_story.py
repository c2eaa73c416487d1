"""The demonstration loads through the product's functions, once, and stands as its story says."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import func, select, text

from apportion.demonstration import story
from apportion.demonstration.districts import ARROYO_VERDE, COSTA_CLARA, DISTRICTS, MESA_ROBLES
from apportion.demonstration.opening import Opened, open_all
from apportion.demonstration.people import PASSWORD, people_of
from tenants.organizations import Engagement, Organization
from tenants.records.comments import Comment, CommentPlacement
from tenants.records.datasets import Dataset, LedgerLoad
from tenants.records.plans import PlanVersion
from tenants.records.runs import Run
from tenants.scope import resolve_visitor
from tests.support import signing
from tests.support.platform import CloneOfTemplate
from workers.comments import desk


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def loaded(shared_database: CloneOfTemplate, said: list[str]) -> CloneOfTemplate:
    story.load(shared_database.settings, said.append)
    story.announce(shared_database.settings, said.append)
    return shared_database


@pytest.fixture(scope="module")
def districts(loaded: CloneOfTemplate) -> dict[str, Opened]:
    return open_all(loaded.app)


def counts(database: CloneOfTemplate, districts: dict[str, Opened]) -> list[object]:
    found: list[object] = []
    for district in districts.values():
        with database.app.transaction(district.scope(database.app, "SUP")) as session:
            found.extend(
                (district.invented.key, table, session.scalar(text(f"select count(*) from {table}")))
                for table in ("dataset", "run", "plan_version", "comment", "share_link", "process_step")
            )
    return found


def test_every_ledger_is_accepted_without_a_finding_and_answered(
    loaded: CloneOfTemplate, districts: dict[str, Opened]
) -> None:
    assert len(districts) == len(DISTRICTS) == 5
    for district in districts.values():
        with loaded.app.transaction(district.scope(loaded.app, "CBO")) as session:
            loads = session.scalars(select(LedgerLoad)).all()
            assert [load.state for load in loads] == ["ready", "ready"]
            fatal = [f for load in loads for f in (load.report or {})["findings"] if f["severity"] == "fatal"]
            assert fatal == []
            assert session.scalar(select(func.count()).select_from(Dataset)) == 4
            assert {run.analysis for run in session.scalars(select(Run))} == {
                "where_the_money_goes",
                "fund_balance_and_reserve",
                "three_year_outlook",
            }
            assert session.scalars(select(Organization.invented)).all().count(True) >= 1


def test_arroyo_verdes_comments_add_up_and_one_changed_the_plan(
    loaded: CloneOfTemplate, districts: dict[str, Opened]
) -> None:
    district = districts[ARROYO_VERDE.key]
    with loaded.app.transaction(district.scope(loaded.app, "CAO")) as session:
        versions = session.scalars(select(PlanVersion).order_by(PlanVersion.id)).all()
        assert [(v.number, v.state) for v in versions] == [("0.1", "published"), ("0.2", "published")]
        items = desk.received(session, district.id, versions[0].plan_id, "en")
        totals = desk.totals(items)
        assert sum(totals.values()) == len(items) == 8
        assert totals["changed"] == totals["withdrawn"] == totals["outside_scope"] == 1
        assert {item.language for item in items} == {"en", "es"}
        assert session.scalar(select(func.count()).select_from(CommentPlacement)) > 0
        answers = session.scalars(select(Comment).where(Comment.official)).all()
        assert {answer.language for answer in answers} == {"en", "es"}


def test_one_board_adopted_and_one_district_ended_its_engagement(
    loaded: CloneOfTemplate, districts: dict[str, Opened]
) -> None:
    mesa, costa = districts[MESA_ROBLES.key], districts[COSTA_CLARA.key]
    with loaded.app.transaction(mesa.scope(loaded.app, "SUP")) as session:
        version = session.scalars(select(PlanVersion)).one()
        assert (version.kind, version.number, version.state) == ("adopted", "1.0", "published")
    with loaded.app.transaction(costa.scope(loaded.app, "SUP")) as session:
        assert session.scalars(select(Engagement.state)).all() == ["ended"]


def test_people_in_every_role_sign_in_and_the_link_opens(
    loaded: CloneOfTemplate, said: list[str], districts: dict[str, Opened]
) -> None:
    for person in people_of(ARROYO_VERDE.key):
        assert signing.password_session(loaded.app, person.address, PASSWORD, "test")
    token = next(line for line in said if "/r/" in line).strip().rpartition("/")[2]
    assert resolve_visitor(loaded.app, token) is not None
    assert any(PASSWORD in line for line in said)


def test_loading_again_changes_nothing(loaded: CloneOfTemplate, districts: dict[str, Opened]) -> None:
    before = counts(loaded, districts)
    story.load(loaded.settings, lambda _text: None)
    assert counts(loaded, districts) == before


def test_production_refuses_the_password_that_everybody_knows(loaded: CloneOfTemplate) -> None:
    production = dataclasses.replace(loaded.settings, production=True)
    with pytest.raises(story.NotInProductionError):
        story.load(production, lambda _text: None)
    said: list[str] = []
    story.announce(production, said.append)
    assert said == []
