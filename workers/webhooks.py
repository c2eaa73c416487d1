"""Notices to addresses that a steward named: asked for with the event, signed, retried, given up in the end.

A notice holds ids and a link, and nothing of what stands in the record. How a receiver checks it stands in
docs/programs.md; a test runs that recipe.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from html import escape
from typing import Any
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tenants import outside
from tenants.entering.sealing import Sealer
from tenants.language import Message, message, translate
from tenants.organizations import Membership
from tenants.people import Person
from tenants.records import webhooks
from tenants.records.jobs import Job
from tenants.records.webhooks import Webhook, WebhookDelivery
from workers import mail, outbox
from workers.kinds import RunningJob, job_kind

WAITS = (30, 300, 1800, 7200, 21600, 43200)
"""Seconds before each further try; after the last one a notice is given up, about a day after the event."""
FAILURES_BEFORE_OFF = 20
"""So many tries that failed in a row, whichever notices they carried, turn an address off."""
GONE = 410
"""An address that answers so wants to hear no more."""


def emit(session: Session, district_id: int, event: str, subject: str, path: str) -> None:
    """Tell every address that listens to an event, in the transaction of what happened.

    Args:
        session: the open transaction; its scope may write in the district.
        district_id: where it happened.
        event: one of `tenants.records.webhooks.EVENTS`.
        subject: kind and id of the record, as `dataset/1042`.
        path: address of its page within the platform.
    """
    hooks = session.execute(
        select(Webhook.id, Webhook.events).where(Webhook.district_id == district_id, Webhook.state == "on")
    )
    for hook_id, events in hooks.all():
        if event in events:
            send(session, district_id, hook_id, event, subject, path)


def send(session: Session, district_id: int, hook_id: int, event: str, subject: str, path: str) -> int:
    """Put one notice to one address on its way, and return its id."""
    notice = WebhookDelivery(
        district_id=district_id, webhook_id=hook_id, event=event, subject=subject, path=path
    )
    session.add(notice)
    session.flush()
    _ask(session, notice, 0)
    return notice.id


def resend(session: Session, district_id: int, hook_id: int, notice_id: int) -> bool:
    """Send a notice of an address once more, under its own id; False where there is none to send."""
    notice = session.scalar(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.district_id == district_id,
            WebhookDelivery.id == notice_id,
            WebhookDelivery.webhook_id == hook_id,
        )
        .with_for_update()
    )
    if notice is None:
        return False
    notice.state, notice.attempts = "waiting", 0
    session.flush()
    _ask(session, notice, 0)
    return True


def body_of(notice: WebhookDelivery, base_url: str) -> bytes:
    """Return a notice as it is sent: the same bytes at every try."""
    kind, _, number = notice.subject.partition("/")
    document = {
        "id": str(notice.id),
        "event": notice.event,
        "at": notice.created_at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "district_id": notice.district_id,
        "record": {"kind": kind, "id": number},
        "link": base_url.rstrip("/") + notice.path,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """Return HMAC-SHA256 over timestamp, a full stop, and the body, in hexadecimal."""
    return hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


@job_kind("deliver_notice", queue="light", limit_seconds=60, attempts=3, rights="upkeep")
def deliver_notice(job: RunningJob) -> dict[str, Any]:
    """Carry one notice once, note how it went, and ask for the next try where it failed.

    A try that was killed after the other side had taken it is made again, under the same id.
    """
    attempt, notice_id = int(job.parameters["attempt"]), int(job.parameters["notice_id"])
    with job.transaction() as session:
        found = _waiting(session, job.district_id, notice_id, attempt)
        if found is None:
            return {"sent": False}
        notice, hook = found
        now = dt.datetime.now(dt.UTC)
        keys = webhooks.secrets_of(Sealer(job.settings.sealing_keys), hook, now)
        body, address = body_of(notice, job.settings.base_url), hook.address
        session.expunge_all()
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "Apportion-Notice": str(notice_id),
        "Apportion-Timestamp": str(timestamp),
        "Apportion-Signature": ", ".join(
            f"{key_id}={signature(secret, timestamp, body)}" for key_id, secret in keys
        ),
    }
    status, said = _carry(job, address, headers, body)
    with job.transaction() as session:
        _note(session, job, notice_id, attempt, status, said)
    return {"sent": said is None}


def _carry(
    job: RunningJob, address: str, headers: dict[str, str], body: bytes
) -> tuple[int | None, Message | None]:
    """Return the status of the answer, and why it is a failure; None where it is none."""
    host = urlsplit(address).hostname or address
    try:
        with outside.client(allow_loopback=job.settings.allow_loopback) as client:
            status = client.post(address, content=body, headers=headers).status_code
    except outside.RefusedAddressError as refusal:
        return None, refusal.said
    except httpx2.HTTPError:
        return None, message("{host} did not answer, or not in time.", host=host)
    if 200 <= status < 300:
        return status, None
    if 300 <= status < 400:
        said = message(
            "{host} leads elsewhere ({status}); notices follow no redirect.", host=host, status=status
        )
        return status, said
    return status, message("{host} answered with status {status}.", host=host, status=status)


def _note(
    session: Session, job: RunningJob, notice_id: int, attempt: int, status: int | None, said: Message | None
) -> None:
    """Write how a try went, ask for the next one, and turn off an address that keeps failing."""
    found = _waiting(session, job.district_id, notice_id, attempt)
    if found is None:
        return
    notice, hook = found
    notice.attempts, notice.status, notice.said = attempt + 1, status, said
    notice.tried_at = dt.datetime.now(dt.UTC)
    if said is None:
        notice.state, hook.failures = "delivered", 0
        return
    hook.failures += 1
    if attempt >= len(WAITS):
        notice.state = "given_up"
    if status == GONE or notice.state == "given_up" or hook.failures >= FAILURES_BEFORE_OFF:
        hook.state = "failed"
        _tell_stewards(session, job, hook, notice)
    else:
        _ask(session, notice, attempt + 1, WAITS[attempt])
    session.flush()


def _waiting(
    session: Session, district_id: int, notice_id: int, attempt: int
) -> tuple[WebhookDelivery, Webhook] | None:
    """Return a notice whose turn this try is, and its address; None where somebody decided otherwise."""
    row = session.execute(
        select(WebhookDelivery, Webhook)
        .join(
            Webhook,
            (Webhook.district_id == WebhookDelivery.district_id) & (Webhook.id == WebhookDelivery.webhook_id),
        )
        .where(
            WebhookDelivery.district_id == district_id,
            WebhookDelivery.id == notice_id,
            WebhookDelivery.state == "waiting",
            WebhookDelivery.attempts == attempt,
            Webhook.state == "on",
        )
        .with_for_update()
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _ask(session: Session, notice: WebhookDelivery, attempt: int, wait: int = 0) -> None:
    job_id = outbox.ask(
        session,
        "deliver_notice",
        {"notice_id": notice.id, "attempt": attempt},
        district_id=notice.district_id,
        requested_by=None,
        idempotency_key=f"notice/{notice.id}/{attempt}",
        subject=f"webhook/{notice.webhook_id}",
    )
    if wait:
        session.execute(
            update(Job)
            .where(Job.district_id == notice.district_id, Job.id == job_id, Job.state == "waiting")
            .values(due_at=func.now() + dt.timedelta(seconds=wait))
        )


def _tell_stewards(session: Session, job: RunningJob, hook: Webhook, notice: WebhookDelivery) -> None:
    """Mail the stewards, each in the own language, that an address hears nothing any more."""
    rows = session.execute(
        select(Person.address, Person.language, Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == job.district_id, Membership.steward, Membership.ended_at.is_(None)
        )
    )
    link = f"{job.settings.base_url.rstrip('/')}/d/{job.district_id}/settings/webhooks/{hook.id}"
    for address, language, person_id in rows:
        subject = translate("{name} hears nothing any more", language, name=hook.name)
        words = translate(
            "Notices to “{name}” failed again and again, so the address was turned off. Read why, mend it "
            "and turn it on again; what was not delivered can be sent once more:",
            language,
            name=hook.name,
        )
        mail.post(
            session,
            key=f"webhook/{hook.id}/{notice.id}/{notice.attempts}/{person_id}",
            address=address,
            subject=" ".join(subject.split()),
            text=f"{words}\n\n{link}\n",
            html=f'<p>{escape(words)}</p><p><a href="{escape(link)}">{escape(link)}</a></p>',
            language=language,
            organization_id=job.district_id,
        )
