"""What a person does with the own account: sign in, devices, passwords, tokens for programs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants import lookups, passwords
from tenants.areas import TOKEN_AREAS
from tenants.database import Database
from tenants.errors import NotPossibleError
from tenants.organizations import Membership, Organization
from tenants.people import ApiToken, Credential, PasswordReset, Person, SignInSession
from tenants.scope import Scope, token_hash

IDLE = dt.timedelta(hours=12)
"""A device that nobody used for so long is signed out."""
ABSOLUTE = dt.timedelta(days=14)
"""A device is signed out so long after the sign-in, however busy it is."""
SEEN_EVERY = dt.timedelta(minutes=1)
"""How exactly `last_seen_at` is kept: one write a minute, not one a click."""
RESET_HOLDS = dt.timedelta(hours=2)
TOKEN_PREFIX = "apt_"  # noqa: S105 - a mark by which leaked tokens are recognized, no secret


@dataclasses.dataclass(frozen=True)
class Belonging:
    """An organization that a person belongs to."""

    organization_id: int
    name: str
    kind: str
    colour: str
    invented: bool
    role: str
    steward: bool


def new_id(session: Session) -> int:
    """Return the next id of the one sequence of all records."""
    number: int = session.execute(text("SELECT nextval('record_id')")).scalar_one()
    return number


def new_token() -> str:
    """Return a secret of 256 random bits for a link, a cookie or a program."""
    return secrets.token_urlsafe(32)


def create_person(database: Database, *, address: str, name: str, language: str, password: str) -> int:
    """Create a person with a password, and return the id.

    Raises:
        NotPossibleError: The password is weak, or the address belongs to somebody already.
    """
    address = address.strip().lower()
    passwords.check(password, address)
    if lookups.person_by_address(database, address) is not None:
        raise NotPossibleError(
            "Somebody with this address is here already. Sign in instead.", field="address"
        )
    with database.transaction(None) as session:
        person_id = new_id(session)
    with database.transaction(Scope.for_person(person_id)) as session:
        add_person(session, person_id, address=address, name=name, language=language)
        set_password(session, person_id, password)
    return person_id


def add_person(session: Session, person_id: int, *, address: str, name: str, language: str) -> None:
    """Add the person whose scope the session has; a way to sign in follows in the same transaction."""
    session.add(Person(id=person_id, address=address, name=name, language=language))
    session.flush()


@dataclasses.dataclass(frozen=True)
class Proof:
    """How a person proved who they are."""

    method: str
    """password, passkey or district."""
    strong: bool
    """True when two factors were proved."""
    provider_id: int | None = None
    """The organization whose own sign-in vouched for the person."""


def check_password(database: Database, address: str, password: str) -> int | None:
    """Return whose address and password these are, or None when they don't belong together.

    Takes as long for an address that nobody has as for one that somebody has.
    """
    person_id = lookups.person_by_address(database, address)
    with database.transaction(Scope.for_person(person_id or 0)) as session:
        stored = session.scalar(select(Credential.password_hash).where(Credential.person_id == person_id))
    if not passwords.matches(stored, password) or person_id is None:
        return None
    if stored is not None and passwords.outdated(stored):
        with database.transaction(Scope.for_person(person_id)) as session:
            set_password(session, person_id, password)
    return person_id


def enter(
    database: Database,
    person_id: int,
    proof: Proof,
    *,
    device: str,
    network: str = "",
    organization_id: int | None = None,
) -> str:
    """Open a session for a person who proved who they are, and return the token for the cookie.

    Args:
        database: The application's database.
        person_id: Who enters.
        proof: How that was proved, with every factor that the account asks for.
        device: The device as its owner recognizes it.
        network: The network that it is in, see `SignInSession.network`.
        organization_id: Where the person acts first; where None, the one organization of those who have one.
    """
    with database.transaction(Scope.for_person(person_id)) as session:
        places = session.scalars(
            select(Membership.organization_id).where(
                Membership.person_id == person_id, Membership.ended_at.is_(None)
            )
        ).all()
        if organization_id not in places:
            organization_id = places[0] if len(places) == 1 else None
        return open_session(session, person_id, device, organization_id, proof=proof, network=network)


def open_session(
    session: Session,
    person_id: int,
    device: str,
    organization_id: int | None,
    *,
    proof: Proof = Proof("password", strong=False),
    network: str = "",
) -> str:
    """Open a signed-in session and return its token, which is stored nowhere."""
    token = new_token()
    session.add(
        SignInSession(
            person_id=person_id,
            token_hash=token_hash(token),
            organization_id=organization_id,
            device=device[:200],
            network=network,
            method=proof.method,
            strong=proof.strong,
            provider_id=proof.provider_id,
        )
    )
    session.flush()
    return token


def confirm_session(
    session: Session, person_id: int, session_id: int, *, strong: bool, method: str | None = None
) -> None:
    """Note that the person at a device has just proved again who they are; `strong` with two factors.

    With a `method` of the person's own (password or passkey), the session no longer rests on the word of an
    organization whose sign-in opened it.
    """
    values: dict[str, Any] = {"confirmed_at": func.now()}
    if strong:
        values["strong"] = True
    if method is not None:
        values |= {"method": method, "provider_id": None}
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.person_id == person_id)
        .values(**values)
    )


def session_of(database: Database, token: str, network: str = "") -> lookups.FoundSession | None:
    """Return the signed-in session that a cookie's token names, and note when and where it was seen."""
    found = lookups.session_by_token(database, token, idle=IDLE, absolute=ABSOLUTE)
    if found is not None and dt.datetime.now(dt.UTC) - found.seen_at > SEEN_EVERY:
        with database.transaction(Scope.for_person(found.person_id)) as session:
            session.execute(
                update(SignInSession)
                .where(SignInSession.id == found.session_id)
                .values(last_seen_at=func.now(), network=network)
            )
    return found


def choose_organization(session: Session, session_id: int, person_id: int, organization_id: int) -> bool:
    """Let a device act in another of the person's organizations; False where the person does not belong."""
    member = session.scalar(
        select(Membership.id).where(
            Membership.person_id == person_id,
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
        )
    )
    if member is None:
        return False
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.person_id == person_id)
        .values(organization_id=organization_id)
    )
    return True


def devices(session: Session, person_id: int) -> list[SignInSession]:
    """Return the person's signed-in devices, the latest first."""
    return list(
        session.scalars(
            select(SignInSession)
            .where(
                SignInSession.person_id == person_id,
                SignInSession.ended_at.is_(None),
                SignInSession.last_seen_at > func.now() - IDLE,
                SignInSession.created_at > func.now() - ABSOLUTE,
            )
            .order_by(SignInSession.last_seen_at.desc())
        )
    )


def end_session(session: Session, person_id: int, session_id: int) -> bool:
    """Sign one device out; False where the person has no such device."""
    ended = session.execute(
        update(SignInSession)
        .where(
            SignInSession.id == session_id,
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=func.now())
        .returning(SignInSession.id)
    )
    return ended.scalar_one_or_none() is not None


def end_other_sessions(session: Session, person_id: int, keep: int | None) -> int:
    """Sign every device out but one (or all, for None), and return how many."""
    ended = session.execute(
        update(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.id != (keep or 0),
        )
        .values(ended_at=func.now())
        .returning(SignInSession.id)
    )
    return len(ended.all())


def belongings(database: Database, person_id: int) -> list[Belonging]:
    """Return the organizations that a person belongs to, by name."""
    with database.transaction(Scope.for_person(person_id)) as session:
        held = {
            row.organization_id: row
            for row in session.scalars(
                select(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
            )
        }
    if not held:
        return []
    with database.transaction(
        dataclasses.replace(Scope.for_person(person_id), organizations=tuple(held))
    ) as session:
        found = session.scalars(
            select(Organization).where(Organization.id.in_(held)).order_by(Organization.name)
        ).all()
    return [
        Belonging(o.id, o.name, o.kind, o.colour, o.invented, held[o.id].role, held[o.id].steward)
        for o in found
    ]


def language_of(database: Database, person_id: int) -> str:
    """Return a person's language, which holds also where no organization is chosen."""
    with database.transaction(Scope.for_person(person_id)) as session:
        return session.scalars(select(Person.language).where(Person.id == person_id)).one_or_none() or "en"


def ask_reset(session: Session, person_id: int) -> tuple[int, str]:
    """Add a way to set a new password; return its id and the token to mail."""
    token = new_token()
    reset = PasswordReset(
        person_id=person_id,
        token_hash=token_hash(token),
        expires_at=dt.datetime.now(dt.UTC) + RESET_HOLDS,
    )
    session.add(reset)
    session.flush()
    return reset.id, token


def reset_password(database: Database, token: str, password: str) -> int | None:
    """Set a new password by a mailed token, and sign every device out.

    Returns:
        The person's id, or None when the token was used, has expired or never was.

    Raises:
        NotPossibleError: The password is weak; the token still holds.
    """
    found = lookups.reset_by_token(database, token)
    if found is None:
        return None
    with database.transaction(Scope.for_person(found.person_id)) as session:
        passwords.check(
            password, session.scalar(select(Person.address).where(Person.id == found.person_id)) or ""
        )
        # Used up in the same statement that asks whether it still holds: two at once can't both win.
        used = session.execute(
            update(PasswordReset)
            .where(PasswordReset.id == found.reset_id, PasswordReset.used_at.is_(None))
            .values(used_at=func.now())
            .returning(PasswordReset.id)
        )
        if used.scalar_one_or_none() is None:
            return None
        set_password(session, found.person_id, password)
        end_other_sessions(session, found.person_id, None)
    return found.person_id


def has_password(session: Session, person_id: int) -> bool:
    """Say whether a person has a password at all."""
    return session.scalar(select(Credential.person_id).where(Credential.person_id == person_id)) is not None


def weaken_sessions(session: Session, person_id: int) -> None:
    """Note that passwords alone opened a person's sessions, because the authenticator is gone."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.method == "password")
        .values(strong=False)
    )


def change_password(
    database: Database, person_id: int, current: str, new: str, keep_session: int | None
) -> None:
    """Change a person's own password and sign the other devices out.

    Raises:
        NotPossibleError: The current password does not fit, or the new one is weak.
    """
    with database.transaction(Scope.for_person(person_id)) as session:
        stored = session.scalar(select(Credential.password_hash).where(Credential.person_id == person_id))
        if not passwords.matches(stored, current):
            raise NotPossibleError("This is not your current password. Nothing was changed.", field="current")
        passwords.check(new, session.scalar(select(Person.address).where(Person.id == person_id)) or "")
        set_password(session, person_id, new)
        end_other_sessions(session, person_id, keep_session)


def set_password(session: Session, person_id: int, password: str) -> None:
    """Set a password that was checked, in the person's scope."""
    hashed = passwords.hash_password(password)
    session.execute(
        insert(Credential)
        .values(person_id=person_id, password_hash=hashed)
        .on_conflict_do_update(
            index_elements=["person_id"], set_={"password_hash": hashed, "changed_at": func.now()}
        )
    )


def create_api_token(
    session: Session,
    scope: Scope,
    *,
    name: str,
    days: int,
    read_only: bool,
    areas: Sequence[str] | None = None,
) -> str:
    """Add a token by which a program acts for the person in the organization; shown once.

    Args:
        session: The open transaction.
        scope: Whose rights the program has, at each of its calls as they are then.
        name: What the token is for.
        days: How long it holds.
        read_only: Whether it may only read.
        areas: What it is limited to, of `TOKEN_AREAS`; None for all that programs may reach.

    Raises:
        NotPossibleError: The name is empty, no area is named, or the time is not between a day and a year.
    """
    if not name.strip():
        raise NotPossibleError("Give the token a name, such as the program that will use it.", field="name")
    if not 1 <= days <= 366:
        raise NotPossibleError("A token holds between 1 and 366 days.", field="days")
    if areas is not None and not (areas and set(areas) <= TOKEN_AREAS.keys()):
        raise NotPossibleError("Choose at least one of the areas.", field="areas")
    token = TOKEN_PREFIX + new_token()
    session.add(
        ApiToken(
            person_id=scope.person_id,
            organization_id=scope.organization_id,
            name=name.strip()[:100],
            token_hash=token_hash(token),
            ending=token[-4:],
            read_only=read_only,
            areas=None if areas is None else [area for area in TOKEN_AREAS if area in areas],
            expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=days),
        )
    )
    session.flush()
    return token


def api_token_holder(database: Database, token: str) -> lookups.FoundToken | None:
    """Return whom a program's token acts for, and note its use once a minute."""
    found = lookups.api_token(database, token)
    if found is None:
        return None
    with database.transaction(Scope.for_person(found.person_id)) as session:
        session.execute(
            update(ApiToken)
            .where(
                ApiToken.id == found.token_id,
                (ApiToken.last_used_at.is_(None)) | (ApiToken.last_used_at < func.now() - SEEN_EVERY),
            )
            .values(last_used_at=func.now())
        )
    return found


def api_tokens(session: Session, organization_id: int) -> list[tuple[ApiToken, str]]:
    """Return an organization's tokens with the names of the people they act for, the newest first."""
    rows = session.execute(
        select(ApiToken, Person.name)
        .join(Person, Person.id == ApiToken.person_id)
        .where(ApiToken.organization_id == organization_id)
        .order_by(ApiToken.id.desc())
    )
    return [(token, name) for token, name in rows]


def revoke_api_token(session: Session, organization_id: int, token_id: int) -> bool:
    """Revoke a token at once; False where the organization has no such token in force."""
    revoked = session.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            ApiToken.organization_id == organization_id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
        .returning(ApiToken.id)
    )
    return revoked.scalar_one_or_none() is not None
