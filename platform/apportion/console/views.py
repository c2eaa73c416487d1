"""Page 36 and its rooms."""

from apportion.console import support
from apportion.console.area import area

__all__ = ["area", "support"]
