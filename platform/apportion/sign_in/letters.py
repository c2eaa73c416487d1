"""Mails of signing in: invitations and new passwords, in the receiver's language."""

from __future__ import annotations

from markupsafe import escape
from sqlalchemy.orm import Session

from apportion.services import services
from tenants.language import N_, translate
from tenants.roles import ROLE_NAMES
from workers import mail

ROLE_SENTENCES = {
    "SUP": N_("You will decide what the plan says and when it is published."),
    "CBO": N_("You will load the ledger, size options and certify the numbers."),
    "CAO": N_("You will set the priorities and sign off on them."),
    "HR": N_("You will check what the plan means for staff."),
    "SED": N_("You will see the cost of special education and mark what the law protects."),
    "PRI": N_("You will see what the plan means for schools."),
    "BRD": N_("You will read the plan and what changed since last time."),
    "COM": N_("You will read what is published and say what you think of it."),
    "FLD": N_("You will see all districts that your organization coaches, as far as each lets you."),
    "FCO": N_("You will coach the districts that name you, as far as each lets you."),
    "PAD": N_("You will look after the service, without seeing into any district."),
}
"""A role in one sentence, for invitations."""


def send_invitation(
    session: Session,
    *,
    invitation_id: int,
    token: str,
    address: str,
    name: str,
    role: str,
    organization: str,
    organization_id: int,
    inviter: str,
    language: str,
) -> None:
    """Mail an invitation; the secret in its link is new each time, so each sending is a mail of its own."""
    link = f"{services().settings.base_url}/invitation/{token}"
    paragraphs = [
        translate("Hello {name},", language, name=name),
        translate(
            "{inviter} invites you to {organization} on Apportion as {role}.",
            language,
            inviter=inviter,
            organization=organization,
            role=translate(ROLE_NAMES[role], language),
        ),
        translate(ROLE_SENTENCES[role], language),
        translate("The invitation holds for 14 days. Looking at it does not use it up.", language),
    ]
    mail.post(
        session,
        key=f"invitation/{invitation_id}/{token[:8]}",
        address=address,
        subject=translate("Invitation to {organization}", language, organization=organization),
        text=_plain(paragraphs, link, language),
        html=_page(paragraphs, link, translate("Look at the invitation", language), language),
        language=language,
        organization_id=organization_id,
    )


def send_reset(
    session: Session, *, reset_id: int, token: str, address: str, name: str, language: str
) -> None:
    """Mail the way to a new password."""
    link = f"{services().settings.base_url}/new-password/{token}"
    paragraphs = [
        translate("Hello {name},", language, name=name),
        translate(
            "Somebody asked for a new password for this address. If it was you, set it here:", language
        ),
        translate(
            "The link holds for two hours and works once. If you did not ask, do nothing: "
            "your password stays as it is.",
            language,
        ),
    ]
    mail.post(
        session,
        key=f"password_reset/{reset_id}",
        address=address,
        subject=translate("A new password for Apportion", language),
        text=_plain(paragraphs, link, language),
        html=_page(paragraphs, link, translate("Set a new password", language), language),
        language=language,
    )


def _plain(paragraphs: list[str], link: str, language: str) -> str:
    return "\n\n".join([*paragraphs, link, translate("This mail takes no answer.", language)]) + "\n"


def _page(paragraphs: list[str], link: str, action: str, language: str) -> str:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    quiet = escape(translate("This mail takes no answer.", language))
    return (
        f'<!doctype html><html lang="{language}"><body>{body}'
        f'<p><a href="{escape(link)}">{escape(action)}</a></p><p>{quiet}</p></body></html>'
    )
