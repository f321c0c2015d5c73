"""Draws of the parameters: which values the evidence and the calibration leave possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.engine.lazy_imports import import_part
from sim.engine.random import stream
from sim.errors import InvalidInput
from sim.evidence.distributions import choose_family, fit_family
from sim.evidence.loader import all_evidence
from sim.evidence.posterior import read_posterior
from sim.scenario.designs.factors import Uncertainty
from sim.scenario.library import load
from sim.scenario.schema.own_kinds import list_records
from sim.studies.sweeps.place_draws import read_place_draws
from sim.studies.sweeps.sampling import SAMPLED, find_quantiles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from sim.evidence.record import Evidence
    from sim.scenario.scenario import Scenario

Covered = Literal["chance", "evidence", "posterior"]
"""What differs between replicates beside the seed: nothing; numbers within their ranges; those that
were fitted too, as fitted together.
"""

DEFAULT_DRAWS = 10
"""Draws that replicates are spread over unless told otherwise."""


def draw_parameters(
    covered: Covered, count: int, seed: int = 1, place: Sequence[dict[str, float]] = ()
) -> list[dict[str, float]] | None:
    """Make `count` draws; the same seed gives the same ones, and None stands for the values as
    they are.

    "evidence" varies every number that calibration did not fit, each by itself. "posterior" takes
    the fitted ones as well, a row of the calibration's posterior at a time, because the moments tie
    them to each other and ranges one by one would not look like the place. place: draws of a place
    that has a posterior of its own, instead of the calibration's.
    """
    if covered == "chance":
        return None
    fitted = list(place) or read_posterior()
    free = [
        record
        for record in all_evidence().values()
        if record.low < record.high and not (fitted and record.id in fitted[0])
    ]
    worlds = draw_ranges(free, count, seed, "parameters")
    if covered == "posterior":
        if not fitted:
            raise InvalidInput("there is no posterior to draw from: `kinwell calibrate` writes one")
        # A row at a time, in random order: columns of one row hang together, and rows were not
        # drawn in any order of meaning.
        rows = stream(seed, "posterior").permutation(len(fitted))
        worlds = [fitted[int(rows[k % len(fitted)])] | world for k, world in enumerate(worlds)]
    return worlds


def spread_replicates(
    covered: Covered, draws: int | None, replicates: int, scenarios: Iterable[str] = ()
) -> tuple[list[dict[str, float]] | None, int]:
    """Draws to run under, and the seeds of each that make at least so many replicates in all.

    Ten draws unless told. scenarios: names or paths; of a place that was fitted, they are drawn
    from its posterior.
    """
    names = list(scenarios) if covered != "chance" else []
    return _spread(
        covered, draws, replicates, [load(name) for name in names], read_place_draws(names)
    )


def spread_over(
    covered: Covered, draws: int | None, replicates: int, scenarios: Sequence[Scenario]
) -> tuple[list[dict[str, float]] | None, int]:
    """The same for scenarios that are loaded.

    InvalidInput for the posterior of a place: it stands beside the files of the place.
    """
    places = sorted({scenario.place for scenario in scenarios if scenario.place})
    if covered == "posterior" and places:
        raise InvalidInput(
            f"--uncertainty posterior: {', '.join(places)} may have a posterior of its own, which a"
            " folder of results does not hold; run the comparison with it, and its draws are taken"
        )
    return _spread(covered, draws, replicates, scenarios, [])


def _spread(
    covered: Covered,
    draws: int | None,
    replicates: int,
    scenarios: Sequence[Scenario],
    place: Sequence[dict[str, float]],
) -> tuple[list[dict[str, float]] | None, int]:
    if covered == "chance":
        if draws is not None:
            raise InvalidInput(
                "--draws needs --uncertainty evidence or posterior: by chance alone, parameters"
                " stay as they are"
            )
        return None, replicates
    count = draws or min(DEFAULT_DRAWS, replicates)
    drawn = draw_parameters(covered, count, place=place) or []
    # A stream of their own: draws of the evidence are the same with and without own kinds.
    own = draw_ranges(_list_own_records(scenarios), count, 1, "own kinds")
    return [one | two for one, two in zip(drawn, own, strict=True)], -(-replicates // count)


def _list_own_records(scenarios: Sequence[Scenario]) -> list[Evidence]:
    """Numbers with a range of the kinds that scenarios bring along.

    InvalidInput where two scenarios have kinds of one name that differ: a draw of one would be a
    draw of the other.
    """
    found: dict[str, Evidence] = {}
    for scenario in scenarios:
        for identity, record in list_records(scenario.kinds).items():
            if found.setdefault(identity, record) != record:
                raise InvalidInput(
                    f"{identity} differs between the scenarios: give the two kinds different names"
                )
    return [record for record in found.values() if record.low < record.high]


def draw_ranges(
    records: Sequence[Evidence], count: int, seed: int, name: str
) -> list[dict[str, float]]:
    """A Latin hypercube over the distributions of records: one mapping of values by id for each of
    `count` draws.
    """
    if not records:
        return [{} for _ in range(count)]
    qmc = import_part("scipy.stats", "qmc")  # all of it is heavy to import

    rng = np.random.default_rng(int(stream(seed, name).integers(2**63)))
    cube = qmc.LatinHypercube(len(records), seed=rng).random(count)
    values = np.column_stack([_draw_record(record, cube[:, k]) for k, record in enumerate(records)])
    return [
        dict(zip((record.id for record in records), row, strict=True)) for row in values.tolist()
    ]


def _draw_record(record: Evidence, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of one record at shares of its distribution."""
    family = choose_family(record)
    return find_quantiles(Uncertainty(record.id, family, fit_family(family, record)), u, SAMPLED)


def pick(kinds: Collection[str], fields: Collection[str]) -> list[Evidence]:
    """Records of some fields of some kinds of services that have a range."""
    wanted = {f"services.{kind}.{field}" for kind in kinds for field in fields}
    return [
        record
        for record in all_evidence().values()
        if record.id in wanted and record.low < record.high
    ]
