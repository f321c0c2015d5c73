"""Give the people of a town their traits and their state at the start: who is vulnerable, who is
ill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.ageing.age_structure import AGES
from sim.society.ages import ADULT, YOUNGEST
from sim.society.initial_illness import TINY, fall_ill
from sim.state.codes import Published, TieKind
from sim.state.personal_draws import Draws, count_events, draw_alike, draw_home
from sim.state.residents import NEVER, Residents, make_residents
from sim.units import WEEKS_PER_YEAR, split_spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.society.ageing.life_course import LifeCourse
    from sim.society.town import Town

SUBGROUP_BANDS = {"12-17": 18.0, "18-25": 26.0, "26-49": 50.0, "50-64": 65.0, "65+": 200.0}
"""Age bands of the subgroups and the age below which each ends."""
SUBGROUP_ENDS = np.array(list(SUBGROUP_BANDS.values()))
SEXES = ("male", "female")
INCOMES = ("poorest fifth", "second fifth", "middle fifth", "fourth fifth", "richest fifth")
SEVERITIES = ("neither at the start", "symptoms at the start", "severe mental illness")
FROM_TOWN = (
    "age",
    "female",
    "neighbourhood",
    "household",
    "household_size",
    "alone",
    "income",
    "insurance",
    "employment",
    "place",
    "online",
    "member",
)
"""Columns that a town gives its residents as they are."""
MIDDLE_AGE, OLD = 45.0, 80.0
"""Years of age at which effects of age are nothing, and from which they no longer change."""
DIMENSIONS = ("neighbourhood", "income", "age", "sex", "severity")


def make_population(
    town: Town, course: LifeCourse, raw: Mapping[str, float], seed: int
) -> Residents:
    """Residents of a town at the beginning of the burn-in; `raw` holds evidence by id."""
    r = make_residents(town.age.size)
    # Keys are rows at the start; newcomers get others, and the two are never mixed up afterwards.
    r.key[:] = np.arange(r.key.size)
    for name in FROM_TOWN:
        getattr(r, name)[:] = getattr(town, name)
    r.under_12[:] = town.household_size - np.bincount(town.household)[town.household]
    r.sociability[:] = town.wished
    r.close_ties[:] = (town.tie_kind == TieKind.FRIEND).sum(axis=1)
    home, _ = _split_circumstances(raw)
    r.home_circumstances[:] = home * draw_home(r.household, "circumstances", seed)
    furnish(r, (town.tie_kind > 0).sum(axis=1), course, raw, seed)
    return r


def furnish(
    r: Residents, ties: NDArray[np.int64], course: LifeCourse, raw: Mapping[str, float], seed: int
) -> None:
    """Give people of known age and home, whose circumstances are known too, their traits, their
    past and their state.

    ties: how many each knows (n,). Every draw is keyed by the person, so that it is the same
    whoever else is drawn with them.
    """
    draws = Draws(r.key, seed)
    r.alive[:] = 1
    # Two calls instead of `np.clip`, which takes ten times as long of a dozen newcomers.
    year = np.minimum(np.maximum(r.age.astype(np.int64) - YOUNGEST, 0), AGES - 1)
    r.severe[:] = draws.lots("severe")[:, 0] < course.severe[year]
    kind = draws.lots("psychotic")[:, 0]
    r.psychotic[:] = (r.severe == 1) & (kind < raw["people.psychotic"])
    _draw_traits(r, draws, raw)
    _draw_history(r, draws, raw)
    r.discharged[:] = NEVER
    r.since_need[:] = NEVER
    r.since_crisis[:] = NEVER
    _draw_help(r, draws, raw)
    fall_ill(r, ties, draws, raw)
    r.stigma[:] = r.stigma_trait
    r.knowledge[:] = r.knowledge_trait


def _draw_traits(r: Residents, draws: Draws, raw: Mapping[str, float]) -> None:
    normal = draws.normals
    # Part of it is the household's, which evidence finds alike.
    own = draw_alike(draws, r.household, "vulnerability", raw["society.vulnerability_home"])
    years = np.minimum(np.maximum(r.age, ADULT), OLD) - MIDDLE_AGE
    poverty = 2.0 - r.income
    shift = raw["people.trait_female"] * (r.female - 0.5) + raw["people.trait_age"] * years
    shift = (
        shift + raw["people.trait_income"] * poverty + raw["people.trait_severe"] * (r.severe > 0)
    )
    r.trait[:] = raw["people.trait_mean"] + raw["people.trait_sd"] * own + shift
    _, apart = _split_circumstances(raw)
    r.circumstances[:] = r.home_circumstances + apart * normal("circumstances")
    strength = raw["people.self_feeding_median"] * np.exp(
        raw["people.self_feeding_spread"] * normal("self feeding")
    )
    r.self_feeding[:] = np.minimum(strength, raw["people.self_feeding_most"])
    lonelier = raw["people.temperament_severe"] * (r.severe > 0)
    lonelier = lonelier + raw["people.temperament_income"] * poverty
    lonelier = lonelier + raw["people.temperament_age"] * years
    r.temperament[:] = (
        raw["people.temperament_mean"]
        + raw["people.temperament_sd"] * normal("temperament")
        + lonelier
    )
    spread = raw["people.frailty_sd"]
    # Less half the variance, so that the mean hazard of the town stays that of the evidence.
    r.frailty[:] = spread * normal("frailty") - spread**2 / 2.0
    r.stigma_trait[:] = normal("stigma")
    r.knowledge_trait[:] = normal("knowledge")
    # Some gain nothing from any session: trials with nobody like that would come out too large.
    gains = draws.lots("gains")[:, 0] >= raw["people.responsive_none"]
    r.responsiveness[:] = gains * np.exp(raw["people.responsive_spread"] * normal("responsiveness"))


def _split_circumstances(raw: Mapping[str, float]) -> tuple[float, float]:
    return split_spread(raw["life.circumstances"], raw["life.circumstances_shared"])


def _draw_history(r: Residents, draws: Draws, raw: Mapping[str, float]) -> None:
    """Episodes before the start: by years lived since youth and by what is lasting in how
    vulnerable people are; the circumstances of those years were others.
    """
    steeper = raw["people.history_vulnerable"] * (r.trait - raw["people.trait_mean"])
    years = np.maximum(r.age - raw["people.history_from"], 0.0)
    expected = raw["people.history_rate"] * years * np.exp(steeper)
    r.past_episodes[:] = count_events(expected, draws.lots("history")[:, 0])


def _draw_help(r: Residents, draws: Draws, raw: Mapping[str, float]) -> None:
    """A lasting readiness to seek help, which some hardly have, when help was had last, by years
    lived, earlier episodes and severe illness, and what is left of what was gained there.
    """
    spread = raw["people.readiness_sd"]
    # As with frailty: the mean hazard stays, people differ.
    r.readiness[:] = spread * draws.normals("readiness") - spread**2 / 2.0
    never = draws.lots("never seeks")[:, 0] < raw["people.never_seeking"]
    r.readiness[:] += np.where(never, np.log(raw["people.never_seeking_ratio"]), 0.0)
    years = np.maximum(r.age - raw["people.history_from"], 0.0)
    looks = years * (raw["people.helped_year"] + raw["people.helped_severe"] * (r.severe > 0))
    looks = looks + raw["people.helped_episode"] * r.past_episodes
    # Looks come at a constant rate, which is higher once help was had.
    lots = -np.log(draws.lots("help before")[:, :2])
    rate = np.maximum(looks * np.exp(r.readiness), TINY) / np.maximum(years, TINY)
    first, again = lots[:, 0] / rate, lots[:, 1] / (rate * raw["seeking.seeking_again"])
    helped = first < years
    since = np.maximum(np.minimum(years - first, again), 0.0)
    # At least a year ago, so that nobody counts as in care before the burn-in has placed anybody.
    weeks = np.minimum(WEEKS_PER_YEAR * (1.0 + since), NEVER - 1.0)
    r.last_session[:] = np.where(helped, -weeks, -NEVER)
    left = np.exp2(-since * WEEKS_PER_YEAR / raw["care.coping_half_life"])
    r.coping[:] = np.where(helped, raw["people.helped_gain"] * r.responsiveness * left, 0.0)


def publish_at_start(r: Residents) -> NDArray[np.float32]:
    """What others see of residents before the first week: (n_residents + 1, Published), the last
    row an empty slot.
    """
    published = np.zeros((r.key.size + 1, len(Published)), np.float32)
    published[:-1, Published.LONELINESS] = r.loneliness
    published[:-1, Published.STIGMA] = r.stigma
    published[:-1, Published.ENCOURAGEMENT] = r.knowledge - r.stigma
    return published


def assign_cells(r: Residents, need_phq: float) -> None:
    """Put everybody in a subgroup by what they are at week 0."""
    bands = np.searchsorted(SUBGROUP_ENDS, r.age, side="right")
    severity = np.where(r.severe == 1, 2, np.where((r.phq >= need_phq) | (r.episode > 0), 1, 0))
    cell = r.neighbourhood.astype(np.int64)
    for size, index in (
        (len(INCOMES), r.income),
        (len(SUBGROUP_BANDS), bands),
        (len(SEXES), r.female),
        (len(SEVERITIES), severity),
    ):
        cell = cell * size + index
    r.cell[:] = cell


def cell_shape(neighbourhoods: int) -> tuple[int, ...]:
    """Shape of the subgroup table, one axis per dimension of DIMENSIONS."""
    own = (len(INCOMES), len(SUBGROUP_BANDS), len(SEXES), len(SEVERITIES))
    return (neighbourhoods, *own)
