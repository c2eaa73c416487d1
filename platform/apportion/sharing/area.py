"""The area `sharing`."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from apportion.errors import handle_http_error
from apportion.routing import Area

area = Area("sharing", __name__)


@area.errorhandler(NotFound)
def nothing_here(error: NotFound) -> ResponseReturnValue:
    """Say the same of a link that never was, that has ended, and that was revoked."""
    if not flask.request.path.startswith("/r/"):
        return handle_http_error(error)
    page = flask.render_template("sharing/ended.html")
    return page, 404


@area.after_request
def keep_private(response: flask.Response) -> flask.Response:
    """Keep readers' pages out of search engines and caches."""
    if flask.request.path.startswith("/r/"):
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Cache-Control"] = "no-store"
    return response
