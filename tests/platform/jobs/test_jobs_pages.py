"""The tray and the pages of jobs: what they say, who sees them, what their buttons do."""

import dataclasses
import re

import pytest
from sqlalchemy import text

from apportion.app import create_app
from tenants.scope import Scope
from tests.support.acting import acting
from tests.support.factories import make_district, make_member, scope_of
from workers import outbox, registry, runner


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setenv(registry.EXTRA, "tests.support.job_kinds")
    registry.load()


@pytest.fixture
def district(database):
    return make_district(database)


@pytest.fixture
def cbo(database, district):
    return make_member(database, district, "CBO", name="Marisol Quintero")


def said(page):
    """Return what a page says, without its head and addresses."""
    return re.sub(r"<[^>]+>", " ", page[page.index("<body") :])


def ask(database, person, district, kind="test_count", key="once", **parameters):
    with database.app.transaction(scope_of(database.app, person, district.id)) as session:
        return outbox.ask(
            session,
            kind,
            parameters,
            district_id=district.id,
            requested_by=person.id,
            idempotency_key=key,
        )


@pytest.mark.usefixtures("kinds")
class TestPages:
    def test_empty_page_says_what_will_be_here(self, app, database, district, cbo):
        page = acting(app, database, cbo).get(f"/d/{district.id}/jobs")
        assert page.status_code == 200
        assert "Nothing is running" in page.text
        assert "When you load a ledger" in page.text

    def test_places_progress_errors_and_results(self, app, database, district, cbo):
        me = acting(app, database, cbo)
        first = ask(database, cbo, district, key="a", year="a")
        second = ask(database, cbo, district, key="b", year="b")
        refused = ask(database, cbo, district, "test_refuse")
        runner.execute(database.settings, refused, district.id)
        assert "Next in line." in me.get(f"/d/{district.id}/jobs/{first}").text
        assert "One of your district" in me.get(f"/d/{district.id}/jobs/{second}").text
        failed = me.get(f"/d/{district.id}/jobs/{refused}").text
        assert "it did not work" in failed
        assert "Try again" in failed
        runner.execute(database.settings, first, district.id)
        done = me.get(f"/d/{district.id}/jobs/{first}").text
        assert "Finished:" in done
        assert 'hx-trigger="every 1s"' not in done
        listed = me.get(f"/d/{district.id}/jobs").text
        assert listed.count('<tr><th scope="row">') == 3
        assert "Marisol Quintero" in listed

    def test_a_running_job_shows_a_bar_and_can_be_stopped(self, app, database, district, cbo):
        me = acting(app, database, cbo)
        job = ask(database, cbo, district, "test_slow")
        row = runner._take(database.app, database.settings, job, district.id)
        run = runner.Run(database.app, database.settings, row, Scope.for_upkeep(district.id))
        run.progress(30, 120)
        page = me.get(f"/d/{district.id}/jobs/{job}").text
        assert 'value="25" max="100"' in page
        fragment = me.get(f"/d/{district.id}/jobs/{job}", headers={"HX-Request": "true"}).text
        assert "<html" not in fragment
        assert 'hx-trigger="every 1s"' in fragment
        answer = me.post(f"/d/{district.id}/jobs/{job}/cancel")
        assert answer.status_code == 302
        assert "Stopping at the next safe place" in me.get(f"/d/{district.id}/jobs/{job}").text

    def test_trying_again_leads_to_the_new_job(self, app, database, district, cbo):
        me = acting(app, database, cbo)
        job = ask(database, cbo, district, "test_refuse")
        runner.execute(database.settings, job, district.id)
        answer = me.post(f"/d/{district.id}/jobs/{job}/again")
        assert answer.status_code == 302
        fresh = int(re.search(r"/jobs/(\d+)$", answer.location).group(1))
        assert fresh != job
        assert "waiting its turn" in me.get(answer.location).text

    def test_the_tray_is_silent_until_something_changes(self, app, database, district, cbo):
        me = acting(app, database, cbo)
        empty = me.get(f"/d/{district.id}/jobs/tray").text
        assert "Nothing is running." in empty
        seen = re.search(r'name="seen" value="([0-9a-f]+)"', empty).group(1)
        assert me.get(f"/d/{district.id}/jobs/tray?seen={seen}").status_code == 204
        job = ask(database, cbo, district, year="a")
        changed = me.get(f"/d/{district.id}/jobs/tray?seen={seen}")
        assert changed.status_code == 200
        assert "one under way" in changed.text
        assert f"/jobs/{job}" in changed.text

    def test_another_district_gets_what_an_unknown_job_gets(self, app, database, district, cbo):
        job = ask(database, cbo, district, year="a")
        neighbour = make_district(database)
        stranger = acting(app, database, make_member(database, neighbour, "CBO"))
        for verb, path in (("get", ""), ("post", "/cancel"), ("post", "/again")):
            send = getattr(stranger, verb)
            foreign = send(f"/d/{district.id}/jobs/{job}{path}")
            mine = send(f"/d/{neighbour.id}/jobs/{job}{path}")
            unknown = send(f"/d/{neighbour.id}/jobs/999999999{path}")
            assert foreign.status_code == mine.status_code == unknown.status_code == 404
            assert said(mine.text) == said(unknown.text) == said(foreign.text)
        with database.app.transaction(Scope.for_upkeep(district.id)) as session:
            assert session.execute(text("SELECT state FROM job")).scalar_one() == "waiting"

    def test_the_board_and_principals_see_no_jobs(self, app, database, district):
        for role in ("BRD", "PRI", "COM"):
            person = acting(app, database, make_member(database, district, role))
            assert person.get(f"/d/{district.id}/jobs").status_code == 403

    def test_spanish(self, app, database, district):
        person = make_member(database, district, "CBO", language="es")
        job = ask(database, person, district, "test_refuse")
        runner.execute(database.settings, job, district.id)
        page = acting(app, database, person).get(f"/d/{district.id}/jobs/{job}").text
        assert "Intentar de nuevo" in page
        assert "Try again" not in page


class TestMailFolder:
    def test_shows_mails_with_working_links_and_no_script(self, app, client, database):
        folder = database.settings.mail_folder
        folder.mkdir(parents=True)
        (folder / "20261124-021500-7-0123abcd.eml").write_bytes(
            b"To: rosa@district.example\r\nSubject: Welcome\r\nContent-Language: en\r\n"
            b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            b'<p>Open <a href="http://127.0.0.1:8000/invitation/x">this</a><script>alert(1)</script></p>'
        )
        (folder / "notes.txt").write_text("not a mail")
        listed = client.get("/mail/").text
        assert "One mail lies here" in listed
        assert "rosa@district.example" in listed
        shown = client.get("/mail/20261124-021500-7-0123abcd.eml").text
        assert 'href="http://127.0.0.1:8000/invitation/x"' in shown
        assert "alert(1)" not in shown
        for name in ("..%2f..%2fetc%2fpasswd", "notes.txt", "20261124-021500-8-0123abcd.eml"):
            assert client.get(f"/mail/{name}").status_code == 404

    def test_does_not_exist_with_a_mail_server_or_in_production(self, database):
        for change in ({"smtp_url": "smtp://mail.example"}, {"production": True}):
            made = create_app(dataclasses.replace(database.settings, **change))
            assert not any(rule.rule.startswith("/mail") for rule in made.url_map.iter_rules())


def test_what_the_platform_did_many_times_is_one_row_that_opens(app, database, district, cbo):
    with database.app.transaction(Scope.for_upkeep(district.id)) as session:
        for number in range(4):
            job_id = outbox.ask(
                session,
                "tell_about_comment",
                {},
                district_id=district.id,
                requested_by=None,
                idempotency_key=str(number),
            )
            state = "failed" if number == 0 else "done"
            session.execute(
                text("update job set state = :state, finished_at = now() where id = :id"),
                {"state": state, "id": job_id},
            )
    page = acting(app, database, cbo).get(f"/d/{district.id}/jobs").text
    table = page[page.index("<tbody") : page.index("</tbody")]
    # Three that went well share a row; the one that failed stands alone.
    assert table.count("<tr>") == 2
    assert "3 times" in table
    assert table.count("/jobs/") >= 5
