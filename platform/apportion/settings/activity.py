"""The record of activity of a district: filtered, verified, taken out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.request import _, scope, transaction
from apportion.services import services
from apportion.settings.acts import ACTS, act_in_words, page_of_record, record_in_words
from apportion.settings.area import area, day_of
from reports.spreadsheets import BYTE_ORDER_MARK, csv_record
from tenants import activity as record
from tenants import audit, chain, signing
from tenants.activity import Act, Wanted
from tenants.roles import allows, own_only
from tenants.scope import Scope

ENTRIES_ON_A_PAGE = 50
HEADINGS = (
    "number",
    "at",
    "person",
    "name",
    "action",
    "in_words",
    "record",
    "detail",
    "previous_hash",
    "hash",
)


@area.get("/d/<int:district_id>/settings/activity", permission="activity:view", serves=("o", "own_acts"))
def activity(district_id: int) -> ResponseReturnValue:
    """Show who did what, the latest first; those without the whole right see their own acts."""
    acting, given = scope(), flask.request.args
    own = _own_acts_only(acting)
    wanted = _wanted(acting)
    whole = allows(acting, "activity:export")
    with transaction() as session:
        entries, more = record.page(
            session,
            district_id,
            wanted,
            before=given.get("before", type=int),
            limit=ENTRIES_ON_A_PAGE,
        )
        total = record.count(session, district_id, wanted)
        people = [] if own else record.people(session, district_id)
        checked, foreign = (None, False)
        if whole and "verify" in given:
            try:
                checked = chain.verify(session, district_id, signing.kept(services().settings, district_id))
            except signing.NotSignedError:
                foreign = True
    filters = {key: value for key, value in given.items() if key in FILTERS and value}
    return flask.render_template(
        "settings/activity.html",
        entries=entries,
        total=total,
        more=more,
        first="before" not in given,
        filters=filters,
        people=[
            (record.NOBODY, _("the platform")),
            *(
                (number, _("{name} (support)", name=name) if support else name)
                for number, name, support in people
            ),
        ],
        kinds=sorted(((key, act_in_words(key)) for key in ACTS), key=lambda pair: pair[1]),
        own=own,
        whole=whole,
        checked=checked,
        foreign=foreign,
        signed_on=day_of(checked.signed.day) if checked and checked.signed else None,
        said=chain.said,
        in_words=act_in_words,
        record_in_words=record_in_words,
        page_of=page_of_record,
    )


FILTERS = ("person", "action", "since", "until", "record")


def _own_acts_only(acting: Scope) -> bool:
    return own_only(acting, "activity:view") or acting.engagement_level is not None


def _wanted(acting: Scope) -> Wanted:
    """Return the filters that the address names; what is no filter is left open."""
    given = flask.request.args
    wanted = Wanted(
        person_id=given.get("person", type=int),
        action=given.get("action") if given.get("action") in ACTS else None,
        since=day_of(given.get("since", "")),
        until=day_of(given.get("until", "")),
        subject=given.get("record", "").strip().strip("/") or None,
    )
    return dataclasses.replace(wanted, person_id=acting.person_id) if _own_acts_only(acting) else wanted


@area.get("/d/<int:district_id>/settings/activity/record.<kind>", permission="activity:export")
def take_record(district_id: int, kind: str) -> ResponseReturnValue:
    """Give the entries that the filters leave as CSV or JSON; the act is recorded itself."""
    writers = {"csv": (_as_csv, "text/csv"), "json": (_as_json, "application/json")}
    if kind not in writers:
        raise NotFound
    acting, wanted, database = scope(), _wanted(scope()), services().database
    with transaction() as session:
        audit.append(session, acting, "activity:export", f"organization/{district_id}", act=kind)
    write, media_type = writers[kind]
    # Words are looked up in the request's language, so they are chosen before the answer streams.
    words = {key: act_in_words(key) for key in ACTS}

    def stream() -> Iterator[str]:
        with database.transaction(acting, snapshot=True) as session:
            yield from write(record.everything(session, district_id, wanted), words)

    headers = {"Content-Disposition": f'attachment; filename="record-of-activity.{kind}"'}
    return flask.Response(stream(), mimetype=media_type, headers=headers)


def _fields(act: Act, words: dict[str, str]) -> dict[str, Any]:
    """Return an entry by HEADINGS; with `previous_hash` and `hash` its link can be checked elsewhere."""
    values = (
        act.sequence,
        act.at.isoformat(),
        act.person_id,
        act.name,
        act.action,
        words.get(act.action, act.action),
        act.subject,
        act.detail,
        act.previous_hash,
        act.hash,
    )
    return dict(zip(HEADINGS, values, strict=True))


def _as_csv(blocks: Iterator[list[Act]], words: dict[str, str]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_record(HEADINGS)
    for block in blocks:
        rows = []
        for act in block:
            fields = _fields(act, words)
            fields["detail"] = json.dumps(act.detail, ensure_ascii=False, sort_keys=True)
            rows.append(csv_record(fields.values()))
        yield "".join(rows)


def _as_json(blocks: Iterator[list[Act]], words: dict[str, str]) -> Iterator[str]:
    lead = '{"entries": [\n'
    for block in blocks:
        for act in block:
            yield lead + json.dumps(_fields(act, words), ensure_ascii=False)
            lead = ",\n"
    yield "\n]}\n" if lead == ",\n" else '{"entries": []}\n'
