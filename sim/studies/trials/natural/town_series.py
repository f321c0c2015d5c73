"""Towns of a natural experiment, week by week: from one past, a copy for each thing that happens
to them.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.community import Community
from sim.engine.random import ALONE, draw_for, name_key
from sim.scenario.designs.natural_experiment import DAYS_OF_UNIT, STATE_SHARES
from sim.scenario.library import load
from sim.state.codes import Event
from sim.studies.calibration.history import score_everybody
from sim.studies.trials.eligibility import COVERED_BY, expect_bed, is_eligible
from sim.studies.trials.follow_up import count_boarding, hurts, is_in_care
from sim.units import WEEKS_PER_YEAR
from sim.week.conservation.repeating import repeated_as_a_whole
from sim.week.supply.ward import MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.designs.natural_experiment import Change, Insured, NaturalExperiment
    from sim.week.world import World

INSURED = np.uint64(name_key("insured otherwise"))
LONELY = 6.0
"""UCLA-3 from which somebody counts as lonely."""
EVENT_OF_SERIES = {
    "admissions": Event.ADMITTED,
    "readmissions": Event.READMITTED_30_DAYS,
    "emergency_visits": Event.EMERGENCY,
    "crises": Event.CRISIS,
    "deaths": Event.DIED,
    "new_episodes": Event.NEW_EPISODE,
}


class TownSite(NamedTuple):
    """One town of a natural experiment: its seed and the parameters that differ."""

    study: NaturalExperiment
    seed: int
    draw: Mapping[str, float]


@repeated_as_a_whole()
def run_town(site: TownSite) -> dict[str, NDArray[np.float64]]:
    """Weekly rates (or shares) of each sort of town, (before + after,); the weeks before are the
    same for all.
    """
    study = site.study
    lasting = {"horizon": study.after + 1, "warm_up": study.burn_in}
    base = load(study.town).with_({**study.has, **lasting})
    with closing(Community(base, rng=site.seed, draw=dict(site.draw))) as community:
        while community.week < -study.before:
            community.step()
        weeks = [_run_week(community, study) for _ in range(study.before)]
        followed = _choose(community.world, study)
        earlier = [_average(study, week, followed) for week in weeks]
        past = community.snapshot()
    found = {}
    for name, change in study.towns.items():
        changes = study.list_changes(name, base)
        with closing(Community.resume(base.with_(changes), past)) as community:
            later = _run_after(community, study, change)
        found[name] = np.array([*earlier, *later])
    return found


class Week(NamedTuple):
    """A week of everybody (residents,): what is measured, who lived in it, and who that is."""

    values: NDArray[np.float64]
    lived: NDArray[np.bool_]
    keys: NDArray[np.uint32]


class Followed(NamedTuple):
    """Who is followed: rows as they are at week 0, and who was in them; all who live in a town
    where a study names nobody.
    """

    rows: NDArray[np.bool_]
    keys: NDArray[np.uint32] | None


def _choose(world: World, study: NaturalExperiment) -> Followed:
    """Who is followed, before and after, as they are now."""
    if study.among is None:
        return Followed(np.ones(world.residents.key.size, bool), None)
    rows = is_eligible(study.among, world, expect_bed(world))
    return Followed(rows, world.residents.key.copy())


def _run_after(community: Community, study: NaturalExperiment, change: Change) -> list[float]:
    world = community.world
    followed = _choose(world, study)
    if change.insured is not None:
        _insure(world, change.insured)
    rates = []
    for week in range(study.after):
        _resize(world, change, week)
        rates.append(_average(study, _run_week(community, study), followed))
    return rates


def _resize(world: World, change: Change, week: int) -> None:
    """Bring services nearer to the size that they are to have, step by step."""
    if week >= change.over:
        return
    for name, share in change.size.items():
        now, then = ((1.0 + (share - 1.0) * k / change.over) for k in (week + 1, week))
        world.scale[world.provision.names.index(name)] *= now / then if then > 0.0 else 0.0


def _insure(world: World, insured: Insured) -> None:
    r = world.residents
    lot = draw_for(r.key, np.uint64(0), INSURED, ALONE, world.seed)[:, 0]
    changes = (r.insurance == COVERED_BY[insured.was]) & (lot < insured.share)
    r.insurance[changes] = COVERED_BY[insured.becomes]


def _run_week(community: Community, study: NaturalExperiment) -> Week:
    """Run a week and measure everybody."""
    community.step()
    world, r = community.world, community.world.residents
    # Whoever died this week lived in it: the death itself has to count.
    lived = (r.alive == 1) | ((r.happened & Event.DIED) > 0)
    return Week(_measure(world, study.outcome.measure), lived, r.key.copy())


def _average(study: NaturalExperiment, week: Week, followed: Followed) -> float:
    """The rate or the share of a week among those who are followed and lived in it."""
    counted = week.lived & followed.rows
    if followed.keys is not None:
        # Another may have had the row before, or have it now.
        counted &= week.keys == followed.keys
    values, outcome = week.values[counted], study.outcome
    values = values[np.isfinite(values)]
    mean = float(values.mean()) if values.size else float("nan")
    if outcome.measure in STATE_SHARES:
        return mean
    return mean * outcome.people * DAYS_OF_UNIT[outcome.per] / DAYS_OF_UNIT["week"]


def find_readmitted(
    happened: NDArray[np.generic], discharged: NDArray[np.generic], stay: NDArray[np.generic]
) -> NDArray[np.float64]:
    """Of discharges of which it is known by this week: 1 for those back within 30 days, 0 for those
    who stayed out; NaN for everybody else. Each discharge counts once.
    """
    back = (np.asarray(happened) & Event.READMITTED_30_DAYS) > 0
    # In the ward in that week is who came back earlier: that discharge has counted.
    out = (np.asarray(discharged) == MONTH - 1) & (np.asarray(stay) == 0) & ~back
    return np.where(back, 1.0, np.where(out, 0.0, np.nan))


def _measure(world: World, name: str) -> NDArray[np.float64]:
    """What happened to each resident this week, or how each is."""
    r, raw = world.residents, world.parameters.raw
    if name in EVENT_OF_SERIES:
        return np.asarray((r.happened & EVENT_OF_SERIES[name]) > 0, float)
    if name == "self_harm":
        rows = np.arange(r.key.size)
        return np.asarray(((r.happened & Event.CRISIS) > 0) & hurts(world, rows), float)
    if name == "readmitted":
        return find_readmitted(r.happened, r.discharged, r.stay)
    if name == "boarding_days":
        return count_boarding(r, np.arange(r.key.size))
    plain = {
        "suicides": r.suicide_hazard,
        "bed_days": r.ward_days,
        "sessions": r.sessions,
        "phq": r.phq,
        "depressed": r.phq >= raw["seeking.need_phq"],
        "lonely": score_everybody(world) >= LONELY,
        "in_care": is_in_care(world, np.arange(r.key.size)),
        "untreated": world.in_need & (world.week - 1 - r.last_session >= WEEKS_PER_YEAR),
    }
    return np.asarray(plain[name], float)
