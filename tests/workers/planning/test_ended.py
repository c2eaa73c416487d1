"""A print that is under way when its asker is let out: no file, no result, no page that gives one."""

import pytest
import sqlalchemy as sa

from tenants.files import FileStore
from tenants.records.plans import RenderedFile
from tenants.scope import Scope
from tests.support import factories
from tests.support.acting import acting
from tests.support.plan_material import make_material
from workers import runner
from workers.planning import printing, versions


@pytest.fixture
def place(database):
    return make_material(database)


def coach_of(database, district):
    facilitator = factories.make_facilitator(database)
    coach = factories.make_member(database, facilitator, "FCO")
    factories.make_engagement(database, district, facilitator, level=4, coaches=(coach,))
    return coach


ENDINGS = {
    "coach": "update engagement set state = 'ended', ended_at = now()",
    "cao": "update membership set ended_at = now() where role = 'CAO'",
}


@pytest.mark.parametrize("who", ENDINGS)
@pytest.mark.parametrize("moment", ["while pages are laid out", "in the last transaction"])
def test_no_print_is_delivered_to_who_was_let_out(app, database, place, monkeypatch, who, moment):
    asker = coach_of(database, place.district) if who == "coach" else place.cao
    cbo = factories.scope_of(database.app, place.cbo)
    with database.app.transaction(cbo) as session:
        version = versions.freeze_version(session, cbo, place.plan_id, versions.DRAFT).id
    scope = factories.scope_of(database.app, asker, place.district.id)
    with database.app.transaction(scope) as session:
        held = versions.version(session, place.district.id, place.plan_id, version)
        job = versions.ask_to_print(session, scope, held, "en")
    address = f"/d/{place.district.id}/plan/versions/{version}/plan-en.pdf"
    client = acting(app, database, asker)
    assert client.get(address).status_code == 404, "there is none yet"
    ended = []

    def end():
        steward = Scope.for_joining(place.sup.id, place.district.id)
        with database.app.transaction(steward) as session:
            assert session.execute(sa.text(ENDINGS[who])).rowcount == 1
        ended.append(True)

    def laid_out(*_):
        if moment == "while pages are laid out":
            end()
        return printing.layout.Printed(b"%PDF-1.7 secret pages", 3)

    kept = runner.Run.finish

    def finish(run, session, result=None):
        if moment == "in the last transaction":
            end()
        kept(run, session, result)

    monkeypatch.setattr(printing.layout, "print_plan", laid_out)
    monkeypatch.setattr(runner.Run, "finish", finish)
    runner.execute(database.settings, job, place.district.id)
    assert ended
    with database.app.transaction(Scope.for_upkeep(place.district.id)) as session:
        row = session.execute(
            sa.text("select state, result, error from job where id = :id"), {"id": job}
        ).one()
        assert session.scalars(sa.select(RenderedFile.id)).all() == []
    assert (row.state, row.result) == ("failed", None)
    assert "may no longer do it" in row.error["text"]
    if moment == "while pages are laid out":
        assert FileStore(database.settings.files).keys(place.district.id) == []
    assert client.get(address).status_code in {401, 404}
    assert acting(app, database, place.cbo).get(address).status_code == 404
