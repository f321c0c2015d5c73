"""What the committee hears: surveys are wide and quick, focus groups small and agreeable, suggestion boxes late and discontented."""

import numpy as np
import pytest

from sim.scenario.schema.governance import FocusGroups, SuggestionBox, Survey
from sim.scenario.schema.kpis import KPIS
from sim.week.governance import feedback
from sim.week.governance.kpis import ask

ASKED = ("symptoms", "loneliness")


@pytest.fixture(scope="module")
def heard(usual):
    """Errors of each channel, in standard deviations of the answers, by question and channel."""
    world = usual.world
    kept, found = world.week, {}
    for kpi in ASKED:
        answers, rows = ask(world, kpi, -1)
        for channel in ("survey", "focus", "box"):
            errors = []
            for week in range(60):
                world.week = week
                if channel == "survey":
                    seen = feedback.survey(world, Survey(), kpi, -1, answers)
                elif channel == "focus":
                    seen = feedback.hold_focus_groups(world, FocusGroups(), kpi, -1, answers, rows)
                else:
                    seen = feedback.open_box(world, SuggestionBox(), kpi, -1, answers, rows)
                errors.append((seen - answers.mean()) / answers.std())
            found[kpi, channel] = np.array(errors)
    world.week = kept
    return found


@pytest.mark.parametrize("kpi", ASKED)
def test_a_survey_is_nearer_to_the_truth(heard, kpi):
    spread = {
        channel: float(np.sqrt((heard[kpi, channel] ** 2).mean()))
        for channel in ("survey", "focus", "box")
    }
    assert spread["survey"] < 0.2
    assert spread["focus"] > 1.5 * spread["survey"]
    assert spread["box"] > 1.5 * spread["survey"]


@pytest.mark.parametrize("kpi", ASKED)
def test_the_discontented_write_and_those_with_company_talk(heard, kpi):
    assert abs(heard[kpi, "survey"].mean()) < 0.05
    assert 0.2 < heard[kpi, "box"].mean() < 2.0
    assert -1.0 < heard[kpi, "focus"].mean() < -0.05


def committee(through, weeks=26, lag=None, **prices):
    rule = {
        "when": {"kpi": "symptoms", "above": 0, "through": through},
        "do": {"expand": "psychiatry", "by": "1%"},
    }
    slow = {through: {"lag": lag}} if lag is not None else {}
    return {"governance": {"review_every": weeks, "rules": {"act": rule}} | slow} | {
        f"prices.{key}": value for key, value in prices.items()
    }


def seen(found):
    return [
        row["seen"] for c in found.with_it for row in c.results().decisions if "seen" in row["seen"]
    ]


def test_slow_voices_tell_of_what_was(pair):
    """A box emptied with a lag reads as one emptied then and there, so many weeks earlier."""
    late, then = pair(committee("suggestion_box", 30, 10)), pair(committee("suggestion_box", 20, 0))
    assert [row["seen"] for row in seen(late)] == [row["seen"] for row in seen(then)]
    assert [row["truth"] for row in seen(late)] != [row["truth"] for row in seen(then)]
    assert {row["through"] for row in seen(late)} == {"suggestion_box"}


def test_focus_groups_cost_and_surveys_are_unchanged_by_them(pair):
    talk, asked = (
        pair(committee("focus_groups", focus_groups="USD 900 per review")),
        pair(committee("survey", focus_groups="USD 900 per review")),
    )
    assert talk.spent("evaluation")[0] - asked.spent("evaluation")[0] == pytest.approx(2 * 900)
    assert all("through" not in row for row in seen(asked))


def test_change_and_its_price_are_seen_from_the_second_review_on(pair):
    rules = {
        name: {
            "when": {"kpi": name, "above": KPIS[name].low},
            "do": {"expand": "psychiatry", "by": "1%"},
        }
        for name in ("improvement", "cost_per_improvement", "people_served")
    }
    found = pair(
        {
            "governance": {
                "review_every": 13,
                "survey": {"sample": 1200, "response": 1.0, "noise": 0.0},
                "rules": rules,
            }
        }
    )
    for community in found.with_it:
        rows = [row for row in community.results().decisions if "kpi" in row["seen"]]
        change = [row["seen"]["seen"] for row in rows if row["seen"]["kpi"] == "improvement"]
        phq = community.results().weekly["phq_mean"]
        assert change[0] is None
        assert change[1:] == pytest.approx([phq[13] - phq[26], phq[26] - phq[39]], abs=0.02)
        served = [row["seen"]["seen"] for row in rows if row["seen"]["kpi"] == "people_served"]
        assert all(number > 20 for number in served)
