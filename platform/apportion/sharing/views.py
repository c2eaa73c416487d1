"""The area: its routes stand in `links` (for staff) and `reader` (for whoever has a link)."""

from __future__ import annotations

from apportion.sharing import links, reader
from apportion.sharing.area import area

__all__ = ["area", "links", "reader"]
