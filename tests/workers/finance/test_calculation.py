"""What all calculations share."""

from __future__ import annotations

from decimal import Decimal

from workers.finance.calculation import Percentage, Told


class Share(Told):
    share: Percentage


def test_a_computed_number_keeps_all_its_digits() -> None:
    tiny = Decimal(1) / Decimal(7 * 10**9)
    assert Share(share=tiny).model_dump(mode="json") == {"share": format(tiny, "f")}
