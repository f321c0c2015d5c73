"""What a scenario may not say of partners, seats and voices: every error at its place, with what to do."""

import pytest

from sim.errors import InvalidInput
from sim.scenario.library import load

SERVICES = """
services:
  walks: {kind: community_activity, from: week 8, staff: {coordinator: 1}}
"""


def refuse(tmp_path, text):
    path = tmp_path / "wrong.yaml"
    path.write_text(f"extends: baseline.yaml\ntitle: Wrong\n{text}", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(str(path))
    return [(problem.path, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("agreement", "where", "what"),
    [
        ("{with: school, for: [choir]}", "partnerships.p.for", "unknown service 'choir'"),
        ("{with: business, for: [walks], reach: 1%}", "partnerships.p.reach", "nobody is met"),
        ("{with: health_provider, for: [walks], sends: 5%}", "partnerships.p", "needs both"),
        (
            "{with: health_provider, for: [walks], sends_from: [gp], sends: 5%}",
            "partnerships.p.sends_from",
            "unknown service 'gp'",
        ),
        (
            "{with: school, for: [walks], from: week 9, until: week 4}",
            "partnerships.p.until",
            "must be after its beginning",
        ),
        (
            "{with: business, for: [walks], in_kind: GBP 10 per week}",
            "partnerships.p.in_kind",
            "is in GBP",
        ),
        ("{with: church, for: [walks]}", "partnerships.p.with", ""),
        ("{with: school, for: []}", "partnerships.p.for", ""),
        ("{for: [walks]}", "partnerships.p", ""),
    ],
)
def test_partnerships_are_checked(tmp_path, agreement, where, what):
    problems = refuse(tmp_path, f"{SERVICES}partnerships:\n  p: {agreement}\n")
    assert any(path.startswith(where) and what in message for path, message in problems), problems


@pytest.mark.parametrize(
    ("governance", "where", "what"),
    [
        (
            "{review_every: 26 weeks, seats: {us: {of: peers, runs: [choir]}}}",
            "governance.seats.us.runs",
            "unknown service",
        ),
        (
            "{review_every: 26 weeks, seats: {us: {of: funder, holds: gift}}}",
            "governance.seats.us.holds",
            "unknown fund",
        ),
        ("{review_every: 26 weeks, seats: {us: {of: press}}}", "governance.seats.us.of", ""),
        (
            "{review_every: 8 weeks, rules: {r: {when: {kpi: wait, above: 1, through: suggestion_box}, do: {pause: walks}}}}",
            "governance.rules.r.when.through",
            "later than the next review",
        ),
        (
            "{review_every: 8 weeks, rules: {r: {when: {kpi: wait, above: 1, through: rumour}, do: {pause: walks}}}}",
            "governance.rules.r.when.through",
            "",
        ),
    ],
)
def test_committees_are_checked(tmp_path, governance, where, what):
    problems = refuse(tmp_path, f"{SERVICES}governance: {governance}\n")
    assert any(path.startswith(where) and what in message for path, message in problems), problems
