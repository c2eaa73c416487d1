"""Pages 15 to 17."""

from apportion.analyses import answers, assumed, fiscal
from apportion.analyses.area import area

__all__ = ["answers", "area", "assumed", "fiscal"]
