"""Page 35 for a district, and the people and own acts of a facilitator's or operator's organization."""

from apportion.settings import (
    access,
    activity,
    engagements,
    leaving,
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
    "activity",
    "area",
    "engagements",
    "leaving",
    "own_record",
    "people",
    "record",
    "sign_in",
    "support",
    "viewing",
    "webhooks",
]
