"""How a committee hears what people say: a survey, focus groups, a suggestion box; part of phase
11.

A survey asks a sample, some of whom answer, with noise. Focus groups are few people who have
company rather than none, and who agree with the first to speak. A suggestion box holds what a few
wrote, the discontented before others. The last two are read late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import draw_for, name_key, normals_for
from sim.state.draw_streams import Stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.schema.governance import FocusGroups, Governance, SuggestionBox, Survey
    from sim.week.world import World

    Reals = NDArray[np.float64]

NOTHING = float("nan")


def lag_of(governance: Governance, through: str) -> int:
    """Weeks between what people say and the review that hears it."""
    return {
        "focus_groups": governance.focus_groups.lag,
        "suggestion_box": governance.suggestion_box.lag,
    }.get(through, 0)


def hear(
    world: World,
    governance: Governance,
    through: str,
    kpi: str,
    s: int,
    answers: Reals,
    rows: NDArray[np.int64],
) -> float:
    """What the committee hears of the answers of residents `rows` to a question about service s
    (-1: the town); NaN for nothing.
    """
    if through == "focus_groups":
        return hold_focus_groups(world, governance.focus_groups, kpi, s, answers, rows)
    if through == "suggestion_box":
        return open_box(world, governance.suggestion_box, kpi, s, answers, rows)
    return survey(world, governance.survey, kpi, s, answers)


def survey(world: World, by: Survey, kpi: str, s: int, answers: Reals) -> float:
    """Mean of those asked who replied, with the error of answers."""
    drawn = draw_for(
        # By place among the answers: a survey has no people, only a sample.
        np.arange(answers.size, dtype=np.uint32),
        world.week_counter,
        Stream.SURVEY,
        np.uint64(name_key(kpi) ^ (s + 1)),
        world.seed,
    )
    asked = np.argsort(drawn[:, 0])[: by.sample]
    # Who was asked and who replied are two draws of the same person.
    replied = asked[drawn[asked, 1] < by.response]
    if replied.size == 0:
        return NOTHING
    # One error of the whole survey, beyond that of sampling: how questions are put and read.
    chance = normals_for(
        np.zeros(1, np.uint32),
        world.week_counter,
        Stream.SURVEY,
        np.uint64(name_key(kpi)),
        world.seed,
    )[0]
    error = by.noise * float(answers.std()) / np.sqrt(replied.size) * chance
    return float(answers[replied].mean() + error)


def hold_focus_groups(
    world: World, by: FocusGroups, kpi: str, s: int, answers: Reals, rows: NDArray[np.int64]
) -> float:
    """Mean of a focus group: people come by lot, the less lonely more often, and partly say what
    the first of them said.
    """
    if answers.size == 0:
        return NOTHING
    raw, drawn = world.parameters.raw, _draw_for_each(world, rows, f"focus/{kpi}", s)
    # In order of loneliness rather than by its size: one very lonely person would decide the group.
    wish = np.exp(-raw["governance.focus_company"] * _place(world.residents.loneliness[rows]))
    come = np.argsort(np.log(drawn) / wish)[::-1][
        : by.people
    ]  # weighted lot without replacement: the largest of u ** (1 / weight)
    agreement = raw["governance.focus_agreement"]
    return float((1.0 - agreement) * answers[come].mean() + agreement * answers[come[0]])


def open_box(
    world: World, by: SuggestionBox, kpi: str, s: int, answers: Reals, rows: NDArray[np.int64]
) -> float:
    """Mean of the notes in the box: few write, those with more symptoms more often."""
    if answers.size == 0:
        return NOTHING
    wish = np.exp(
        world.parameters.raw["governance.box_grievance"] * _place(world.residents.phq[rows])
    )
    # On average as many write as is stated, the discontented before others.
    wrote = _draw_for_each(world, rows, f"box/{kpi}", s) < by.writes * wish / wish.mean()
    return float(answers[wrote].mean()) if wrote.any() else NOTHING


def _draw_for_each(world: World, rows: NDArray[np.int64], of: str, s: int) -> Reals:
    """A uniform for each person asked, keyed by person and question."""
    return draw_for(
        world.residents.key[rows],
        world.week_counter,
        Stream.SURVEY,
        np.uint64(name_key(of) ^ (s + 1)),
        world.seed,
    )[:, 0]


def _place(values: NDArray[np.float32]) -> Reals:
    """Where people stand among those asked, in standard deviations of places: the few with very
    much do not drown the others.
    """
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray(((order + 0.5) / values.size - 0.5) * np.sqrt(12.0), np.float64)
