"""What waits for a person in a district, and for whom that person waits; each with where it is settled."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, defer

from tenants import cohorts, support
from tenants.language import Message, fiscal_year, message, message_n
from tenants.organizations import Engagement, Organization
from tenants.records.cabinet import CabinetThread
from tenants.records.comments import Comment, CommentThread
from tenants.records.datasets import Dataset, LedgerLoad
from tenants.records.plans import PlanBlock, PlanSection, PlanSignature, PlanVersion
from tenants.records.process import ProcessStep
from tenants.records.steps import BY_KEY
from tenants.roles import allows
from tenants.scope import Scope


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing to do: what, why it matters, the area that settles it, and how urgent."""

    what: Message
    why: Message
    act: Message
    area: str
    """Area whose first page settles it; the view turns it into an address."""
    urgent: bool = False
    due: dt.date | None = None


def waiting_for(session: Session, scope: Scope, district_id: int, today: dt.date) -> list[Item]:
    """Return what waits for this person, most urgent first; a fixed number of queries."""
    items: list[Item] = []
    if allows(scope, "ledger:load"):
        items += _loads(session, district_id)
    if allows(scope, "dataset:certify"):
        items += _datasets(session, district_id)
    items += _signatures(session, scope, district_id)
    if allows(scope, "public_comments:answer"):
        items += _comments(session, district_id, scope)
    if allows(scope, "cabinet_comments:view"):
        items += _cabinet(session, district_id, scope)
    if allows(scope, "engagement:manage"):
        items += _engagements(session, district_id)
    if allows(scope, "support_grant:manage"):
        items += _support(session, district_id)
    if allows(scope, "cohort_membership:accept"):
        items += _cohorts(session, district_id)
    if allows(scope, "process_board:edit", serves=("o",)):
        items += _steps(session, scope, district_id, today)
    return sorted(items, key=lambda item: (not item.urgent, item.due or dt.date.max))


def _loads(session: Session, district_id: int) -> list[Item]:
    rows = session.execute(
        select(LedgerLoad.state, func.count())
        .where(LedgerLoad.district_id == district_id, LedgerLoad.state.in_(("needs_mapping",)))
        .group_by(LedgerLoad.state)
    )
    return [
        Item(
            message_n("Name the columns of one file", "Name the columns of {n} files", count),
            message("Nothing of it is counted until you do."),
            message("Map the columns"),
            "data",
            urgent=True,
        )
        for _, count in rows
    ]


def _datasets(session: Session, district_id: int) -> list[Item]:
    rows = session.execute(
        select(Dataset.fiscal_year, func.count())
        .where(Dataset.district_id == district_id, Dataset.state == "ready", Dataset.certified_at.is_(None))
        .group_by(Dataset.fiscal_year)
        .order_by(Dataset.fiscal_year.desc())
    ).all()
    return [
        Item(
            message("Certify the ledger of {year}", year=fiscal_year(row.fiscal_year)),
            message("Results say that they rest on numbers nobody has certified yet."),
            message("Review and certify"),
            "data",
        )
        for row in rows[:2]
    ]


SIGNING = (
    # act, permission, what must be signed before, sentences
    ("certify_numbers", "plan:certify_numbers", ()),
    ("sign_off_priorities", "plan:sign_off", ()),
    ("approve", "plan:approve", ("certify_numbers", "sign_off_priorities")),
)


def _open_version(session: Session, district_id: int) -> tuple[PlanVersion, set[str]] | None:
    version = session.scalar(
        select(PlanVersion)
        .options(defer(PlanVersion.content))
        .where(PlanVersion.district_id == district_id)
        .order_by(PlanVersion.id.desc())
        .limit(1)
    )
    if version is None or version.state != "frozen":
        return None
    signed = set(
        session.scalars(
            select(PlanSignature.act).where(
                PlanSignature.district_id == district_id, PlanSignature.version_id == version.id
            )
        )
    )
    return version, signed


def _signatures(session: Session, scope: Scope, district_id: int) -> list[Item]:
    if not any(allows(scope, permission) for _, permission, _ in SIGNING):
        return []
    found = _open_version(session, district_id)
    if found is None:
        return []
    version, signed = found
    said = {
        "certify_numbers": (
            message("Certify the numbers of plan version {number}", number=version.number),
            message("Every figure of exactly this version; a later change voids it."),
        ),
        "sign_off_priorities": (
            message("Sign off the priorities of plan version {number}", number=version.number),
            message("It can't be released before instruction has signed."),
        ),
        "approve": (
            message("Approve plan version {number}", number=version.number),
            message("Numbers are certified and priorities signed off."),
        ),
    }
    return [
        Item(*said[act], message("Read and sign"), "plan", urgent=True)
        for act, permission, before in SIGNING
        if act not in signed and set(before) <= signed and allows(scope, permission)
    ]


def _comments(session: Session, district_id: int, scope: Scope) -> list[Item]:
    answered = exists().where(
        Comment.district_id == CommentThread.district_id,
        Comment.thread_id == CommentThread.id,
        Comment.official,
    )
    mine: ColumnElement[bool] = or_(
        CommentThread.assigned_to.is_(None), CommentThread.assigned_to == scope.person_id
    )
    count, oldest = session.execute(
        select(func.count(), func.min(CommentThread.created_at)).where(
            CommentThread.district_id == district_id,
            CommentThread.audience == "public",
            CommentThread.resolved_at.is_(None),
            ~answered,
            mine,
        )
    ).one()
    if not count:
        return []
    days = (dt.datetime.now(dt.UTC) - oldest).days
    return [
        Item(
            message_n("Answer one comment", "Answer {n} comments", count),
            _age(days, count),
            message("Read and answer"),
            "comments",
            urgent=days >= 7,
        )
    ]


def _age(days: int, count: int) -> Message:
    if days > 1:
        return message_n("It has waited {days} days.", "The oldest has waited {days} days.", count, days=days)
    if days:
        return message_n("It has waited since yesterday.", "The oldest has waited since yesterday.", count)
    return message_n("It came today.", "The oldest came today.", count)


def _cabinet(session: Session, district_id: int, scope: Scope) -> list[Item]:
    """Return the suggestions for sections that the person owns, and the threads that were given to them."""
    suggestion = CabinetThread.kind == "suggestion"
    suggested, given = session.execute(
        select(
            func.count().filter(suggestion, PlanSection.owner_id == scope.person_id),
            func.count().filter(CabinetThread.assigned_to == scope.person_id),
        )
        .select_from(CabinetThread)
        .join(
            PlanBlock,
            (PlanBlock.district_id == CabinetThread.district_id) & (PlanBlock.id == CabinetThread.block_id),
        )
        .join(
            PlanSection,
            (PlanSection.district_id == PlanBlock.district_id) & (PlanSection.id == PlanBlock.section_id),
        )
        .where(
            CabinetThread.district_id == district_id,
            CabinetThread.state == "open",
            PlanBlock.removed_at.is_(None),
        )
    ).one()
    found = []
    if suggested:
        found.append(
            Item(
                message_n("Decide on one suggestion", "Decide on {n} suggestions", suggested),
                message("Somebody suggests other words in a section that you own."),
                message("Take or decline"),
                "plan",
            )
        )
    if given:
        found.append(
            Item(
                message_n("Answer one comment of the cabinet", "Answer {n} comments of the cabinet", given),
                message("It was given to you, beside the plan in writing."),
                message("Read and reply"),
                "plan",
            )
        )
    return found


def _engagements(session: Session, district_id: int) -> list[Item]:
    rows = session.execute(
        select(Organization.name, Engagement.level)
        .join(Organization, Organization.id == Engagement.facilitator_id)
        .where(Engagement.district_id == district_id, Engagement.state == "requested")
    )
    return [
        Item(
            message("{name} asks to coach your district", name=row.name),
            message("You choose the level, the coaches and the last day."),
            message("Read and decide"),
            "settings",
        )
        for row in rows
    ]


def _support(session: Session, district_id: int) -> list[Item]:
    now = dt.datetime.now(dt.UTC)
    return [
        Item(
            message("{name} of the platform's support asks to look", name=grant.person_name),
            message("For a purpose and for hours that you read first; you can end it at any moment."),
            message("Read and decide"),
            "support",
            urgent=True,
        )
        for grant in support.of_organization(session, district_id)
        if support.standing(grant, now) == "requested"
    ]


def _cohorts(session: Session, district_id: int) -> list[Item]:
    return [
        Item(
            message("{name} invites you to the cohort {cohort}", name=place.facilitator, cohort=place.name),
            message("You can leave it again at any moment."),
            message("Read and decide"),
            "cohort",
        )
        for place in cohorts.own_places(session, district_id)
        if place.state == "invited" and not place.ended
    ]


def _steps(session: Session, scope: Scope, district_id: int, today: dt.date) -> list[Item]:
    finance = (ProcessStep.finance_owner_id == scope.person_id) & ProcessStep.finance_done_at.is_(None)
    instruction = (ProcessStep.instruction_owner_id == scope.person_id) & ProcessStep.instruction_done_at.is_(
        None
    )
    rows = session.scalars(
        select(ProcessStep)
        .where(
            ProcessStep.district_id == district_id,
            ProcessStep.state == "under_way",
            or_(finance, instruction),
            ProcessStep.due_on.is_not(None),
        )
        .order_by(ProcessStep.due_on)
        .limit(3)
    )
    return [
        Item(
            message(
                "Step {number}: {name}", number=BY_KEY[row.step].number, name=message(BY_KEY[row.step].name)
            ),
            message(BY_KEY[row.step].asks),
            message("Open the step"),
            "board",
            urgent=row.due_on is not None and row.due_on <= today,
            due=row.due_on,
        )
        for row in rows
        if row.step in BY_KEY
    ]


def others(session: Session, scope: Scope, district_id: int) -> list[tuple[Message, Message]]:
    """Return for whom this person's cabinet waits: who, and for what."""
    if not allows(scope, "plan:view"):
        return []
    found = _open_version(session, district_id)
    if found is None:
        return []
    version, signed = found
    who = {
        "certify_numbers": message("Chief business official"),
        "sign_off_priorities": message("Chief academic officer"),
        "approve": message("Superintendent"),
    }
    what = message("signature on version {number}", number=version.number)
    return [
        (who[act], what)
        for act, permission, _ in SIGNING
        if act not in signed and not allows(scope, permission)
    ]
