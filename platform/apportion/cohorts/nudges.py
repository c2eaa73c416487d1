"""A coach's nudge: one mail to the owners of a step that stands still, one at most for a person and week."""

from __future__ import annotations

import datetime as dt

from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.language import translate
from tenants.people import Person
from tenants.records.standing import StepStanding
from workers import mail


def owners(session: Session, step: StepStanding) -> list[Person]:
    """Return the step's owners who have not said yet that it is done."""
    wanted = [
        owner
        for owner, said in (
            (step.finance_owner_id, step.finance_done),
            (step.instruction_owner_id, step.instruction_done),
        )
        if owner is not None and not said
    ]
    return list(session.scalars(select(Person).where(Person.id.in_(wanted))))


def send(
    session: Session,
    step: StepStanding,
    people: list[Person],
    *,
    coach: str,
    district: str,
    address: str,
    today: dt.date,
) -> None:
    """Decide on the mails; a person who had one this week gets none, whoever nudges.

    Args:
        session: the open transaction.
        step: what stands still.
        people: who owns it.
        coach: the coach's name.
        district: the district's name.
        address: the page of the step.
        today: the day, whose week counts.
    """
    week = today.isocalendar()
    for person in people:
        language = person.language
        values = {
            "coach": coach,
            "district": district,
            "number": step.step.number,
            "step": translate(step.step.name, language),
            "address": address,
        }
        subject = translate("{coach} asks about step {number}, {step}", language, **values)
        lines = [
            translate(
                "{coach}, your coach, asks how step {number} of {district} is coming along: {step}.",
                language,
                **values,
            ),
            translate(step.step.asks, language),
            translate("The step is here: {address}", language, **values),
            translate(
                "A coach may send you at most one such mail a week. Answers to this address are not read.",
                language,
            ),
        ]
        mail.post(
            session,
            key=f"nudge/{person.id}/{week.year}-{week.week:02d}",
            address=person.address,
            subject=subject,
            text="\n\n".join(lines) + "\n",
            html="".join(f"<p>{escape(line)}</p>" for line in lines),
            language=language,
        )
