"""Board review: a member asks staff alone, answers go to all, and no member learns anything of another."""

import re

import pytest
import sqlalchemy as sa

from tests.support import factories
from tests.support.acting import acting
from tests.support.published import published

MASKS = (
    (re.compile(r'(csrf_token" value="|data-csrf="|nonce="|nonce-)[^"\' ]*'), r"\1"),
    (re.compile(r"request[-_ ]id[^<\s]*", re.IGNORECASE), "request"),
    (re.compile(r"<time datetime='[^']*'>[^<]*"), "<time>"),
)
OWN = re.compile(r'<section class="card" id="own-questions">.*?</section>', re.DOTALL)


@pytest.fixture
def place(database):
    made = published(database)
    made.members = [
        factories.make_member(database, made.district, "BRD", name=name)
        for name in ("Member Alder", "Member Aspen")
    ]
    made.cao = factories.make_member(database, made.district, "CAO")
    made.hr = factories.make_member(database, made.district, "HR")
    return made


def page(who, district):
    return who.get(f"/d/{district.id}/board").get_data(as_text=True)


def ask(who, district, text):
    return who.post(f"/d/{district.id}/board/questions", data={"text": text})


def masked(text, name):
    text = OWN.sub("", text).replace(name, "NAME")
    for pattern, put in MASKS:
        text = pattern.sub(put, text)
    return text


def question_ids(database, place):
    with database.app.transaction(factories.scope_of(database.app, place.superintendent)) as session:
        return session.scalars(sa.text("select id from board_question order by id")).all()


def test_two_members_with_different_histories_get_the_same_bytes(app, database, place):
    alder, aspen = (acting(app, database, member) for member in place.members)
    for number in range(10):
        assert (
            ask(alder, place.district, f"Alder asks about the reserve, question {number}").status_code == 302
        )
    sup = acting(app, database, place.superintendent)
    first = question_ids(database, place)[0]
    path = f"/d/{place.district.id}/board/questions/{first}/memo"
    sent = {
        "question": "What becomes of the reserve?",
        "answer": "It stays above the minimum.",
        "act": "send",
    }
    assert sup.post(path, data=sent).status_code == 302
    pages = [
        f"/d/{place.district.id}{rest}"
        for rest in ("/board", "/board/memos.txt", "/plan", "/", "/plan/compare")
    ]
    pages += [f"/d/{place.district.id}/plan/versions/{place.version_id}/read", "/api/v1/organizations"]
    compared = 0
    for path in pages:
        answers = [who.get(path) for who in (alder, aspen)]
        assert answers[0].status_code == answers[1].status_code
        texts = [
            masked(answer.get_data(as_text=True), member.name)
            for answer, member in zip(answers, place.members, strict=True)
        ]
        assert texts[0] == texts[1], path
        sizes = [answer.headers.get("ETag") for answer in answers]
        assert sizes[0] == sizes[1]
        compared += answers[0].status_code == 200
    assert compared >= 4
    seen = page(aspen, place.district)
    assert "Alder" not in seen
    assert "It stays above the minimum." in seen
    assert "You have asked nothing yet." in seen


def test_the_database_keeps_members_apart_too(app, database, place):
    alder, aspen = place.members
    ask(acting(app, database, alder), place.district, "Only staff may read this")
    for person, wanted in ((alder, 1), (aspen, 0), (place.superintendent, 1), (place.cao, 1)):
        with database.app.transaction(factories.scope_of(database.app, person)) as session:
            assert factories.count(session, "board_question") == wanted, person.name
    facilitator = factories.make_facilitator(database)
    coach = factories.make_member(database, facilitator, "FCO")
    factories.make_engagement(database, place.district, facilitator, level=4, coaches=(coach,))
    scope = factories.scope_of(database.app, coach, place.district.id)
    with database.app.transaction(scope) as session:
        for table in ("board_question", "board_memo", "board_assignment", "team", "named_access"):
            assert factories.count(session, table) == 0, table
    assert acting(app, database, coach).get(f"/d/{place.district.id}/board").status_code == 403
    scope = factories.scope_of(database.app, aspen)
    with database.app.transaction(scope) as session, pytest.raises(sa.exc.DBAPIError, match="row-level"):
        session.execute(
            sa.text(
                "insert into board_question (district_id, version_id, asked_by, text, language)"
                " values (:d, :v, :p, 'x', 'en')"
            ),
            {"d": place.district.id, "v": place.version_id, "p": alder.id},
        )


def test_who_drafts_and_who_sends(app, database, place):
    alder, aspen = (acting(app, database, member) for member in place.members)
    ask(alder, place.district, "Why is the reading program not in the budget?")
    (question,) = question_ids(database, place)
    base = f"/d/{place.district.id}/board/questions/{question}"
    words = {"question": "Why is reading not in the budget?", "answer": "It begins in the second year."}
    hr, cao = acting(app, database, place.hr), acting(app, database, place.cao)
    cbo = acting(app, database, place.official)
    sup = acting(app, database, place.superintendent)
    assert cao.post(f"{base}/memo", data=words).status_code == 403, "not given to this head"
    assert cao.post(f"{base}/assign", data={"person": place.cao.id}).status_code == 403
    assert sup.post(f"{base}/assign", data={"person": place.members[0].id}).status_code == 422
    assert sup.post(f"{base}/assign", data={"person": place.cao.id}).status_code == 302
    assert cao.post(f"{base}/memo", data=words).status_code == 302
    assert hr.post(f"{base}/memo", data=words).status_code == 403
    assert "second year" not in page(aspen, place.district), "a draft is nobody's but staff's"
    for who in (cao, cbo):
        assert who.post(f"{base}/memo", data={**words, "act": "send"}).status_code == 403
    assert sup.post(f"{base}/memo", data={**words, "act": "send"}).status_code == 302
    assert "It begins in the second year." in page(aspen, place.district)
    assert cbo.post(f"{base}/memo", data={**words, "answer": "Another"}).status_code == 422
    record = aspen.get(f"/d/{place.district.id}/board/memos.txt")
    assert "Why is reading not in the budget?" in record.get_data(as_text=True)
    assert "Alder" not in record.get_data(as_text=True)
    with database.app.transaction(factories.scope_of(database.app, place.official)) as session:
        with pytest.raises(sa.exc.DBAPIError):
            session.execute(sa.text("update board_memo set answer = 'x'"))
        session.rollback()


def test_nothing_to_ask_about_and_nobody_else_asks(app, database, place):
    assert ask(acting(app, database, place.members[0]), place.district, "  ").status_code == 422
    reviewer = acting(app, database, factories.make_member(database, place.district, "COM"))
    assert reviewer.get(f"/d/{place.district.id}/board").status_code == 403
    assert ask(reviewer, place.district, "May I?").status_code == 403
    assert ask(acting(app, database, place.superintendent), place.district, "May I?").status_code == 403
    bare = factories.make_district(database)
    member = acting(app, database, factories.make_member(database, bare, "BRD"))
    assert "Nothing has been released" in page(member, bare)
    assert ask(member, bare, "Anything?").status_code == 422
