"""What the runs say: paired comparison, economic evaluation, value of information, equity and
reports.

Everything here reads `runs.db`; nothing runs the model. Names load when first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis import sensitivity
    from analysis.economics import cea, equity, valuation, voi
    from analysis.economics.budget import budget_impact
    from analysis.economics.valuation import evaluate
    from analysis.figures.drawn_comparison import compare
    from analysis.reports.writer import write_report
    from analysis.runs.explanation import explain

__all__ = [
    "budget_impact",
    "cea",
    "compare",
    "equity",
    "evaluate",
    "explain",
    "sensitivity",
    "valuation",
    "voi",
    "write_report",
]

_FUNCTIONS = {
    "budget_impact": "analysis.economics.budget",
    "compare": "analysis.figures.drawn_comparison",
    "evaluate": "analysis.economics.valuation",
    "explain": "analysis.runs.explanation",
    "write_report": "analysis.reports.writer",
}
_MODULES = {
    "cea": "analysis.economics.cea",
    "equity": "analysis.economics.equity",
    "sensitivity": "analysis.sensitivity",
    "valuation": "analysis.economics.valuation",
    "voi": "analysis.economics.voi",
}


def __getattr__(name: str) -> object:
    if name in _FUNCTIONS:
        return getattr(import_module(_FUNCTIONS[name]), name)
    if name in _MODULES:
        return import_module(_MODULES[name])
    message = f"module 'analysis' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
