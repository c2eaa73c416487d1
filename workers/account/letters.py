"""Mails to a district's stewards about its record, its archive, its end, and who asks to look in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import escape
from sqlalchemy.orm import Session

from tenants import leaving, support
from tenants.areas import SUPPORT_AREAS
from tenants.language import translate, translate_n
from tenants.organizations import Organization, SupportGrant
from tenants.scope import Scope
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


def ask_for_support(
    session: Session,
    scope: Scope,
    *,
    cds_code: str,
    district_id: int | None,
    wish: support.Wish,
    base_url: str,
) -> int:
    """Ask a district to let support look, and mail its stewards, who decide. Return the grant's id.

    Args:
        session: The open transaction, in the scope.
        scope: The operator's person, by `Scope.deciding_in`.
        cds_code: The code that was typed.
        district_id: The district that has it, or None.
        wish: What is asked for.
        base_url: The platform's address.

    Raises:
        NotPossibleError: As `tenants.support.request` does.
    """
    number = support.request(session, scope, cds_code=cds_code, district_id=district_id, wish=wish)
    grant = session.get_one(SupportGrant, number)

    def write(language: str, district: str) -> tuple[str, list[str]]:
        areas = ", ".join(translate(SUPPORT_AREAS[area][0], language) for area in grant.areas)
        return (
            translate("{district}: support asks to look", language, district=district),
            [
                translate(
                    "{name} of the platform's support asks to look into {district}.",
                    language,
                    name=grant.person_name,
                    district=district,
                ),
                translate("What for: {purpose}", language, purpose=grant.purpose),
                translate("To be seen: {areas}.", language, areas=areas)
                + " "
                + translate_n(
                    "For one hour, to look only.",
                    "For {n} hours, to look only.",
                    grant.hours,
                    language,
                ),
                translate(
                    "Nothing is shown until a steward agrees. Whoever did not expect this declines.", language
                ),
            ],
        )

    link = f"{base_url}/d/{grant.district_id}/settings/support"
    to_stewards(session, grant.district_id, key=f"support_asked/{number}", write=write, link=link)
    return number
