"""Refusals as problem documents (RFC 9457), with the sentences that pages show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from apportion.calculating import faults_told
from apportion.request import language
from tenants.errors import NotPossibleError
from tenants.language import Message, message, message_n, render
from tenants.records.plan_entries import EntryRefusedError
from tenants.records.share_links import LinkRefusedError
from workers.comments.conversation import EmptyAnswerError, ReasonMissingError
from workers.finance.calculation import InputFaultsError

TITLES: dict[int, Message] = {
    400: message("We could not read this request"),
    409: message("Something changed in the meantime"),
    422: message("Something in the request needs your attention"),
}

LINK_REASONS: dict[str, Message] = {
    "label": message("Name what the link is for, in at most 80 characters."),
    "date": message("The end of the link must lie ahead, by at most 400 days."),
    "plan": message("There is no such plan."),
}

FIELD_WORDS: dict[str, Message] = {
    "missing": message("is missing"),
    "extra_forbidden": message("is not known here"),
    "value_error": message("is not an amount such as 1234.56"),
    "string_too_long": message("is too long"),
    "string_pattern_mismatch": message("is not written as described"),
    "enum": message("is not one of the described values"),
    "literal_error": message("is not one of the described values"),
}
OTHERWISE = message("is not as described")


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """A request that can't be granted: status, the sentence, and what to mend by field."""

    def __init__(
        self,
        said: Message,
        status: int = 422,
        fields: dict[str, Message] | None = None,
        faults: InputFaultsError | None = None,
    ) -> None:
        super().__init__(said["text"])
        self.said, self.status, self.fields, self.faults = said, status, fields or {}, faults

    def response(self) -> ResponseReturnValue:
        """Return the problem document in the caller's language."""
        body = {
            "type": "about:blank",
            "status": self.status,
            "title": render(TITLES.get(self.status, TITLES[422]), language()),
            "detail": render(self.said, language()),
            "errors": [
                {"field": name, "detail": render(said, language())} for name, said in self.fields.items()
            ]
            + [
                {**fault, "detail": fault["message"]}
                for fault in (faults_told(self.faults, language()) if self.faults else ())
            ],
        }
        answer = flask.jsonify(body)
        answer.content_type = "application/problem+json"
        answer.status_code = self.status
        return answer


def of_validation(faults: ValidationError) -> Refusal:
    """Return the refusal of a request that is not as described, naming each field."""
    fields = {
        ".".join(str(part) for part in fault["loc"]) or "body": FIELD_WORDS.get(fault["type"], OTHERWISE)
        for fault in faults.errors(include_url=False, include_context=False, include_input=False)
    }
    return Refusal(message("The request is not as the description says. Mend what is listed."), 422, fields)


def refusal_for(fault: Exception) -> Refusal | None:
    """Return the refusal that a function below meant, or None for a defect of ours.

    What is unknown there (their `Unknown...Error`s are lookups) is not found here, status 404.
    """
    for kind, make in MEANT.items():
        if isinstance(fault, kind):
            return make(fault)
    said: Message | None = getattr(fault, "said", None)
    if isinstance(fault, ValueError) and said is not None:
        return Refusal(said)
    if isinstance(fault, LookupError) and type(fault).__name__.startswith("Unknown"):
        return Refusal(message("There is nothing here that you can open"), 404)
    return None


def _of_input(fault: InputFaultsError) -> Refusal:
    said = message_n(
        "Nothing was computed: one thing in the input is wrong.",
        "Nothing was computed: {n} things in the input are wrong.",
        len(fault.faults),
    )
    return Refusal(said, faults=fault)


def _of_link(fault: Any) -> Refusal:
    said = LINK_REASONS[fault.reason]
    return Refusal(said, 404 if fault.reason == "plan" else 422, {fault.reason: said})


MEANT: dict[type[Exception], Callable[[Any], Refusal]] = {
    InputFaultsError: _of_input,
    NotPossibleError: lambda fault: Refusal(
        fault.said, 422, {fault.field: fault.said} if fault.field else {}
    ),
    EntryRefusedError: lambda fault: Refusal(next(iter(fault.errors.values())), 422, fault.errors),
    LinkRefusedError: _of_link,
    ReasonMissingError: lambda _: Refusal(message("Give a reason; the reader is shown it.")),
    EmptyAnswerError: lambda _: Refusal(message("Write an answer, of a few paragraphs at most.")),
}
"""What functions below raise, and the refusal that each means."""
