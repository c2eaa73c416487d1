"""The cohorts' area, and the names of an engagement's levels."""

from __future__ import annotations

from apportion.routing import Area
from tenants.language import message

area = Area("cohorts", __name__)

LEVELS = {
    1: message("Progress"),
    2: message("Reader"),
    3: message("Coach"),
    4: message("Co-author"),
}
