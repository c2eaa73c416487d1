"""A district's own sign-in: OpenID Connect's code flow with PKCE, state and nonce, spoken by Authlib.

People are bound to the provider's issuer and subject. The mail address that a provider states only helps to
find which account a first sign-in may be connected to, and only when the person proves that account, too.
Every call goes through `tenants.outside`: a provider's address is something that a customer typed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tenants import lookups, outside
from tenants.database import Database
from tenants.entering.records import ProviderIdentity
from tenants.entering.rules import Provider
from tenants.errors import NotPossibleError
from tenants.language import N_
from tenants.scope import Scope

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures by the provider's own key; never one made with a secret that both sides share, never none."""
NO_ANSWER = N_("The provider at {issuer} does not answer.")
LEEWAY_SECONDS = 60
UNREADABLE = (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError, TypeError, KeyError)


class ProviderError(NotPossibleError):
    """The organization's own sign-in did not work; `said` tells how, for whoever looks after it."""


@dataclasses.dataclass(frozen=True)
class Begun:
    """A sign-in that was sent to the provider, and what has to be kept until it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclasses.dataclass(frozen=True)
class Stated:
    """Who the provider says came in."""

    issuer: str
    subject: str
    address: str
    """Mail address in lower case, or empty where the provider states none that it verified."""
    name: str


def discover(issuer: str, *, allow_loopback: bool) -> dict[str, Any]:
    """Return a provider's published settings (OpenID Connect Discovery 1.0).

    Raises:
        ProviderError: They can't be read, or name another issuer.
        RefusedAddressError: The address is internal.
    """
    try:
        with outside.client(allow_loopback=allow_loopback) as client:
            answer = client.get(issuer.rstrip("/") + "/.well-known/openid-configuration")
            found: dict[str, Any] = answer.json()
            status = answer.status_code
    except outside.RefusedAddressError:
        raise
    except UNREADABLE as error:
        raise ProviderError(
            N_("The provider at {issuer} does not answer."), field="issuer", issuer=issuer
        ) from error
    if status != 200 or not isinstance(found, dict) or found.get("issuer") != issuer:
        raise ProviderError(
            N_(
                "What stands at {issuer} is no OpenID Connect provider of that name. "
                "Copy the issuer exactly as the provider's own page gives it."
            ),
            field="issuer",
            issuer=issuer,
        )
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        outside.check(str(found.get(name, "")), allow_loopback=allow_loopback)
    return found


def begin(
    provider: Provider, *, back: str, allow_loopback: bool, hint: str = "", again: bool = False
) -> Begun:
    """Return where to send a browser.

    Args:
        provider: the organization's own sign-in.
        back: the platform's address that the provider sends the browser back to.
        allow_loopback: `Settings.allow_loopback`.
        hint: the mail address that was typed, to fill in at the provider's.
        again: whether the person must prove who they are, signed in there or not.

    Raises:
        ProviderError, RefusedAddressError: The provider can't be reached.
    """
    published = discover(provider.issuer, allow_loopback=allow_loopback)
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    more = ({"login_hint": hint} if hint else {}) | ({"prompt": "login"} if again else {})
    with _client(provider, published, back, allow_loopback=allow_loopback) as client:
        address, state = client.create_authorization_url(
            published["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **more
        )
    return Begun(address, state, nonce, verifier)


def _client(
    provider: Provider, published: dict[str, Any], back: str, *, allow_loopback: bool
) -> OAuth2Client:
    offered = published.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
    return OAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        token_endpoint_auth_method=method if provider.client_secret else "none",
        redirect_uri=back,
        scope="openid email profile",
        code_challenge_method="S256",
        **outside.options(allow_loopback=allow_loopback),
    )


def finish(provider: Provider, begun: Begun, *, returned: str, back: str, allow_loopback: bool) -> Stated:
    """Take the code that a browser brought back, and return who the provider says came in.

    Args:
        provider: the organization's own sign-in, as it was when the browser was sent.
        begun: what was kept of that.
        returned: the whole address that the browser came back to.
        back: the address it was asked to come back to.
        allow_loopback: `Settings.allow_loopback`.

    Raises:
        ProviderError: The provider refused, or what it says does not hold.
    """
    published = discover(provider.issuer, allow_loopback=allow_loopback)
    try:
        with _client(provider, published, back, allow_loopback=allow_loopback) as client:
            # Compares the state, and tells an error of the provider's from a code.
            token = client.fetch_token(
                published["token_endpoint"],
                authorization_response=returned,
                state=begun.state,
                code_verifier=begun.verifier,
            )
        with outside.client(allow_loopback=allow_loopback) as client:
            keys = KeySet.import_key_set(client.get(published["jwks_uri"]).json())
        claims = _verified(token, keys, provider, begun.nonce)
    except UNREADABLE as error:
        raise ProviderError(
            N_("The answer of your organization's own sign-in does not hold ({reason})."),
            reason=_reason(error),
        ) from error
    address = str(claims.get("email") or "").strip().lower()
    return Stated(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        address=address if claims.get("email_verified") is True else "",
        name=str(claims.get("name") or ""),
    )


def _verified(token: dict[str, Any], keys: KeySet, provider: Provider, nonce: str) -> dict[str, Any]:
    """Return the claims of an ID token: signature, issuer, audience, times and nonce fit."""
    decoded = jwt.decode(token["id_token"], keys, algorithms=list(ALGORITHMS))
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "nonce": {"essential": True, "value": nonce},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
        },
        params={
            "nonce": nonce,
            "client_id": provider.client_id,
            "access_token": token.get("access_token"),
        },
    )
    claims.validate(leeway=LEEWAY_SECONDS)
    return dict(claims)


def _reason(error: Exception) -> str:
    """Return a library's word for what does not hold, such as `invalid_claim`; never what was sent."""
    word = getattr(error, "error", None) or type(error).__name__
    claim = getattr(error, "claim", None)
    return f"{word}: {claim}" if claim else str(word)


def person_of(database: Database, provider: Provider, stated: Stated) -> int | None:
    """Return whom a provider's subject is bound to, and note the use; None for a first sign-in."""
    found = lookups.identity(database, provider.organization_id, stated.issuer, stated.subject)
    if found is None:
        return None
    identity_id, person_id = found
    with database.transaction(Scope.for_person(person_id)) as session:
        session.execute(
            update(ProviderIdentity)
            .where(ProviderIdentity.id == identity_id)
            .values(last_used_at=dt.datetime.now(dt.UTC))
        )
    return person_id


def bind(session: Session, person_id: int, organization_id: int, issuer: str, subject: str) -> None:
    """Bind a provider's subject to a person who proved both, in the person's scope."""
    session.add(
        ProviderIdentity(
            organization_id=organization_id,
            person_id=person_id,
            issuer=issuer,
            subject=subject,
            last_used_at=dt.datetime.now(dt.UTC),
        )
    )
    session.flush()


def of_person(session: Session, person_id: int) -> list[ProviderIdentity]:
    """Return the providers' identities that are bound to a person."""
    return list(
        session.scalars(
            select(ProviderIdentity)
            .where(ProviderIdentity.person_id == person_id)
            .order_by(ProviderIdentity.id)
        )
    )
