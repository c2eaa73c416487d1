"""Pages 15 to 17."""

from apportion.analyses import answers, assumed
from apportion.analyses.area import area

__all__ = ["answers", "area", "assumed"]
