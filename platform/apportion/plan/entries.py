"""Pages of priorities and options: one canvas each, cards with ranges, and what they do to each year."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from apportion.plan.area import AmountError, area, cents, not_an_amount, plan_of
from apportion.request import _, language, scope, transaction
from apportion.routing import NotAllowed, Refused
from tenants import audit
from tenants.language import Message, message, render
from tenants.records import confidential, plan_entries
from tenants.records.plan_entries import Amount, Cost, EntryRefusedError, OptionEntry, PriorityEntry
from tenants.records.plans import PlanVersion
from tenants.roles import allows, decide, why_not
from workers.planning import book as books
from workers.planning import checklist, students
from workers.planning.derive import PlanFigures

Form = MultiDict[str, str]
PRIORITY_TEXTS = ("problem", "strategy", "measure", "target", "risk")
OPTION_TEXTS = ("description", "legal_note", "harm")


def _errors(errors: dict[str, Message]) -> dict[str, str]:
    return {field: render(said, language()) for field, said in errors.items()}


@area.get("/priorities", permission="priorities:view")
def priorities(district_id: int) -> ResponseReturnValue:
    """Show up to three priorities with their cost by year."""
    with transaction() as session:
        plan = plan_of(session, district_id, for_principals=True)
        figures = books.load(session, district_id, plan.id).figures
        return flask.render_template(
            "plan/priorities.html",
            district_id=district_id,
            figures=figures,
            reached=students.shown(scope(), district_id, figures.priorities),
            most=plan_entries.MOST_PRIORITIES,
            may_write=allows(scope(), "priorities:edit"),
        )


@area.get("/priorities/new", permission="priorities:edit")
def new_priority(district_id: int) -> ResponseReturnValue:
    """Show an empty canvas, or the friendly stop at the fourth priority."""
    with transaction() as session:
        plan = plan_of(session, district_id)
        figures = books.load(session, district_id, plan.id).figures
        if len(figures.priorities) >= plan_entries.MOST_PRIORITIES:
            return flask.render_template("plan/enough.html", district_id=district_id, figures=figures)
        return _canvas(district_id, figures, PriorityEntry(title=""), {})


def _canvas(
    district_id: int, figures: PlanFigures, entry: PriorityEntry, errors: dict[str, str]
) -> ResponseReturnValue:
    reached = students.shown(scope(), district_id, [entry]).get(entry.id)
    page = flask.render_template(
        "plan/priority.html",
        district_id=district_id,
        figures=figures,
        entry=entry,
        reached=reached,
        hidden=entry.students_reached is not None and reached is None,
        errors=errors,
        typed=flask.request.form if errors else {},
        texts=_priority_words(),
    )
    return page, 422 if errors else 200


def _priority_words() -> list[tuple[str, str, str]]:
    return [
        ("problem", _("Problem and evidence"), _("What is wrong today, and how do you know?")),
        ("strategy", _("Strategy"), _("What will be done differently, by whom?")),
        ("measure", _("Measure"), _("What will be counted to see whether it works?")),
        ("target", _("Target"), _("How much, by when?")),
        ("risk", _("What could go wrong"), _("And what you would do then.")),
    ]


def _read_priority(form: Form, years: list[str], priority_id: int) -> PriorityEntry:
    errors: dict[str, Message] = {}
    costs: dict[str, Cost] = {}
    for year in years:
        amounts = []
        for part in ("one_time", "ongoing", "restricted"):
            typed = form.get(f"{part}.{year}", "")
            try:
                amounts.append(cents(typed))
            except AmountError:
                errors[f"costs.{year}"] = not_an_amount(typed)
                amounts.append(0)
        costs[year] = Cost(*amounts)
    students = form.get("students_reached", "").replace(",", "").strip()
    if students and not students.isdigit():
        errors["students_reached"] = message("The number of students is a whole number, zero or more.")
    entry = PriorityEntry(
        title=form.get("title", ""),
        title_es=form.get("title_es", ""),
        students_reached=int(students) if students.isdigit() else None,
        costs=costs,
        id=priority_id,
        spanish={name: form.get(f"{name}_es", "") for name in PRIORITY_TEXTS},
        **{name: form.get(name, "") for name in PRIORITY_TEXTS},  # type: ignore[arg-type]  # all are texts
    )
    if errors:
        raise EntryRefusedError(errors)
    return entry


@area.post("/priorities/new", endpoint="add_priority", permission="priorities:edit")
def add_priority(district_id: int) -> ResponseReturnValue:
    """Keep a new priority."""
    return _save_priority(district_id, 0)


@area.get("/priorities/<int:priority_id>", permission="priorities:edit")
def priority(district_id: int, priority_id: int) -> ResponseReturnValue:
    """Show a priority's canvas."""
    with transaction() as session:
        plan = plan_of(session, district_id)
        figures = books.load(session, district_id, plan.id).figures
        entry = next((each for each in figures.priorities if each.id == priority_id), None)
        if entry is None:
            raise NotFound
        return _canvas(district_id, figures, entry, {})


@area.post("/priorities/<int:priority_id>", endpoint="change_priority", permission="priorities:edit")
def change_priority(district_id: int, priority_id: int) -> ResponseReturnValue:
    """Keep a changed priority."""
    return _save_priority(district_id, priority_id)


def _save_priority(district_id: int, priority_id: int) -> ResponseReturnValue:
    with transaction() as session:
        plan = plan_of(session, district_id)
        figures = books.load(session, district_id, plan.id).figures
        try:
            entry = _read_priority(flask.request.form, figures.years, priority_id)
            before = {each.id: each for each in figures.priorities}
            number = students.kept(scope(), district_id, before, priority_id, entry.students_reached)
            entry = dataclasses.replace(entry, students_reached=number)
            saved = plan_entries.save_priority(session, scope(), plan.id, entry)
        except EntryRefusedError as refused:
            title = PriorityEntry(title=flask.request.form.get("title", ""), id=priority_id)
            return _canvas(district_id, figures, title, _errors(refused.errors))
        except plan_entries.UnknownEntryError as unknown:
            raise NotFound from unknown
        audit.append(session, scope(), "priorities:edit", f"priority/{saved}")
    flask.flash(_("The priority is kept. Its cost is in every sum of the plan."), "ok")
    return flask.redirect(flask.url_for("plan.priorities", district_id=district_id))


@area.post("/priorities/<int:priority_id>/remove", permission="priorities:edit")
def remove_priority(district_id: int, priority_id: int) -> ResponseReturnValue:
    """Put a priority down."""
    with transaction() as session:
        plan = plan_of(session, district_id)
        try:
            plan_entries.remove_priority(session, scope(), plan.id, priority_id)
        except plan_entries.UnknownEntryError as unknown:
            raise NotFound from unknown
        audit.append(session, scope(), "priorities:edit", f"priority/{priority_id}", removed=True)
    flask.flash(_("The priority was put down. Its cost is out of every sum."), "ok")
    return flask.redirect(flask.url_for("plan.priorities", district_id=district_id))


@area.get("/options", permission="options:view")
def options(district_id: int) -> ResponseReturnValue:
    """Show the options as cards and what those in the plan do to each year, by kind of money."""
    with transaction() as session:
        plan = plan_of(session, district_id)
        figures = books.load(session, district_id, plan.id).figures
        highest = max((a.high for o in figures.options for a in o.amounts.values()), default=0)
        return flask.render_template(
            "plan/options.html",
            district_id=district_id,
            figures=figures,
            highest=highest or 1,
            warnings=checklist.warnings(figures),
            may_write=allows(scope(), "options:create"),
            may_change=lambda entry: allows(scope(), entry.editing, entry.facts),
            confidential=plan_entries.options(session, district_id, plan.id, confidential=True),
        )


@area.get("/options/new", permission="options:create")
def new_option(district_id: int) -> ResponseReturnValue:
    """Show an empty card."""
    with transaction() as session:
        plan = plan_of(session, district_id)
        figures = books.load(session, district_id, plan.id).figures
        return _card(district_id, figures, OptionEntry(title=""), {})


def _changeable(session: Session, district_id: int, option_id: int) -> OptionEntry:
    """Return an option that this person may change.

    Raises:
        NotFound: it does not exist for this person.
        NotAllowed: it is another department's, or known by name only; with the sentence that says so.
    """
    try:
        entry = plan_entries.option_entry(session, district_id, option_id)
    except plan_entries.UnknownEntryError as unknown:
        raise NotFound from unknown
    decision = decide(scope(), entry.editing, entry.facts)
    if not decision.allowed:
        raise NotAllowed(decision.why)
    return entry


@area.get("/options/<int:option_id>", permission="options:edit", serves=("o",))
def option(district_id: int, option_id: int) -> ResponseReturnValue:
    """Show an option's card."""
    with transaction() as session:
        plan = plan_of(session, district_id)
        figures = books.load(session, district_id, plan.id).figures
        entry = _changeable(session, district_id, option_id)
        shown_in = confidential.still_published(session, scope(), option_id) if entry.confidential else []
        return _card(district_id, figures, entry, {}, shown_in)


def _card(
    district_id: int,
    figures: PlanFigures,
    entry: OptionEntry,
    errors: dict[str, str],
    shown_in: Sequence[PlanVersion] = (),
) -> ResponseReturnValue:
    page = flask.render_template(
        "plan/option.html",
        district_id=district_id,
        figures=figures,
        entry=entry,
        errors=errors,
        shown_in=shown_in,
        may_mark=allows(scope(), "confidential_options:edit"),
        may_release=allows(scope(), "confidential_release:approve"),
        lines=[
            (each.id, each.title)
            for each in figures.options
            if (each.kind, each.ongoing, each.restricted) == (entry.kind, entry.ongoing, entry.restricted)
        ],
        typed=flask.request.form if errors else {},
        texts=[
            ("description", _("What changes"), _("In words that a parent understands.")),
            ("harm", _("Whom it may hurt"), _("Some savings hurt students; say so here.")),
            ("legal_note", _("What the law asks"), _("Notices, dates, agreements, waivers.")),
        ],
    )
    return page, 422 if errors else 200


def _read_option(form: Form, years: list[str], option_id: int) -> OptionEntry:
    errors: dict[str, Message] = {}
    amounts: dict[str, Amount] = {}
    for year in years:
        sizes = []
        for size in ("low", "likely", "high"):
            typed = form.get(f"{size}.{year}", "")
            try:
                sizes.append(cents(typed))
            except AmountError:
                errors[f"amounts.{year}"] = not_an_amount(typed)
                sizes.append(0)
        amounts[year] = Amount(*sizes)
    day = form.get("latest_decision_on", "").strip()
    latest: dt.date | None = None
    if day:
        try:
            latest = dt.date.fromisoformat(day)
        except ValueError:
            errors["latest_decision_on"] = message("“{typed}” is not a date.", typed=day)
    if errors:
        raise EntryRefusedError(errors)
    return OptionEntry(
        title=form.get("title", ""),
        title_es=form.get("title_es", ""),
        kind=form.get("kind", "saving"),
        ongoing=form.get("ongoing", "1") == "1",
        resource=form.get("resource", "").strip() or "0000",
        in_plan=form.get("in_plan") == "1",
        confidential=form.get("confidential") == "1",
        latest_decision_on=latest,
        amounts=amounts,
        id=option_id,
        spanish={name: form.get(f"{name}_es", "") for name in OPTION_TEXTS},
        description=form.get("description", ""),
        legal_note=form.get("legal_note", ""),
        harm=form.get("harm", ""),
    )


@area.post("/options/new", endpoint="add_option", permission="options:create")
def add_option(district_id: int) -> ResponseReturnValue:
    """Keep a new option."""
    return _save_option(district_id, 0)


@area.post("/options/<int:option_id>", endpoint="change_option", permission="options:edit", serves=("o",))
def change_option(district_id: int, option_id: int) -> ResponseReturnValue:
    """Keep a changed option."""
    return _save_option(district_id, option_id)


def _save_option(district_id: int, option_id: int) -> ResponseReturnValue:
    with transaction() as session:
        plan = plan_of(session, district_id)
        figures = books.load(session, district_id, plan.id).figures
        held = _changeable(session, district_id, option_id) if option_id else None
        try:
            entry = _read_option(flask.request.form, figures.years, option_id)
            if held is not None:
                entry = dataclasses.replace(entry, stage=held.stage, confidential=held.confidential)
            elif entry.confidential and not allows(scope(), "confidential_options:create"):
                raise NotAllowed(why_not(scope(), "confidential_options:create"))
            saved = plan_entries.save_option(session, scope(), plan.id, entry)
        except EntryRefusedError as refused:
            title = OptionEntry(title=flask.request.form.get("title", ""), id=option_id)
            return _card(district_id, figures, title, _errors(refused.errors))
        except plan_entries.UnknownEntryError as unknown:
            raise NotFound from unknown
        audit.append(session, scope(), entry.editing, f"option/{saved}")
    flask.flash(_("The option is kept."), "ok")
    return flask.redirect(flask.url_for("plan.options", district_id=district_id))


@area.post("/options/<int:option_id>/play", permission="options:edit", serves=("o",))
def play_option(district_id: int, option_id: int) -> ResponseReturnValue:
    """Take an option into the plan, or out of it."""
    wanted = flask.request.form.get("in_plan") == "1"
    with transaction() as session:
        plan = plan_of(session, district_id)
        entry = _changeable(session, district_id, option_id)
        try:
            plan_entries.play_option(session, scope(), plan.id, option_id, in_plan=wanted)
        except EntryRefusedError as refused:
            raise Refused(next(iter(refused.errors.values())), 409) from refused
        audit.append(session, scope(), entry.editing, f"option/{option_id}", in_plan=wanted)
    return flask.redirect(flask.url_for("plan.options", district_id=district_id) + f"#option-{option_id}")
