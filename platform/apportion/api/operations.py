"""Operations: a route together with its description, so that neither can exist without the other."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from apportion.api import idempotency
from apportion.api.refusals import Refusal, of_validation, refusal_for
from apportion.api.shapes import Shape
from apportion.request import scope, transaction
from apportion.routing import Area

area = Area("api", __name__, url_prefix="/api/v1")


@dataclasses.dataclass(frozen=True)
class Operation:
    """One thing that a program can ask.

    Attributes:
        method: HTTP method.
        rule: path below /api/v1, as Flask writes it.
        name: the operation's id.
        permission: of the permission matrix, as for pages.
        serves: limits of the matrix that the view keeps to by itself.
        summary: one sentence, English source text.
        tag: the group it stands in.
        query: shape of the query string, if any.
        takes: shape of the JSON body, if any.
        form: shape of the multipart fields beside `file`, for an upload.
        gives: shape of the answer; None for a file.
        media: media type of the answer.
        status: status of success.
        computes: whether the body is one JSON document that the view reads by itself, computes from and
            forgets, so that a numeral keeps all its digits.
    """

    method: str
    rule: str
    name: str
    permission: str
    serves: tuple[str, ...]
    summary: str
    tag: str
    query: type[Shape] | None
    takes: type[Shape] | None
    form: type[Shape] | None
    gives: type[BaseModel] | None
    media: str
    status: int
    computes: bool

    @property
    def once(self) -> bool:
        """Say whether an idempotency key gives it one effect: it changes something in a district."""
        return self.method == "POST" and not self.computes


OPERATIONS: dict[str, Operation] = {}


def operation(
    method: str,
    rule: str,
    *,
    permission: str,
    summary: str,
    tag: str,
    gives: type[BaseModel] | None,
    query: type[Shape] | None = None,
    takes: type[Shape] | None = None,
    form: type[Shape] | None = None,
    media: str = "application/json",
    status: int = 200,
    serves: tuple[str, ...] = (),
    computes: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a view as an operation.

    The view is called as `view(session, **path)` in one transaction of the caller's scope, with `query`,
    `body` or `form` as parsed shapes where the operation has them. It returns the answer's shape, or a
    response for a file. Whatever it raises undoes the transaction.

    Args:
        method: HTTP method.
        rule: path below /api/v1.
        permission: who may.
        summary: one sentence, marked with `N_`.
        tag: group.
        gives: shape of the answer, None for a file.
        query: shape of the query string.
        takes: shape of the JSON body.
        form: shape of the fields beside an uploaded `file`.
        media: media type of the answer.
        status: status of success.
        serves: limits of the matrix that the view keeps to by itself.
        computes: whether it changes nothing and takes the body's bytes as `body`.
    """

    def register(view: Callable[..., Any]) -> Callable[..., Any]:
        name = view.__name__
        if name in OPERATIONS:
            raise ValueError(f"{name} is an operation already")
        made = Operation(
            method,
            rule,
            name,
            permission,
            serves,
            summary,
            tag,
            query,
            takes,
            form,
            gives,
            media,
            status,
            computes,
        )
        OPERATIONS[name] = made

        @functools.wraps(view)
        def handle(**path: Any) -> ResponseReturnValue:
            return _handle(made, view, path)

        area.add_url_rule(
            rule,
            name,
            handle,
            methods=[method],
            permission=permission,
            serves=serves,
            upload=form is not None,
            computes=computes,
        )
        return view

    return register


def _handle(made: Operation, view: Callable[..., Any], path: dict[str, Any]) -> ResponseReturnValue:
    try:
        given: dict[str, Any] = dict(path)
        if made.query is not None:
            given["query"] = made.query.model_validate(flask.request.args.to_dict())
        if made.takes is not None:
            given["body"] = made.takes.model_validate(_json())
        if made.form is not None:
            given["form"] = made.form.model_validate(flask.request.form.to_dict())
        if made.computes:
            given["body"] = _bytes()
        key = idempotency.key_of(flask.request) if made.once else None
        with transaction() as session:
            if key is None:
                return _answer(made, view(session, **given))
            return _once(made, view, session, key, given)
    except ValidationError as faults:
        return of_validation(faults).response()
    except Refusal as refusal:
        return refusal.response()
    except Exception as fault:
        meant = refusal_for(fault)
        if meant is None:
            raise
        if meant.status == 404:
            raise NotFound from fault
        return meant.response()


def _once(
    made: Operation, view: Callable[..., Any], session: Session, key: str, given: dict[str, Any]
) -> ResponseReturnValue:
    """Answer a request under an idempotency key: work, or what it answered the first time."""
    district: int = given["district_id"]
    person = scope().person_id or 0
    print_ = idempotency.fingerprint(flask.request)
    held = idempotency.find(session, district, person, key, print_)
    if held is not None:
        replayed = flask.jsonify(held.body)
        replayed.status_code = held.status
        replayed.headers["Idempotent-Replayed"] = "true"
        return replayed
    answer = view(session, **given)
    if isinstance(answer, BaseModel):
        body = answer.model_dump(mode="json")
        body |= dict.fromkeys(getattr(answer, "shown_once", ()))
        idempotency.keep(session, district, person, key, print_, made.status, body)
    return _answer(made, answer)


def _answer(made: Operation, answer: Any) -> ResponseReturnValue:
    if isinstance(answer, BaseModel):
        response = flask.jsonify(answer.model_dump(mode="json"))
        response.status_code = made.status
        return response
    ready: ResponseReturnValue = answer
    return ready


def _bytes() -> bytes:
    if flask.request.mimetype not in {"application/json", ""}:
        raise UnsupportedMediaType
    return flask.request.get_data()


def _json() -> Any:
    if flask.request.mimetype not in {"application/json", ""}:
        raise UnsupportedMediaType
    found = flask.request.get_json(force=True, silent=True)
    if found is None:
        raise BadRequest
    return found
