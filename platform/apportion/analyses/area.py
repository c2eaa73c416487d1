"""The analyses' area."""

from __future__ import annotations

from apportion.routing import Area

area = Area("analyses", __name__, url_prefix="/d/<int:district_id>/analyses")
