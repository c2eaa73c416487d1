"""The console's area."""

from __future__ import annotations

from apportion.routing import Area

area = Area("console", __name__)
