"""Give the people of a town their traits and their state at the start: who is vulnerable, who is
ill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import stream
from sim.society.initial_illness import fall_ill
from sim.state.codes import Published, TieKind
from sim.state.residents import NEVER, Residents, make_residents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.society.town import Town

AGE_BANDS = {"12-17": 18.0, "18-25": 26.0, "26-49": 50.0, "50-64": 65.0, "65+": 200.0}
"""Age bands of the subgroups and the age below which each ends."""
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
)
"""Columns that a town gives its residents as they are."""
DIMENSIONS = ("neighbourhood", "income", "age", "sex", "severity")


def make_population(town: Town, raw: Mapping[str, float], seed: int) -> Residents:
    """Residents of a town at the beginning of the warm-up; `raw` holds evidence by id."""
    n = town.age.size
    r = make_residents(n)
    r.key[:] = np.arange(n)
    for name in FROM_TOWN:
        getattr(r, name)[:] = getattr(town, name)
    r.alive[:] = 1
    _draw_illness(r, raw, seed)
    _draw_traits(r, raw, seed)
    _draw_history(r, raw, seed)
    r.sociability[:] = (town.tie_kind == TieKind.FRIEND).sum(axis=1)
    r.close_ties[:] = r.sociability
    r.discharged[:] = NEVER
    r.since_need[:] = NEVER
    r.since_crisis[:] = NEVER
    r.last_session[:] = -NEVER
    fall_ill(r, (town.tie_kind > 0).sum(axis=1), raw, seed)
    r.stigma[:] = r.stigma_trait
    r.knowledge[:] = r.knowledge_trait
    return r


def _draw_illness(r: Residents, raw: Mapping[str, float], seed: int) -> None:
    chance = np.where(
        r.age < 26,
        raw["people.severe_18_25"],
        np.where(r.age < 50, raw["people.severe_26_49"], raw["people.severe_50_up"]),
    )
    r.severe[:] = (stream(seed, "severe").random(r.age.size, np.float32) < chance) & (r.age >= 18)
    kind = stream(seed, "psychotic").random(r.age.size, np.float32)
    r.psychotic[:] = (r.severe == 1) & (kind < raw["people.psychotic"])


def _draw_traits(r: Residents, raw: Mapping[str, float], seed: int) -> None:
    n = r.age.size

    def normal(name: str) -> NDArray[np.float32]:
        return stream(seed, name).standard_normal(n, np.float32)

    own = normal("trait")
    shift = raw["people.trait_female"] * (r.female - 0.5) + raw["people.trait_age"] * (
        np.clip(r.age, 18, 80) - 45
    )
    shift = (
        shift
        + raw["people.trait_income"] * (2.0 - r.income)
        + raw["people.trait_severe"] * r.severe
    )
    r.trait[:] = raw["people.trait_mean"] + raw["people.trait_sd"] * own + shift
    alike = raw["people.self_feeding_trait"]
    loop = alike * own + np.sqrt(1.0 - alike**2) * normal("self feeding")
    strength = raw["people.self_feeding_median"] * np.exp(raw["people.self_feeding_spread"] * loop)
    r.self_feeding[:] = np.minimum(strength, raw["people.self_feeding_most"])
    r.temperament[:] = raw["people.temperament_mean"] + raw["people.temperament_sd"] * normal(
        "temperament"
    )
    lonelier = raw["people.temperament_severe"] * r.severe + raw["people.temperament_income"] * (
        2.0 - r.income
    )
    r.temperament[:] += lonelier.astype(np.float32)
    spread = raw["people.frailty_sd"]
    r.frailty[:] = spread * normal("frailty") - spread**2 / 2.0
    r.stigma_trait[:] = normal("stigma")
    r.knowledge_trait[:] = normal("knowledge")
    gains = stream(seed, "gains").random(n, np.float32) >= raw["people.responsive_none"]
    r.responsiveness[:] = gains * np.exp(raw["people.responsive_spread"] * normal("responsiveness"))


def _draw_history(r: Residents, raw: Mapping[str, float], seed: int) -> None:
    """Episodes before the start: by years lived since youth and by how vulnerable people were then,
    which is not all they are now.
    """
    now = r.trait + r.self_feeding
    now = (now - now.mean()) / max(float(now.std()), 1e-9)
    same, steep = raw["people.vulnerability_kept"], raw["people.history_vulnerable"]
    chance = stream(seed, "history")
    past = same * now + np.sqrt(1.0 - same**2) * chance.standard_normal(now.size)
    years = np.maximum(r.age - raw["people.history_from"], 0.0)
    r.past_episodes[:] = np.minimum(
        chance.poisson(raw["people.history_rate"] * years * np.exp(steep * past - steep**2 / 2.0)),
        250,
    )


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
    bands = np.searchsorted(np.array(list(AGE_BANDS.values())), r.age, side="right")
    severity = np.where(r.severe == 1, 2, np.where((r.phq >= need_phq) | (r.episode > 0), 1, 0))
    cell = r.neighbourhood.astype(np.int64)
    for size, index in (
        (len(INCOMES), r.income),
        (len(AGE_BANDS), bands),
        (len(SEXES), r.female),
        (len(SEVERITIES), severity),
    ):
        cell = cell * size + index
    r.cell[:] = cell


def cell_shape(neighbourhoods: int) -> tuple[int, ...]:
    """Shape of the subgroup table, one axis per dimension of DIMENSIONS."""
    return (neighbourhoods, len(INCOMES), len(AGE_BANDS), len(SEXES), len(SEVERITIES))
