"""What was said and what came of it, to take along: a table, and the written appendix that prints."""

from __future__ import annotations

from itertools import groupby

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.comments.area import STATE_NAMES, area, plan_of
from apportion.request import _, language, transaction
from reports.spreadsheets import BYTE_ORDER_MARK, csv_record
from workers.comments import desk
from workers.comments.texts import RELATIONS


@area.get("/d/<int:district_id>/comments/appendix", permission="comment_export:export")
def appendix(district_id: int) -> ResponseReturnValue:
    """Show every received comment with its answers in the order of the plan, as it is printed and filed.

    Narrowed to one relation, such as a committee, it is the written reply to that committee.
    """
    wanted = flask.request.args.get("relation", "")
    relation = wanted if wanted in RELATIONS else ""
    with transaction() as session:
        plan_id = plan_of(session, district_id)
        if plan_id is None:
            raise NotFound
        items = desk.appendix(session, district_id, plan_id, language())
        answers = desk.answers_by_thread(session, district_id, plan_id)
        version = desk.newest_published(session, district_id, plan_id)
        session.expunge_all()
    shown = [item for item in items if relation in ("", item.relation)]
    return flask.render_template(
        "comments/appendix.html",
        district_id=district_id,
        received=len(items),
        shown=len(shown),
        counts={state: count for state, count in desk.totals(shown).items() if count},
        sections=[
            (name, [(thread, list(said)) for thread, said in groupby(group, key=lambda item: item.thread_id)])
            for name, group in (
                (name, list(group)) for name, group in groupby(shown, key=lambda item: item.section_name)
            )
        ],
        answers=answers,
        version=version,
        relation=relation,
        relations=[key for key in RELATIONS if key and any(item.relation == key for item in items)],
    )


@area.get("/d/<int:district_id>/comments.csv", permission="comment_export:export")
def export(district_id: int) -> ResponseReturnValue:
    """Send every received comment with its answers as a table; cells can't become formulas."""
    with transaction() as session:
        plan_id = plan_of(session, district_id)
        if plan_id is None:
            raise NotFound
        items = desk.appendix(session, district_id, plan_id, language())
        answers = desk.answers_by_thread(session, district_id, plan_id)
    heads = [
        _("Number"),
        _("Received"),
        _("Version"),
        _("Section"),
        _("Passage"),
        _("Writer"),
        _("Relation"),
        _("Language"),
        _("Comment"),
        _("State"),
        _("Reason"),
        _("Answer of the district"),
    ]
    lines = [
        csv_record(
            [
                item.comment_id,
                item.at.isoformat(timespec="minutes"),
                item.version_number,
                item.section_name,
                item.quotation,
                item.author,
                _(RELATIONS[item.relation]) if item.relation else "",
                item.language,
                item.text,
                _(STATE_NAMES[item.state]),
                item.note,
                "\n\n".join(reply.text for reply in answers.get(item.thread_id, [])),
            ]
        )
        for item in items
    ]
    response = flask.make_response(BYTE_ORDER_MARK + csv_record(heads) + "".join(lines))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = "attachment; filename=comments.csv"
    return response
