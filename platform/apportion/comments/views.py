"""The area: its routes stand in `queue` (reading and answering), `sorting` and `record`."""

from __future__ import annotations

from apportion.comments import queue, record, sorting
from apportion.comments.area import area

__all__ = ["area", "queue", "record", "sorting"]
