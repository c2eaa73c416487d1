"""Page 35 for a district, and the people of a facilitator's or operator's own organization."""

from apportion.settings import engagements, people, record
from apportion.settings.area import area

__all__ = ["area", "engagements", "people", "record"]
