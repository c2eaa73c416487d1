"""What invented readers said of Arroyo Verde's draft, in two languages, and what the district answered."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select

from apportion.demonstration.opening import Opened
from reports.document import Document, plain_text
from tenants.database import Database
from tenants.records.comments import Comment
from tenants.scope import Scope, resolve_visitor
from tenants.settings import Settings
from workers.comments import conversation
from workers.comments.texts import Posting, check
from workers.planning.versions import newest_published


@dataclasses.dataclass(frozen=True)
class Voice:
    """A comment with what became of it."""

    text: str
    language: str
    name: str = ""
    relation: str = ""
    address: str = ""
    section: str = ""
    """Section whose first paragraph it is about; empty for the plan as a whole."""
    figure: bool = False
    """About the first figure of the plan."""
    answer: str = ""
    answered_by: str = "CAO"
    disposition: str = ""
    note: str = ""
    assigned_to: str = ""
    withdrawn: bool = False


COACHES = Voice(
    text="¿También habrá entrenadores de lectura en español? Mi hija está en el programa bilingüe "
    "de su escuela.",
    language="es",
    name="Lucía M.",
    relation="parent",
    address="lucia.m@families.example",
    section="priorities",
    answer="Sí. Dos de los entrenadores trabajarán en español. Lo agregamos al plan, en la sección "
    "de prioridades.",
    disposition="changed",
)
COACHES_SENTENCE = (
    "Two of the reading coaches teach in Spanish, in the bilingual program.",
    "Dos de los entrenadores de lectura enseñan en español, en el programa bilingüe.",
)

VOICES = (
    Voice(
        text="Will anybody lose a job because of this? Our site has two positions that nobody has "
        "filled since "
        "spring, and the rest of us carry the work.",
        language="en",
        name="Robert T.",
        relation="teacher",
        address="robert.t@teachers.example",
        section="how_we_pay",
        answer="Nobody who works here now loses a permanent position because of this plan. "
        "Positions end when "
        "people retire or were empty for a year. Where that leaves a school short, tell your "
        "principal: we look "
        "at each one in January.",
        answered_by="CBO",
        disposition="answered",
    ),
    Voice(
        text="Why not sell the land behind the old bus yard? It has been empty for years.",
        language="en",
        relation="resident",
        answer="Money from land may pay for buildings only, so it can't pay for reading or "
        "salaries. The board "
        "will look at the land with the facilities plan.",
        answered_by="CBO",
        disposition="outside_scope",
        note="Land and buildings are decided in the facilities plan, next spring.",
    ),
    Voice(
        text="¿Qué pasa si la reserva baja de ese número? ¿Nos quitan los autobuses?",
        language="es",
        name="Estudiante de la preparatoria",
        relation="student",
        figure=True,
    ),
    Voice(
        text="Please keep the late bus. Without it my son can't stay for tutoring.",
        language="en",
        name="A. Nguyen",
        relation="parent",
        section="what_we_stop",
        disposition="kept_for_later",
        note="Bus routes are planned in May, when next year's schedules are known. We keep this "
        "with that work.",
    ),
    Voice(
        text="The table in this section is easier to read than last year's. Thank you for the ranges.",
        language="en",
        relation="committee",
        name="Budget advisory committee, member",
        section="outlook",
    ),
    Voice(
        text="How will the shared specialists get from school to school? This matters for scheduling.",
        language="en",
        relation="staff",
        section="implementation",
        assigned_to="HR",
    ),
    Voice(
        text="I posted this in the wrong place.",
        language="en",
        section="measures",
        withdrawn=True,
    ),
)


def say(settings: Settings, database: Database, district: Opened, token: str, voice: Voice) -> int:
    """Post a comment as a reader with the link does, and do what the district did with it.

    What was done before is not done again. Returns the comment's thread.
    """
    superintendent = district.scope(database, "SUP")
    with database.transaction(superintendent) as session:
        known = session.scalar(
            select(Comment).where(Comment.district_id == district.id, Comment.text == voice.text)
        )
    thread_id = known.thread_id if known is not None else _post(settings, database, district, token, voice)
    answerer = district.scope(database, voice.answered_by)
    with database.transaction(answerer) as session:
        thread = conversation.thread_of(session, district.id, thread_id)
        answered = session.scalar(
            select(Comment.id).where(
                Comment.district_id == district.id, Comment.thread_id == thread_id, Comment.official
            )
        )
        if voice.answer and answered is None:
            name = district.name_of(session, voice.answered_by)
            conversation.answer(
                session, answerer, thread_id, voice.answer, language=voice.language, author=name
            )
        if voice.disposition and voice.disposition != "changed" and thread.disposition is None:
            conversation.set_disposition(session, answerer, thread_id, voice.disposition, voice.note)
        if voice.assigned_to:
            conversation.assign(session, answerer, thread_id, district.people[voice.assigned_to])
    return thread_id


def _post(settings: Settings, database: Database, district: Opened, token: str, voice: Voice) -> int:
    visitor = resolve_visitor(database, token)
    if visitor is None or visitor.plan_id is None:
        raise LookupError("the demonstration's own link opens nothing")
    with database.transaction(visitor) as session:
        version = newest_published(session, district.id, visitor.plan_id)
        if version is None:
            raise LookupError("nothing is published")
        found = Document.from_json(version.content)
        posting = check(_posting(found, voice))
        posted = conversation.post_public(
            session, visitor, version, found, posting, secret=settings.secret_keys[0]
        )
    with database.transaction(Scope.for_upkeep(district.id)) as session:
        conversation.after_posting(session, district.id, posted)
        if voice.withdrawn:
            conversation.withdraw(session, district.id, posted.comment_id, "Wrong place.")
    return posted.thread_id


def _posting(found: Document, voice: Voice) -> Posting:
    plain = Posting(
        text=voice.text,
        language=voice.language,
        name=voice.name,
        relation=voice.relation,
        address=voice.address,
    )
    if voice.figure:
        first = next((figure for figure in found.figures.values() if figure.code == "F01"), None)
        return dataclasses.replace(plain, figure=first.stable_key if first is not None else "")
    for section in found.sections:
        if section.key != voice.section:
            continue
        for block in section.blocks:
            if block.kind == "paragraph":
                printed = plain_text(block, voice.language)
                sentence = printed.partition(". ")[0]
                return dataclasses.replace(plain, block_id=block.id, quotation=sentence)
    return plain
