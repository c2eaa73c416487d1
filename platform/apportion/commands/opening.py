"""What opening districts and facilitators shares: the operator and the first invitation."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable
from email.utils import parseaddr

from apportion import servers
from apportion.app import create_app
from apportion.sign_in import letters
from tenants import accounts, joining, lookups
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.language import LANGUAGES, render
from tenants.settings import Settings


def add_options(parser: argparse.ArgumentParser, *, roles: tuple[str, ...], role: str) -> None:
    """Add the options that name the organization and its first person."""
    parser.add_argument("--name", required=True, help="the organization's name, as it stands on its plan")
    parser.add_argument("--steward", required=True, metavar="ADDRESS", help="the first person's address")
    parser.add_argument("--steward-name", required=True, metavar="NAME", help="the first person's name")
    parser.add_argument("--role", choices=roles, default=role, help=f"that person's role (default {role})")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="language of the invitation")


def open_and_invite(
    arguments: argparse.Namespace, kind: str, open_organization: Callable[[Database], int]
) -> int:
    """Open an organization and mail its first person an invitation; return the exit status."""
    settings = Settings.from_environment()
    if not (settings.database_url and settings.redis_url):
        settings = servers.attach(settings)
    database = Database(settings.database_app_url)
    try:
        _check(arguments)
        organization_id = open_organization(database)
        _invite(settings, database, arguments, kind, organization_id)
    except NotPossibleError as refusal:
        print(render(refusal.said, "en"), file=sys.stderr)
        return 1
    finally:
        database.close()
    print(f"{arguments.name} is open (number {organization_id}). An invitation goes to {arguments.steward}.")
    if settings.smtp_url is None:
        print(f"No mail server is set up: the mail lands in {settings.mail_folder}.")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what an invitation would refuse before anything is opened, so that nothing is half done."""
    if not joining.ADDRESS.fullmatch(arguments.steward.strip().lower()):
        raise NotPossibleError(
            "{found} is not a mail address. It should look like name@district.org.", found=arguments.steward
        )
    if not arguments.steward_name.strip():
        raise NotPossibleError("Give the person's name, as colleagues know it.")


def _invite(
    settings: Settings, database: Database, arguments: argparse.Namespace, kind: str, organization_id: int
) -> None:
    operator = _operator(settings, database)
    scope = dataclasses.replace(joining.joining_scope(operator, organization_id, kind), steward=True)
    with create_app(settings).app_context(), database.transaction(scope) as session:
        invitation_id, token = joining.invite(
            session,
            scope,
            address=arguments.steward,
            name=arguments.steward_name,
            role=arguments.role,
            steward=True,
        )
        letters.send_invitation(
            session,
            invitation_id=invitation_id,
            token=token,
            address=arguments.steward.strip().lower(),
            name=arguments.steward_name,
            role=arguments.role,
            organization=arguments.name,
            organization_id=organization_id,
            inviter="Apportion",
            language=arguments.language,
        )


def _operator(settings: Settings, database: Database) -> int:
    """Return the person in whose name organizations are opened: mail's sender, whose password nobody has."""
    address = parseaddr(settings.mail_from)[1].lower()
    known = lookups.person_by_address(database, address)
    if known is not None:
        return known
    return accounts.create_person(
        database, address=address, name="Apportion", language="en", password=accounts.new_token()
    )
