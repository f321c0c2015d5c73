"""Every view of the explorer is drawn from the same case as the reports."""

from __future__ import annotations

from analysis.reports.context import open_context
from sim.explorer.pages import VIEW_TITLES
from sim.explorer.study.views import VIEW_FILLERS


def test_every_view_is_drawn(make_runs):
    case = open_context(make_runs(replicates=4))
    drawn = {view: VIEW_FILLERS[view](case, "") for view in VIEW_TITLES}
    assert min(map(len, drawn.values())) > 40
    assert "What would change the answer" in drawn["headline"]
    assert "chance alone" in drawn["headline"]
    assert "Programmes side by side" in drawn["programmes"]
    assert "No two options of a branch" in drawn["later"]
