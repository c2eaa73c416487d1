"""Share links, and the comments that readers leave."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.api.operations import operation
from apportion.api.options import plan_of
from apportion.api.refusals import Refusal
from apportion.api.shapes import Done, Line, Moment, Page, Paging, Shape, Text
from apportion.comments.area import refuse_foreign_thread
from apportion.request import language, scope
from apportion.services import services
from tenants import audit
from tenants.language import N_, message
from tenants.people import Person
from tenants.records import share_links
from tenants.records.comments import CommentThread
from tenants.records.plans import ShareLink
from workers.comments import conversation, desk

SHARING, COMMENTS = "Sharing", "Comments"


class LinkInput(Shape):
    """A link to make."""

    label: Line = Field(description="What it is for; staff see it.")
    expires_at: Moment
    language: Literal["en", "es"] = "en"
    may_comment: bool = True


class LinkShape(Shape):
    """A link by which readers without an account open the plan's newest published version."""

    id: int
    plan_id: int
    label: str
    language: str
    may_comment: bool
    expires_at: Moment
    revoked_at: Moment | None
    created_at: Moment
    opened: int


class MadeLink(LinkShape):
    """A new link with its address, which is shown this once."""

    shown_once: ClassVar[tuple[str, ...]] = ("address",)

    address: str | None = Field(description="Null when the answer is given again under its key.")


class Links(Shape):
    """All links of the district, newest first."""

    items: list[LinkShape]


class CommentShape(Shape):
    """A comment of a reader, with what became of its thread."""

    thread_id: int
    comment_id: int
    text: str
    language: str
    author: str = Field(description="As the reader gave it; may be empty.")
    relation: str
    at: Moment
    state: str = Field(description="open, answered_open, settled, withdrawn or set_aside")
    about: str = Field(description="passage, figure or plan")
    section: str
    quotation: str
    how: str = Field(
        description="Where the passage stands in the newest version: exact, moved, approximate, lost."
    )
    version: str
    answers: int
    disposition: str | None
    note: str


class MessageShape(Shape):
    """One thing said in a thread."""

    id: int
    official: bool = Field(description="True for the district's answer.")
    author: str
    relation: str
    language: str
    text: str
    state: str
    at: Moment


class ThreadShape(Shape):
    """A thread: where it stands in the text, then and now, and what was said."""

    id: int
    about: str
    quotation: str
    passage_then: str
    passage_now: str
    how: str
    disposition: str | None
    note: str
    assigned_to: int | None
    messages: list[MessageShape]


class Answer(Shape):
    """The district's answer in a thread."""

    text: Text
    language: Literal["en", "es"] = "en"


class Disposition(Shape):
    """What became of a thread."""

    disposition: Literal["changed", "answered", "kept_for_later", "outside_scope", "set_aside"]
    note: Text = Field("", description="The reason, which readers see.")
    changed_block_id: int | None = Field(None, description="Block in which the plan changed, for `changed`.")


@operation(
    "GET",
    "/districts/<int:district_id>/share-links",
    permission="share_link:view",
    summary=N_("Share links"),
    tag=SHARING,
    gives=Links,
)
def links(session: Session, district_id: int) -> Links:
    """Return the district's links; their addresses are nowhere."""
    return Links(items=[LinkShape(**_link(row)) for row in share_links.of_district(session, district_id)])


@operation(
    "POST",
    "/districts/<int:district_id>/plans/<int:plan_id>/share-links",
    permission="share_link:manage",
    summary=N_("Make a share link"),
    tag=SHARING,
    takes=LinkInput,
    gives=MadeLink,
    status=201,
)
def make_link(session: Session, district_id: int, plan_id: int, body: LinkInput) -> MadeLink:
    """Make a link; its address is in this answer and nowhere else."""
    plan_of(session, district_id, plan_id)
    if body.expires_at.tzinfo is None:
        zone = message("Say the time with its zone, as 2026-12-31T23:59:59-08:00.")
        raise Refusal(zone, 422, {"expires_at": zone})
    made, token = share_links.create(
        session,
        scope(),
        plan_id=plan_id,
        label=body.label,
        expires_at=body.expires_at,
        language=body.language,
        may_comment=body.may_comment,
    )
    session.refresh(made)
    audit.append(session, scope(), "share_link:manage", f"share_link/{made.id}", act="made")
    return MadeLink(**_link(made), address=f"{services().settings.base_url}/r/{token}")


@operation(
    "POST",
    "/districts/<int:district_id>/share-links/<int:link_id>/revoke",
    permission="share_link:manage",
    summary=N_("End a share link at once"),
    tag=SHARING,
    gives=Done,
)
def revoke_link(session: Session, district_id: int, link_id: int) -> Done:
    """End a link; `done` is false if it had ended."""
    if session.get(ShareLink, (district_id, link_id)) is None:
        raise NotFound
    ended = share_links.revoke(session, scope(), link_id)
    if ended:
        audit.append(session, scope(), "share_link:manage", f"share_link/{link_id}", act="ended")
    return Done(done=ended)


@operation(
    "GET",
    "/districts/<int:district_id>/plans/<int:plan_id>/comments",
    permission="public_comments:view",
    summary=N_("Public comments on a plan, in the order they came"),
    tag=COMMENTS,
    query=Paging,
    gives=Page[CommentShape],
)
def comments(session: Session, district_id: int, plan_id: int, query: Paging) -> Page[CommentShape]:
    """Return what was received; withdrawn and set aside stay counted."""
    plan_of(session, district_id, plan_id)
    items = sorted(desk.received(session, district_id, plan_id, language()), key=lambda item: item.comment_id)
    left = [item for item in items if item.comment_id > (query.position or 0)]
    shown = left[: query.limit]
    return Page[CommentShape](
        items=[
            CommentShape(
                thread_id=item.thread_id,
                comment_id=item.comment_id,
                text=item.text,
                language=item.language,
                author=item.author,
                relation=item.relation,
                at=item.at,
                state=item.state,
                about=item.about,
                section=item.section,
                quotation=item.quotation,
                how=item.how,
                version=item.version_number,
                answers=item.answers,
                disposition=item.disposition,
                note=item.note,
            )
            for item in shown
        ],
        next=str(shown[-1].comment_id) if len(left) > query.limit else None,
    )


@operation(
    "GET",
    "/districts/<int:district_id>/threads/<int:thread_id>",
    permission="public_comments:view",
    summary=N_("One thread"),
    tag=COMMENTS,
    gives=ThreadShape,
)
def thread(session: Session, district_id: int, thread_id: int) -> ThreadShape:
    """Return a thread with its passage, then and now."""
    return _thread(session, district_id, thread_id)


@operation(
    "POST",
    "/districts/<int:district_id>/threads/<int:thread_id>/answer",
    permission="public_comments:answer",
    summary=N_("Answer a comment"),
    tag=COMMENTS,
    takes=Answer,
    gives=ThreadShape,
    status=201,
)
def answer_thread(session: Session, district_id: int, thread_id: int, body: Answer) -> ThreadShape:
    """Give the district's answer; whoever left an address hears of it."""
    _known(session, district_id, thread_id)
    refuse_foreign_thread(session, district_id, thread_id)
    person = session.get_one(Person, scope().person_id or 0)
    said = conversation.answer(
        session, scope(), thread_id, body.text, language=body.language, author=person.name
    )
    audit.append(session, scope(), "public_comments:answer", f"comment/{said.id}")
    return _thread(session, district_id, thread_id)


@operation(
    "POST",
    "/districts/<int:district_id>/threads/<int:thread_id>/disposition",
    permission="public_comments:answer",
    summary=N_("Say what became of a comment"),
    tag=COMMENTS,
    takes=Disposition,
    gives=ThreadShape,
)
def settle_thread(session: Session, district_id: int, thread_id: int, body: Disposition) -> ThreadShape:
    """Settle a thread; readers see it beside the comment."""
    _known(session, district_id, thread_id)
    refuse_foreign_thread(session, district_id, thread_id)
    conversation.set_disposition(
        session, scope(), thread_id, body.disposition, body.note, body.changed_block_id
    )
    session.flush()
    audit.append(session, scope(), "public_comments:answer", f"comment_thread/{thread_id}")
    return _thread(session, district_id, thread_id)


def _known(session: Session, district_id: int, thread_id: int) -> None:
    wanted = select(CommentThread.id).where(
        CommentThread.district_id == district_id, CommentThread.id == thread_id
    )
    if session.scalar(wanted) is None:
        raise NotFound


def _thread(session: Session, district_id: int, thread_id: int) -> ThreadShape:
    found = desk.opened(session, district_id, thread_id, language())
    if found is None:
        raise NotFound
    held = found.thread
    return ThreadShape(
        id=held.id,
        about=held.about,
        quotation=held.quotation,
        passage_then=found.then,
        passage_now=found.now,
        how=found.how,
        disposition=held.disposition,
        note=held.disposition_note,
        assigned_to=held.assigned_to,
        messages=[
            MessageShape(
                id=each.id,
                official=each.official,
                author=each.author_name,
                relation=each.relation,
                language=each.language,
                text=each.text if each.state == "published" else "",
                state=each.state,
                at=each.created_at,
            )
            for each in found.comments
        ],
    )


def _link(row: ShareLink) -> dict[str, Any]:
    return {
        "id": row.id,
        "plan_id": row.plan_id,
        "label": row.label,
        "language": row.language,
        "may_comment": row.may_comment,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "created_at": row.created_at or dt.datetime.now(dt.UTC),
        "opened": row.opened_count,
    }
