"""What an answer depends on: indices, screening, sweeps."""

from analysis.sensitivity.indices import (
    analyze_morris,
    analyze_sobol,
    compare_structures,
    find_box,
    find_thresholds,
    tabulate_tornado,
)

__all__ = [
    "analyze_morris",
    "analyze_sobol",
    "compare_structures",
    "find_box",
    "find_thresholds",
    "tabulate_tornado",
]
