"""Threads: what a reader may do through the wall, what staff do, and that nothing said is ever lost."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from reports.document import plain_text
from tenants.records.comments import Comment, CommentContact, CommentEvent, CommentThread
from tenants.records.plans import PlanVersion
from tenants.scope import Scope, resolve_visitor
from tests.support.factories import make_district, make_member, scope_of
from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, published, share
from workers.comments import conversation, desk
from workers.comments.placing import place_all
from workers.comments.texts import NotTaken, Posting, check, clean, code_hash, normal_code, return_code

SECRET = "a secret of the platform, long enough"


@pytest.fixture
def plan(database: CloneOfTemplate) -> Published:
    return published(database)


def visitor(database: CloneOfTemplate, plan: Published) -> Scope:
    scope = resolve_visitor(database.app, plan.token)
    assert scope is not None
    return scope


def post(database: CloneOfTemplate, plan: Published, words: str, **about: object) -> conversation.Posted:
    scope = visitor(database, plan)
    posting = check(Posting(text=words, language="en", **about))  # type: ignore[arg-type]
    with database.app.transaction(scope) as session:
        version = session.scalars(select(PlanVersion)).one()
        posted = conversation.post_public(session, scope, version, plan.document, posting, secret=SECRET)
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        conversation.after_posting(session, plan.district.id, posted)
    return posted


def staff(database: CloneOfTemplate, plan: Published) -> Scope:
    return scope_of(database.app, plan.official, plan.district.id)


def items(session: Session, plan: Published) -> list[desk.Item]:
    return desk.received(session, plan.district.id, plan.plan_id, "en")


def test_a_reader_comments_on_a_passage_through_the_visitors_wall(
    database: CloneOfTemplate, plan: Published
) -> None:
    block = plan.document.sections[0].blocks[0]
    printed = plain_text(block, "en")
    quotation = printed[10:40].strip()
    posted = post(database, plan, "Why?", block_id=block.id, quotation=quotation, address="a@example.org")
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        thread = session.scalars(select(CommentThread)).one()
        assert (thread.about, thread.quotation) == ("passage", quotation)
        assert printed[thread.start : thread.end] == quotation
        contact = session.scalars(select(CommentContact)).one()
        assert bytes(contact.return_code_hash) == code_hash(posted.code)
        assert posted.code not in repr(session.execute(text("select * from comment_contact")).all())
        assert conversation.find_by_code(session, plan.district.id, posted.code) == posted.comment_id
        assert session.scalars(select(CommentEvent.what)).all() == ["received"]
        kinds = session.execute(text("select kind from job order by kind")).scalars().all()
        assert kinds == ["comment_digest", "tell_about_comment"]


def test_a_reader_can_neither_change_nor_see_more_than_is_public(
    database: CloneOfTemplate, plan: Published
) -> None:
    post(database, plan, "One.", address="a@example.org")
    scope = visitor(database, plan)
    for statement in (
        "update comment set text = 'mine'",
        "delete from comment",
        "select address from comment_contact",
        "select * from comment_event",
        "update comment_thread set disposition = 'changed'",
    ):
        with pytest.raises(ProgrammingError), database.app.transaction(scope) as session:
            session.execute(text(statement))


def test_a_link_for_reading_takes_no_comment(database: CloneOfTemplate, plan: Published) -> None:
    _, token = share(database, plan.district, plan.superintendent, plan.plan_id, may_comment=False)
    scope = resolve_visitor(database.app, token)
    assert scope is not None
    with database.app.transaction(scope) as session:
        version = session.scalars(select(PlanVersion)).one()
    posting = Posting(text="No.", language="en")
    with pytest.raises(ProgrammingError), database.app.transaction(scope) as session:
        conversation.post_public(session, scope, version, plan.document, posting, secret=SECRET)


def test_totals_always_add_up_to_what_was_received(database: CloneOfTemplate, plan: Published) -> None:
    posted = [post(database, plan, f"Comment {number}") for number in range(8)]
    scope = staff(database, plan)
    with database.app.transaction(scope) as session:
        conversation.answer(session, scope, posted[1].thread_id, "So.", language="en", author="M. Quintero")
        for at, disposition in enumerate(("changed", "answered", "kept_for_later", "outside_scope"), start=2):
            conversation.set_disposition(session, scope, posted[at].thread_id, disposition, "For a reason.")
        conversation.set_comment_aside(session, scope, posted[6].comment_id, "Names a child.")
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        conversation.withdraw(session, plan.district.id, posted[7].comment_id, "I was wrong.")
    with database.app.transaction(scope) as session:
        found = items(session, plan)
        counts = desk.totals(found)
        assert sum(counts.values()) == len(found) == 8
        assert set(counts.values()) == {1}
        assert session.scalars(select(Comment.text).where(Comment.state == "withdrawn")).all() == [
            "Comment 7"
        ]
        hidden = [i for i in desk.appendix(session, plan.district.id, plan.plan_id, "en") if not i.text]
        assert {item.state for item in hidden} == {"set_aside", "withdrawn"}
        assert {item.note for item in hidden} == {"Names a child.", "I was wrong."}


def test_a_reason_is_owed_where_nothing_changes(database: CloneOfTemplate, plan: Published) -> None:
    posted = post(database, plan, "Lower the ceiling.")
    scope = staff(database, plan)
    for disposition in conversation.NEEDS_REASON:
        with pytest.raises(conversation.ReasonMissingError), database.app.transaction(scope) as session:
            conversation.set_disposition(session, scope, posted.thread_id, disposition, "  ")
    with pytest.raises(conversation.ReasonMissingError), database.app.transaction(scope) as session:
        conversation.set_comment_aside(session, scope, posted.comment_id, "")


def test_every_act_stays_in_the_record(database: CloneOfTemplate, plan: Published) -> None:
    posted = post(database, plan, "Hm.")
    scope = staff(database, plan)
    with database.app.transaction(scope) as session:
        conversation.assign(session, scope, posted.thread_id, plan.superintendent.id)
        conversation.set_disposition(session, scope, posted.thread_id, "set_aside", "Twice the same.")
        conversation.reopen(session, scope, posted.thread_id)
        conversation.set_comment_aside(session, scope, posted.comment_id, "Insult.")
        conversation.show_comment_again(session, scope, posted.comment_id)
    with database.app.transaction(scope) as session:
        record = session.scalars(select(CommentEvent.what).order_by(CommentEvent.id)).all()
    assert record == ["received", "assigned", "disposition", "reopened", "set_aside", "shown_again"]


def test_the_district_next_door_finds_nothing(database: CloneOfTemplate, plan: Published) -> None:
    posted = post(database, plan, "Hello.")
    other = make_district(database, "Oak Bend Elementary")
    stranger = make_member(database, other, "SUP", steward=True)
    scope = scope_of(database.app, stranger, other.id)
    with pytest.raises(conversation.UnknownThreadError), database.app.transaction(scope) as session:
        conversation.answer(session, scope, posted.thread_id, "Mine.", language="en", author="X")
    with database.app.transaction(scope) as session:
        assert session.scalars(select(Comment)).all() == []
        assert desk.opened(session, plan.district.id, posted.thread_id, "en") is None
        assert conversation.find_by_code(session, other.id, posted.code) is None


def test_threads_are_placed_in_a_version(database: CloneOfTemplate, plan: Published) -> None:
    post(database, plan, "General.")
    post(database, plan, "A passage.", block_id=plan.document.sections[0].blocks[0].id)
    post(database, plan, "A figure.", figure=next(iter(plan.document.figures.values())).stable_key)
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        first = place_all(session, plan.district.id, plan.version_id)
        again = place_all(session, plan.district.id, plan.version_id)
    assert first == again == {"exact": 3, "moved": 0, "approximate": 0, "lost": 0}


def test_texts_are_cleaned_and_limited() -> None:
    assert clean("  a\u202eb\u200b\x00c \r\n\r\n\r\n d\t e ") == "ab c\n\nd e"
    assert clean("Niño 🙂") == "Niño 🙂"
    for wrong in (
        Posting(text=" ", language="en"),
        Posting(text="x" * 4001, language="en"),
        Posting(text="Good.", language="en", address="nobody"),
        Posting(text="Good.", language="en", address="a@b.co\nBcc: c@d.org"),
        Posting(text="Good.", language="en", name="n" * 81),
    ):
        with pytest.raises(NotTaken):
            check(wrong)
    assert check(Posting(text="Good.", language="en", relation="emperor")).relation == ""


def test_codes_are_found_however_they_are_typed() -> None:
    code = return_code(SECRET, 7, 1042)
    assert len(code) == 14
    assert normal_code(code.lower().replace("-", " ")) == code
    assert normal_code("short") is None
    assert return_code(SECRET, 7, 1043) != code
    assert return_code(SECRET, 8, 1042) != code


def test_a_digest_goes_out_early_in_the_morning() -> None:
    evening = dt.datetime(2026, 11, 24, 22, 5, tzinfo=dt.UTC)
    assert conversation.digest_time(evening) == dt.datetime(2026, 11, 25, 14, tzinfo=dt.UTC)
    assert conversation.digest_time(evening.replace(hour=3)) == dt.datetime(2026, 11, 24, 14, tzinfo=dt.UTC)
