"""Mails of signing in: invitations and new passwords, in the receiver's language."""

from __future__ import annotations

import datetime as dt
import secrets

from markupsafe import escape
from sqlalchemy.orm import Session

from apportion.services import sealer, services
from tenants.entering.rules import LetIn
from tenants.joining import OpenInvitation
from tenants.language import N_, format_datetime, translate
from tenants.people import Person, SignInSession
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


CHANGES = {
    "password_changed": N_("Your password was changed, and your other devices were signed out."),
    "authenticator_added": N_("An authenticator was set up: your password alone no longer signs you in."),
    "authenticator_removed": N_("Your authenticator was removed: your password alone signs you in."),
    "recovery_codes_renewed": N_("You have new recovery codes; the old ones no longer work."),
    "recovery_code_used": N_("A recovery code was used. Codes left: {left}."),
    "passkey_added": N_("The passkey “{name}” was added to your account."),
    "passkey_removed": N_("The passkey “{name}” was removed from your account."),
    "fresh_start": N_("A steward let you begin again: your authenticator and recovery codes are removed."),
    "district_connected": N_("{name}'s own sign-in was connected with your account."),
}
"""What is told by mail, at once and always, about the ways to sign in to an account."""


def tell_of_change(session: Session, person_id: int, what: str, **values: str) -> None:
    """Mail a person that a way to sign in to the own account changed; in the person's scope."""
    person = session.get_one(Person, person_id)
    link = f"{services().settings.base_url}/account"
    paragraphs = [
        translate("Hello {name},", person.language, name=person.name),
        translate(CHANGES[what], person.language, **values),
        translate(
            "If that was not you: set a new password by mail, sign every device out in your account, and "
            "tell a steward of your organization.",
            person.language,
        ),
    ]
    mail.post(
        session,
        key=f"sign_in_change/{person_id}/{secrets.token_hex(8)}",
        address=person.address,
        subject=translate("Your sign-in to Apportion was changed", person.language),
        text=_plain(paragraphs, link, person.language),
        html=_page(paragraphs, link, translate("Look at my account", person.language), person.language),
        language=person.language,
    )


def send_new_device(session: Session, person: Person, entered: SignInSession, *, link: str) -> None:
    """Mail a person which device signed in that the account was never used on; `link` begins with a slash."""
    language, link = person.language, services().settings.base_url + link
    paragraphs = [
        translate("Hello {name},", language, name=person.name),
        translate(
            "Your account was entered on {time} from a device that it was never used on: {device}.",
            language,
            time=format_datetime(entered.created_at, language),
            device=entered.device or translate("a device of an unknown kind", language),
        ),
        translate("If that was you, there is nothing to do.", language),
        translate("If it was not you, end it here at once. The link holds for seven days:", language),
    ]
    mail.post(
        session,
        key=f"new_device/{entered.id}",
        address=person.address,
        subject=translate("A new device signed in to Apportion", language),
        text=_plain(paragraphs, link, language),
        html=_page(paragraphs, link, translate("This was not me: end it", language), language),
        language=language,
    )


def send_connection(session: Session, person_id: int, *, token: str, organization: str) -> None:
    """Mail the way to connect an account with the organization's own sign-in; in the person's scope."""
    person = session.get_one(Person, person_id)
    link = f"{services().settings.base_url}/sign-in/connect/{token}"
    paragraphs = [
        translate("Hello {name},", person.language, name=person.name),
        translate(
            "Somebody entered by {organization}'s own sign-in, which vouched for your address. If it was "
            "you, connect that sign-in with your account here:",
            person.language,
            organization=organization,
        ),
        translate(
            "The link holds for 24 hours and works once. If it was not you, do nothing, and tell a steward.",
            person.language,
        ),
    ]
    mail.post(
        session,
        key=f"connect_district/{person_id}/{secrets.token_hex(8)}",
        address=person.address,
        subject=translate("Connect your organization's sign-in", person.language),
        text=_plain(paragraphs, link, person.language),
        html=_page(paragraphs, link, translate("Look at the connection", person.language), person.language),
        language=person.language,
    )


FRESH_START = "fresh-start"
FRESH_START_SECONDS = 24 * 3600


def send_fresh_start(session: Session, member: LetIn, *, organization: str) -> None:
    """Mail the way to set up a lost second factor again; the password is needed, too."""
    facts = {"person": member.person_id, "once": secrets.token_urlsafe(16)}
    link = f"{services().settings.base_url}/sign-in/again/{sealer().seal_facts(FRESH_START, facts)}"
    language = member.language
    paragraphs = [
        translate("Hello {name},", language, name=member.name),
        translate(
            "A steward of {organization} lets you set up the second step of signing in again, because you "
            "lost it. The link holds for 24 hours and works once; you need your password.",
            language,
            organization=organization,
        ),
        translate("If you did not ask for that, do nothing, and tell another steward.", language),
    ]
    mail.post(
        session,
        key=f"fresh_start/{member.person_id}/{facts['once']}",
        address=member.address,
        subject=translate("Set up signing in again", language),
        text=_plain(paragraphs, link, language),
        html=_page(paragraphs, link, translate("Set it up again", language), language),
        language=language,
    )


def ask_for_invitation(
    session: Session, invitation: OpenInvitation, *, receiver: str, address: str, language: str
) -> None:
    """Mail whoever sent an invitation that it is asked for again, once a day."""
    people = (
        f"/d/{invitation.organization_id}/settings/people"
        if invitation.kind == "district"
        else "/organization/people"
    )
    link = services().settings.base_url + people
    paragraphs = [
        translate("Hello {name},", language, name=receiver),
        translate(
            "{name} ({address}) asks for a new invitation to {organization}: the one that was sent is over.",
            language,
            name=invitation.name,
            address=invitation.address,
            organization=invitation.organization,
        ),
        translate("You find it among the open invitations, where it can be sent again.", language),
    ]
    mail.post(
        session,
        key=f"invitation_again/{invitation.id}/{dt.datetime.now(dt.UTC).date()}/{address}",
        address=address,
        subject=translate("A new invitation is asked for", language),
        text=_plain(paragraphs, link, language),
        html=_page(paragraphs, link, translate("Look at the invitations", language), language),
        language=language,
        organization_id=invitation.organization_id,
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
