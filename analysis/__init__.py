"""What the runs say: paired comparison, economic evaluation, value of information, equity and reports.

Everything here reads `runs.db`; nothing runs the model. Names load when first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis import cea, equity, sensitivity, voi
    from analysis.budget import budget_impact
    from analysis.comparison import compare
    from analysis.reports import write_report

__all__ = ["budget_impact", "cea", "compare", "equity", "sensitivity", "voi", "write_report"]

_HOMES = {"budget_impact": "analysis.budget", "compare": "analysis.comparison", "write_report": "analysis.reports"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in __all__:
        return import_module(f"analysis.{name}")
    message = f"module 'analysis' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
