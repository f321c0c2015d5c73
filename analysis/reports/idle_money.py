"""Money that does not act, said before any effect: a cut that touches nobody, a fund that is never
short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from analysis.text.wording import say_money
from sim.scenario.scenario import Scenario
from sim.services.fund_size import FundSize, size_funds

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext

FELT = ("places", "sessions", "treated", "admissions", "staff", "vacancies")
"""Outcomes of which one at least moves where a service has less money."""
CUT = "funding_cut"


def say_idle(case: ReportContext) -> str:
    """Sentences on money that cannot change anything, ending with a space; empty where all acts."""
    ours, theirs = (case.stored.declared[name] for name in (case.focus, case.reference))
    moved = [key for key in ("funds", "shocks", "services") if ours.get(key) != theirs.get(key)]
    if not moved or _is_felt(case):
        return ""
    try:
        sizes = size_funds(Scenario.model_validate(ours))
    # What older versions stored may not fit the schema any more; the report goes on without.
    except ValidationError:
        return ""
    cuts = _find_cuts(ours, theirs)
    said = [_say_cut(case, cut, sizes) for cut in cuts]
    touched = {cut["fund"] for cut in cuts}
    said += [
        f"The money of {name} is never short: {_compare(case, size)}."
        for name, size in sizes.items()
        # A fund that ends is short of money afterwards, however ample it was.
        if size.ample and name not in touched and ours["funds"][name].get("to") is None
    ]
    return "".join(f"{sentence} " for sentence in said)


def _is_felt(case: ReportContext) -> bool:
    found = case.comparison.differences[case.focus]
    return any(found[key].share_same < 1 for key in FELT if key in found)


def _find_cuts(ours: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, Any]]:
    """Cuts of one scenario that the other has not."""
    before = theirs.get("shocks") or {}
    return [
        shock
        for name, shock in (ours.get("shocks") or {}).items()
        if shock.get("kind") == CUT and shock.get("enabled", True) and before.get(name) != shock
    ]


def _say_cut(case: ReportContext, cut: dict[str, Any], sizes: dict[str, FundSize]) -> str:
    """A cut that no service felt: by how much the fund was larger than what it pays."""
    name = cut["fund"]
    size = sizes.get(name)
    why = f": before it {_compare(case, size)}" if size is not None else ""
    return f"The cut of {name} touches nobody in any replicate{why}."


def _compare(case: ReportContext, size: FundSize) -> str:
    income, need = (say_money(value, case.currency) for value in (size.income, size.need))
    return (
        f"the fund pays {income} a year, and its posts cost about {need} beyond the fees of full"
        " places"
    )
