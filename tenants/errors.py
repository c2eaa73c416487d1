"""Refusals that a person can act on."""

from __future__ import annotations

from typing import Any

from tenants.language import Message, message


class NotPossibleError(ValueError):
    """What was asked for can't be done now; `said` tells a person why and what would do.

    Args:
        text: English source text, for the catalogues.
        field: The form field that it is about, or an empty string.
        values: Values of the text's placeholders.
    """

    def __init__(self, text: str, *, field: str = "", **values: Any) -> None:
        super().__init__(text)
        self.field = field
        self.said: Message = message(text, **values)
