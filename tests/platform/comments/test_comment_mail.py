"""A commenter's mail, all the way: comment, answer, job, carrier, link back; in the reader's language."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select, text

from apportion.app import create_app
from tenants.records.comments import CommentThread
from tenants.records.jobs import Job
from tenants.scope import Scope
from tenants.settings import Settings
from tests.support.acting import acting
from tests.support.inbox import smtp_server
from tests.support.platform import CloneOfTemplate
from tests.support.published import Published, published
from workers import registry, runner
from workers.mail import Carrier

ADDRESS = "lucia.martinez@example.org"
WORDS = "¿También habrá entrenadores en español?"
ANSWER = "Sí. Dos de los ocho entrenadores trabajarán en español."


@pytest.fixture
def plan(database: CloneOfTemplate) -> Published:
    registry.load()
    return published(database)


Received = list[tuple[list[str], bytes, bool]]
Way = tuple[Settings, Received | None]


@pytest.fixture(params=["folder", "server"])
def way(request: pytest.FixtureRequest, database: CloneOfTemplate) -> Iterator[Way]:
    """Give settings that send mail into the folder, and ones that send it to a real server."""
    if request.param == "folder":
        yield database.settings, None
        return
    with smtp_server(tls=False) as (inbox, port):
        yield dataclasses.replace(database.settings, smtp_url=f"smtp://127.0.0.1:{port}"), inbox.received


@pytest.fixture
def app(way: Way) -> Iterator[Flask]:
    """Give the application with those settings; its connections end with the test."""
    made = create_app(way[0])
    made.config.update(TESTING=True)
    yield made
    held = made.extensions["apportion"]
    held.database.close()
    held.redis.close()


def carried(settings: Settings, database: CloneOfTemplate, district: int) -> None:
    """Do what workers and carrier do until nothing about comments waits."""
    with database.app.transaction(Scope.for_upkeep(district)) as session:
        waiting = session.scalars(
            select(Job.id).where(Job.kind == "tell_about_comment", Job.state == "waiting").order_by(Job.id)
        ).all()
    for job_id in waiting:
        runner.execute(settings, job_id, district)
    carrier = Carrier(settings)
    try:
        while carrier.carry_one():
            pass
        with carrier.database.connection(None) as connection:
            held = connection.execute(text("select state, text, html from outgoing_mail")).all()
    finally:
        carrier.close()
    # What was carried lies nowhere any more: its link opens the comment.
    assert {tuple(row) for row in held} == {("sent", "", "")}


def letters(settings: Settings, received: Received | None) -> list[EmailMessage]:
    raw = (
        [content for _, content, _ in received]
        if received is not None
        else [path.read_bytes() for path in sorted(settings.mail_folder.glob("*.eml"))]
    )
    return [email.message_from_bytes(each, policy=email.policy.default) for each in raw]  # type: ignore[misc]


def test_a_reader_who_left_an_address_reads_the_answer_and_the_changed_sentence(
    database: CloneOfTemplate,
    plan: Published,
    redis: object,
    way: Way,
    app: Flask,
) -> None:
    settings, received = way
    block = plan.document.sections[0].blocks[0]
    reader = app.test_client()
    reader.get(f"/r/{plan.token}", headers={"Accept-Language": "es"})
    base, spanish = f"/r/p/{plan.link_id}/", {"Accept-Language": "es-MX"}
    form = reader.get(f"{base}comment?block={block.id}", headers=spanish).get_data(as_text=True)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    sent = reader.post(f"{base}comment", data=hidden | {"text": WORDS, "address": ADDRESS}, headers=spanish)
    assert sent.status_code == 303
    carried(settings, database, plan.district.id)

    with database.app.transaction(Scope.for_upkeep(plan.district.id)) as session:
        thread_id = session.scalars(select(CommentThread.id)).one()
    chief = acting(app, database, plan.official)
    data = {"text": ANSWER, "language": "es", "disposition": "changed", "changed_block": str(block.id)}
    answered = chief.post(f"/d/{plan.district.id}/comments/{thread_id}/answer", data=data)
    assert answered.status_code == 303
    carried(settings, database, plan.district.id)

    found = letters(settings, received)
    subjects = {str(letter["Subject"]) for letter in found}
    assert subjects == {
        f"{plan.district.name}: su comentario ha llegado",
        f"{plan.district.name} respondió a su comentario",
        f"{plan.district.name}: qué pasó con su comentario",
    }
    for letter in found:
        assert str(letter["To"]) == ADDRESS
        assert str(letter["Content-Language"]) == "es"
        assert letter["Auto-Submitted"] == "auto-generated"
        plain, rich = (letter.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        assert rich is not None
        words = plain.get_content()
        assert WORDS in words
        assert "Nadie lee" in words
        link = re.search(r"https?://\S+/r/c/\S+", words)
        assert link
        assert link.group() in rich.get_content()
        assert plan.token not in words + rich.get_content()
        path = link.group().removeprefix(settings.base_url)
        # Another device, without the plan's link.
        mine = app.test_client().get(path, headers=spanish).get_data(as_text=True)
        assert "El plan cambió gracias a su comentario" in mine
        assert ANSWER in mine
        assert 'class="rd-now"' in mine
    answer = next(letter for letter in found if "respondió" in str(letter["Subject"]))
    body = answer.get_body(("plain",))
    assert body is not None
    assert ANSWER in body.get_content()

    folder = app.test_client().get("/mail/", headers=spanish)
    if received is not None:
        assert folder.status_code == 404
        return
    listed = folder.get_data(as_text=True)
    assert f"{plan.district.name} respondió a su comentario" in listed
    name = re.search(r'href="(/mail/[^"]+\.eml)" lang="es">[^<]*respondió', listed)
    assert name
    shown = app.test_client().get(name.group(1), headers=spanish).get_data(as_text=True)
    assert ANSWER in shown
    assert 'lang="es"' in shown
    assert re.search(r'href="https?://[^"]+/r/c/', shown)
