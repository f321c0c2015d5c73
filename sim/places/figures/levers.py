"""Levers of context: parameters that a place may move, each on a scale of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.errors import InvalidInput, Problem
from sim.evidence.loader import all_evidence
from sim.places.figures.definitions import Lever, all_levers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.places.declaration import Place
    from sim.places.figures.targets import Aim
    from sim.scenario.scenario import Scenario


def choose_levers(place: Place, aims: Sequence[Aim]) -> list[Lever]:
    """Levers that are solved for: those that place.yaml declares, else one of the library for each
    figure that tells it.

    InvalidInput where there are more than figures, or one of an unknown parameter.
    """
    fitted = [aim for aim in aims if aim.fit]
    if place.context:
        return _declare_levers(place, len(fitted))
    taken: list[Lever] = []
    for aim in fitted:
        free = [
            lever
            for lever in all_levers().values()
            if aim.definition.measure in lever.moves and lever not in taken
        ]
        # One for each figure: figures could not tell more of them apart.
        taken += free[:1]
    return taken


def _declare_levers(place: Place, figures: int) -> list[Lever]:
    """Levers of place.yaml; InvalidInput names what is no parameter, and more than `figures`."""
    known, shipped = all_evidence(), all_levers()
    problems = [
        Problem.of_file(
            "place.yaml",
            f"context.{name}",
            "there is no parameter of this id",
            "`kinwell evidence` lists them all",
        )
        for name in place.context
        if name not in known
    ]
    if len(place.context) > figures:
        said = (
            f"has {len(place.context)} levers for {figures} local figures to fit: figures"
            " cannot tell them apart"
        )
        hint = "declare fewer, or give more local figures"
        problems.append(Problem.of_file("place.yaml", "context", said, hint))
    if problems:
        raise InvalidInput(problems)
    return [
        (shipped.get(name) or Lever(id=name, low=low, high=high)).model_copy(
            update={"low": low, "high": high}
        )
        for name, (low, high) in place.context.items()
    ]


def put_on_scale(lever: Lever, value: float) -> float:
    """The value on the lever's own scale: its logarithm, or itself."""
    return float(np.log(value)) if lever.scale == "log" else value


def measure_width(lever: Lever) -> float:
    """From one end of the lever to the other, on its scale."""
    return put_on_scale(lever, lever.high) - put_on_scale(lever, lever.low)


def find_origin(lever: Lever, scenario: Scenario) -> float:
    """Where a lever stands before a fit: as the town states it, else as the evidence does."""
    return put_on_scale(lever, scenario.parameters.get(lever.id, all_evidence()[lever.id].value))


def find_value(lever: Lever, shift: float, scenario: Scenario) -> float:
    """The parameter's value where the lever is shifted by so much."""
    where = find_origin(lever, scenario) + shift
    return float(np.exp(where)) if lever.scale == "log" else where


def shift_draw(
    draw: Mapping[str, float], levers: Sequence[Lever], shifts: Mapping[str, float]
) -> dict[str, float]:
    """A draw with the levers of context moved, each on its own scale."""
    moved = dict(draw)
    for lever in levers:
        if lever.id in shifts:
            value = (
                put_on_scale(lever, moved.get(lever.id, all_evidence()[lever.id].value))
                + shifts[lever.id]
            )
            moved[lever.id] = float(np.exp(value)) if lever.scale == "log" else value
    return moved
