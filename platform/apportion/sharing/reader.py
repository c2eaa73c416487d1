"""The reader's page: the plan by a link, without an account, and comments on it."""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from apportion.request import LANGUAGE_COOKIE, language, scope, transaction
from apportion.routing import EVERYONE, VISITOR, VISITOR_COOKIE
from apportion.services import services
from apportion.sharing import explain, glossary, memory, reading
from apportion.sharing.area import area
from apportion.sharing.throttle import too_often
from reports.document import Document, Fact, plain_text, runs_text
from tenants.language import message, render
from tenants.records.comments import Comment, CommentThread
from tenants.records.plans import PlanVersion, RenderedFile, ShareLink
from tenants.records.share_links import count_opening
from tenants.roles import ROLE_NAMES
from tenants.scope import UPKEEP, Scope
from workers.comments import conversation
from workers.comments.notices import OUTCOMES
from workers.comments.texts import RELATIONS, NotTaken, Posting, check, normal_code

FROM_ONE_CONNECTION = 30
"""Comments in ten minutes: a whole meeting may sit behind one address."""
FROM_ONE_LINK = 600
"""Comments in an hour."""
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
    secure = bool(flask.current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        VISITOR_COOKIE,
        token,
        expires=expires,
        path=flask.url_for("sharing.read", link_id=scope().link_id),
        httponly=True,
        secure=secure,
        samesite="Lax",
    )
    if wanted != "en" and LANGUAGE_COOKIE not in flask.request.cookies:
        response.set_cookie(
            LANGUAGE_COOKIE, wanted, max_age=365 * 86400, httponly=True, secure=secure, samesite="Lax"
        )
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
    """List every comment, the newest first, page by page."""
    given = flask.request.args.get("page", "1")
    page = min(int(given), 10_000) if given.isdigit() and int(given) > 0 else 1
    with transaction() as session:
        version = _choose(session, None)[0]
        found = reading.document(session, _district(), version.id)
        part = ((page - 1) * ON_ONE_PAGE, ON_ONE_PAGE)
        views = reading.threads_of(session, _district(), _plan(), version.id, found, part)
        following = reading.threads_of(
            session, _district(), _plan(), version.id, found, (page * ON_ONE_PAGE, 1)
        )
    return flask.render_template(
        "sharing/all.html",
        base=_base(link_id),
        threads=sorted(views, key=lambda view: -view.id),
        page=page,
        more=bool(following),
    )


@area.get("/r/p/<int:link_id>/figure/<code>", permission=VISITOR)
def figure(link_id: int, code: str) -> ResponseReturnValue:
    """Explain a figure of the newest version in plain words, without what only the cabinet may see."""
    with transaction() as session:
        version = _choose(session, None)[0]
        found = reading.document(session, _district(), version.id)
    explained = explain.figure(found, code, language())
    if explained is None:
        raise NotFound
    return flask.render_template(
        "sharing/figure.html", base=_base(link_id), link_id=link_id, figure=explained, open=_open(version)
    )


@area.get("/r/p/<int:link_id>/plan.pdf", permission=VISITOR)
def print_file(link_id: int) -> ResponseReturnValue:  # noqa: ARG001 - the scope came from it
    """Send the newest version's printed plan in the reader's language."""
    wanted = flask.request.args.get("language", language())
    with transaction() as session:
        version = _choose(session, None)[0]
        found = session.scalar(
            select(RenderedFile).where(
                RenderedFile.district_id == _district(),
                RenderedFile.version_id == version.id,
                RenderedFile.kind == "plan_pdf",
                RenderedFile.language == wanted,
            )
        )
        if found is None:
            raise NotFound
        path = services().files.path(found.storage_key)
    return flask.send_file(
        path, mimetype="application/pdf", download_name=f"plan-{version.number}-{wanted}.pdf", max_age=0
    )


@area.get("/r/p/<int:link_id>/comment", permission=VISITOR)
def comment(link_id: int) -> ResponseReturnValue:
    """Show the form for a comment on one block or figure: the way for a browser without script."""
    with transaction() as session:
        version = _choose(session, None)[0]
        found = reading.document(session, _district(), version.id)
    if not _open(version):
        raise NotFound
    sent = {
        "block": flask.request.args.get("block", ""),
        "figure": flask.request.args.get("figure", ""),
        "quotation": flask.request.args.get("quotation", "")[:1200],
    }
    return _form(link_id, found, sent, {})


@area.post("/r/p/<int:link_id>/comment", permission=VISITOR)
def send_comment(link_id: int) -> ResponseReturnValue:
    """Take a comment."""
    form = flask.request.form
    with transaction() as session:
        facts = _choose(session, None)[0]
        found = reading.document(session, _district(), facts.id)
    if not _open(facts):
        return _form(
            link_id, found, form, {"text": message("The time for comments is over. Nothing was sent.")}
        )
    if form.get("website"):
        said = message("Leave the field Website empty: it is there to stop programs. Then send again.")
        return _form(link_id, found, form, {"website": said}, 422)
    try:
        posting = check(_posting(form))
    except NotTaken as error:
        return _form(link_id, found, form, error.errors, 422)
    if _too_many(link_id):
        said = message(
            "Many comments just came from here. Your words are kept: send them again in a few minutes."
        )
        return _form(link_id, found, form, {"text": said}, 429)
    if not memory.first_time(link_id, form.get("once", "")):
        return flask.redirect(flask.url_for("sharing.sent", link_id=link_id), 303)
    try:
        with transaction() as session:
            version = session.scalars(select(PlanVersion).where(PlanVersion.id == facts.id)).one()
            posted = conversation.post_public(
                session, scope(), version, found, posting, secret=services().settings.secret_keys[0]
            )
    except BaseException:
        memory.forget(link_id, form.get("once", ""))
        raise
    with services().database.transaction(Scope.for_upkeep(_district())) as session:
        conversation.after_posting(session, _district(), posted)
    flask.session["sent"] = {
        "code": posted.code,
        "thread": posted.thread_id,
        "mail": bool(posting.address),
        "about": form.get("block") or form.get("figure") or "plan",
    }
    return flask.redirect(flask.url_for("sharing.sent", link_id=link_id), 303)


@area.get("/r/p/<int:link_id>/sent", permission=VISITOR)
def sent(link_id: int) -> ResponseReturnValue:
    """Show the return code, once, and what happens next."""
    held = flask.session.pop("sent", None)
    code = held["code"] if held else None
    return flask.render_template(
        "sharing/sent.html",
        base=_base(link_id),
        link_id=link_id,
        held=held,
        code=code,
        district_id=_district(),
    )


@area.get("/r/p/<int:link_id>/my-comment", permission=VISITOR)
def ask_code(link_id: int) -> ResponseReturnValue:
    """Ask for a return code."""
    return flask.render_template("sharing/code.html", base=_base(link_id), link_id=link_id, error=None)


@area.post("/r/p/<int:link_id>/my-comment", permission=VISITOR)
def find_comment(link_id: int) -> ResponseReturnValue:
    """Lead from a typed code to its comment."""
    code = normal_code(flask.request.form.get("code", ""))
    if code is None or _comment_of(_district(), code) is None:
        said = message("No comment has this code. It has twelve letters and digits, such as K7QX-2M9D-4TWH.")
        page = flask.render_template(
            "sharing/code.html", base=_base(link_id), link_id=link_id, error=render(said, language())
        )
        return page, 422
    return flask.redirect(flask.url_for("sharing.my_comment", organization=_district(), code=code), 303)


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
    base = _base(link_id)
    with transaction() as session:
        version, newest, known = _choose(session, version_id)
        may = _open(version) and version.id == newest.id
        mark = reading.stamp(session, _district(), _plan(), version.id)
        address = base if version.id == newest.id else f"{base}version/{version.id}/"
        key = f"apportion:reader:{version.digest}:{tongue}:{mark}:{address}:{may}"
        kept = memory.kept(key)
        if kept is None:
            found = reading.document(session, _district(), version.id)
            views = reading.threads_of(session, _district(), _plan(), version.id, found)
            kept = _render(found, views, tongue, base, may=may)
            memory.keep(key, kept)
        pages = reading.files(session, _district(), version.id)
    head, _, body = kept.partition("\f")
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
        once=_once(),
    )


def _render(found: Document, views: list[reading.Thread], tongue: str, base: str, *, may: bool) -> str:
    """Return facts of the cover as JSON and the body as HTML, parted by a form feed."""
    printer = reading.Printer(found, tongue, [view for view in views if view.how != "lost"], base)
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
        groups=_groups,
    )
    blocks = [block for _, block in found.blocks() if block.paragraphs.get(tongue)]
    head = {
        "title": title,
        "plan": found.cover.title[tongue],
        "sentence": found.cover.sentence[tongue],
        "checked": all(block.spanish_checked for block in blocks),
        "first_year": found.cover.first_year,
        "last_year": found.cover.last_year,
        "facts": [_fact(fact, tongue) for fact in facts],
        "facts_block": summary.id if summary is not None else None,
        "contents": [[s.key, s.name[tongue]] for s in found.sections if s.blocks],
        "comments": len(views),
        "answered": sum(1 for view in views if any(said.official for said in view.said) or view.disposition),
    }
    return flask.json.dumps(head) + "\f" + body


def _fact(fact: Fact, tongue: str) -> list[str]:
    return [fact.value[tongue], fact.label[tongue], fact.code]


def _groups(columns: list[Any]) -> list[tuple[dict[str, str], int]]:
    return [(group, len(list(same))) for group, same in itertools.groupby(columns, key=lambda c: c.group)]


def _form(
    link_id: int, found: Document, sent: Any, errors: dict[str, Any], status: int = 200
) -> ResponseReturnValue:
    tongue = language()
    block = found.block(int(sent["block"])) if sent.get("block", "").isdigit() else None
    explained = explain.by_stable_key(found, sent.get("figure", ""), tongue)
    quoted = sent.get("quotation", "")
    if not quoted and block is not None:
        quoted = plain_text(block, tongue)
    if not quoted and explained is not None:
        quoted = f"{explained.printed}: {explained.label}"
    page = flask.render_template(
        "sharing/comment.html",
        base=_base(link_id),
        link_id=link_id,
        form=sent,
        errors={field: render(said, tongue) for field, said in errors.items()},
        quoted=quoted,
        block=block,
        once=sent.get("once") or _once(),
    )
    return page, status


def _posting(form: Any) -> Posting:
    start = form.get("start", "")
    return Posting(
        text=form.get("text", ""),
        language=language(),
        name=form.get("name", ""),
        relation=form.get("relation", ""),
        address=form.get("address", ""),
        block_id=int(form["block"]) if form.get("block", "").isdigit() else None,
        figure=form.get("figure", ""),
        quotation=form.get("quotation", ""),
        start=int(start) if start.isdigit() else None,
    )


def _choose(
    session: Session, version_id: int | None
) -> tuple[reading.VersionFacts, reading.VersionFacts, list[reading.VersionFacts]]:
    """Return the version asked for (the newest by default), the newest, and all.

    Raises:
        NotFound: Nothing is published, or not that version.
    """
    known = reading.versions(session, _district(), _plan())
    if not known:
        raise NotFound
    wanted = [version for version in known if version_id in (None, version.id)]
    if not wanted:
        raise NotFound
    return wanted[0], known[0], known


def _open(version: reading.VersionFacts) -> bool:
    return scope().may_comment and version.takes_comments(dt.datetime.now(dt.UTC))


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
    if not code or too_often(f"code/{district_id}", CODES_TRIED, 600):
        return None
    with services().database.transaction(None) as session:
        return conversation.find_by_code(session, district_id, code)


def _too_many(link_id: int) -> bool:
    one = too_often(f"comment/{link_id}", FROM_ONE_CONNECTION, 600)
    return too_often(f"comment/{link_id}", FROM_ONE_LINK, 3600, whole=True) or one


def _once() -> str:
    return secrets.token_hex(8)


def _base(link_id: int) -> str:
    return flask.url_for("sharing.read", link_id=link_id)


def _district() -> int:
    district_id = scope().viewed_district_id
    if district_id is None:
        raise NotFound
    return district_id


def _plan() -> int:
    plan_id = scope().plan_id
    if plan_id is None:
        raise NotFound
    return plan_id
