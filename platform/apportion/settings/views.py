"""Page 35 for a district, and the people and own acts of a facilitator's or operator's organization."""

from apportion.settings import engagements, own_record, people, record, sign_in
from apportion.settings.area import area

__all__ = ["area", "engagements", "own_record", "people", "record", "sign_in"]
