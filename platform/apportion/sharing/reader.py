"""The reader's page: the plan by a link, without an account, and the way back to one's own comment."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion import kept_files
from apportion.request import LANGUAGE_COOKIE, _, language, scope, transaction
from apportion.routing import EVERYONE, VISITOR, VISITOR_COOKIE
from apportion.security import cookie_name, set_cookie
from apportion.services import services
from apportion.sharing import explain, glossary, memory, reading
from apportion.sharing.area import area
from apportion.sharing.commenting import SUPPORTER_COOKIE
from apportion.sharing.throttle import too_often
from apportion.sharing.visited import base_of, choose, is_open, once, visited_district, visited_plan
from reports.document import Document, Fact, plain_text, runs_text
from tenants.language import message, render
from tenants.records.comments import Comment, CommentThread
from tenants.records.plans import RenderedFile, ShareLink
from tenants.records.share_links import count_opening
from tenants.roles import ROLE_NAMES
from tenants.scope import UPKEEP, Scope
from workers.comments import conversation, support
from workers.comments.notices import OUTCOMES
from workers.comments.texts import RELATIONS, normal_code

ON_ONE_PAGE = 50
"""Threads on one page of all comments."""
CODES_TRIED = 20
"""Return codes tried in ten minutes from one connection."""


@area.context_processor
def _words() -> dict[str, Any]:
    return {"RELATIONS": RELATIONS, "OUTCOMES": OUTCOMES, "ROLE_NAMES": ROLE_NAMES}


@area.get("/r/<token>", permission=VISITOR)
def open_link(token: str) -> ResponseReturnValue:
    """Exchange the token for a cookie and lead to an address without it; the link is not used up."""
    with transaction() as session:
        link = session.scalars(select(ShareLink).where(ShareLink.id == scope().link_id)).one()
        wanted, expires = link.language, link.expires_at
        if flask.request.method == "GET":
            count_opening(session, scope())
    response = flask.redirect(flask.url_for("sharing.read", link_id=scope().link_id), 303)
    path = flask.url_for("sharing.read", link_id=scope().link_id)
    set_cookie(response, VISITOR_COOKIE, token, path=path, expires=expires)
    if wanted != "en" and cookie_name(LANGUAGE_COOKIE) not in flask.request.cookies:
        set_cookie(response, LANGUAGE_COOKIE, wanted)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@area.get("/r/p/<int:link_id>/", permission=VISITOR)
def read(link_id: int) -> ResponseReturnValue:
    """Show the newest published version."""
    return _page(link_id, None)


@area.get("/r/p/<int:link_id>/version/<int:version_id>/", permission=VISITOR)
def read_version(link_id: int, version_id: int) -> ResponseReturnValue:
    """Show an earlier published version."""
    return _page(link_id, version_id)


@area.get("/r/p/<int:link_id>/comments", permission=VISITOR)
def all_comments(link_id: int) -> ResponseReturnValue:
    """List every comment, or those on one block, the newest first, page by page."""
    given, wanted = flask.request.args.get("page", "1"), flask.request.args.get("block", "")
    page = min(int(given), 10_000) if given.isdigit() and int(given) > 0 else 1
    with transaction() as session:
        version = choose(session, None)[0]
        found = reading.document(session, visited_district(), version.id)
        block = found.block(int(wanted)) if wanted.isdigit() and len(wanted) <= 18 else None
        block_id = block.id if block is not None else None
        part = ((page - 1) * ON_ONE_PAGE, ON_ONE_PAGE)
        views = reading.threads_of(
            session, visited_district(), visited_plan(), version.id, found, part, block_id
        )
        mine = _supported(session)
        following = reading.threads_of(
            session, visited_district(), visited_plan(), version.id, found, (page * ON_ONE_PAGE, 1), block_id
        )
    return flask.render_template(
        "sharing/all.html",
        base=base_of(link_id),
        link_id=link_id,
        block_id=block_id,
        threads=sorted(views, key=lambda view: -view.id),
        page=page,
        more=bool(following),
        live=is_open(version),
        mine=mine,
    )


@area.get("/r/p/<int:link_id>/figure/<code>", permission=VISITOR)
def figure(link_id: int, code: str) -> ResponseReturnValue:
    """Explain a figure of the newest version in plain words, without what only the cabinet may see."""
    with transaction() as session:
        version = choose(session, None)[0]
        found = reading.document(session, visited_district(), version.id)
    explained = explain.figure(found, code, language())
    if explained is None:
        raise NotFound
    return flask.render_template(
        "sharing/figure.html", base=base_of(link_id), link_id=link_id, figure=explained, open=is_open(version)
    )


@area.get("/r/p/<int:link_id>/plan.pdf", permission=VISITOR)
def print_file(link_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope came from it
    """Send the newest version's printed plan in the reader's language."""
    wanted = flask.request.args.get("language", language())
    with transaction() as session:
        version = choose(session, None)[0]
        found = session.scalar(
            select(RenderedFile).where(
                RenderedFile.district_id == visited_district(),
                RenderedFile.version_id == version.id,
                RenderedFile.kind == "plan_pdf",
                RenderedFile.language == wanted,
            )
        )
        if found is None:
            raise NotFound
        key = found.storage_key
    name = f"plan-{version.number}-{wanted}.pdf"
    return kept_files.send(key, name=name, mimetype="application/pdf", attachment=False)


@area.get("/r/p/<int:link_id>/my-comment", permission=VISITOR)
def ask_code(link_id: int) -> ResponseReturnValue:
    """Ask for a return code."""
    return flask.render_template("sharing/code.html", base=base_of(link_id), link_id=link_id, error=None)


@area.post("/r/p/<int:link_id>/my-comment", permission=VISITOR)
def find_comment(link_id: int) -> ResponseReturnValue:
    """Lead from a typed code to its comment."""
    code = normal_code(flask.request.form.get("code", ""))
    if code is None or _comment_of(visited_district(), code) is None:
        said = message("No comment has this code. It has twelve letters and digits, such as K7QX-2M9D-4TWH.")
        page = flask.render_template(
            "sharing/code.html", base=base_of(link_id), link_id=link_id, error=render(said, language())
        )
        return page, 422
    return flask.redirect(
        flask.url_for("sharing.my_comment", organization=visited_district(), code=code), 303
    )


@area.get("/r/c/<int:organization>/<code>", permission=EVERYONE)
def my_comment(organization: int, code: str) -> ResponseReturnValue:
    """Show a commenter the own comment, its answers, and the sentence that it changed."""
    comment_id = _comment_of(organization, normal_code(code) or "")
    if comment_id is None:
        raise NotFound
    # The code opened one comment: enough to read it, and nothing that may be written.
    reads = Scope(role=UPKEEP, viewed_district_id=organization, cabinet=(organization,))
    with services().database.transaction(reads) as session:
        own = session.scalars(
            select(Comment).where(Comment.district_id == organization, Comment.id == comment_id)
        ).one()
        thread = session.scalars(
            select(CommentThread).where(
                CommentThread.district_id == organization, CommentThread.id == own.thread_id
            )
        ).one()
        session.expunge_all()
    flask.g.scope = Scope(role="visitor", viewed_district_id=organization, plan_id=thread.plan_id)
    with transaction() as session:
        known = reading.versions(session, organization, thread.plan_id)
        if not known:
            raise NotFound
        newest = reading.document(session, organization, known[0].id)
        views = reading.threads_of(session, organization, thread.plan_id, known[0].id, newest)
    view = next((view for view in views if view.id == thread.id), None)
    response = flask.make_response(
        flask.render_template(
            "sharing/mine.html",
            own=own,
            thread=view,
            version=known[0],
            code=normal_code(code),
            district_id=organization,
            passage=_passage(newest, view),
        )
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@area.post("/r/c/<int:organization>/<code>/withdraw", permission=EVERYONE)
def withdraw(organization: int, code: str) -> ResponseReturnValue:
    """Withdraw one's own comment: out of sight, kept and counted."""
    comment_id = _comment_of(organization, normal_code(code) or "")
    if comment_id is None:
        raise NotFound
    with services().database.transaction(Scope.for_upkeep(organization)) as session:
        try:
            conversation.withdraw(session, organization, comment_id, flask.request.form.get("reason", ""))
        except conversation.UnknownThreadError as error:
            raise NotFound from error
    return flask.redirect(flask.url_for("sharing.my_comment", organization=organization, code=code), 303)


def _page(link_id: int, version_id: int | None) -> ResponseReturnValue:
    tongue = language()
    base = base_of(link_id)
    with transaction() as session:
        version, newest, known = choose(session, version_id)
        may = is_open(version) and version.id == newest.id
        mark = reading.stamp(session, visited_district(), visited_plan(), version.id)
        address = base if version.id == newest.id else f"{base}version/{version.id}/"
        key = f"reader:{version.digest}:{tongue}:{mark}:{address}:{may}"
        kept = memory.kept(key)
        if kept is None:
            found = reading.document(session, visited_district(), version.id)
            views = reading.threads_of(session, visited_district(), visited_plan(), version.id, found)
            visible = reading.visible(session, visited_district(), found)
            drawings = reading.drawings(session, visited_district(), version.id, tongue)
            kept = _render(found, views, tongue, base, visible, drawings, may=may)
            memory.keep(key, kept)
        pages = reading.files(session, visited_district(), version.id)
        mine = _supported(session)
    head, _, body = kept.partition("\f")
    for thread_id in mine:
        # The page is kept for all readers; what this one supports is marked on the way out.
        body = body.replace(
            f'value="{thread_id}" aria-pressed="false"', f'value="{thread_id}" aria-pressed="true"'
        )
    cover = flask.json.loads(head)
    return flask.render_template(
        "sharing/read.html",
        base=base,
        link_id=link_id,
        version=version,
        newest=newest,
        others=[other for other in known if other.id != version.id],
        cover=cover,
        body=Markup(body),  # noqa: S704 - rendered by our own template a moment ago, or kept from then
        open=may,
        over=_over(version),
        pages=pages.get(tongue),
        form={},
        errors={},
        quoted="",
        once=once(),
    )


def _render(
    found: Document,
    views: list[reading.Thread],
    tongue: str,
    base: str,
    visible: set[int],
    drawings: dict[str, str],
    *,
    may: bool,
) -> str:
    """Return facts of the cover as JSON and the body as HTML, parted by a form feed."""
    printer = reading.Printer(found, tongue, [view for view in views if view.how != "lost"], base, drawings)
    summary = next((block for _, block in found.blocks() if block.facts), None)
    facts = summary.facts if summary is not None else []
    title = runs_text(found.sections[0].title[tongue]) if found.sections else found.cover.title[tongue]
    body = flask.render_template(
        "sharing/body.html",
        document=found,
        printer=printer,
        all_threads=views,
        base=base,
        open=may,
        two_minutes=bool(facts),
        terms=glossary.TERMS,
        most=reading.MOST_IN_ONE_PLACE,
        newest=reading.newest,
        groups=_groups,
        visible=visible,
    )
    blocks = [block for _, block in found.blocks() if block.paragraphs.get(tongue)]
    heard = [["heard", _("What people said, and what came of it")]] if found.comments else []
    head = {
        "title": title,
        "plan": found.cover.title[tongue],
        "sentence": found.cover.sentence[tongue],
        "checked": all(block.spanish_checked for block in blocks),
        "first_year": found.cover.first_year,
        "last_year": found.cover.last_year,
        "facts": [_fact(fact, tongue) for fact in facts],
        "facts_block": summary.id if summary is not None else None,
        "contents": [[s.key, s.name[tongue]] for s in found.sections if s.blocks] + heard,
        "comments": len(views),
        "answered": sum(1 for view in views if any(said.official for said in view.said) or view.disposition),
    }
    return flask.json.dumps(head) + "\f" + body


def _fact(fact: Fact, tongue: str) -> list[str]:
    return [fact.value[tongue], fact.label[tongue], fact.code]


def _groups(columns: list[Any]) -> list[tuple[dict[str, str], int]]:
    return [(group, len(list(same))) for group, same in itertools.groupby(columns, key=lambda c: c.group)]


def _supported(session: Session) -> set[int]:
    """Return the threads that this browser supports, without a query where it never did."""
    mark = flask.request.cookies.get(cookie_name(SUPPORTER_COOKIE, whole_site=False))
    return support.own(session, visited_district(), mark) if mark else set()


def _over(version: reading.VersionFacts) -> bool:
    closes = version.comment_closes_at
    return closes is not None and closes <= dt.datetime.now(dt.UTC)


def _passage(found: Document, view: reading.Thread | None) -> str:
    """Return the words that changed because of a comment, or that it is about now."""
    if view is None:
        return ""
    block_id = view.changed_block_id or view.block_id
    block = found.block(block_id) if block_id is not None else None
    return plain_text(block, language()) if block is not None else ""


def _comment_of(district_id: int, code: str) -> int | None:
    if not code or too_often(district_id, "code", CODES_TRIED, 600):
        return None
    with services().database.transaction(None) as session:
        return conversation.find_by_code(session, district_id, code)
