"""The comments that a new version answers to, frozen into its document with what came of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import document as d
from tenants.language import PACIFIC, Message, format_number, message, message_n
from tenants.records.comments import CommentThread
from workers.comments import desk
from workers.comments.desk import Item
from workers.comments.notices import OUTCOMES
from workers.comments.texts import RELATIONS
from workers.comments.withheld import withheld
from workers.planning import template
from workers.planning.words import both, own

MOST_THREADS = 120
"""Threads listed in a version, some ten printed pages; the rest stand on the reader's page."""
LONGEST = 700
"""Characters of a comment, an answer or a reason in the list."""
LONGEST_QUOTATION = 160
HIDDEN = ("set_aside", "withdrawn")
COLUMNS = {
    "received": desk.STATES,
    "changed": ("changed",),
    "answered": ("answered", "answered_open", "kept_for_later", "outside_scope"),
    "waiting": ("open",),
    "hidden": HIDDEN,
}
"""Columns of the summary with the states that they count; the last four add up to the first."""


def record(session: Session, district_id: int, plan_id: int, places: Mapping[int, str]) -> d.Comments | None:
    """Return what was received on a plan's published versions and what came of it, None if nothing was.

    Names are left out: what is printed can't be taken back when its writer withdraws.

    Args:
        session: a transaction that reads the district's comments.
        district_id: the district.
        plan_id: the plan.
        places: key of the section in which each block stands now, by block id.
    """
    items = desk.appendix(session, district_id, plan_id, "en")
    if not items:
        return None
    changed = {
        thread.id: thread.changed_block_id
        for thread in session.scalars(
            select(CommentThread).where(
                CommentThread.district_id == district_id, CommentThread.plan_id == plan_id
            )
        )
    }
    answers = desk.answers_by_thread(session, district_id, plan_id)
    # Counted like all, but not repeated: what was said of them can tell what they are about.
    silent = withheld(session, district_id, plan_id)
    in_threads: dict[int, list[Item]] = {}
    for item in items:
        if item.state not in HIDDEN:
            in_threads.setdefault(item.thread_id, []).append(item)
    # Where not all can be listed, those that changed the plan come first, then those with most support.
    ranked = sorted(
        (said for thread_id, said in in_threads.items() if thread_id not in silent),
        key=lambda said: (said[0].state != "changed", -said[0].supporters, said[0].comment_id),
    )
    listed = {said[0].thread_id for said in ranked[:MOST_THREADS]}
    threads = []
    for thread_id, said in in_threads.items():
        if thread_id not in listed:
            continue
        block = changed.get(thread_id) if said[0].disposition == "changed" else None
        place = places.get(block or 0, "")
        threads.append(
            d.Heard(
                thread_id=thread_id,
                section=said[0].section,
                about=_about(said[0]),
                remarks=[_remark(item) for item in said],
                answers=[_cut(answer.text, LONGEST) for answer in answers.get(thread_id, [])],
                note=_cut(said[0].note, LONGEST) if said[0].state == said[0].disposition else "",
                changed_block=block if place else None,
                changed_in=both(message(template.BY_KEY[place].name)) if place else {},
            )
        )
    return d.Comments(_table(items), threads, len(in_threads) - len(threads))


def _remark(item: Item) -> d.Remark:
    return d.Remark(
        comment_id=item.comment_id,
        text=_cut(item.text, LONGEST),
        language=item.language,
        relation=both(message(RELATIONS[item.relation])) if item.relation else {},
        on=item.at.astimezone(PACIFIC).date().isoformat(),
        outcome=both(_outcome(item.state)),
    )


def _outcome(state: str) -> Message:
    match state:
        case "open":
            return message("Not answered when this version was frozen")
        case "answered_open":
            return message("Answered")
        case _:
            return message(OUTCOMES[state])


def _about(item: Item) -> d.Text:
    if item.quotation:
        words = _cut(item.quotation, LONGEST_QUOTATION)
        return both(own(f"“{words}”", f"«{words}»"))
    return both(own(item.figure_label)) if item.figure_label else {}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rsplit(' ', 1)[0].rstrip()}…"


def _table(items: list[Item]) -> d.Table:
    whole = Counter(item.state for item in items)
    rows = []
    for key, group in groupby(items, key=lambda item: item.section):
        name = message(template.BY_KEY[key].name) if key else message("The plan as a whole")
        rows.append(_row(name, Counter(item.state for item in group), "line"))
    rows.append(_row(message("Received in all"), whole, "total"))
    received, changed = len(items), whole["changed"]
    count = message_n("{n} comment was received", "{n} comments were received", received)
    became = (
        message_n("{n} of them changed the plan", "{n} of them changed the plan", changed)
        if changed
        else message("none of them changed the plan")
    )
    labels = {
        "received": message("Received"),
        "changed": message("The plan changed"),
        "answered": message("Answered, unchanged"),
        "waiting": message("Not answered"),
        "hidden": message("Set aside or withdrawn"),
    }
    return d.Table(
        key="comments",
        caption=both(message("{count}; {became}", count=count, became=became)),
        subtitle=both(
            message(
                "Number of comments on the versions published before, by section, when this one was frozen"
            )
        ),
        columns=[d.Column(key, both(label)) for key, label in labels.items()],
        rows=rows,
        source=both(message("Comment desk of the district")),
        first_column=both(message("Section")),
    )


def _row(label: Message, counts: Counter[str], kind: d.RowKind) -> d.Row:
    sums = {column: sum(counts[state] for state in states) for column, states in COLUMNS.items()}
    return d.Row(
        both(label),
        kind,
        {
            column: d.Cell({language: format_number(n, language, 0) for language in d.LANGUAGES})
            for column, n in sums.items()
        },
    )
