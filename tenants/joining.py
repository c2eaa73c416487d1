"""Opening organizations, and inviting people into them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants import audit, lookups
from tenants.accounts import add_person, new_id, new_token
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.language import N_
from tenants.organizations import Invitation, Membership, Organization
from tenants.people import Person
from tenants.roles import ROLES_BY_KIND
from tenants.scope import Scope, token_hash

INVITATION_HOLDS = dt.timedelta(days=14)
ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")


@dataclasses.dataclass(frozen=True)
class OpenInvitation:
    """What the holder of an invitation's secret may know of it."""

    id: int
    organization_id: int
    organization: str
    kind: str
    inviter: str
    address: str
    name: str
    role: str
    steward: bool
    state: str
    """open, expired, accepted or declined."""
    has_account: bool
    contributor: bool
    invited_by: int
    """Who sent it: for a contributor, the head of the department."""


def open_district(
    database: Database,
    *,
    name: str,
    cds_code: str,
    invented: bool = False,
    colour: str | None = None,
    scope: Scope | None = None,
) -> int:
    """Open a district, as the operator does, and return its id.

    `scope` is the operator's person in whose record the act stands; without it the machine itself opens it.

    Raises:
        NotPossibleError: The CDS code is not 14 digits, or another district has it.
    """
    if not re.fullmatch(r"\d{14}", cds_code):
        raise NotPossibleError(
            "A CDS code has 14 digits; {found} was given.", field="cds_code", found=cds_code
        )
    if lookups.district_by_code(database, cds_code) is not None:
        raise NotPossibleError(
            "A district with the CDS code {found} is here already.", field="cds_code", found=cds_code
        )
    return _open(database, "district", name, cds_code, invented=invented, colour=colour, scope=scope)


def open_facilitator(
    database: Database,
    *,
    name: str,
    invented: bool = False,
    colour: str | None = None,
    scope: Scope | None = None,
) -> int:
    """Open a facilitator organization, as `open_district` does a district, and return its id."""
    return _open(database, "facilitator", name, None, invented=invented, colour=colour, scope=scope)


def open_operator(database: Database, *, name: str) -> int:
    """Open the operator's own organization and return its id."""
    return _open(database, "operator", name, None, invented=False, colour=None)


def _open(
    database: Database,
    kind: str,
    name: str,
    cds_code: str | None,
    *,
    invented: bool,
    colour: str | None,
    scope: Scope | None = None,
) -> int:
    if not name.strip():
        raise NotPossibleError("Give the organization a name.", field="name")
    acting = scope or Scope.for_operator()
    with database.transaction(acting) as session:
        organization = Organization(kind=kind, name=name.strip(), cds_code=cds_code, invented=invented)
        if colour:
            organization.colour = colour
        session.add(organization)
        session.flush()
        audit.record(session, acting, "registry:create", f"organization/{organization.id}", kind=kind)
        return organization.id


def joining_scope(person_id: int, organization_id: int, kind: str) -> Scope:
    """Return the scope in which a person joins an organization; in a district the act is recorded."""
    scope = Scope.for_joining(person_id, organization_id)
    if kind == "district":
        return dataclasses.replace(
            scope,
            district_id=organization_id,
            viewed_district_id=organization_id,
            progress=(organization_id,),
        )
    return scope


def add_member(
    database: Database, person_id: int, organization_id: int, role: str, *, steward: bool = False
) -> None:
    """Make a person a member without an invitation; for set-up and demonstrations on the own machine."""
    with database.transaction(Scope.for_joining(person_id, organization_id)) as session:
        _join(session, person_id, organization_id, role, steward=steward, contributor=False)


def invite(
    session: Session,
    scope: Scope,
    *,
    address: str,
    name: str,
    role: str,
    steward: bool = False,
) -> tuple[int, str]:
    """Invite somebody into the scope's organization; return the invitation's id and the token to mail.

    Raises:
        NotPossibleError: The address is none, the role does not exist there, or the person belongs already.
    """
    organization = session.get_one(Organization, scope.organization_id)
    address = address.strip().lower()
    if not ADDRESS.fullmatch(address):
        raise NotPossibleError(
            "{found} is not a mail address. It should look like name@district.org.",
            field="address",
            found=address or "—",
        )
    if not name.strip():
        raise NotPossibleError("Give the person's name, as colleagues know it.", field="name")
    if role not in ROLES_BY_KIND[organization.kind]:
        raise NotPossibleError("Choose one of the roles of this organization.", field="role")
    if steward and not scope.steward and scope.person_id is not None and scope.role != "FLD":
        raise NotPossibleError("Only a steward makes somebody else a steward.", field="steward")
    head = organization.kind == "district" and scope.role is not None and not scope.steward
    if head and (scope.contributor or role != scope.role):
        raise NotPossibleError(
            "You invite people who help in your own department, with your own role as contributors. "
            "A steward invites everybody else.",
            field="role",
        )
    member = session.scalar(
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Person.address == address,
            Membership.organization_id == organization.id,
            Membership.ended_at.is_(None),
        )
    )
    if member is not None:
        raise NotPossibleError(
            "{address} belongs to {organization} already.",
            field="address",
            address=address,
            organization=organization.name,
        )
    # A new invitation takes the place of an open one to the same address.
    session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == organization.id,
            Invitation.address == address,
            Invitation.accepted_at.is_(None),
            Invitation.declined_at.is_(None),
        )
        .values(expires_at=func.now())
    )
    token = new_token()
    invitation = Invitation(
        organization_id=organization.id,
        address=address,
        name=name.strip()[:200],
        role=role,
        steward=steward and organization.kind == "district",
        token_hash=token_hash(token),
        invited_by=scope.person_id,
        expires_at=dt.datetime.now(dt.UTC) + INVITATION_HOLDS,
        contributor=head,
    )
    session.add(invitation)
    session.flush()
    audit.record(session, scope, "people:invite", f"invitation/{invitation.id}", role=role)
    return invitation.id, token


def resend(session: Session, scope: Scope, invitation_id: int) -> tuple[Invitation, str] | None:
    """Renew an invitation that was not accepted: a new secret, two weeks from now. None if there is none."""
    invitation = session.scalar(
        select(Invitation).where(
            Invitation.id == invitation_id,
            Invitation.organization_id == scope.organization_id,
            Invitation.accepted_at.is_(None),
        )
    )
    if invitation is None:
        return None
    token = new_token()
    invitation.token_hash = token_hash(token)
    invitation.expires_at = dt.datetime.now(dt.UTC) + INVITATION_HOLDS
    invitation.declined_at, invitation.decline_reason = None, None
    session.flush()
    audit.record(session, scope, "people:invite", f"invitation/{invitation.id}", role=invitation.role)
    return invitation, token


def withdraw(session: Session, scope: Scope, invitation_id: int) -> bool:
    """End an invitation that was not accepted; False if there is none."""
    ended = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.organization_id == scope.organization_id,
            Invitation.accepted_at.is_(None),
            Invitation.expires_at > func.now(),
        )
        .values(expires_at=func.now())
        .returning(Invitation.id)
    )
    if ended.scalar_one_or_none() is None:
        return False
    audit.record(session, scope, "people:invite", f"invitation/{invitation_id}", withdrawn=True)
    return True


def open_invitation(database: Database, token: str) -> OpenInvitation | None:
    """Return the invitation that a mailed token names, whatever became of it; it is not used up."""
    found = lookups.invitation_by_token(database, token)
    if found is None:
        return None
    with database.transaction(Scope.for_joining(0, found.organization_id)) as session:
        invitation = session.get_one(Invitation, found.invitation_id)
        organization = session.get_one(Organization, found.organization_id)
        inviter = session.scalar(select(Person.name).where(Person.id == invitation.invited_by))
    account = lookups.person_by_address(database, invitation.address)
    return OpenInvitation(
        id=invitation.id,
        organization_id=organization.id,
        organization=organization.name,
        kind=organization.kind,
        # Who opened the district from the command line belongs to none, so its wall hides that name.
        inviter=inviter or "Apportion",
        address=invitation.address,
        name=invitation.name,
        role=invitation.role,
        steward=invitation.steward,
        state=_state(invitation),
        has_account=account is not None,
        contributor=invitation.contributor,
        invited_by=invitation.invited_by,
    )


def _state(invitation: Invitation) -> str:
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.declined_at is not None:
        return "declined"
    return "open" if invitation.expires_at > dt.datetime.now(dt.UTC) else "expired"


NO_LONGER = N_("This invitation no longer holds. Ask whoever invited you for a new one.")


def accept_new(
    database: Database, token: str, *, name: str | None, language: str, prove: Callable[[Session, int], None]
) -> int:
    """Accept an invitation with a new account, and return the person's id.

    Args:
        database: The application's database.
        token: The invitation's secret: it was mailed, so whoever has it has the address.
        name: The person's name, or None for the one in the invitation.
        language: The person's language.
        prove: Adds the account's first way to sign in (a password, a passkey, the district's own sign-in), in
            the transaction that makes the account.

    Raises:
        NotPossibleError: The invitation no longer holds, or somebody has an account with its address.
    """
    invitation = _still_open(database, token)
    if invitation.has_account:
        raise NotPossibleError("Somebody with this address is here already. Sign in instead.")
    with database.transaction(None) as session:
        person_id = new_id(session)
    scope = joining_scope(person_id, invitation.organization_id, invitation.kind)
    with database.transaction(scope) as session:
        add_person(
            session,
            person_id,
            address=invitation.address,
            name=(name or "").strip()[:200] or invitation.name,
            language=language,
        )
        prove(session, person_id)
        _use_up(session, scope, invitation, person_id)
    return person_id


def accept(database: Database, token: str, person_id: int) -> OpenInvitation:
    """Accept an invitation as the signed-in person whose address it was sent to.

    Raises:
        NotPossibleError: The invitation no longer holds, or it was sent to another address.
    """
    invitation = _still_open(database, token)
    if lookups.person_by_address(database, invitation.address) != person_id:
        raise NotPossibleError(
            "This invitation was sent to {address}. Sign in with that address.", address=invitation.address
        )
    scope = joining_scope(person_id, invitation.organization_id, invitation.kind)
    with database.transaction(scope) as session:
        _use_up(session, scope, invitation, person_id)
    return invitation


def _still_open(database: Database, token: str) -> OpenInvitation:
    invitation = open_invitation(database, token)
    if invitation is None or invitation.state != "open":
        raise NotPossibleError(NO_LONGER)
    return invitation


def _use_up(session: Session, scope: Scope, invitation: OpenInvitation, person_id: int) -> None:
    # Used up in the same statement that asks whether it still holds: two at once can't both win.
    used = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.accepted_at.is_(None),
            Invitation.declined_at.is_(None),
            Invitation.expires_at > func.now(),
        )
        .values(accepted_at=func.now())
        .returning(Invitation.id)
    )
    if used.scalar_one_or_none() is None:
        raise NotPossibleError(NO_LONGER)
    _join(
        session,
        person_id,
        invitation.organization_id,
        invitation.role,
        steward=invitation.steward,
        contributor=invitation.contributor,
        head_id=invitation.invited_by if invitation.contributor else None,
    )
    audit.record(session, scope, "people:manage", f"invitation/{invitation.id}", accepted=True)


def who_renews(database: Database, invitation: OpenInvitation) -> list[tuple[str, str, str]]:
    """Return name, address and language of those who can send an expired invitation again.

    That is whoever sent it, or, if that person has left, the organization's stewards.
    """
    with database.transaction(Scope.for_joining(0, invitation.organization_id)) as session:
        rows = session.execute(
            select(Person, Membership)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.organization_id == invitation.organization_id, Membership.ended_at.is_(None))
            .order_by(Person.id)
        ).all()
        sender = session.scalar(select(Invitation.invited_by).where(Invitation.id == invitation.id))
        able = [person for person, _ in rows if person.id == sender] or [
            person for person, member in rows if member.steward
        ]
        return [(person.name, person.address, person.language) for person in able]


def decline(database: Database, token: str, reason: str) -> bool:
    """Decline an open invitation with a reason; False when it no longer holds."""
    found = lookups.invitation_by_token(database, token)
    if found is None:
        return False
    with database.transaction(Scope.for_joining(0, found.organization_id)) as session:
        declined = session.execute(
            update(Invitation)
            .where(
                Invitation.id == found.invitation_id,
                Invitation.accepted_at.is_(None),
                Invitation.declined_at.is_(None),
                Invitation.expires_at > func.now(),
            )
            .values(declined_at=func.now(), decline_reason=reason.strip()[:1000])
            .returning(Invitation.id)
        )
        return declined.scalar_one_or_none() is not None


def _join(
    session: Session,
    person_id: int,
    organization_id: int,
    role: str,
    *,
    steward: bool,
    contributor: bool,
    head_id: int | None = None,
) -> None:
    values = {"role": role, "steward": steward, "contributor": contributor, "head_id": head_id}
    session.execute(
        insert(Membership)
        .values(organization_id=organization_id, person_id=person_id, **values)
        .on_conflict_do_update(
            index_elements=["organization_id", "person_id"], set_={**values, "ended_at": None}
        )
    )


def invitations(session: Session, organization_id: int) -> list[tuple[Invitation, str]]:
    """Return invitations that were not accepted, with their state, the newest first."""
    found = session.scalars(
        select(Invitation)
        .where(Invitation.organization_id == organization_id, Invitation.accepted_at.is_(None))
        .order_by(Invitation.id.desc())
        .limit(100)
    )
    return [(invitation, _state(invitation)) for invitation in found]
