"""Page 36 and its rooms."""

from apportion.console import overview, support
from apportion.console.area import area

__all__ = ["area", "overview", "support"]
