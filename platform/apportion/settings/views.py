"""Page 35 for a district, and the people and own acts of a facilitator's or operator's organization."""

from apportion.settings import (
    access,
    engagements,
    own_record,
    people,
    record,
    sign_in,
    support,
    viewing,
    webhooks,
)
from apportion.settings.area import area

__all__ = [
    "access",
    "area",
    "engagements",
    "own_record",
    "people",
    "record",
    "sign_in",
    "support",
    "viewing",
    "webhooks",
]
