"""Page 36 and its rooms."""

from apportion.console import overview, rates, support
from apportion.console.area import area

__all__ = ["area", "overview", "rates", "support"]
