"""Every act leaves one entry in the record where it belongs: neither none nor two.

A walk through the product's pages with real sessions; after each act the district's chain, and the record of
whoever acted from another organization, are longer by exactly what is said here.
"""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
import sqlalchemy as sa

from apportion.settings.acts import ACTS
from reports.document import Document
from tenants import chain
from tenants.files import FileStore
from tenants.records.plans import PlanVersion
from tenants.scope import Scope, resolve_visitor
from tests.support import factories, forms, plan_material
from tests.support.filings import account
from tests.support.ledgers import small_export, store
from workers import runner, studies
from workers.comments import conversation
from workers.comments.texts import Posting
from workers.planning import writing

ROWS = [
    (account("0000", "8011"), "900000.00"),
    (account("0000", "1100", "1000"), "700000.50"),
    (account("0000", "9791"), "60000.00"),
    (account("0000", "979Z"), "259999.50"),
]
BY_THE_PLATFORM = {
    "account:export": "written by a job, downloaded once: tests/workers/account/test_round_trip.py",
    "ledger:correct": "wants a refused file: tests/platform/data/test_data_pages.py",
    "ledger:map": "wants an unknown table: tests/platform/data/test_data_pages.py",
    "attendance:edit": "the name under which earlier platforms wrote ledger:load of attendance",
}
"""Acts that are not walked here."""


class Walk:
    """People with sessions in one district and around it, and the records that their acts leave."""

    def __init__(self, app, database, material):
        self.app, self.database, self.material = app, database, material
        self.id = material.district.id
        self.seen = set()
        self.clients = {}

    def client(self, person):
        if person.id not in self.clients:
            client = self.app.test_client()
            assert forms.sign_in(client, person.address).status_code == 302
            page = client.get("/account").get_data(as_text=True)
            self.clients[person.id] = client, forms.field(page, "csrf_token")
        return self.clients[person.id]

    def chain(self):
        """Return the district's entries as pairs of who and what."""
        return self.ask("select person_id, action, detail from audit_entry order by sequence")

    def ask(self, statement, by=None, **values):
        """Look at rows as the platform's upkeep does, or as a person."""
        scope = Scope.for_upkeep(self.id) if by is None else factories.scope_of(self.database.app, by)
        with self.database.app.transaction(scope) as session:
            return session.execute(sa.text(statement), values).all()

    def own(self, person):
        """Return what stands in the record of a person of another organization."""
        scope = factories.scope_of(self.database.app, person)
        with self.database.app.transaction(scope) as session:
            found = session.scalars(sa.text("select action from organization_act order by id")).all()
        return [] if person.organization_id == self.id else found

    def act(self, person, action, path, /, method="post", *, own=0, chain=1, **values):
        """Do something, and look at both records; `chain` and `own` are how many entries it leaves there."""
        client, token = self.client(person)
        before, mine = self.chain(), self.own(person)
        if method == "post":
            answer = client.post(path, data={"csrf_token": token, **values})
        else:
            answer = client.get(path, buffered=True)
        said = answer.get_data(as_text=True)
        assert answer.status_code < 400, (path, answer.status_code, said[-1500:])
        answer.close()
        added, told = self.chain()[len(before) :], self.own(person)[len(mine) :]
        assert [entry.action for entry in added] == [action] * chain, (path, values)
        assert all(entry.person_id == person.id for entry in added), path
        assert told == [action] * own, (path, told)
        self.seen.add(action)
        return said

    def newest(self, table, by=None):
        ((number,),) = self.ask(f'select max(id) from "{table}"', by)
        return number


@pytest.fixture
def walk(app, database, redis):
    material = plan_material.make_material(database)
    official = material.cbo
    files = FileStore(database.settings.files)
    store(database.app, files, material.district.id, official.id, "l.dat", small_export(ROWS, ada="900.00"))
    return Walk(app, database, material)


def test_every_act_leaves_one_entry(walk, database):
    material, district = walk.material, walk.material.district
    steward = factories.make_member(database, district, "CBO", True, name="Carla Bo")
    place, settings = f"/d/{district.id}", f"/d/{district.id}/settings"
    _assumptions(walk, steward, f"{place}/analyses/assumptions")
    _data_and_analyses(walk, steward, place)
    _people(walk, f"{place}/data")
    _state_rates(walk)
    _plan(walk, material, place)
    _comments(walk, material, place)
    _settings(walk, steward, settings)
    _from_outside(walk, steward, settings)
    _first_plan(walk)
    assert set(ACTS) - walk.seen == set(BY_THE_PLATFORM), "acts that nobody walked"
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        assert chain.verify(session, district.id).whole


def _assumptions(walk, steward, assumptions):
    given = {"try": "3.00", "reason": "The county's advice"}
    walk.act(walk.material.cao, "local_assumptions:create", f"{assumptions}/cola/2025-26", **given)
    newest = walk.newest("local_assumption")
    walk.act(steward, "local_assumptions:approve", f"{assumptions}/decided/{newest}", act="accept")


def _state_rates(walk):
    operator = factories.make_organization(walk.database, "operator", "Apportion Rates")
    first, second = (
        factories.make_member(walk.database, operator, "PAD", name=name) for name in ("Fi", "Se")
    )
    act = {"title": "Budget Act", "source": "Rate table", "dated": "2026-07-01", "status": "enacted"}
    for person, decision, permission in ((first, "withdraw", "edit"), (second, "publish", "approve")):
        values = {"first": "2025-26", "cola@2025-26": "4.00"}
        walk.act(first, "state_rates:create", "/console/rates", own=1, chain=0, **act, **values)
        ((number, digest),) = walk.ask(
            "select id, digest from state_rate_set order by id desc limit 1", first
        )
        decided = {"act": decision, "digest": digest}
        walk.act(person, f"state_rates:{permission}", f"/console/rates/{number}", own=1, chain=0, **decided)


def _people(walk, data):
    district = walk.material.district
    hr = factories.make_member(walk.database, district, "HR", name="Hana Ro")
    cao = factories.make_member(walk.database, district, "CAO", name="Caro Ao")

    def sent(text):
        return io.BytesIO(text.encode()), "people.csv"

    def read():
        runner.execute(walk.database.settings, walk.newest("job"), district.id)

    given = sent("Position,FTE,Resource,Employee\nP1,1.0,0000,Jo Ray\n")
    walk.act(hr, "positions:create", f"{data}/positions/loads", file=given, fiscal_year="2026-27")
    read()
    held = walk.newest("position_set")
    walk.act(hr, "named_positions:view", f"{data}/positions/look", reason="Vacancies")
    walk.act(hr, "positions:export", f"{data}/positions/{held}/positions.csv", "get")
    walk.act(hr, "named_positions:export", f"{data}/positions/{held}/named.csv", reason="Payroll")
    walk.act(hr, "positions:edit", f"{data}/positions/{held}/withdraw")
    given = sent("Year,School,Grade,Students\n2025-26,1,K,40\n")
    walk.act(cao, "student_counts:create", f"{data}/students/loads", file=given)
    read()
    walk.act(cao, "protected_student_counts:export", f"{data}/students/protected.csv", "get")
    walk.act(cao, "student_counts:edit", f"{data}/students/{walk.newest('student_set')}/withdraw")


def _data_and_analyses(walk, steward, place):
    given = (io.BytesIO(small_export([ROWS[0]], "2021-22")), "ledger.dat")
    walk.act(steward, "ledger:load", f"{place}/data/loads", files=given)
    walk.act(steward, "analysis:run", f"{place}/analyses/compute")
    job = walk.newest("job")
    walk.act(steward, "jobs:cancel", f"{place}/jobs/{job}/cancel")
    walk.act(steward, "jobs:cancel", f"{place}/jobs/{job}/again")
    ((run, table),) = walk.ask(
        "select id, (select key from jsonb_each(result -> 'tables') limit 1) from run order by id limit 1"
    )
    walk.act(steward, "financial_results:export", f"{place}/analyses/runs/{run}/tables/{table}.csv", "get")
    walk.act(steward, "ledger:load", f"{place}/analyses/attendance", ada="900")
    ((number, load),) = walk.ask("select id, load_id from dataset order by id limit 1")
    control = f"{place}/data/loads/{load}/control"
    filed = """update dataset set control = '{"filed_records": 4, "funds": {"01": {}}}'"""
    factories.behind_the_walls(walk.database, "dataset", filed)
    report = f"""update ledger_load set report = '{{"dataset_ids": [{number}]}}' where id = {load}"""
    factories.behind_the_walls(walk.database, "ledger_load", report)
    walk.act(steward, "dataset:control", control, dataset=number, fund="01", revenues="0.00")
    walk.act(steward, "dataset:certify", f"{place}/data/sets/{number}/certify")
    walk.act(steward, "ledger_lines:export", f"{place}/data/sets/{number}/lines.csv", "get")
    walk.act(steward, "ledger:remove", f"{place}/data/sets/{number}/withdraw")


def _plan(walk, material, place):
    plan, cbo, sup, cao = f"{place}/plan", material.cbo, material.sup, material.cao
    walk.act(cbo, "priorities:edit", f"{plan}/priorities/new", title="Reading")
    walk.act(cbo, "priorities:edit", f"{plan}/priorities/{walk.newest('priority')}/remove")
    walk.act(cbo, "options:edit", f"{plan}/options/new", title="Rebid")
    option = f"{plan}/options/{walk.newest('option')}"
    walk.act(cbo, "options:edit", f"{option}/play", in_plan="1")
    walk.act(cbo, "options:edit", f"{option}/play", in_plan="0")
    walk.act(sup, "confidential_options:edit", f"{option}/guard", act="mark")
    walk.act(sup, "confidential_options:edit", f"{option}/guard", act="open")
    walk.act(cbo, "process_board:edit", f"{place}/process/goals", act="assign", finance=cbo.id)
    edit = f"{plan}/edit/{material.plan_id}"
    walk.act(cbo, "plan:edit", f"{edit}/draft")
    scope = factories.scope_of(walk.database.app, cbo)
    with walk.database.app.transaction(scope) as session:
        writing.set_owner(session, scope, material.plan_id, "how_we_pay", cbo.id)
    ((block, revision, text, text_es),) = walk.ask(
        "select b.id, b.revision, b.text, b.text_es from plan_block b join plan_section s"
        " on s.id = b.section_id where s.key = 'how_we_pay' and b.kind = 'paragraph' order by b.id limit 1"
    )
    change = {"text": "Our words.", "text_es": "Palabras.", "base": text, "base_es": text_es}
    passage = f"{edit}/passages/{block}"
    walk.act(cao, "cabinet_comments:create", f"{passage}/suggestions", revision=revision, **change)
    walk.act(cbo, "plan:edit", f"{edit}/threads/{walk.newest('cabinet_thread')}/take")
    walk.act(cao, "cabinet_comments:create", f"{passage}/comments", words="Why?")
    thread = f"{edit}/threads/{walk.newest('cabinet_thread')}"
    walk.act(cbo, "cabinet_comments:edit", f"{thread}/replies", words="Because.")
    walk.act(cao, "cabinet_comments:edit", f"{thread}/settle")
    walk.act(cbo, "plan:edit", f"{plan}/versions", kind="draft_for_comment")
    version = f"{plan}/versions/{walk.newest('plan_version')}"
    walk.act(cbo, "plan:certify_numbers", f"{version}/certify")
    walk.act(cao, "plan:sign_off", f"{version}/sign-off")
    walk.act(sup, "plan:approve", f"{version}/approve")
    walk.act(sup, "plan:publish", f"{version}/publish", comment_until=day_in(20))
    walk.act(cbo, "plan:export", f"{version}/print", language="en")


def _first_plan(walk):
    """In a district of its own: its first draft is a part of beginning the plan."""
    district = factories.make_district(walk.database, "Oak Bend Unified")
    official = factories.make_member(walk.database, district, "CBO", True)
    files = FileStore(walk.database.settings.files)
    store(walk.database.app, files, district.id, official.id, "l.dat", small_export(ROWS, ada="900.00"))
    with walk.database.app.transaction(Scope.for_upkeep(district.id)) as session:
        studies.answer(session, district.id, "three_year_outlook")
    walk.id = district.id
    walk.act(official, "plan:create", f"/d/{district.id}/plan", base_year="2024-25")


def day_in(days):
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)).isoformat()


def _comments(walk, material, place):
    sup, desk = material.sup, f"{place}/comments"
    link = {"label": "Everyone", "expires_on": day_in(20), "may_comment": "1"}
    made = walk.act(sup, "share_link:manage", f"{place}/sharing", **link)
    visitor = resolve_visitor(walk.database.app, re.search(r"/r/([\w-]{20,})", made).group(1))
    for words in ("Why?", "And why that?"):
        with walk.database.app.transaction(visitor) as session:
            version = session.scalars(sa.select(PlanVersion)).one()
            document = Document.from_json(version.content)
            posting = Posting(text=words, language="en", name="Ana")
            said = conversation.post_public(session, visitor, version, document, posting, secret="s" * 40)
        with walk.database.app.transaction(Scope.for_upkeep(walk.id)) as session:
            conversation.after_posting(session, walk.id, said)
    threads = [number for (number,) in walk.ask("select id from comment_thread order by id desc limit 2")]
    walk.act(sup, "public_comments:tag", f"{desk}/tag", thread=threads, tag="summer")
    walk.act(sup, "public_comments:tag", f"{desk}/{threads[0]}/untag", tag="summer")
    walk.act(sup, "public_comments:moderate", f"{desk}/group", thread=threads, group="why")
    walk.act(sup, "public_comments:moderate", f"{desk}/give", thread=threads, person=material.cao.id)
    answer = {"text": "Because.", "language": "en", "whole_group": "1"}
    walk.act(sup, "public_comments:answer", f"{desk}/{threads[0]}/answer", **answer)
    walk.act(sup, "public_comments:moderate", f"{desk}/{threads[0]}/ungroup")
    kept = {"disposition": "kept_for_later", "note": "In fall."}
    walk.act(sup, "public_comments:answer", f"{desk}/{threads[0]}/disposition", **kept)
    aside = f"{desk}/{said.thread_id}/{said.comment_id}/set-aside"
    walk.act(sup, "public_comments:moderate", aside, reason="Names a child.")
    walk.act(sup, "share_link:manage", f"{place}/sharing/{walk.newest('share_link')}/revoke")
    member = factories.make_member(walk.database, material.district, "BRD")
    client, token = walk.client(member)
    asked = client.post(f"{place}/board/questions", data={"csrf_token": token, "text": "How much?"})
    assert asked.status_code == 302
    question = f"{place}/board/questions/{walk.newest('board_question')}"
    walk.act(sup, "board_answers:approve", f"{question}/assign", person=material.cao.id)
    words = {"question": "How much?", "answer": "So much."}
    walk.act(material.cao, "board_answers:create", f"{question}/memo", act="draft", **words)
    walk.act(sup, "board_answers:approve", f"{question}/memo", act="send", **words)


def _settings(walk, steward, settings):
    material = walk.material
    new = {"address": "new@example.org", "name": "New", "role": "HR"}
    walk.act(steward, "people:invite", f"{settings}/people/invite", **new)
    invited = f"{settings}/invitations/{walk.newest('invitation', steward)}"
    walk.act(steward, "people:invite", f"{invited}/resend")
    walk.act(steward, "people:invite", f"{invited}/withdraw")
    other = factories.make_member(walk.database, material.district, "PRI")
    ((membership,),) = walk.ask("select id from membership where person_id = :id", steward, id=other.id)
    walk.act(steward, "people:manage", f"{settings}/people/{membership}", act="change", role="COM")
    walk.act(steward, "people:manage", f"{settings}/people/{membership}", act="end")
    team = {"kind": "working", "name": "Working group", "people": [material.cao.id, material.cbo.id]}
    walk.act(steward, "teams:manage", f"{settings}/teams", **team)
    walk.act(steward, "teams:manage", f"{settings}/teams/{walk.newest('team')}/end")
    named = {
        "person": material.sup.id,
        "resource": "named_positions",
        "reason": "One talk.",
        "ends_on": day_in(9),
    }
    walk.act(steward, "named_access:manage", f"{settings}/named", **named)
    walk.act(steward, "named_access:manage", f"{settings}/named/{walk.newest('named_access', steward)}/end")
    walk.act(steward, "sign_in_settings:manage", f"{settings}/sign-in/domain", domain="example.org")
    gone = {"id": walk.newest("mail_domain", steward)}
    walk.act(steward, "sign_in_settings:manage", f"{settings}/sign-in/domain-gone", **gone)
    asks = {"ask": "1", "second_factor_from": day_in(20)}
    walk.act(steward, "sign_in_settings:manage", f"{settings}/sign-in/second-factor", **asks)
    walk.act(steward, "api_tokens:manage", f"{settings}/tokens", name="a program", days="7")
    walk.act(steward, "api_tokens:manage", f"{settings}/tokens/{walk.newest('api_token', steward)}/revoke")
    walk.act(steward, "activity:export", f"{settings}/activity/record.csv", "get")
    walk.act(steward, "account:approve", f"{settings}/leaving/export")
    asked = f"{settings}/leaving/export/{walk.newest('account_request')}"
    walk.act(material.sup, "account:approve", asked, act="approve")


def _from_outside(walk, steward, settings):
    """What a facilitator and the operator do about a district stands in its record and in their own."""
    database, district = walk.database, walk.material.district
    house = factories.make_facilitator(database)
    lead = factories.make_member(database, house, "FLD", True, name="Lea Lead")
    coach = factories.make_member(database, house, "FCO", name="Coco Coach")
    asked = {"cds_code": district.cds_code, "level": "3", "ends_on": day_in(90)}
    walk.act(lead, "engagement:request", "/organization/engagements", own=1, **asked)
    ((engagement,),) = walk.ask("select id from engagement", steward)
    mine, theirs = f"/organization/engagements/{engagement}", f"{settings}/facilitator/{engagement}"
    walk.act(steward, "engagement:manage", theirs, act="accept")
    walk.act(steward, "engagement:manage", theirs, act="change", level="2", ends_on=day_in(60))
    walk.act(lead, "engagement:manage", mine, own=1, act="coaches", coaches=[coach.id])
    step = {"step": "goals"}
    walk.act(coach, "process_board:nudge", f"/d/{district.id}/nudge", own=1, chain=0, **step)
    cohort = {"name": "Cohort", "fiscal_year": "2026-27", "districts": [district.id]}
    walk.act(lead, "cohort:create", "/cohorts", own=1, chain=0, **cohort)
    with database.app.transaction(factories.scope_of(database.app, lead)) as session:
        number = session.scalar(sa.text("select max(id) from cohort"))
    walk.act(lead, "cohort:edit", f"/cohorts/{number}", own=1, chain=0, act="rename", name="Better")
    walk.act(steward, "cohort_membership:approve", f"/d/{district.id}/cohort/{number}", act="join")
    coaches = {"act": "coaches", "districts": [district.id], "coaches": [coach.id]}
    walk.act(lead, "engagement:manage", f"/cohorts/{number}", own=1, **coaches)
    walk.act(lead, "cohort:manage", f"/cohorts/{number}", own=1, chain=0, act="end")
    walk.act(lead, "engagement:manage", mine, own=1, act="end")
    operator = factories.make_organization(database, "operator", "Apportion Support")
    sam = factories.make_member(database, operator, "PAD", name="Sam Support")
    opens = {"role": "FLD", "name": "House", "steward": "Ann", "address": "ann@example.org"}
    walk.act(sam, "registry:create", "/console/organizations", own=1, chain=0, **opens)
    wish = {"purpose": "The import of July stays at half.", "areas": ["data"], "hours": "2"}
    wish["cds_code"] = district.cds_code
    walk.act(sam, "support_grant:request", "/console/support", own=1, **wish)
    grant = walk.newest("support_grant", steward)
    walk.act(steward, "support_grant:manage", f"{settings}/support/{grant}", act="accept")
    walk.act(sam, "support_grant:use", f"/d/{district.id}/data", "get")
    walk.act(sam, "support_grant:manage", f"/console/support/{grant}", own=1, act="end")
    page = walk.client(steward)[0].get(f"{settings}/activity").get_data(as_text=True)
    for name in ("Sam Support (support)", "Coco Coach", "Lea Lead"):
        assert f">{name}</option>" in page, "a choice of the filter"
    shown = walk.client(steward)[0].get(f"{settings}/activity?person={sam.id}").get_data(as_text=True)
    assert shown.partition("<tbody>")[2].count("<tr>") == 3
