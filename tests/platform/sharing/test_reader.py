"""The reader's page: open a link, read, comment, find the comment again, without an account."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, text

from tenants.records.comments import Comment, CommentThread
from tenants.records.plans import ShareLink
from tenants.records.share_links import revoke
from tenants.scope import Scope
from tests.support.factories import make_district, make_member, scope_of
from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, publish, published, share
from workers.comments import conversation, desk


@pytest.fixture
def plan(database: CloneOfTemplate) -> Published:
    return published(database)


@pytest.fixture
def reader(app: Flask, plan: Published, redis: object) -> FlaskClient:
    client = app.test_client()
    answer = client.get(f"/r/{plan.token}")
    assert answer.status_code == 303
    assert plan.token not in answer.headers["Location"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return client


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    content = answer.get_data(as_text=True)
    assert answer.status_code == status, content[:2000]
    return content


def filled(content: str, **values: str) -> dict[str, str]:
    form = re.search(r'<form[^>]*id="comment".*?</form>', content, re.S)
    assert form
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))
    return {name: html.unescape(value) for name, value in hidden.items()} | values


def send(client: FlaskClient, plan: Published, query: str = "", **values: str) -> str:
    """Send a comment by the form without script and return the code."""
    base = f"/r/p/{plan.link_id}/"
    form = filled(page(client, f"{base}comment{query}"), **values)
    answer = client.post(f"{base}comment", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page(client, answer.headers["Location"]))
    assert code
    return code.group()


def test_a_link_opens_the_newest_version_at_an_address_without_the_token(
    reader: FlaskClient, plan: Published
) -> None:
    content = page(reader, f"/r/p/{plan.link_id}/")
    assert "The plan closes the gap" in content
    assert plan.token not in content
    assert "Comment on the plan" in content
    answer = reader.get(f"/r/p/{plan.link_id}/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_opening_uses_nothing_up_and_is_counted(
    app: Flask, database: CloneOfTemplate, plan: Published, redis: object
) -> None:
    for _ in range(3):
        assert app.test_client().get(f"/r/{plan.token}").status_code == 303
    assert app.test_client().head(f"/r/{plan.token}").status_code == 303
    with database.app.transaction(scope_of(database.app, plan.official, plan.district.id)) as session:
        assert session.scalars(select(ShareLink.opened_count)).one() == 3


def test_unknown_ended_and_revoked_links_look_alike(
    app: Flask, database: CloneOfTemplate, plan: Published, redis: object
) -> None:
    scope = scope_of(database.app, plan.superintendent, plan.district.id)
    link_id, token = share(database, plan.district, plan.superintendent, plan.plan_id)
    with database.app.transaction(scope) as session:
        assert revoke(session, scope, link_id)
        past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        session.execute(
            text("update share_link set expires_at = :at where id = :id"), {"at": past, "id": plan.link_id}
        )
    pages = []
    for given in ("nobody-made-this", token, plan.token):
        answer = app.test_client().get(f"/r/{given}")
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"
        pages.append(re.sub(r'nonce="?-?[^" ]+|/r/[^" ]+', "", answer.get_data(as_text=True)))
    assert len(set(pages)) == 1
    assert "This link opens nothing" in pages[0]


def test_the_cookie_of_one_link_opens_no_other(
    app: Flask, database: CloneOfTemplate, plan: Published, redis: object
) -> None:
    other = published(database, "Oak Bend Unified")
    client = app.test_client()
    client.get(f"/r/{plan.token}")
    assert client.get(f"/r/p/{other.link_id}/").status_code == 404
    client.set_cookie("reader", plan.token, path="/")
    assert client.get(f"/r/p/{other.link_id}/").status_code == 404


def test_every_word_is_spanish_for_a_spanish_reader(reader: FlaskClient, plan: Published) -> None:
    answer = reader.get(f"/r/p/{plan.link_id}/", headers={"Accept-Language": "es-MX,es;q=0.9"})
    content = answer.get_data(as_text=True)
    assert '<html lang="es">' in content
    shown = re.sub(r"<[^>]+>", " ", content)
    for word in ("Comment", "version", "Read", "Your", " the ", " of "):
        assert not re.search(rf"\b{word.strip()}\b", shown), word


def test_a_comment_on_a_passage_needs_no_script_and_stands_at_its_place(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate
) -> None:
    block = plan.document.sections[1].blocks[0]
    code = send(reader, plan, f"?block={block.id}", text="Who pays for <b>this</b>?\n\nI ask.", name="Ana")
    content = page(reader, f"/r/p/{plan.link_id}/")
    assert "Who pays for &lt;b&gt;this&lt;/b&gt;?" in content
    at = content.index(f'id="b{block.id}"')
    assert content.index("Who pays for") > at
    assert "Ana" in content
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        assert session.scalars(select(CommentThread.block_id)).all() == [block.id]
        assert code not in repr(session.scalars(select(Comment)).all())


def test_a_comment_on_a_figure_is_about_its_stable_key(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate
) -> None:
    content = page(reader, f"/r/p/{plan.link_id}/figure/F03")
    assert "How it is worked out" in content
    link = re.search(r'comment\?figure=([^"]+)"', content)
    assert link
    send(reader, plan, f"?figure={link.group(1)}", text="So much?")
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        thread = session.scalars(select(CommentThread)).one()
        assert (thread.about, thread.figure) == ("figure", "plan/measures")
    assert page(reader, f"/r/p/{plan.link_id}/figure/F99", 404)


def test_a_bad_form_keeps_the_words_and_says_what_to_mend(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate
) -> None:
    base = f"/r/p/{plan.link_id}/"
    form = filled(page(reader, base), text="My words stay.", address="nobody")
    answer = reader.post(f"{base}comment", data=form)
    content = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "My words stay." in content
    assert "not a complete mail address" in content
    trapped = reader.post(f"{base}comment", data=form | {"address": "", "website": "http://x.example"})
    assert trapped.status_code == 422
    assert reader.post(f"{base}comment", data={"text": "No token."}).status_code == 400
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        assert session.scalars(select(Comment)).all() == []


def test_a_second_press_makes_no_second_comment(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate
) -> None:
    base = f"/r/p/{plan.link_id}/"
    form = filled(page(reader, base), text="Once.")
    assert reader.post(f"{base}comment", data=form).status_code == 303
    assert reader.post(f"{base}comment", data=form).status_code == 303
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        assert session.scalars(select(Comment.text)).all() == ["Once."]


def test_too_many_comments_are_asked_to_wait(
    reader: FlaskClient, plan: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apportion.sharing.commenting.FROM_ONE_CONNECTION", 2)
    for number in range(2):
        send(reader, plan, text=f"Comment {number}")
    base = f"/r/p/{plan.link_id}/"
    answer = reader.post(f"{base}comment", data=filled(page(reader, base), text="One too many."))
    assert answer.status_code == 429
    assert "One too many." in answer.get_data(as_text=True)


def test_the_code_finds_comment_answer_and_changed_sentence_and_may_withdraw(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate, app: Flask
) -> None:
    block = plan.document.sections[0].blocks[0]
    code = send(reader, plan, f"?block={block.id}", text="And the coaches?")
    scope = scope_of(database.app, plan.official, plan.district.id)
    with database.app.transaction(scope) as session:
        thread_id = session.scalars(select(CommentThread.id)).one()
        conversation.answer(session, scope, thread_id, "They stay.", language="en", author="M. Quintero")
        conversation.set_disposition(session, scope, thread_id, "changed", "", block.id)
    base = f"/r/p/{plan.link_id}/"
    ask = page(reader, f"{base}my-comment")
    token = re.search(r'name="csrf_token" value="([^"]+)"', ask)
    assert token
    typed = {"csrf_token": token.group(1), "code": code.lower().replace("-", " ")}
    found = reader.post(f"{base}my-comment", data=typed)
    assert found.status_code == 303
    mine = page(reader, found.headers["Location"])
    assert "The plan changed because of your comment" in mine
    assert "They stay." in mine
    assert "Without a plan the reserve is spent" in mine
    wrong = reader.post(f"{base}my-comment", data=typed | {"code": "AAAA-BBBB-CCCC"})
    assert wrong.status_code == 422
    stranger = app.test_client()
    assert stranger.get(f"/r/c/{plan.district.id + 1}/{code}").status_code == 404
    mine = page(stranger, f"/r/c/{plan.district.id}/{code}")
    token = re.search(r'name="csrf_token" value="([^"]+)"', mine)
    assert token
    withdrawn = stranger.post(
        f"/r/c/{plan.district.id}/{code}/withdraw", data={"csrf_token": token.group(1), "reason": "Settled."}
    )
    assert withdrawn.status_code == 303
    assert "And the coaches?" not in page(reader, base)
    assert "You withdrew this comment" in page(stranger, f"/r/c/{plan.district.id}/{code}")


def test_a_newer_version_takes_the_comment_along_and_the_older_says_so(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate
) -> None:
    block = plan.document.sections[0].blocks[0]
    send(reader, plan, f"?block={block.id}", text="About a passage that stays.")
    gone = plan.document.sections[3].blocks[1]
    send(reader, plan, f"?block={gone.id}", text="About a passage that goes.")
    sections = [
        type(s)(s.key, s.number, s.name, s.title, [b for b in s.blocks if b.id != gone.id], s.owner)
        for s in plan.document.sections
    ]
    later = type(plan.document)(
        plan.document.plan_id,
        plan.document.cover,
        sections,
        plan.document.figures,
        plan.document.priorities,
        plan.document.options,
        plan.document.sources,
    )
    publish(database, plan.district, plan.superintendent, later, "0.2", plan_id=plan.plan_id)
    content = page(reader, f"/r/p/{plan.link_id}/")
    assert content.index("About a passage that stays.") > content.index(f'id="b{block.id}"')
    assert "This was about a passage in version 0.1, which is no longer there." in content
    older = page(reader, f"/r/p/{plan.link_id}/version/{plan.version_id}/")
    assert "You are reading version 0.1. Version 0.2 replaced it." in older
    assert "data-comment" not in older


def test_after_the_window_the_public_reads_and_can_add_nothing(
    app: Flask, database: CloneOfTemplate, redis: object
) -> None:
    plan = published(database, "Fir Hollow Unified", closes=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    client = app.test_client()
    client.get(f"/r/{plan.token}")
    base = f"/r/p/{plan.link_id}/"
    form = filled(page(client, base), text="Too late?")
    with database.app.transaction(scope_of(database.app, plan.superintendent, plan.district.id)) as session:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        session.execute(text("update plan_version set comment_closes_at = :at"), {"at": past})
    content = page(client, base)
    assert "Comments are closed" in content
    assert "data-comment" not in content
    answer = client.post(f"{base}comment", data=form)
    assert "The time for comments is over" in answer.get_data(as_text=True)
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        assert session.scalars(select(Comment)).all() == []


def test_a_draft_that_is_not_published_shows_nothing(
    app: Flask, database: CloneOfTemplate, redis: object
) -> None:
    plan = published(database, "Pine Ridge Unified")
    with database.app.transaction(scope_of(database.app, plan.superintendent, plan.district.id)) as session:
        session.execute(text("update plan_version set state = 'withdrawn'"))
    client = app.test_client()
    assert client.get(f"/r/{plan.token}").status_code == 303
    assert client.get(f"/r/p/{plan.link_id}/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_comments(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate, app: Flask
) -> None:
    engine = app.extensions["apportion"].database.engine

    def queries() -> int:
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        page(reader, f"/r/p/{plan.link_id}/")
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    send(reader, plan, text="One.")
    first = queries()
    for number in range(6):
        send(reader, plan, text=f"More {number}.")
    assert queries() == first
    assert queries() < first


def test_very_many_comments_stand_on_pages_of_their_own(
    reader: FlaskClient, plan: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apportion.sharing.reading.MOST_IN_ONE_PLACE", 2)
    monkeypatch.setattr("apportion.sharing.reader.ON_ONE_PAGE", 3)
    for number in range(4):
        send(reader, plan, text=f"General number {number}.")
    base = f"/r/p/{plan.link_id}/"
    content = page(reader, base)
    assert "General number 3." in content
    assert "General number 0." not in content
    assert "2 earlier comments stand with all comments" in content
    first, second = page(reader, f"{base}comments"), page(reader, f"{base}comments?page=2")
    assert "General number 3." in first
    assert "?page=2" in first
    assert "General number 0." in second
    assert "?page=3" not in second
    assert "General number 3." in page(reader, f"{base}comments?page=x")
    block = plan.document.sections[1].blocks[0]
    for number in range(4):
        send(reader, plan, f"?block={block.id}", text=f"Passage number {number}.")
    assert f'{base}comments?block={block.id}"' in page(reader, base)
    here = f"{base}comments?block={block.id}"
    first, second = page(reader, here), page(reader, f"{here}&page=2")
    assert "General" not in first + second
    assert "Passage number 3." in first
    assert f"?page=2&amp;block={block.id}" in first
    assert "Passage number 0." in second


def test_another_districts_people_find_no_link_page(database: CloneOfTemplate, plan: Published) -> None:
    other = make_district(database, "Quail Hill Elementary")
    stranger = make_member(database, other, "SUP", steward=True)
    scope = scope_of(database.app, stranger, other.id)
    with database.app.transaction(scope) as session:
        assert session.scalars(select(ShareLink)).all() == []
        assert not revoke(session, scope, plan.link_id)


def test_a_reader_replies_without_an_account_and_staff_and_writers_hear_of_it(
    reader: FlaskClient, plan: Published, database: CloneOfTemplate
) -> None:
    block = plan.document.sections[1].blocks[0]
    send(reader, plan, f"?block={block.id}", text="Who pays for this?", name="Ana", address="ana@example.org")
    upkeep = Scope.for_upkeep(plan.district.id)
    with database.app.transaction(upkeep) as session:
        thread_id = session.scalars(select(CommentThread.id)).one()
    base = f"/r/p/{plan.link_id}/"
    assert f'href="{base}comment?thread={thread_id}"' in page(reader, base)
    form = page(reader, f"{base}comment?thread={thread_id}")
    assert "Reply to this comment" in form
    assert "Who pays for this?" in form
    assert "become part of the public record" in form
    scope = scope_of(database.app, plan.official, plan.district.id)
    with database.app.transaction(scope) as session:
        conversation.answer(session, scope, thread_id, "The state does.", language="en", author="M. Quintero")
        conversation.set_disposition(session, scope, thread_id, "answered")
    code = send(
        reader, plan, f"?thread={thread_id}", text="For how long?", name="Luis", address="l@example.org"
    )
    with database.app.transaction(upkeep) as session:
        said = session.scalars(select(Comment).order_by(Comment.id)).all()
        assert [(c.text, c.official, c.thread_id) for c in said] == [
            ("Who pays for this?", False, thread_id),
            ("The state does.", True, thread_id),
            ("For how long?", False, thread_id),
        ]
        told = session.execute(text("select parameters->>'what' from job where kind = 'tell_about_comment'"))
        assert sorted(told.scalars()) == ["answer", "disposition", "receipt", "receipt", "reply"]
    # A reply to what was settled waits anew, and both are counted.
    with database.app.transaction(scope) as session:
        items = desk.received(session, plan.district.id, plan.plan_id, "en")
        assert [(item.state, item.reply) for item in items] == [("answered", False), ("open", True)]
        conversation.set_disposition(session, scope, thread_id, "answered")
    content = page(reader, base)
    assert (
        content.index("Who pays for this?")
        < content.index("The state does.")
        < content.index("For how long?")
    )
    assert "For how long?" in page(reader, f"/r/c/{plan.district.id}/{code}")
    assert reader.get(f"{base}comment?thread={thread_id + 1}").status_code == 200
    with database.app.transaction(scope) as session:
        for comment in said:
            if not comment.official:
                conversation.set_comment_aside(session, scope, comment.id, "Names a child.")
    gone = filled(page(reader, f"{base}comment"), text="Too late?", thread=str(thread_id))
    answer = reader.post(f"{base}comment", data=gone)
    assert answer.status_code == 422
    assert "no longer shown" in answer.get_data(as_text=True)
    assert "Too late?" in answer.get_data(as_text=True)


def test_support_counts_a_browser_once_is_taken_back_and_ends_with_the_window(
    app: Flask, reader: FlaskClient, plan: Published, database: CloneOfTemplate
) -> None:
    send(reader, plan, text="More counselors.")
    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        thread_id = session.scalars(select(CommentThread.id)).one()
    base = f"/r/p/{plan.link_id}/"

    def press(client: FlaskClient, thread: int = thread_id) -> str:
        form = re.search(r'<form id="support".*?name="csrf_token" value="([^"]+)"', page(client, base), re.S)
        assert form
        data = {"csrf_token": form.group(1), "thread": str(thread)}
        assert client.post(f"{base}support", data=data).status_code == 303
        return page(client, base)

    pressed = f'value="{thread_id}" aria-pressed="true"'
    other = app.test_client()
    other.get(f"/r/{plan.token}")
    content = press(reader)
    assert "One person supports this" in content
    assert pressed in content
    assert "2 people support this" in press(other)
    assert pressed in page(reader, f"{base}comments")
    content = press(reader)
    assert "One person supports this" in content
    assert pressed not in content
    assert "no longer shown" in press(reader, thread_id + 1)
    with database.app.transaction(scope_of(database.app, plan.superintendent, plan.district.id)) as session:
        items = desk.received(session, plan.district.id, plan.plan_id, "en")
        assert [item.supporters for item in items] == [1]
        past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        session.execute(text("update plan_version set comment_closes_at = :at"), {"at": past})
    content = page(reader, base)
    assert "One person supports this" in content
    assert "I support this" not in content
    with reader.session_transaction() as held:
        token = held["csrf_token"]
    assert token
    answer = reader.get(f"{base}comment?thread={thread_id}")
    assert answer.status_code == 303
    assert "The time for comments is over" in page(reader, base)
