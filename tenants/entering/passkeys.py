"""Passkeys (WebAuthn level 3): a key that a device keeps and uses once it has made sure who holds it.

A passkey is two factors in one, the device and its owner's finger, face or number, because user verification
is asked for and checked. It is bound to the platform's name, so no other site can ask for it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tenants import lookups
from tenants.database import Database
from tenants.entering import once
from tenants.entering.records import Passkey
from tenants.errors import NotPossibleError
from tenants.scope import Scope

UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError)
"""What the library raises about an answer that does not fit, or is none."""
CHALLENGE_SECONDS = 300
MOST = 20
"""Passkeys of one person."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a browser stands: passkeys belong to the name, and are used from the origin alone."""

    name: str
    """Host name without the port."""
    origin: str
    """Scheme, host and port."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What the browser is asked, and what has to be kept to check its answer."""

    options: str
    """JSON for `navigator.credentials`."""
    challenge: str
    handle: str = ""


def ask_for_new(session: Session | None, person_id: int, *, address: str, name: str, place: Place) -> Asked:
    """Return what a browser is asked to make a passkey; `session` is None for somebody who is joining."""
    held = [] if session is None else of_person(session, person_id)
    handle = held[0].user_handle if held else secrets.token_bytes(64)
    options = webauthn.generate_registration_options(
        rp_id=place.name,
        rp_name="Apportion",
        user_id=handle,
        user_name=address,
        user_display_name=name or address,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in held],
        timeout=CHALLENGE_SECONDS * 1000,
    )
    return Asked(
        webauthn.options_to_json(options), bytes_to_base64url(options.challenge), bytes_to_base64url(handle)
    )


def ask_for_one(place: Place) -> Asked:
    """Return what a browser is asked for signing in: any passkey of this name, whoever's it is."""
    options = webauthn.generate_authentication_options(
        rp_id=place.name,
        user_verification=UserVerificationRequirement.REQUIRED,
        timeout=CHALLENGE_SECONDS * 1000,
    )
    return Asked(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))


def add(session: Session, person_id: int, *, name: str, answer: str, asked: Asked, place: Place) -> Passkey:
    """Check a browser's answer and keep the new passkey.

    Raises:
        NotPossibleError: The name is missing, there are too many, or the answer does not fit the question.
    """
    name = name.strip()[:100]
    if not name:
        raise NotPossibleError("Give the passkey a name, such as the device that keeps it.", field="name")
    if len(of_person(session, person_id)) >= MOST:
        raise NotPossibleError("More than {most} passkeys are not kept. Remove one first.", most=str(MOST))
    refusal = NotPossibleError("This device made no passkey that can be used here. Try again.", field="name")
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(asked.challenge),
            expected_rp_id=place.name,
            expected_origin=place.origin,
            require_user_verification=True,
        )
        transports = _transports(answer)
    except UNREADABLE as error:
        raise refusal from error
    if not once.spend(session, person_id, asked.challenge, seconds=CHALLENGE_SECONDS):
        raise refusal
    made = Passkey(
        person_id=person_id,
        name=name,
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        user_handle=base64url_to_bytes(asked.handle),
        sign_count=found.sign_count,
        transports=transports,
        synced=found.credential_backed_up,
    )
    session.add(made)
    session.flush()
    return made


def _transports(answer: str) -> list[str]:
    parsed = webauthn.helpers.parse_registration_credential_json(answer)
    return [each.value for each in parsed.response.transports or []]


def check(database: Database, answer: str, challenge: str, place: Place) -> int | None:
    """Return whose passkey answered a challenge, once; None where the answer does not fit."""
    try:
        credential = parse_authentication_credential_json(answer)
    except UNREADABLE:
        return None
    found = lookups.passkey(database, credential.raw_id)
    if found is None:
        return None
    passkey_id, person_id = found
    with database.transaction(Scope.for_person(person_id)) as session:
        passkey = session.scalar(
            select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id).with_for_update()
        )
        fits = passkey is not None and _fits(passkey, credential, challenge, place)
        if not fits or not once.spend(session, person_id, challenge, seconds=CHALLENGE_SECONDS):
            return None
    return person_id


def _fits(passkey: Passkey, credential: AuthenticationCredential, challenge: str, place: Place) -> bool:
    """Say whether an answer fits the passkey, and note its count."""
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.name,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except UNREADABLE:
        return False
    handle = credential.response.user_handle
    if handle is not None and not secrets.compare_digest(handle, passkey.user_handle):
        return False
    passkey.sign_count = verified.new_sign_count
    passkey.synced = verified.credential_backed_up
    passkey.last_used_at = dt.datetime.now(dt.UTC)
    return True


def of_person(session: Session, person_id: int) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)))


def remove(session: Session, person_id: int, passkey_id: int) -> str | None:
    """Forget a passkey and return its name; None where the person has no such passkey."""
    name: str | None = session.execute(
        delete(Passkey)
        .where(Passkey.id == passkey_id, Passkey.person_id == person_id)
        .returning(Passkey.name)
    ).scalar_one_or_none()
    return name
