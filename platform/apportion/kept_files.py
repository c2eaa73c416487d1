"""Kept files on their way out: each as its district's own, checked before it is opened, never cached."""

from __future__ import annotations

import hashlib

import flask

from apportion.services import services


def send(key: str, *, name: str, mimetype: str, attachment: bool = True) -> flask.Response:
    """Send a kept file to somebody who was found to have a right to it.

    The mark by which a program asks whether it changed is made of the district as well: the same bytes in two
    districts have two marks, so that nobody learns from it what a neighbour has.

    Args:
        key: what the file is kept under, from a row that the caller's scope showed.
        name: under what name the browser saves it.
        mimetype: what it is.
        attachment: whether it is saved rather than shown.

    Raises:
        UnknownFileError: if nothing is kept under the key.
    """
    return flask.send_file(
        services().files.path(key),
        mimetype=mimetype,
        as_attachment=attachment,
        download_name=name,
        etag=hashlib.sha256(key.encode()).hexdigest()[:32],
    )
