"""Faults of the calculations of school finance, in the words of whoever asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tenants.language import render, render_within
from workers.finance.calculation import InputFaultsError
from workers.finance.wording import Kind


def faults_told(refused: InputFaultsError, language: str) -> list[dict[str, Any]]:
    """Return the faults of an input as they are printed and answered."""
    return [
        {
            "field": fault.field,
            "found": _found(fault.found, language),
            "expected": render_within(fault.expected, language),
            "message": render(fault.message, language),
        }
        for fault in refused.faults
    ]


def _found(found: Any, language: str) -> Any:
    """Return a found value for JSON: a kind in words, decimals as text; what was given is never rendered."""
    match found:
        case Kind(said):
            return render(said, language)
        case dict():
            return {name: _found(part, language) for name, part in found.items()}
        case list() | tuple():
            return [_found(part, language) for part in found]
        case Decimal():
            return str(found)
    return found
