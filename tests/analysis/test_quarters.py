"""The hiring plan says what the runs recorded, quarter by quarter, and what older runs lack."""

import pandas as pd
import pytest

from analysis.reports.context import open_context
from analysis.reports.plans.hiring_plan import _find_dates, _say_full, fill_hiring
from analysis.reports.workbook import list_sheets
from analysis.runs.quarters import follow_care, plan_hiring


@pytest.fixture
def case(make_runs):
    return open_context(make_runs(replicates=2))


def test_posts_are_averaged_by_scenario_service_role_and_quarter(case):
    plan = plan_hiring(case.pairs).set_index(["scenario", "service", "role", "quarter"])
    row = plan.loc["pilot", "peer-specialists", "peer", 2]
    assert (row["week"], row["posts"], row["posts_fte"]) == (25, 4.0, 3.5)
    assert (row["filled"], row["filled_fte"], row["hired"], row["left"]) == (2.0, 1.8, 1.0, 0.0)
    assert row["recruiting_from"] == 13
    assert plan.loc[("pilot", "peer-specialists", "peer"), "recruiting_from"].isna().sum() == 5
    assert "peer-specialists" not in plan.loc["baseline"].index.get_level_values("service")


def test_the_page_shows_the_services_of_the_programme_alone(case):
    found = fill_hiring(case)
    assert [service["name"] for service in found["services"]] == ["peer-specialists"]
    (service,) = found["services"]
    assert service["posts"].rows[0] == [
        "1 (12)",
        "peer",
        *["4.00", "3.50", "1.00", "0.90", "1.00", "0", "1.00", "0"],
    ]
    assert service["posts"].rows[3][-1] == "all filled"
    assert service["care"].rows[0][-3:] == ["30.0", "2.00", "900"]
    (row,) = found["summary"].rows
    assert row[0] == "peer-specialists: peer"
    assert row[-1] == "week 51"


def test_the_workbook_has_them_all(case):
    sheets = list_sheets(case)
    assert set(sheets["Hiring plan"]["service"]) == {"primary-care", "peer-specialists"}
    care = sheets["Care by quarter"]
    assert (care["gave_up"] == 2.0).all()
    assert (care["wait"] == 6.0).all()


def test_runs_of_before_lack_posts_and_say_so(project):
    case = open_context(project / "results" / "example")
    assert not fill_hiring(case)["recorded"]
    assert plan_hiring(case.pairs).empty
    assert follow_care(case.pairs)[["started", "gave_up", "wait"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("view", "read", "by"),
    [
        ("hiring_plan", plan_hiring, ["scenario", "service", "role", "quarter"]),
        ("care_by_quarter", follow_care, ["scenario", "service", "quarter"]),
    ],
)
def test_the_views_of_the_database_say_what_the_page_says(case, view, read, by):
    page = read(case.pairs).rename(columns={"wait": "wait_in_quarter"}).set_index(by).sort_index()
    stored = case.stored.query(f"SELECT * FROM {view}").set_index(by).sort_index()
    assert len(page) > 4
    pd.testing.assert_frame_equal(
        stored.loc[page.index, page.columns].astype(float), page.astype(float)
    )


@pytest.mark.parametrize(
    ("posts", "filled", "said"),
    [
        ([0.0, 0.0], [0.0, 0.0], "no posts at a quarter's end"),
        ([2.0, 2.0], [0.0, 1.0], "not within the horizon"),
        ([2.0, 2.0], [1.0, 2.0], "week 25"),
    ],
)
def test_posts_that_nobody_wants_are_not_said_to_stay_empty(posts, filled, said):
    part = pd.DataFrame({"week": [12, 25], "posts": posts, "filled": filled})
    full = part[(part["posts"] > 0) & (part["filled"] >= 0.9 * part["posts"].max())]
    assert _say_full(part, full) == said


@pytest.mark.parametrize(
    ("since", "said"), [(0, ("week 10", "week 4")), (26, ("before week 26", "week 4"))]
)
def test_of_weeks_after_the_opening_nobody_knows_when_recruiting_began(since, said):
    """Of weeks 26 to 59 recruiting "starts" in week 26 for a service that opens in week 4."""
    first = 10.0 if not since else 26.0
    assert _find_dates({"from": "week 4"}, first, 10.0, since)[:2] == said


def test_posts_that_stay_empty_in_chosen_weeks_are_told_of_these():
    part = pd.DataFrame({"posts": [2.0], "week": [38]})
    assert _say_full(part, part.iloc[:0], "weeks 26 to 59") == "not within weeks 26 to 59"
