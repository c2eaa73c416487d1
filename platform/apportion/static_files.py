"""Scripts, styles and fonts under names that hold their content's hash, cacheable for ever."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import flask
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from apportion.security import FOREVER

BUILT = Path(__file__).parent / "static" / "built"


@functools.lru_cache(maxsize=1)
def manifest() -> dict[str, str]:
    """Return each asset's name as the sources call it, to the file that was built from it.

    Raises:
        RuntimeError: if the assets were not built.
    """
    try:
        found: dict[str, str] = json.loads((BUILT / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise RuntimeError("The pages' scripts and styles are not built. Run: make assets") from error
    return found


def asset(name: str) -> str:
    """Return the address of a built asset, e.g. `asset("frame.css")`."""
    return flask.url_for("frame.built", name=manifest()[name])


def send(name: str) -> flask.Response:
    """Return a built file, compressed in advance where the browser takes that.

    Raises:
        NotFound: for a name that was not built.
    """
    plain = safe_join(str(BUILT), name)
    if plain is None or not Path(plain).is_file():
        raise NotFound
    # Read whole, since a browser that goes away in between would leave the file open.
    for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
        packed = Path(plain + ending)
        if flask.request.accept_encodings[encoding] and packed.is_file():
            response = flask.Response(packed.read_bytes(), mimetype=_type(name))
            response.headers["Content-Encoding"] = encoding
            break
    else:
        response = flask.Response(Path(plain).read_bytes(), mimetype=_type(name))
    response.headers["Cache-Control"] = FOREVER
    response.vary.add("Accept-Encoding")
    return response


def _type(name: str) -> str:
    types = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
    return types.get(Path(name).suffix, "application/octet-stream")
