"""Arrow as this package uses it; its published type stubs do not know most overloads used here."""

from __future__ import annotations

import importlib
from typing import Any

pa: Any = importlib.import_module("pyarrow")
pc: Any = importlib.import_module("pyarrow.compute")
pacsv: Any = importlib.import_module("pyarrow.csv")
Column = Any
"""An Arrow array of text."""
