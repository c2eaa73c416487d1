"""The plan's text, with bound figures."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from apportion.api.operations import operation
from apportion.api.options import plan_of
from apportion.api.refusals import Refusal
from apportion.api.shapes import Created, Done, FiscalYear, Line, Moment, Shape, Text
from apportion.request import scope
from apportion.routing import NotAllowed
from tenants.language import N_, message
from tenants.records.plans import Plan, PlanBlock, PlanSection
from workers.planning import book as books
from workers.planning import owning, writing
from workers.planning.writing import Change, RevisionConflictError, TextRefusedError

TAG = "Plan"
_PLAN = "/districts/<int:district_id>/plans/<int:plan_id>"


class PlanInput(Shape):
    """A plan to start."""

    title: Line
    title_es: Line = ""
    base_year: FiscalYear = Field(description="Fiscal year of the ledger it starts from.")
    years: int = Field(3, ge=2, le=5, description="Fiscal years shown, the base year included.")


class PlanSummary(Shape):
    """A plan without its text."""

    id: int
    title: str
    title_es: str
    base_year: str
    years: int
    created_at: Moment


class BlockShape(Shape):
    """A passage, table or chart; its id outlives versions."""

    id: int
    kind: str
    text: str = Field(description="Markdown of a small subset; a figure stands as {{figure:run/7/key}}.")
    text_es: str
    reference: str | None
    revision: int
    updated_at: Moment


class SectionShape(Shape):
    """A section; its title is its conclusion."""

    key: str
    title: str
    title_es: str
    revision: int
    owner_id: int | None
    blocks: list[BlockShape]


class PlanShape(PlanSummary):
    """A plan as it stands now."""

    sections: list[SectionShape]


class Plans(Shape):
    """All plans of the district, newest first."""

    items: list[PlanSummary]


class BlockInput(Shape):
    """A passage to add."""

    section: str
    kind: Literal["paragraph", "heading", "list", "callout", "table", "chart"] = "paragraph"
    text: Text = ""
    text_es: Text = ""
    reference: Line = Field("", description="For a table or chart: run/<run id>/<key>, or plan/<key>.")
    after: int | None = Field(None, description="Id of the passage it stands behind; at the end without.")


class BlockChange(Shape):
    """A passage as it is to read, and the revision it was written from."""

    revision: int
    text: Text
    text_es: Text = ""
    base: Text | None = Field(None, description="The text it was written from: lets two changes be merged.")
    base_es: Text | None = None
    spanish_checked: bool = False


class TitleChange(Shape):
    """A section's title, and the revision it was written from."""

    revision: int
    title: Line
    title_es: Line = ""


class DraftShape(Shape):
    """What a first draft did."""

    written: int
    kept: int = Field(description="Passages that a person had changed, left as they are.")


def _refuse_foreign(session: Session, section: PlanSection | None) -> None:
    """Refuse to write in a section that somebody else owns.

    Raises:
        NotAllowed: saying whose section it is.
    """
    if section is None:
        return
    try:
        owning.refuse_foreign(session, scope(), section)
    except owning.ForeignSectionError as foreign:
        raise NotAllowed(foreign.said) from foreign


def _section_of_block(session: Session, district_id: int, plan_id: int, block_id: int) -> PlanSection | None:
    block = writing.passage(session, district_id, plan_id, block_id)
    return session.get(PlanSection, (district_id, block.section_id))


def refusing(fault: Exception) -> Refusal:
    """Return what a text that can't be kept, or that two wrote at once, is answered with."""
    if isinstance(fault, RevisionConflictError):
        return Refusal(
            message(
                "Somebody else changed this passage; it is at revision {n} now. Read it and send your change "
                "again.",
                n=fault.theirs.revision,
            ),
            409,
        )
    if isinstance(fault, TextRefusedError):
        return Refusal(fault.problems[0], 422, {f"text.{n}": said for n, said in enumerate(fault.problems)})
    raise fault


@operation(
    "GET",
    "/districts/<int:district_id>/plans",
    permission="plan:view",
    summary=N_("Plans, newest first"),
    tag=TAG,
    gives=Plans,
)
def plans(session: Session, district_id: int) -> Plans:
    """Return the district's plans."""
    rows = session.scalars(select(Plan).where(Plan.district_id == district_id).order_by(Plan.id.desc()))
    return Plans(items=[PlanSummary(**_summary(row)) for row in rows])


@operation(
    "POST",
    "/districts/<int:district_id>/plans",
    permission="plan:create",
    summary=N_("Start a plan"),
    tag=TAG,
    takes=PlanInput,
    gives=Created,
    status=201,
)
def start_plan(session: Session, district_id: int, body: PlanInput) -> Created:  # noqa: ARG001 - the scope has it
    """Start a plan with the template's sections."""
    return Created(id=writing.start(session, scope(), **body.model_dump()))


@operation(
    "GET", _PLAN, permission="plan:view", summary=N_("One plan with its text"), tag=TAG, gives=PlanShape
)
def plan(session: Session, district_id: int, plan_id: int) -> PlanShape:
    """Return a plan as it stands now."""
    plan_of(session, district_id, plan_id)
    held = books.load(session, district_id, plan_id)
    return PlanShape(
        **_summary(held.plan),
        sections=[
            SectionShape(
                key=section.key,
                title=section.title,
                title_es=section.title_es,
                revision=section.revision,
                owner_id=section.owner_id,
                blocks=[_block(block) for block in held.blocks[section.id]],
            )
            for section in held.sections
        ],
    )


@operation(
    "POST",
    f"{_PLAN}/draft",
    permission="plan:edit",
    summary=N_("Write the first draft from the figures"),
    tag=TAG,
    gives=DraftShape,
)
def draft_plan(session: Session, district_id: int, plan_id: int) -> DraftShape:
    """Write the draft, or write it anew around everything that people wrote."""
    plan_of(session, district_id, plan_id)
    done = writing.write_draft(session, scope(), plan_id)
    return DraftShape(written=done.written, kept=done.kept)


@operation(
    "POST",
    f"{_PLAN}/blocks",
    permission="plan:edit",
    serves=("assigned",),
    summary=N_("Add a passage, table or chart"),
    tag=TAG,
    takes=BlockInput,
    gives=Created,
    status=201,
)
def add_block(session: Session, district_id: int, plan_id: int, body: BlockInput) -> Created:
    """Add a passage to a section; a number that is not bound is refused."""
    plan_of(session, district_id, plan_id)
    _refuse_foreign(session, writing.section_of(session, district_id, plan_id, body.section))
    given = body.model_dump(exclude={"section"})
    try:
        return Created(id=writing.add(session, scope(), plan_id, body.section, **given))
    except TextRefusedError as fault:
        raise refusing(fault) from fault


@operation(
    "PUT",
    f"{_PLAN}/blocks/<int:block_id>",
    permission="plan:edit",
    serves=("assigned",),
    summary=N_("Change a passage"),
    tag=TAG,
    takes=BlockChange,
    gives=BlockShape,
)
def change_block(
    session: Session, district_id: int, plan_id: int, block_id: int, body: BlockChange
) -> BlockShape:
    """Save a passage; two changes of different sentences are both kept."""
    plan_of(session, district_id, plan_id)
    _refuse_foreign(session, _section_of_block(session, district_id, plan_id, block_id))
    change = Change(
        revision=body.revision,
        text=body.text,
        text_es=body.text_es,
        base=body.base,
        base_es=body.base_es,
        checked=body.spanish_checked,
    )
    try:
        return _block(writing.save(session, scope(), plan_id, block_id, change))
    except (TextRefusedError, RevisionConflictError) as fault:
        raise refusing(fault) from fault


@operation(
    "DELETE",
    f"{_PLAN}/blocks/<int:block_id>",
    permission="plan:edit",
    serves=("assigned",),
    summary=N_("Take a passage out"),
    tag=TAG,
    gives=Done,
)
def remove_block(session: Session, district_id: int, plan_id: int, block_id: int) -> Done:
    """Take a passage out; it is kept, and can be brought back in the editor."""
    plan_of(session, district_id, plan_id)
    _refuse_foreign(session, _section_of_block(session, district_id, plan_id, block_id))
    writing.remove(session, scope(), plan_id, block_id)
    return Done()


@operation(
    "PUT",
    f"{_PLAN}/sections/<key>/title",
    permission="plan:edit",
    serves=("assigned",),
    summary=N_("Change a section's title"),
    tag=TAG,
    takes=TitleChange,
    gives=Done,
)
def change_title(session: Session, district_id: int, plan_id: int, key: str, body: TitleChange) -> Done:
    """Save a section's conclusion."""
    plan_of(session, district_id, plan_id)
    _refuse_foreign(session, writing.section_of(session, district_id, plan_id, key))
    try:
        writing.save_title(session, scope(), plan_id, key, **body.model_dump())
    except TextRefusedError as fault:
        raise refusing(fault) from fault
    return Done()


def _summary(row: Plan) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PlanSummary.model_fields}


def _block(row: PlanBlock) -> BlockShape:
    return BlockShape(**{name: getattr(row, name) for name in BlockShape.model_fields})
