"""What commenters and staff hear by mail: a receipt, an answer, what became of it, the day's comments.

Addresses of commenters are personnel information; these jobs run as the platform's own upkeep of one
district. A mail quotes what is public anyway and nothing else.
"""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants.language import N_, format_date, local_day, translate, translate_n
from tenants.organizations import Membership, Organization
from tenants.people import Person
from tenants.records.comments import Comment, CommentContact, CommentThread
from workers import mail
from workers.comments.texts import code_hash, return_code
from workers.kinds import RunningJob, job_kind

STAFF_ROLES = ("SUP", "CBO", "CAO")
"""Who hears of each day's comments: those who publish a plan."""

SHOWN_IN_DIGEST = 30

OUTCOMES = {
    "changed": N_("The plan changed"),
    "answered": N_("Answered"),
    "kept_for_later": N_("Kept for later"),
    "outside_scope": N_("Outside what this plan decides"),
    "set_aside": N_("Set aside"),
}


@job_kind("tell_about_comment", queue="light", limit_seconds=120, rights="upkeep")
def tell_about_comment(job: RunningJob) -> dict[str, Any]:
    """Write the mails that follow from one act in a thread, each under a key of its own."""
    what, about_id = str(job.parameters["what"]), int(job.parameters["about_id"])
    with job.transaction() as session:
        thread = session.scalar(
            select(CommentThread).where(
                CommentThread.district_id == job.district_id,
                CommentThread.id == int(job.parameters["thread_id"]),
            )
        )
        if thread is None:
            return {"mails": 0}
        if what == "assigned":
            return {"mails": _tell_assigned(session, job, thread, about_id)}
        return {"mails": _tell_commenters(session, job, thread, what, about_id)}


def _tell_commenters(
    session: Session, job: RunningJob, thread: CommentThread, what: str, about_id: int
) -> int:
    district = _district_name(session, job.district_id)
    rows = session.execute(
        select(Comment, CommentContact)
        .join(
            CommentContact,
            (CommentContact.district_id == Comment.district_id) & (CommentContact.comment_id == Comment.id),
        )
        .where(
            Comment.district_id == job.district_id,
            Comment.thread_id == thread.id,
            Comment.state == "published",
            CommentContact.address != "",
        )
    ).all()
    sent = 0
    for comment, contact in rows:
        if (what == "receipt" and comment.id != about_id) or (what == "reply" and comment.id >= about_id):
            continue
        code = _code(job, comment.id, contact.return_code_hash)
        link = f"{job.settings.base_url.rstrip('/')}/r/c/{job.district_id}/{code}" if code else ""
        words = _words(session, thread, what, about_id, comment, district)
        if words is None:
            continue
        subject, paragraphs = words
        _send(
            session,
            key=_key(thread, comment, what, about_id),
            address=contact.address,
            subject=subject,
            paragraphs=paragraphs,
            link=link,
            code=code or "",
            language=comment.language,
            organization_id=job.district_id,
        )
        sent += 1
    return sent


def _key(thread: CommentThread, comment: Comment, what: str, about_id: int) -> str:
    """Return what makes a mail one mail: other readers' replies reach a writer once a day at most."""
    if what == "reply":
        return f"comment/{comment.id}/reply/{dt.datetime.now(dt.UTC).date()}"
    return f"comment/{comment.id}/{what}/{about_id}/{thread.disposition or ''}"


def _reply_words(
    session: Session, thread: CommentThread, about_id: int, comment: Comment, district: str
) -> tuple[str, list[str]] | None:
    to = comment.language
    reply = session.scalar(
        select(Comment).where(Comment.district_id == thread.district_id, Comment.id == about_id)
    )
    if reply is None or reply.state != "published":
        return None
    name = reply.author_name or translate("A reader", to)
    return (
        translate("{district}: a reader replied to your comment", to, district=district),
        [
            f"\u201c{comment.text}\u201d",
            translate("{name} replies:", to, name=name),
            reply.text,
            translate("Another reader wrote this. We write of replies once a day at most.", to),
        ],
    )


def _words(
    session: Session, thread: CommentThread, what: str, about_id: int, comment: Comment, district: str
) -> tuple[str, list[str]] | None:
    """Return subject and paragraphs of a commenter's mail, or None where there is nothing to say."""
    to = comment.language
    if what == "receipt":
        return (
            translate("{district}: your comment has arrived", to, district=district),
            [
                translate("Thank you. Your comment on the strategic finance plan is public now:", to),
                f"\u201c{comment.text}\u201d",
                translate(
                    "When the district answers, we write to this address. You need not do anything.", to
                ),
            ],
        )
    if what == "answer":
        reply = session.scalar(
            select(Comment).where(Comment.district_id == thread.district_id, Comment.id == about_id)
        )
        if reply is None or reply.state != "published":
            return None
        return (
            translate("{district} answered your comment", to, district=district),
            [
                f"\u201c{comment.text}\u201d",
                translate("{name} answers:", to, name=reply.author_name or district),
                reply.text,
            ],
        )
    if what == "reply":
        return _reply_words(session, thread, about_id, comment, district)
    if thread.disposition is None:
        return None
    outcome = translate(OUTCOMES[thread.disposition], to)
    paragraphs = [
        f"\u201c{comment.text}\u201d",
        translate("What became of it: {outcome}.", to, outcome=outcome),
    ]
    if thread.disposition_note:
        paragraphs.append(thread.disposition_note)
    return translate("{district}: what became of your comment", to, district=district), paragraphs


def _code(job: RunningJob, comment_id: int, stored: bytes) -> str | None:
    """Return a comment's code, made again from the secret that made it; None if that is gone."""
    for secret in job.settings.secret_keys:
        code = return_code(secret, job.district_id, comment_id)
        if code_hash(code) == bytes(stored):
            return code
    return None


def _tell_assigned(session: Session, job: RunningJob, thread: CommentThread, person_id: int) -> int:
    person = session.get(Person, person_id)
    if person is None or thread.assigned_to != person_id:
        return 0
    to = person.language
    district = _district_name(session, job.district_id)
    base = job.settings.base_url.rstrip("/")
    _send(
        session,
        key=f"comment_thread/{thread.id}/assigned/{person_id}/{job.id}",
        address=person.address,
        subject=translate("{district}: a public comment waits for your answer", to, district=district),
        paragraphs=[translate("A public comment on the plan was given to you.", to)],
        link=f"{base}/d/{job.district_id}/comments/{thread.id}",
        code="",
        language=to,
        organization_id=job.district_id,
    )
    return 1


@job_kind("comment_digest", queue="light", limit_seconds=120, rights="upkeep")
def comment_digest(job: RunningJob) -> dict[str, Any]:
    """Mail one day's public comments to staff: one mail for each person, none when there were none."""
    until = dt.datetime.fromisoformat(job.parameters["until"])
    with job.transaction() as session:
        where = (
            Comment.district_id == job.district_id,
            Comment.official.is_(False),
            Comment.created_at >= until - dt.timedelta(days=1),
            Comment.created_at < until,
        )
        count = session.scalar(select(func.count()).select_from(Comment).where(*where)) or 0
        if not count:
            return {"mails": 0}
        comments = session.scalars(
            select(Comment).where(*where).order_by(Comment.created_at.desc()).limit(SHOWN_IN_DIGEST)
        ).all()
        people = session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organization_id == job.district_id,
                Membership.ended_at.is_(None),
                Membership.role.in_(STAFF_ROLES),
            )
        ).all()
        district = _district_name(session, job.district_id)
        base = job.settings.base_url.rstrip("/")
        for person in people:
            to = person.language
            paragraphs = [
                translate_n(
                    "One public comment arrived by {day}.",
                    "{n} public comments arrived by {day}.",
                    count,
                    to,
                    day=format_date(local_day(until), to),
                )
            ]
            paragraphs += [
                f"\u201c{comment.text}\u201d" for comment in comments if comment.state == "published"
            ]
            _send(
                session,
                key=f"comment_digest/{job.district_id}/{person.id}/{until.date()}",
                address=person.address,
                subject=translate("{district}: comments on the plan", to, district=district),
                paragraphs=paragraphs,
                link=f"{base}/d/{job.district_id}/comments",
                code="",
                language=to,
                organization_id=job.district_id,
            )
        return {"mails": len(people), "comments": count}


def _district_name(session: Session, district_id: int) -> str:
    return session.scalar(select(Organization.name).where(Organization.id == district_id)) or ""


def _send(
    session: Session,
    *,
    key: str,
    address: str,
    subject: str,
    paragraphs: list[str],
    link: str,
    code: str,
    language: str,
    organization_id: int,
) -> None:
    closing = [translate("Nobody reads answers to this address.", language)]
    lines = [*paragraphs]
    if code:
        lines.append(translate("Your code: {code}", language, code=code))
    if link:
        lines.append(link)
    body = "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)
    if code:
        body += f"<p>{escape(translate('Your code: {code}', language, code=code))}</p>"
    if link:
        label = escape(translate("Open it", language))
        body += f'<p><a href="{escape(link)}">{label}</a></p>'
    body += f"<p>{escape(closing[0])}</p>"
    mail.post(
        session,
        key=key,
        address=address,
        subject=" ".join(subject.split()),
        text="\n\n".join([*lines, *closing]) + "\n",
        html=f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{body}</body></html>',
        language=language,
        organization_id=organization_id,
    )
