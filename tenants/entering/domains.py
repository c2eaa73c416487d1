"""Mail domains: which organization a typed address belongs to, proved by the domain's own name server.

A claim gives a text; whoever runs the domain's name server puts it at `_apportion.<domain>`. Only a proved
domain leads anybody's sign-in to the organization, and it belongs to one organization alone.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets

import dns.exception
import dns.resolver
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tenants import audit
from tenants.entering.records import MailDomain
from tenants.errors import NotPossibleError
from tenants.scope import Scope

LABEL = "_apportion"
DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
SECONDS = 5.0
"""How long the name servers may take."""
MOST = 20


def of_organization(session: Session, organization_id: int) -> list[MailDomain]:
    """Return an organization's domains, by name."""
    return list(
        session.scalars(
            select(MailDomain)
            .where(MailDomain.organization_id == organization_id)
            .order_by(MailDomain.domain)
        )
    )


def claim(session: Session, scope: Scope, domain: str) -> None:
    """Note that the scope's organization says a domain is its own; it counts once proved.

    Raises:
        NotPossibleError: It is no domain, or there are too many.
    """
    domain = domain.strip().lower().rpartition("@")[2].rstrip(".")
    if not DOMAIN.fullmatch(domain):
        raise NotPossibleError(
            "{found} is not a mail domain. It is what follows the @, such as district.org.",
            field="domain",
            found=domain[:100] or "—",
        )
    organization_id = scope.organization_id
    if organization_id is None or len(of_organization(session, organization_id)) >= MOST:
        raise NotPossibleError("More than {most} domains are not kept.", field="domain", most=str(MOST))
    made = session.scalar(
        insert(MailDomain)
        .values(
            organization_id=organization_id,
            domain=domain,
            proof=f"apportion-domain={secrets.token_hex(16)}",
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "domain"])
        .returning(MailDomain.id)
    )
    if made is not None:
        audit.record(session, scope, "sign_in_settings:manage", f"mail_domain/{made}", claimed=True)


def prove(session: Session, scope: Scope, domain_id: int, *, name_server: str = "") -> str | None:
    """Ask the domain's name server for the proof; return the domain, or None where there is no such claim.

    Args:
        session: a transaction in the scope of whoever manages the organization.
        scope: who asks.
        domain_id: the claim.
        name_server: `Settings.dns_server`.

    Raises:
        NotPossibleError: The proof is not there, or another organization has proved the domain.
    """
    found = session.scalar(
        select(MailDomain).where(
            MailDomain.id == domain_id, MailDomain.organization_id == scope.organization_id
        )
    )
    if found is None:
        return None
    said = _texts(f"{LABEL}.{found.domain}", name_server)
    if found.proof not in said:
        raise NotPossibleError(
            "The name server of {domain} does not say “{proof}” yet. What it says at {place}: {found}. A "
            "new entry takes up to an hour to be seen everywhere.",
            field=f"domain-{domain_id}",
            domain=found.domain,
            proof=found.proof,
            place=f"{LABEL}.{found.domain}",
            found=", ".join(said)[:200] or "—",
        )
    try:
        with session.begin_nested():
            found.proved_at = dt.datetime.now(dt.UTC)
    except IntegrityError as error:
        raise NotPossibleError(
            "Another organization has proved that {domain} is its own.", domain=found.domain
        ) from error
    audit.record(session, scope, "sign_in_settings:manage", f"mail_domain/{domain_id}", proved=True)
    return found.domain


def _texts(name: str, name_server: str) -> list[str]:
    resolver = dns.resolver.Resolver(configure=not name_server)
    if name_server:
        host, _, port = name_server.rpartition(":")
        resolver.nameservers, resolver.port = [host], int(port)
    try:
        answer = resolver.resolve(name, "TXT", lifetime=SECONDS, search=False)
    except dns.exception.DNSException:
        return []
    return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]


def give_up(session: Session, scope: Scope, domain_id: int) -> str | None:
    """Give a domain up and return it; None where the organization has no such domain."""
    domain: str | None = session.execute(
        delete(MailDomain)
        .where(MailDomain.id == domain_id, MailDomain.organization_id == scope.organization_id)
        .returning(MailDomain.domain)
    ).scalar_one_or_none()
    if domain is not None:
        audit.record(session, scope, "sign_in_settings:manage", f"mail_domain/{domain_id}", given_up=True)
    return domain
