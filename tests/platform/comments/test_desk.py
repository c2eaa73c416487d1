"""The comment desk over HTTP: what each role sees and may do, and what the public sees of it."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tenants.records.comments import CommentThread
from tenants.records.plans import PlanVersion
from tenants.scope import Scope, resolve_visitor
from tests.support.acting import acting
from tests.support.factories import make_district, make_engagement, make_facilitator, make_member
from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, published
from workers.comments import conversation, desk, sorting
from workers.comments.texts import Posting

SECRET = "a secret of the platform, long enough"


@pytest.fixture
def plan(database: CloneOfTemplate) -> Published:
    return published(database)


@pytest.fixture
def posted(database: CloneOfTemplate, plan: Published) -> list[conversation.Posted]:
    """Three comments, one of which would be a formula in a spreadsheet."""
    scope = resolve_visitor(database.app, plan.token)
    assert scope is not None
    block = plan.document.sections[1].blocks[0]
    made = []
    for words, language in (("=HYPERLINK(1)", "en"), ("¿Por qué?", "es"), ("Thank you.", "en")):
        posting = Posting(text=words, language=language, name="Ana", block_id=block.id)
        with database.app.transaction(scope) as session:
            found = session.scalars(select(PlanVersion)).one()
            made.append(
                conversation.post_public(session, scope, found, plan.document, posting, secret=SECRET)
            )
        with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
            conversation.after_posting(session, plan.district.id, made[-1])
    return made


def text_of(answer: object, status: int = 200) -> str:
    content: str = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    assert answer.status_code == status, content[:1500]  # type: ignore[attr-defined]
    return content


def test_the_queue_counts_all_that_was_received_and_narrows(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted]
) -> None:
    chief = acting(app, database, plan.official)
    base = f"/d/{plan.district.id}/comments"
    content = text_of(chief.get(base))
    assert "3 comments wait for an answer" in content
    assert "Where we are" in content
    spanish = text_of(chief.get(f"{base}?language=es"))
    assert "¿Por qué?" in spanish
    assert "Thank you." not in spanish
    assert "Nothing matches" in text_of(chief.get(f"{base}?age=14"))
    assert "Nothing matches" in text_of(chief.get(f"{base}?state=changed"))


def test_an_answer_and_its_outcome_reach_the_reader(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted], redis: object
) -> None:
    chief = acting(app, database, plan.official)
    address = f"/d/{plan.district.id}/comments/{posted[0].thread_id}"
    block = plan.document.sections[1].blocks[0]
    assert "Answer for the district" in text_of(chief.get(address))
    missing = chief.post(f"{address}/answer", data={"text": " ", "language": "en"})
    assert "Write the answer first" in text_of(missing, 422)
    no_reason = {"text": "No.", "language": "en", "disposition": "outside_scope"}
    assert "Give the reason" in text_of(chief.post(f"{address}/answer", data=no_reason), 422)
    good = {
        "text": "We changed it.",
        "language": "en",
        "disposition": "changed",
        "changed_block": str(block.id),
    }
    assert chief.post(f"{address}/answer", data=good).status_code == 303
    reader: FlaskClient = app.test_client()
    reader.get(f"/r/{plan.token}")
    shown = text_of(reader.get(f"/r/p/{plan.link_id}/"))
    assert "We changed it." in shown
    assert f'#b{block.id}">See the new sentence' in shown
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        thread = session.scalars(select(CommentThread).where(CommentThread.id == posted[0].thread_id)).one()
        assert (thread.disposition, thread.changed_block_id) == ("changed", block.id)


def test_set_aside_is_hidden_from_readers_and_stays_counted(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted], redis: object
) -> None:
    chief = acting(app, database, plan.official)
    address = f"/d/{plan.district.id}/comments/{posted[2].thread_id}/{posted[2].comment_id}/set-aside"
    assert "Give the reason" in text_of(chief.post(address, data={}), 422)
    assert chief.post(address, data={"reason": "Names a child."}).status_code == 303
    reader = app.test_client()
    reader.get(f"/r/{plan.token}")
    assert "Thank you." not in text_of(reader.get(f"/r/p/{plan.link_id}/"))
    content = text_of(chief.get(f"/d/{plan.district.id}/comments"))
    assert re.search(r"Received in all</a></dt><dd><span class='nb'>3</span>", content)
    assert chief.post(address, data={"show": "1"}).status_code == 303
    assert "Thank you." in text_of(reader.get(f"/r/p/{plan.link_id}/"))


def test_the_table_holds_everything_and_no_formula(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted]
) -> None:
    answer = acting(app, database, plan.official).get(f"/d/{plan.district.id}/comments.csv")
    rows = list(csv.DictReader(io.StringIO(text_of(answer).lstrip("\ufeff"))))
    assert [row["Comment"] for row in rows] == ["'=HYPERLINK(1)", "¿Por qué?", "Thank you."]
    assert {row["Version"] for row in rows} == {"0.1"}


def test_a_department_head_answers_what_was_given_to_her(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted]
) -> None:
    head = make_member(database, plan.district, "HR", name="Ha-eun Brandt")
    hers = acting(app, database, head)
    address = f"/d/{plan.district.id}/comments/{posted[1].thread_id}"
    refused = hers.post(f"{address}/answer", data={"text": "Me?", "language": "en"})
    assert "You answer comments that were given to you" in text_of(refused, 403)
    chief = acting(app, database, plan.official)
    assert chief.post(f"{address}/assign", data={"person": str(head.id)}).status_code == 303
    assert hers.post(f"{address}/answer", data={"text": "Now me.", "language": "en"}).status_code == 303


@pytest.mark.parametrize("role", ["PRI", "BRD", "COM"])
def test_roles_without_the_desk_do_not_reach_it(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted], role: str
) -> None:
    person = acting(app, database, make_member(database, plan.district, role))
    address = f"/d/{plan.district.id}/comments"
    for path in (address, f"{address}/{posted[0].thread_id}", f"{address}.csv"):
        assert person.get(path).status_code in (403, 404)
    assert person.post(f"{address}/{posted[0].thread_id}/answer", data={"text": "x"}).status_code in (
        403,
        404,
    )


def test_a_coach_reads_from_level_two_on_and_never_answers(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted]
) -> None:
    facilitator = make_facilitator(database)
    coach = make_member(database, facilitator, "FCO")
    make_engagement(database, plan.district, facilitator, level=3, coaches=(coach,))
    hers = acting(app, database, coach)
    base = f"/d/{plan.district.id}/comments"
    assert "Thank you." in text_of(hers.get(base))
    content = text_of(hers.get(f"{base}/{posted[0].thread_id}"))
    assert "Answer for the district" not in content
    assert hers.post(f"{base}/{posted[0].thread_id}/answer", data={"text": "x"}).status_code == 403


def test_a_neighbour_finds_nothing(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted]
) -> None:
    other = make_district(database, "Quail Hill Elementary")
    neighbour = acting(app, database, make_member(database, other, "SUP", steward=True))
    for district in (plan.district.id, other.id):
        assert neighbour.get(f"/d/{district}/comments/{posted[0].thread_id}").status_code == 404
    assert neighbour.get(f"/d/{plan.district.id}/comments").status_code == 404


def test_tags_and_groups_sort_and_leave_the_totals_alone(
    app: Flask, database: CloneOfTemplate, plan: Published, posted: list[conversation.Posted]
) -> None:
    chief = acting(app, database, plan.official)
    base = f"/d/{plan.district.id}/comments"
    chosen = [str(each.thread_id) for each in posted]
    assert chief.post(f"{base}/tag", data={"thread": chosen[:2], "tag": "Transport"}).status_code == 303
    assert chief.post(f"{base}/tag", data={"thread": chosen[2], "tag": "transport"}).status_code == 303
    assert chief.post(f"{base}/group", data={"thread": chosen[1:], "group": "Thanks"}).status_code == 303
    # None chosen, or no name given: said on the page, and nothing changes.
    for nothing in ({"tag": "x"}, {"thread": chosen, "tag": " "}, {"thread": chosen, "tag": "x" * 41}):
        assert chief.post(f"{base}/tag", data=nothing).status_code == 303
    assert chief.post(f"{base}/tag", data={"thread": "1", "tag": "x"}).status_code == 404
    tagged = text_of(chief.get(f"{base}?tag=Transport"))
    assert all(words in tagged for words in ("HYPERLINK", "¿Por qué?", "Thank you."))
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        (group,) = sorting.groups(session, plan.district.id, plan.plan_id)
        found = desk.received(session, plan.district.id, plan.plan_id, "en")
        assert [item.tags for item in found] == [("Transport",)] * 3
        assert sum(desk.totals(found).values()) == len(found) == 3
    grouped = text_of(chief.get(f"{base}?group={group.id}"))
    assert "HYPERLINK" not in grouped
    assert "Thank you." in grouped
    one = f"{base}/{chosen[1]}"
    assert "Give this answer to all 2 comments of the group" in text_of(chief.get(one))
    both = {"text": "For you both.", "language": "en", "disposition": "answered", "whole_group": "1"}
    assert chief.post(f"{one}/answer", data=both).status_code == 303
    assert chief.post(f"{one}/untag", data={"tag": "Transport"}).status_code == 303
    assert chief.post(f"{one}/ungroup").status_code == 303
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        found = desk.received(session, plan.district.id, plan.plan_id, "en")
        assert [item.state for item in found] == ["open", "answered", "answered"]
        assert [item.group_id for item in found] == [None, None, group.id]
    page = text_of(chief.get(one))
    assert "Tag taken off" in page
    appendix = text_of(chief.get(f"{base}/appendix"))
    assert "3 comments were received, and what came of each" in appendix
    assert appendix.count("For you both.") == 2


@pytest.mark.parametrize(("level", "may"), [(2, False), (3, True), (4, True)])
def test_a_coach_of_level_three_tags_and_does_no_more(
    app: Flask,
    database: CloneOfTemplate,
    plan: Published,
    posted: list[conversation.Posted],
    level: int,
    *,
    may: bool,
) -> None:
    facilitator = make_facilitator(database)
    coach = make_member(database, facilitator, "FCO")
    make_engagement(database, plan.district, facilitator, coaches=(coach,), level=level)
    person = acting(app, database, coach)
    base = f"/d/{plan.district.id}/comments"
    thread = str(posted[0].thread_id)
    assert ("Tag them" in text_of(person.get(base))) is may
    assert person.post(f"{base}/tag", data={"thread": thread, "tag": "Bus"}).status_code == (
        303 if may else 403
    )
    for path, data in (
        ("/group", {"thread": thread, "group": "All"}),
        ("/give", {"thread": thread, "person": str(plan.official.id)}),
        (f"/{thread}/answer", {"text": "x"}),
        (f"/{thread}/ungroup", {}),
    ):
        assert person.post(f"{base}{path}", data=data).status_code == 403, path
    content = text_of(person.get(f"{base}/{thread}"))
    assert ("Add a tag" in content) is may
    assert "Answer for the district" not in content


def test_the_queue_stands_on_pages_that_keep_what_was_chosen(
    app: Flask,
    database: CloneOfTemplate,
    plan: Published,
    posted: list[conversation.Posted],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apportion.comments.queue.ON_ONE_PAGE", 1)
    chief = acting(app, database, plan.official)
    base = f"/d/{plan.district.id}/comments"
    first = text_of(chief.get(f"{base}?language=en"))
    assert "=HYPERLINK(1)" in first
    assert "Thank you." not in first
    assert "page=2&amp;language=en" in first
    last = text_of(chief.get(f"{base}?language=en&page=99"))
    assert "Thank you." in last
    assert "2 comments match of 3 received" in re.sub(r"<[^>]+>|\s+", " ", last).replace("  ", " ")
