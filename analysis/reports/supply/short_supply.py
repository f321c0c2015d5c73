"""What of several scenarios looks like a gain and is a lack of beds or places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reports.supply.bed_limits import say_bed_limit
from analysis.reports.supply.stopped_services import say_stopped

if TYPE_CHECKING:
    from analysis.runs.comparison import Comparison


def list_short_supply(comparison: Comparison) -> list[str]:
    """Sentences, by scenario, where beds have a part in fewer or more admissions, or where services
    have no places for anybody to wait for.
    """
    said, stopped = [], say_stopped(comparison)
    for name in comparison.pairs.others:
        if beds := say_bed_limit(comparison, name):
            said.append(f"{name}, expected admissions: {beds}")
        if name in stopped:
            said.append(stopped[name])
    return said
