"""Versions of a plan: frozen, certified, signed, approved, published. A published version never changes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from reports.document import Document, Figure
from tenants import audit
from tenants.language import Message, message, message_n
from tenants.organizations import Membership
from tenants.records import share_links
from tenants.records.plans import PlanSignature, PlanVersion
from tenants.roles import ROLE_NAMES
from tenants.scope import Scope
from workers import outbox, rates_in_force, webhooks
from workers.comments import heard
from workers.finance.rates.published import in_force_set
from workers.planning import book as books
from workers.planning.checklist import Requirement, text_lines
from workers.planning.freeze import freeze
from workers.planning.problems import Imprint, NotReadyError
from workers.planning.words import own, say
from workers.planning.writing import district_of

Act = Literal["certify_numbers", "sign_off_priorities", "approve", "publish"]
DRAFT, ADOPTED = "draft_for_comment", "adopted"
CHANGED = "changed_numbers"
"""Key of the line that says which number of a version is another one today."""
LINK_DAYS = 365
"""How long the address printed on a version without a comment window stays open."""


class UnknownVersionError(LookupError):
    """No such version of this plan."""


class ActRefusedError(ValueError):
    """An act that the rules do not allow now; `said` tells why and who can mend it."""

    def __init__(self, said: Message) -> None:
        """Hold the sentence."""
        super().__init__(said["text"])
        self.said = said


@dataclass(frozen=True)
class Board:
    """What a board decided, printed on the cover of an adopted version."""

    date: dt.date
    vote: str
    resolution: str


def versions(session: Session, district_id: int, plan_id: int) -> list[PlanVersion]:
    """Return a plan's versions, newest first, without their content."""
    return list(
        session.scalars(
            select(PlanVersion)
            .where(PlanVersion.district_id == district_id, PlanVersion.plan_id == plan_id)
            .options(defer(PlanVersion.content))
            .order_by(PlanVersion.id.desc())
        )
    )


def version(session: Session, district_id: int, plan_id: int, version_id: int) -> PlanVersion:
    """Return a version with its content.

    Raises:
        UnknownVersionError: if the plan has no such version.
    """
    found = session.get(PlanVersion, (district_id, version_id))
    if found is None or found.plan_id != plan_id:
        raise UnknownVersionError(version_id)
    return found


def next_number(numbers: Iterable[str], kind: str) -> str:
    """Return the next number: 0.1, 0.2 for drafts until one is adopted; 1.0, 2.0 for adopted ones."""
    pairs = [(int(a), int(b)) for a, b in (number.split(".") for number in numbers)]
    major = max((a for a, _ in pairs), default=0)
    if kind == ADOPTED:
        return f"{major + 1}.0"
    return f"{major}.{max((b for a, b in pairs if a == major), default=0) + 1}"


def freeze_version(
    session: Session,
    scope: Scope,
    plan_id: int,
    kind: str,
    *,
    board: Board | None = None,
    correction: str = "",
) -> PlanVersion:
    """Freeze the plan as it stands into a version that can be certified, signed and published.

    Raises:
        NotReadyError: with each passage that has to be settled first.
        ActRefusedError: for an adopted version without the board's date, vote and resolution.
    """
    district = district_of(scope)
    if kind == ADOPTED and (board is None or not board.vote.strip() or not board.resolution.strip()):
        raise ActRefusedError(
            message("An adopted version names the board's date, its vote and the resolution's number.")
        )
    book = books.load(session, district, plan_id)
    places = {block.id: section.key for section, block in book.all_blocks()}
    comments = heard.record(session, district, plan_id, places)
    # Those that became confidential gave their numbers up: no gap shows to whom they don't exist for.
    shown = [each.number for each in versions(session, district, plan_id) if not each.confidential]
    number = next_number(shown, kind)
    imprint = Imprint(
        number,
        kind,
        board.date if board else None,
        board.vote.strip() if board else "",
        board.resolution.strip() if board else "",
        correction.strip(),
        heard=comments is not None,
    )
    frozen = freeze(book, imprint)
    if frozen.blocking:
        raise NotReadyError(frozen.blocking)
    document = dataclasses.replace(frozen.document, comments=comments)
    made = PlanVersion(
        district_id=district,
        plan_id=plan_id,
        number=number,
        kind=kind,
        state="frozen",
        content=document.to_json(),
        digest=document.digest(),
        numbers_digest=document.numbers_digest(),
        board_date=imprint.board_date,
        board_vote=imprint.board_vote or None,
        resolution_number=imprint.resolution_number or None,
        correction_note=imprint.correction_note,
        created_by=scope.person_id,
        rates=in_force_set(rates_in_force.rates(session)),
    )
    session.add(made)
    session.flush()
    audit.append(session, scope, "plan:edit", f"plan_version/{made.id}", frozen=number, digest=made.digest)
    return made


def signatures(session: Session, held: PlanVersion) -> dict[str, PlanSignature]:
    """Return the newest signature of each act that holds for this version's digests."""
    found: dict[str, PlanSignature] = {}
    for each in session.scalars(
        select(PlanSignature)
        .where(PlanSignature.district_id == held.district_id, PlanSignature.version_id == held.id)
        .order_by(PlanSignature.id)
    ):
        wanted = held.numbers_digest if each.act == "certify_numbers" else held.digest
        if each.digest == wanted:
            found[each.act] = each
    return found


def moved_numbers(document: Document, now: Document) -> list[tuple[Figure, Figure | None]]:
    """Return the figures of a version whose value is another one today, each with today's figure."""
    today = {figure.stable_key: figure for figure in now.figures.values()}
    moved = []
    for figure in document.figures.values():
        if not figure.code and not figure.stable_key.startswith("plan/"):
            continue
        present = today.get(figure.stable_key)
        if present is not None and present.value != figure.value:
            moved.append((figure, present))
    return sorted(moved, key=lambda pair: (pair[0].code == "", pair[0].code, pair[0].key))


def requirements(session: Session, held: PlanVersion) -> list[Requirement]:
    """Return the checklist of a version before publication: what is met, what is not, and who can meet it."""
    document = Document.from_json(held.content)
    book = books.load(session, held.district_id, held.plan_id)
    now = freeze(book, Imprint(held.number, held.kind))
    moved = moved_numbers(document, now.document)
    signed = signatures(session, held)
    two = len({each.person_id for each in signed.values()}) > 1
    lines = [
        _certification(signed, moved, now.document),
        Requirement(
            "sign_off_priorities",
            "sign_off_priorities" in signed,
            message("The priorities are signed off.")
            if "sign_off_priorities" in signed
            else message("The priorities are not signed off yet."),
            _role(*instruction_roles(session, held.district_id)),
        ),
        Requirement(
            "approve",
            "approve" in signed,
            message("The superintendent approved this version.")
            if "approve" in signed
            else message("The superintendent has not approved this version yet."),
            _role("SUP"),
        ),
        Requirement(
            "two_people",
            two,
            message("At least two different people signed.")
            if two
            else message("Fewer than two different people have signed."),
            message("any second person who may sign"),
        ),
    ]
    return lines + text_lines(session, book, now, document, adopted=held.kind == ADOPTED)


def _certification(
    signed: dict[str, PlanSignature], moved: list[tuple[Figure, Figure | None]], now: Document
) -> Requirement:
    who = _role("CBO")
    certified = "certify_numbers" in signed
    if not moved:
        said = (
            message("Every number of this version is certified.")
            if certified
            else message("The numbers of this version are not certified yet.")
        )
        return Requirement("certify_numbers", certified, said, who)
    figure, present = moved[0]
    said = message_n(
        "{state} {n} number changed since it was frozen: {figure}, {year}, was {before} and is {now}. "
        "Freeze a new version.",
        "{state} {n} numbers changed since it was frozen. The first: {figure}, {year}, was {before} and is "
        "{now}. Freeze a new version.",
        len(moved),
        state=message("The certification is void.")
        if certified
        else message("This version can't be certified any more."),
        figure=own(figure.label["en"], figure.label["es"]),
        before=own(figure.printed["en"], figure.printed["es"]),
        now=own(present.printed["en"], present.printed["es"]) if present else own("–"),
        year=figure.fiscal_year or now.cover.last_year,
    )
    return Requirement(CHANGED, met=False, said=said, who=who)


def _role(*codes: str) -> Message:
    if len(codes) == 1:
        return message(ROLE_NAMES[codes[0]])
    return message("{one} or {two}", one=message(ROLE_NAMES[codes[0]]), two=message(ROLE_NAMES[codes[1]]))


def instruction_roles(session: Session, district_id: int) -> tuple[str, ...]:
    """Return who signs off the priorities: the academic officer; the superintendent where there is none."""
    held = session.scalar(
        select(Membership.id)
        .where(
            Membership.organization_id == district_id,
            Membership.role == "CAO",
            Membership.ended_at.is_(None),
        )
        .limit(1)
    )
    return ("CAO",) if held is not None else ("SUP",)


SIGNERS: dict[str, tuple[str, ...]] = {"certify_numbers": ("CBO",), "approve": ("SUP",), "publish": ("SUP",)}


def sign(session: Session, scope: Scope, plan_id: int, version_id: int, act: Act) -> PlanSignature:
    """Certify, sign off or approve a frozen version.

    Raises:
        UnknownVersionError: if the plan has no such version.
        ActRefusedError: for a version that is published, the wrong role, or numbers that moved since.
    """
    held = version(session, district_of(scope), plan_id, version_id)
    if held.state != "frozen":
        raise ActRefusedError(message("This version is published; it never changes, and takes no signature."))
    roles = (
        instruction_roles(session, held.district_id) if act == "sign_off_priorities" else SIGNERS.get(act, ())
    )
    if scope.role not in roles:
        raise ActRefusedError(message("Only the {role} can do this.", role=_role(*roles)))
    if act == "certify_numbers":
        line = requirements(session, held)[0]
        if line.key == CHANGED:
            raise ActRefusedError(line.said)
    return _sign(session, scope, held, act)


def _sign(session: Session, scope: Scope, held: PlanVersion, act: Act) -> PlanSignature:
    made = PlanSignature(
        district_id=held.district_id,
        version_id=held.id,
        act=act,
        person_id=scope.person_id,
        role=scope.role,
        digest=held.numbers_digest if act == "certify_numbers" else held.digest,
    )
    session.add(made)
    session.flush()
    action = {
        "certify_numbers": "plan:certify_numbers",
        "sign_off_priorities": "plan:sign_off",
        "approve": "plan:approve",
        "publish": "plan:publish",
    }[act]
    audit.append(session, scope, action, f"plan_version/{held.id}", digest=made.digest)
    return made


def publish(
    session: Session,
    scope: Scope,
    plan_id: int,
    version_id: int,
    *,
    base_url: str,
    secret: str,
    comment_until: dt.datetime | None = None,
) -> str:
    """Publish a version: it never changes again, its files are printed, its comments placed.

    Args:
        session: a transaction of the scope.
        scope: the superintendent's.
        plan_id: the plan.
        version_id: the frozen version.
        base_url: address of this platform, to print the reader's address with.
        secret: the platform's secret key, from which the printed link's token is made.
        comment_until: end of the comment window of a draft.

    Returns:
        The reader's address that is printed on the last page.

    Raises:
        UnknownVersionError: if the plan has no such version.
        ActRefusedError: naming the first line of the checklist that is not met.
    """
    district = district_of(scope)
    held = version(session, district, plan_id, version_id)
    now = dt.datetime.now(dt.UTC)
    if held.state != "frozen":
        raise ActRefusedError(message("This version is published already."))
    if held.confidential:
        raise ActRefusedError(
            message("This version names an option that is confidential now. Freeze the plan as it stands.")
        )
    if held.kind == DRAFT and (comment_until is None or comment_until <= now):
        raise ActRefusedError(message("A draft for comment names the day until which people may comment."))
    unmet = next((line for line in requirements(session, held) if line.blocking and not line.met), None)
    if unmet is not None:
        raise ActRefusedError(
            message("Not yet: {line} Who can do it: {who}.", line=unmet.said, who=unmet.who or own("–"))
        )
    _sign(session, scope, held, "publish")
    held.state, held.published_at = "published", now
    if held.kind == DRAFT:
        held.comment_opens_at, held.comment_closes_at = now, comment_until
    session.flush()
    ends = comment_until or now + dt.timedelta(days=LINK_DAYS)
    _, token = share_links.create(
        session,
        scope,
        plan_id=plan_id,
        label=say(message("Readers of version {number}", number=held.number), scope.language),
        expires_at=ends,
        may_comment=held.kind == DRAFT,
        token=share_links.derived_token(secret, district, printed_link(held.id)),
    )
    for language in ("en", "es"):
        ask_to_print(session, scope, held, language)
    outbox.ask(
        session,
        "place_comments",
        {"version_id": held.id},
        district_id=district,
        requested_by=None,
        idempotency_key=f"version/{held.id}",
        subject=f"plan_version/{held.id}",
    )
    place = f"/d/{district}/plan/versions/{held.id}"
    webhooks.emit(session, district, "version.published", f"plan_version/{held.id}", place)
    return f"{base_url.rstrip('/')}/r/{token}"


def take_back(session: Session, scope: Scope, plan_id: int, version_id: int, reason: str) -> None:
    """Take a published version back: readers and links don't get it any more; its content never changes.

    Raises:
        UnknownVersionError: if the plan has no such version.
        ActRefusedError: it is not published, or nothing was said why.
    """
    held = version(session, district_of(scope), plan_id, version_id)
    if held.state != "published":
        raise ActRefusedError(message("Only a published version is taken back."))
    if not reason.strip():
        raise ActRefusedError(message("Say why this version is taken back; the record keeps it."))
    held.state = "withdrawn"
    session.flush()
    audit.append(
        session, scope, "plan:publish", f"plan_version/{held.id}", withdrawn=True, reason=reason.strip()[:500]
    )


def printed_link(version_id: int) -> str:
    """Return the purpose of the link that a version's print carries, see `share_links.derived_token`."""
    return f"version/{version_id}"


def ask_to_print(session: Session, scope: Scope, held: PlanVersion, language: str) -> int:
    """Ask for a version's PDF in a language; return the job's id, the same one while it is open."""
    if not re.fullmatch("en|es", language):
        raise ActRefusedError(message("A plan is printed in English or Spanish."))
    return outbox.ask(
        session,
        "render_plan",
        {"version_id": held.id, "language": language},
        district_id=held.district_id,
        requested_by=scope.person_id,
        idempotency_key=f"version/{held.id}/{language}",
        subject=f"plan_version/{held.id}",
    )


def newest_published(session: Session, district_id: int, plan_id: int) -> PlanVersion | None:
    """Return a plan's newest published version, or None."""
    return session.scalar(
        select(PlanVersion)
        .where(
            PlanVersion.district_id == district_id,
            PlanVersion.plan_id == plan_id,
            PlanVersion.state == "published",
        )
        .order_by(PlanVersion.published_at.desc(), PlanVersion.id.desc())
        .limit(1)
    )


def published_of_district(session: Session, district_id: int) -> list[PlanVersion]:
    """Return the district's published versions, newest first, without their content."""
    return list(
        session.scalars(
            select(PlanVersion)
            .where(PlanVersion.district_id == district_id, PlanVersion.state == "published")
            .options(defer(PlanVersion.content))
            .order_by(PlanVersion.published_at.desc(), PlanVersion.id.desc())
        )
    )
