"""`Idempotency-Key` on POST: the same key with the same request has one effect and one answer.

The answer is kept in the transaction of the effect, so that both exist or neither. A request that is still
at work holds a lock; its twin is told to wait rather than made to.
"""

from __future__ import annotations

import hashlib

import flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from apportion.api.refusals import Refusal
from tenants.language import message
from tenants.records.jobs import ApiRequest

HEADER = "Idempotency-Key"
LONGEST = 200


def key_of(request: flask.Request) -> str | None:
    """Return the request's key, or None if it has none.

    Raises:
        Refusal: if the key is too long or holds what no key holds.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Refusal(message("An Idempotency-Key has 1 to 200 printable characters."), 400)
    return key


def fingerprint(request: flask.Request) -> str:
    """Return the SHA-256 over what was asked: method, path, query, fields and files."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.mimetype == "multipart/form-data":
        for name, value in sorted(request.form.items(multi=True)):
            digest.update(f"{name}={value}\n".encode())
        for name, upload in sorted(request.files.items(multi=True)):
            digest.update(f"{name}:{upload.filename}\n".encode())
            while block := upload.stream.read(1 << 20):
                digest.update(block)
            upload.stream.seek(0)
    else:
        digest.update(request.get_data())
    return digest.hexdigest()


def find(session: Session, district_id: int, person_id: int, key: str, print_: str) -> ApiRequest | None:
    """Return what was answered under this key, or None if it is new; then hold it for this transaction.

    Raises:
        Refusal: 409 while the first request is at work, 422 if it asked for something else.
    """
    named = func.hashtextextended(f"{district_id}/{person_id}/{key}", 0)
    if not session.scalar(select(func.pg_try_advisory_xact_lock(named))):
        raise Refusal(
            message("The first request with this key is still at work. Ask again in a moment."), 409
        )
    held = session.get(ApiRequest, (district_id, person_id, key))
    if held is not None and held.fingerprint != print_:
        raise Refusal(
            message("This key was used for another request. Take a new key for a new request."), 422
        )
    return held


def keep(
    session: Session, district_id: int, person_id: int, key: str, print_: str, status: int, body: object
) -> None:
    """Keep an answer under its key, in the transaction of its effect."""
    session.add(
        ApiRequest(
            district_id=district_id,
            person_id=person_id,
            key=key,
            fingerprint=print_,
            status=status,
            body=body,
        )
    )
    session.flush()
