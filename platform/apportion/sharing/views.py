"""The area: its routes stand in `links` (for staff), `reader` and `commenting` (for whoever has a link)."""

from __future__ import annotations

from apportion.sharing import commenting, links, reader
from apportion.sharing.area import area

__all__ = ["area", "commenting", "links", "reader"]
