"""Error pages: what happened and the next step, in the reader's language, without a library's words."""

from __future__ import annotations

import functools
import logging
import secrets

import flask
from flask.globals import request_ctx as request_context
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from apportion import security
from apportion.frame.facts import FrameFacts
from apportion.request import identity, language
from tenants.language import N_, Message, message, render

logger = logging.getLogger(__name__)

TITLES = {
    400: N_("We could not read this request"),
    401: N_("Sign in first"),
    403: N_("Your role does not include this page"),
    404: N_("There is nothing here that you can open"),
    405: N_("This page takes no such request"),
    409: N_("Something changed in the meantime"),
    410: N_("This is no longer here"),
    413: N_("This is larger than we take"),
    415: N_("We do not take this kind of content"),
    422: N_("Something in the form needs your attention"),
    429: N_("Too many tries in a short time"),
    500: N_("Something broke on our side"),
}

SENTENCES = {
    404: N_(
        "The address may be mistyped, the record may be gone, or it belongs to an organization that you are "
        "not acting in. Check the address, or choose another organization."
    ),
    405: N_("Go back to the page and use its buttons."),
    429: N_("Wait a minute, then try again."),
}
OTHERWISE = N_("Go back and try again. If it happens again, tell us the time and the address of the page.")


def sentence_for(error: HTTPException) -> Message:
    """Return the sentence that tells a person what to do about an error."""
    said: Message | None = getattr(error, "said", None)
    if said is not None:
        return said
    if isinstance(error, CSRFError):
        return message(
            "The form was open too long, or came from another site. Go back, reload it and send it again."
        )
    if error.code == 413:
        limit = flask.request.max_content_length or 0
        return message(
            "The limit here is {limit} MB. Send less at once, or split the file.", limit=limit >> 20
        )
    return message(SENTENCES.get(error.code or 500, OTHERWISE))


def handle_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer an error that has a status: as a page, a fragment's status, or a problem document."""
    if error.code is None or error.code < 400:
        return error.get_response()
    return _answer(error.code, sentence_for(error))


def handle_failure(error: Exception) -> ResponseReturnValue:
    """Answer a defect of ours: the log has the trace, the reader has a code that finds it there."""
    code = secrets.token_hex(4)
    # The route and not the address, which may hold what opens something.
    where = flask.request.url_rule or "no route"
    logger.error("failure %s at %s %s", code, flask.request.method, where, exc_info=error)
    return _answer(
        500,
        message(
            "Nothing was saved by this request. Try again; if it stays, send us this code: {code}.", code=code
        ),
    )


def _answer(status: int, said: Message) -> ResponseReturnValue:
    title = render(message(TITLES.get(status, TITLES[400])), language())
    text = render(said, language())
    if flask.request.path.startswith("/api/"):
        body = {"type": "about:blank", "status": status, "title": title, "detail": text}
        return flask.jsonify(body), status, {"Content-Type": "application/problem+json"}
    if request_context.url_adapter is None:
        # An untrusted Host: no link can be made, so plain text has to do.
        return f"{title}. {text}", status, {"Content-Type": "text/plain; charset=utf-8"}
    if status == 429 and identity() is None and "_flashes" not in flask.session:
        return _too_many(title, text), status
    facts = FrameFacts(reads=status != 500)
    page = flask.render_template("error.html", status=status, error_title=title, sentence=text, frame=facts)
    return page, status


NONCE_PLACE = "the-nonce-of-this-answer"


def _too_many(title: str, text: str) -> str:
    """Return a refused visitor's page, made once: refusing must cost less than what is refused."""
    mine = security.nonce()
    flask.g.nonce = NONCE_PLACE
    page = _made(title, text, language(), FrameFacts(reads=False).here)
    flask.g.nonce = mine
    return page.replace(NONCE_PLACE, mine)


@functools.lru_cache(maxsize=64)
def _made(title: str, text: str, _language: str, _here: str) -> str:
    facts = FrameFacts(reads=False)
    return flask.render_template("error.html", status=429, error_title=title, sentence=text, frame=facts)


def init_app(app: flask.Flask) -> None:
    """Put the error pages into an application."""
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(Exception, handle_failure)
