"""Amounts as a stored scenario spells them."""

from __future__ import annotations

import re


def read_amount(price: object) -> float:
    """Read a price as stored: a number, `{amount: ...}`, or text such as `USD 32 per hour`."""
    if isinstance(price, dict):
        return float(price.get("amount", 0.0))
    if isinstance(price, int | float):
        return float(price)
    found = re.search(r"-?\d[\d_,]*(?:\.\d+)?", str(price or ""))
    return float(found.group().replace("_", "").replace(",", "")) if found else 0.0
