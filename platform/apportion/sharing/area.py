"""The area `sharing`."""

from __future__ import annotations

import gzip

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
        _compress(response)
    return response


def _compress(response: flask.Response) -> None:
    """Compress a long page for a slow line; the form's token in it is signed anew each second."""
    if (
        response.mimetype == "text/html"
        and response.status_code == 200
        and not response.direct_passthrough
        and flask.request.accept_encodings["gzip"]
    ):
        response.set_data(gzip.compress(response.get_data(), compresslevel=5))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
