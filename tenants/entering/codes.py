"""Codes from an authenticator application (RFC 6238), and ten recovery codes for the day on which it is lost.

OWASP ASVS 5: a code works once (6.5.1), its secret is sealed at rest (11.x), recovery codes are stored as
passwords are (6.5.2) and shown once.
"""

from __future__ import annotations

import datetime as dt
import secrets

import pyotp
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants import passwords
from tenants.entering.records import Authenticator, RecoveryCode
from tenants.entering.sealing import Sealer
from tenants.errors import NotPossibleError

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A telephone's clock may be a step behind or ahead."""
RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No I and O: nobody reads them for 1 and 0."""
ISSUER = "Apportion"


def _use(person_id: int) -> str:
    return f"authenticator/{person_id}"


def begin(session: Session, sealer: Sealer, person_id: int) -> str:
    """Make a secret for a person's application and return it; it counts once a code confirmed it.

    A secret that waits for its code is returned again, so that reloading the page keeps the picture valid.

    Raises:
        NotPossibleError: The person has a confirmed authenticator.
    """
    found = session.get(Authenticator, person_id)
    if found is not None and found.confirmed_at is not None:
        raise NotPossibleError("You have an authenticator already. Remove it first to set up another.")
    if found is not None and dt.datetime.now(dt.UTC) - found.created_at < dt.timedelta(minutes=30):
        return sealer.open(_use(person_id), found.sealed_secret).decode()
    secret = pyotp.random_base32()
    values = {"sealed_secret": sealer.seal(_use(person_id), secret.encode()), "created_at": func.now()}
    session.execute(
        insert(Authenticator)
        .values(person_id=person_id, **values)
        .on_conflict_do_update(index_elements=["person_id"], set_=values)
    )
    return secret


def address_of(secret: str, account: str) -> str:
    """Return the otpauth:// address that an application reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def confirm(session: Session, sealer: Sealer, person_id: int, code: str) -> list[str]:
    """Let a first code prove that the application has the secret; return the recovery codes, shown this once.

    Raises:
        NotPossibleError: The code does not fit, or nothing waits for one.
    """
    found = _locked(session, person_id)
    if found is None or found.confirmed_at is not None:
        raise NotPossibleError("Nothing waits for a code here. Begin setting up again.", field="code")
    if not _take(found, sealer, person_id, code):
        raise NotPossibleError(
            "This code does not fit. Type the six digits that the application shows now; "
            "if they never fit, set the telephone's clock to automatic.",
            field="code",
        )
    found.confirmed_at = dt.datetime.now(dt.UTC)
    session.flush()
    return renew_recovery_codes(session, person_id)


def has_authenticator(session: Session, person_id: int) -> bool:
    """Say whether a person's sign-in asks for a code."""
    return (
        session.scalar(
            select(Authenticator.person_id).where(
                Authenticator.person_id == person_id, Authenticator.confirmed_at.is_not(None)
            )
        )
        is not None
    )


def check(session: Session, sealer: Sealer, person_id: int, code: str) -> str | None:
    """Take a code of the application or a recovery code, once.

    Returns:
        `code` or `recovery`, or None when it does not fit or was used.
    """
    plain = "".join(code.split()).replace("-", "").upper()
    if plain.isascii() and plain.isdigit() and len(plain) == 6:
        found = _locked(session, person_id)
        fits = found is not None and found.confirmed_at is not None
        if found is not None and fits and _take(found, sealer, person_id, plain):
            session.flush()
            return "code"
        return None
    return "recovery" if _take_recovery(session, person_id, plain) else None


def _locked(session: Session, person_id: int) -> Authenticator | None:
    """Return the authenticator for change: two requests with the same code take turns."""
    return session.scalar(select(Authenticator).where(Authenticator.person_id == person_id).with_for_update())


def _take(found: Authenticator, sealer: Sealer, person_id: int, code: str) -> bool:
    secret = sealer.open(_use(person_id), found.sealed_secret)
    generator = pyotp.TOTP(secret.decode())
    now = dt.datetime.now(dt.UTC)
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        expected = generator.generate_otp(step)
        if secrets.compare_digest(expected, code) and step > found.last_step:
            found.last_step = step
            # Sealed anew with the newest key.
            found.sealed_secret = sealer.seal(_use(person_id), secret)
            return True
    return False


def renew_recovery_codes(session: Session, person_id: int) -> list[str]:
    """Make ten new recovery codes in place of the old ones and return them; they are stored hashed."""
    codes = [
        str(number) + "".join(secrets.choice(LETTERS) for _ in range(11)) for number in range(RECOVERY_CODES)
    ]
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    session.add_all(
        RecoveryCode(person_id=person_id, number=number, code_hash=passwords.hash_password(code))
        for number, code in enumerate(codes)
    )
    session.flush()
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def recovery_codes_left(session: Session, person_id: int) -> int:
    """Return how many recovery codes were not used."""
    return (
        session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def _take_recovery(session: Session, person_id: int, plain: str) -> bool:
    if len(plain) != 12 or not plain[0].isdigit() or not plain.isascii():
        return False
    number = int(plain[0])
    stored = session.scalar(
        select(RecoveryCode.code_hash).where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.number == number,
            RecoveryCode.used_at.is_(None),
        )
    )
    try:
        passwords.HASHER.verify(stored or "", plain)
    except (VerificationError, InvalidHashError):
        return False
    # Used up in the same statement that asks whether it still holds: two at once can't both win.
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.number == number,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=func.now())
        .returning(RecoveryCode.number)
    )
    return used.scalar_one_or_none() is not None


def remove(session: Session, person_id: int) -> bool:
    """Remove a person's authenticator and its recovery codes; False where there is none."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    gone = session.execute(
        delete(Authenticator)
        .where(Authenticator.person_id == person_id)
        .returning(Authenticator.confirmed_at)
    ).one_or_none()
    return gone is not None and gone.confirmed_at is not None
