"""Questions of board members, which go to staff alone, and the memos that answer them to all."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants import audit
from tenants.base import Base, DistrictOwned, Record, now, to_district, within_district
from tenants.errors import NotPossibleError
from tenants.limits import Facts
from tenants.organizations import Membership
from tenants.people import Person
from tenants.records.plans import PlanVersion
from tenants.scope import CABINET_ROLES, Scope

LONGEST = 4000
"""Characters of a question or an answer."""


class BoardQuestion(Base, Record):
    """What a board member asked about a published version; it stays as it was asked."""

    __tablename__ = "board_question"
    __table_args__ = (
        to_district(),
        within_district("version_id", "plan_version"),
        {"info": {"information": "staff", "append_only": True}},
    )

    version_id: Mapped[int] = mapped_column(BigInteger)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str]
    language: Mapped[str]
    asked_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class BoardAssignment(Base, DistrictOwned):
    """A head who was given a question to answer."""

    __tablename__ = "board_assignment"
    __table_args__ = (
        to_district(),
        within_district("question_id", "board_question"),
        {"info": {"information": "staff"}},
    )

    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    assigned_by: Mapped[int] = mapped_column(BigInteger)
    assigned_at: Mapped[dt.datetime] = mapped_column(server_default=now())


class BoardMemo(Base, DistrictOwned):
    """An answer: a draft until the superintendent sends it to every member, without who asked."""

    __tablename__ = "board_memo"
    __table_args__ = (
        to_district(),
        within_district("question_id", "board_question"),
        CheckConstraint("(sent_by is null) = (sent_at is null)", name="sent"),
        {"info": {"information": "staff"}},
    )

    question_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    question: Mapped[str]
    """The question in the words that go to all."""
    answer: Mapped[str]
    number: Mapped[str]
    """Number of the version that the question was about."""
    drafted_by: Mapped[int] = mapped_column(BigInteger)
    drafted_at: Mapped[dt.datetime] = mapped_column(server_default=now())
    sent_by: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[dt.datetime | None]


@dataclasses.dataclass(frozen=True)
class Memo:
    """An answer as every member reads it."""

    question: str
    answer: str
    sent_at: dt.datetime
    version: str


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question: as its asker sees it, or with what staff do about it."""

    id: int
    text: str
    language: str
    asked_at: dt.datetime
    version: str
    asked_by: str
    assigned: tuple[str, ...]
    assigned_ids: frozenset[int]
    draft: str
    draft_question: str
    sent_at: dt.datetime | None

    @property
    def facts(self) -> Facts:
        """What decides who may draft an answer."""
        return Facts(record=f"board_question/{self.id}", assigned=self.assigned_ids)


def ask(session: Session, scope: Scope, version_id: int, text: str) -> None:
    """Put a board member's question to staff, about a published version.

    Raises:
        NotPossibleError: nothing was asked, too much at once, or the version is not published.
    """
    if not text.strip():
        raise NotPossibleError("Write your question.", field="text")
    if len(text) > LONGEST:
        raise NotPossibleError("A question has at most 4,000 characters.", field="text")
    here = scope.viewed_district_id
    published = session.scalar(
        select(PlanVersion.id).where(
            PlanVersion.district_id == here, PlanVersion.id == version_id, PlanVersion.state == "published"
        )
    )
    if published is None:
        raise NotPossibleError("There is no released plan yet to ask about.", field="text")
    session.add(
        BoardQuestion(
            district_id=here,
            version_id=published,
            asked_by=scope.person_id,
            text=text.strip(),
            language=scope.language,
        )
    )
    session.flush()


def memos(session: Session, district_id: int) -> list[Memo]:
    """Return the answers that went to all, the newest first."""
    rows = session.execute(
        select(BoardMemo.question, BoardMemo.answer, BoardMemo.sent_at, BoardMemo.number)
        .where(BoardMemo.district_id == district_id, BoardMemo.sent_at.is_not(None))
        .order_by(BoardMemo.sent_at.desc(), BoardMemo.question_id.desc())
    )
    return [Memo(row[0], row[1], row[2], row[3]) for row in rows if row[2] is not None]


def own_questions(session: Session, scope: Scope) -> list[Asked]:
    """Return what the actor asked, the newest first; whether it was answered, not by whom."""
    return _asked(session, scope.viewed_district_id or 0, scope.person_id)


def questions(session: Session, district_id: int) -> list[Asked]:
    """Return every question, for staff: those without an answer first, then the newest."""
    found = _asked(session, district_id, None)
    return sorted(found, key=lambda each: (each.sent_at is not None, -each.id))


def question(session: Session, district_id: int, question_id: int) -> Asked | None:
    """Return one question that this scope sees, or None."""
    return next((each for each in _asked(session, district_id, None) if each.id == question_id), None)


def _asked(session: Session, district_id: int, asked_by: int | None) -> list[Asked]:
    wanted = (
        select(BoardQuestion, PlanVersion.number, Person.name, BoardMemo)
        .join(
            PlanVersion,
            (PlanVersion.district_id == BoardQuestion.district_id)
            & (PlanVersion.id == BoardQuestion.version_id),
        )
        .outerjoin(Person, Person.id == BoardQuestion.asked_by)
        .outerjoin(
            BoardMemo,
            (BoardMemo.district_id == BoardQuestion.district_id)
            & (BoardMemo.question_id == BoardQuestion.id),
        )
        .where(BoardQuestion.district_id == district_id)
        .order_by(BoardQuestion.id.desc())
    )
    if asked_by is not None:
        wanted = wanted.where(BoardQuestion.asked_by == asked_by)
    rows = session.execute(wanted).all()
    given: dict[int, list[tuple[int, str]]] = {}
    for question_id, person_id, name in session.execute(
        select(BoardAssignment.question_id, BoardAssignment.person_id, Person.name)
        .join(Person, Person.id == BoardAssignment.person_id)
        .where(BoardAssignment.district_id == district_id)
        .order_by(Person.name)
    ):
        given.setdefault(question_id, []).append((person_id, name))
    return [
        Asked(
            row.id,
            row.text,
            row.language,
            row.asked_at,
            number,
            name or "",
            tuple(person for _, person in given.get(row.id, [])),
            frozenset(person for person, _ in given.get(row.id, [])),
            memo.answer if memo is not None else "",
            memo.question if memo is not None else "",
            memo.sent_at if memo is not None else None,
        )
        for row, number, name, memo in rows
    ]


def assign(session: Session, scope: Scope, question_id: int, person_id: int) -> None:
    """Give a question to a head of the cabinet to draft an answer.

    Raises:
        NotPossibleError: somebody who is no head here.
    """
    role = session.scalar(
        select(Membership.role).where(
            Membership.organization_id == scope.district_id,
            Membership.person_id == person_id,
            Membership.ended_at.is_(None),
        )
    )
    if role not in CABINET_ROLES:
        raise NotPossibleError("Questions of the board are given to a head of the cabinet.", field="person")
    session.execute(
        insert(BoardAssignment)
        .values(
            district_id=scope.district_id,
            question_id=question_id,
            person_id=person_id,
            assigned_by=scope.person_id,
        )
        .on_conflict_do_nothing()
    )
    audit.append(session, scope, "board_answers:approve", f"board_question/{question_id}", given_to=person_id)


def draft(session: Session, scope: Scope, asked: Asked, *, question: str, answer: str, send: bool) -> None:
    """Keep the draft of a memo, or send it to every member; what was sent never changes.

    Raises:
        NotPossibleError: it was sent already, or question or answer is missing or too long.
    """
    if asked.sent_at is not None:
        raise NotPossibleError("This answer went to all already.", field="answer")
    for field, text in (("question", question), ("answer", answer)):
        if not text.strip() or len(text) > LONGEST:
            raise NotPossibleError(
                "Question and answer have words, and at most 4,000 characters each.", field=field
            )
    values = {
        "question": question.strip(),
        "answer": answer.strip(),
        "number": asked.version,
        "drafted_by": scope.person_id,
        "sent_by": scope.person_id if send else None,
        "sent_at": dt.datetime.now(dt.UTC) if send else None,
    }
    session.execute(
        insert(BoardMemo)
        .values(district_id=scope.district_id, question_id=asked.id, **values)
        .on_conflict_do_update(index_elements=["district_id", "question_id"], set_=values)
    )
    act = "board_answers:approve" if send else "board_answers:create"
    audit.append(session, scope, act, f"board_question/{asked.id}", sent=send)
