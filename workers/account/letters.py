"""Mails to a district's stewards about its record, its archive and its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import escape
from sqlalchemy.orm import Session

from tenants import leaving
from tenants.language import translate
from tenants.organizations import Organization
from workers import mail

Writing = Callable[[str, str], tuple[str, list[str]]]
"""Given a language and the district's name: the subject and the paragraphs."""


def to_stewards(
    session: Session,
    district_id: int,
    *,
    key: str,
    write: Writing,
    link: str = "",
    attachments: Sequence[mail.Attachment] = (),
) -> int:
    """Mail every steward in the own language, once for each key; return how many they are."""
    name = session.get_one(Organization, district_id).name
    receivers = [
        (person.id, person.address, person.language) for person, _ in leaving.stewards(session, district_id)
    ]
    for person_id, address, language in receivers:
        subject, paragraphs = write(language, name)
        post(
            session,
            key=f"{key}/{person_id}",
            address=address,
            language=language,
            subject=subject,
            paragraphs=paragraphs,
            link=link,
            organization_id=district_id,
            attachments=attachments,
        )
    return len(receivers)


def post(
    session: Session,
    *,
    key: str,
    address: str,
    language: str,
    subject: str,
    paragraphs: list[str],
    link: str = "",
    organization_id: int | None,
    attachments: Sequence[mail.Attachment] = (),
) -> None:
    """Mail one person."""
    last = translate("Nobody reads answers to this address.", language)
    body = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    if link:
        body += f'<p><a href="{escape(link)}">{escape(translate("Open it", language))}</a></p>'
    body += f"<p>{escape(last)}</p>"
    mail.post(
        session,
        key=key,
        address=address,
        subject=" ".join(subject.split()),
        text="\n\n".join([*paragraphs, *([link] if link else []), last]) + "\n",
        html=f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{body}</body></html>',
        language=language,
        organization_id=organization_id,
        attachments=attachments,
    )
