"""Channels of services, held at their values in another run: what is held acts nothing, all else goes on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InvalidInput
from sim.scenario.schema.channels import CHANNEL_NAMES, CHANNEL_WORDING
from sim.week.channels.track import Track

HEALTH = (
    "distress",
    "phq",
    "loneliness",
    "event_load",
    "entrenched",
    "episode",
    "alive",
    "stay",
    "boarding",
    "unmet",
    "since_crisis",
    "since_need",
    "crisis_chance",
    "admission_chance",
    "suicide_hazard",
    "employment",
    "close_ties",
)
"""What services change by their channels alone."""
WARD = "ward"
OFTEN = {
    "parameters.workforce.vacancy_weeks": 1,
    "services.primary-care.caseload": 3,
    "parameters.social.group_friendship": 0.5,
    "parameters.services.supported_employment.placement": 0.5,
}
BUSY = {
    "services.groups": {
        "kind": "recovery_group", "groups": 3, "size": 12, "staff": {"peer": 9}, "from": 0
    },
    "services.team": {"kind": "crisis_team", "staff": {"nurse": 6}, "caseload": 8, "from": 0},
    "services.jobs": {
        "kind": "supported_employment", "staff": {"case_manager": 6}, "caseload": 10, "from": 0
    },
    "services.families": {
        "kind": "family_group", "groups": 1, "size": 10, "staff": {"peer": 1}, "from": 2
    },
}  # fmt: skip
"""A town in which every channel has something to carry."""


def hold(programme, reference, *channels):
    return programme.with_(
        {"name": "held", "held": {"channels": channels, "reference": reference.resolved()}}
    )


def pay(*services):
    return {"source": "grant", "from": 0, "to": 20, "amount": "USD 9_000_000 per year"} | {
        "only_for": services
    }


@pytest.fixture(scope="module")
def pair(town):
    """A town, and the same with more of nearly everything."""
    ill = {f"services.{WARD}.beds": 1, "parameters.crisis.crisis": -5.0, **OFTEN}
    reference = town.with_({**ill, "services.peers.enabled": False})
    more = {**BUSY, "funds.more": pay(*(path.split(".")[1] for path in BUSY))}
    return reference, town.with_({**ill, **more, "name": "programme"})


@pytest.fixture(scope="module")
def after(live):
    """Residents at the end, by scenario; each is run once."""
    known = {}

    def live_through(scenario):
        if scenario.hash not in known:
            known[scenario.hash] = live(scenario, scenario.horizon)
        return known[scenario.hash].world.residents

    return live_through


def differing(ours, theirs, names=HEALTH):
    return [n for n in names if not np.array_equal(getattr(ours, n), getattr(theirs, n))]


def test_all_channels_held_give_the_reference_to_the_bit(pair, after):
    reference, programme = pair
    assert len(differing(after(programme), after(reference))) > 8
    assert differing(after(hold(programme, reference, *CHANNEL_NAMES)), after(reference)) == []


def test_a_run_that_is_noted_is_not_changed(pair, after, live):
    reference, _ = pair
    past = live(reference, 0)
    trace = past.trace(reference)
    assert len(trace.weeks) == reference.horizon
    assert any(week.sent.size for week in trace.weeks)
    assert any(np.isfinite(week.cutoff).any() for week in trace.weeks)
    noted = hold(reference, reference, *CHANNEL_NAMES)
    assert differing(after(noted), after(reference), after(reference).names()) == []


@pytest.mark.parametrize("channel", CHANNEL_NAMES)
def test_every_channel_carries_something_where_it_can(pair, after, channel):
    """Held alone, it changes the run."""
    reference, programme = pair
    held = after(hold(programme, reference, channel))
    assert differing(held, after(programme), after(programme).names())


def test_a_service_with_coping_alone_is_explained_by_coping_alone(town, after):
    app = {"kind": "app", "staff": {"coordinator": 3}, "from": 0, "outreach": 0.5}
    others = {f"services.{name}.enabled": False for name in town.services if name != WARD}
    alone = town.with_(others)
    programme = alone.with_({"name": "apps", "services.apps": app, "funds.more": pay("apps")})
    assert "phq" in differing(after(programme), after(alone))
    assert differing(after(hold(programme, alone, "coping")), after(alone)) == []
    rest = [channel for channel in CHANNEL_NAMES if channel != "coping"]
    assert differing(after(hold(programme, alone, *rest)), after(programme)) == []


def test_a_channel_that_is_not_used_acts_nothing(town, after):
    reference = town.with_({"services.peers.enabled": False})
    held = after(hold(town, reference, "response", "work", "caring"))
    assert differing(held, after(town), after(town).names()) == []


def test_a_town_without_any_service_can_be_the_reference(town, after):
    """A trace of no service had no row to look at: every such run failed."""
    empty = town.with_({f"services.{name}.enabled": False for name in town.services})
    new = {"services.groups": BUSY["services.groups"], "funds.more": pay("groups")}
    programme = empty.with_(new | {"name": "programme"})
    assert "coping" in differing(after(programme), after(empty), ("coping", "care_sessions"))
    assert differing(after(hold(programme, empty, *CHANNEL_NAMES)), after(empty)) == []


def test_a_scenario_with_another_past_has_no_trace(town):
    other = town.with_({"services.community-therapy.caseload": 9})
    with pytest.raises(InvalidInput, match="another past"):
        hold(town, other, "coping")
    with pytest.raises(InvalidInput, match="20 weeks, this scenario for 30"):
        hold(town.with_({"horizon": 30}), town, "coping")


def test_only_channels_that_there_are_can_be_held(town):
    with pytest.raises(InvalidInput, match="coping"):
        hold(town, town, "copping")
    for wrong in ({"name": "half"}, hold(town, town, "coping").resolved()):
        with pytest.raises(InvalidInput, match="reference"):
            town.with_({"held": {"channels": ["coping"], "reference": wrong}})
    assert set(CHANNEL_WORDING) == set(CHANNEL_NAMES)


@given(
    st.lists(
        st.lists(st.sampled_from((0.0, 1.0, 2.5)), min_size=7, max_size=7), min_size=1, max_size=6
    )
)
def test_a_track_gives_back_what_was_noted(weeks):
    track = Track()
    for week in weeks:
        track.note(np.array(week, np.float32))
    assert [column.tolist() for column in track.play()] == weeks
