"""Fit the free parameters in waves: run towns, learn a surrogate, draw where it is likely, run
those, and so on.

Every town that was run is a row of `evaluations.csv` in the folder: the same command goes on from
there.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from scipy.stats import qmc

from sim.community import MODEL_VERSION
from sim.engine.one_thread import quieten
from sim.evidence.loader import all_evidence
from sim.scenario.library import load
from sim.studies.calibration.check import Task, measure_towns
from sim.studies.calibration.rows import add_rows, check_rows, claim_rows
from sim.studies.calibration.rows import read_rows as read_table
from sim.studies.calibration.search import find_candidates
from sim.studies.calibration.surrogate import Surrogate
from sim.studies.calibration.targets import all_targets, free_parameters
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Table = NDArray[np.float64]

FIRST_WAVE, WAVE, WAVES = 320, 120, 5
WAVE_DRAWS = 240
"""Draws of the posterior that are written."""
ROBUST = 3.0
"""Standard deviations beyond which a misfit counts linearly: what cannot be met must not rule the
rest.
"""
CHAINS, CHAIN_STEPS = 120, 600
SEARCHED = 0.2
"""Share of a wave that is searched for; the rest is drawn."""


class Surface(Protocol):
    """What stands for towns while draws are looked for; error: its standard error, part by part."""

    error: Table

    def predict(self, x: Table, /) -> Table:
        """Figures (n, parts) expected for inputs (n, parameters)."""


class Setting(NamedTuple):
    """A calibration: where it keeps its rows, on which town, how long and with how many workers.

    open_ended: every wave is as the others, so that more may follow those in the folder.
    """

    folder: Path
    scenario: str = "baseline"
    residents: int = 0
    first_wave: int = FIRST_WAVE
    wave: int = WAVE
    waves: int = WAVES
    draws: int = WAVE_DRAWS
    workers: int = 2
    years: int = 6
    open_ended: bool = False


def names() -> list[str]:
    """Names of the free parameters."""
    return list(free_parameters())


def to_values(x: Table) -> Table:
    """Parameters from inputs between -1 and 1."""
    bounds = np.array(list(free_parameters().values()))
    return np.asarray(bounds[:, 0] + (x + 1.0) / 2.0 * (bounds[:, 1] - bounds[:, 0]))


def to_inputs(values: Table) -> Table:
    """Inputs between -1 and 1 from parameters."""
    bounds = np.array(list(free_parameters().values()))
    return np.asarray(2.0 * (values - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0]) - 1.0)


def find_shipped() -> Table:
    """Inputs (parameters,) of the values of the evidence, within the bounds."""
    values = np.array([[all_evidence()[name].value for name in names()]])
    return np.asarray(np.clip(to_inputs(values)[0], -1.0, 1.0))


def scatter_towns(centre: Table, spread: float, count: int, seed: int) -> Table:
    """Inputs (count, parameters) around a centre, normal with this standard deviation."""
    steps = np.random.default_rng(seed).normal(0.0, spread, (count, centre.size))
    inputs = centre + steps
    # What would leave the bounds is mirrored at them, so that the edge is not run twice.
    return np.clip(np.where(np.abs(inputs) > 1.0, centre - steps, inputs), -1.0, 1.0)


def bounds_of_targets() -> tuple[Table, Table, Table]:
    """Middle and half width of every tolerance, and its weight (0 for what is not fitted; the parts
    of a moment share).
    """
    middle, half, weight = [], [], []
    for target in all_targets():
        for low, high in zip(target.low, target.high, strict=True):
            middle.append((low + high) / 2.0)
            half.append((high - low) / 2.0)
            weight.append(target.weight / np.sqrt(len(target.parts)) if target.fitted else 0.0)
    return np.array(middle), np.array(half), np.array(weight)


def weigh(figures: Table, error: Table | float = 0.0) -> Table:
    """Log likelihood of figures (n, parts): tolerances are 95% intervals, the surrogate's error
    widens them.
    """
    middle, half, weight = bounds_of_targets()
    spread = np.sqrt((half / 2.0) ** 2 + np.asarray(error) ** 2)
    off = np.abs(np.where(weight > 0, np.nan_to_num(figures, nan=1e6) - middle, 0.0)) / spread
    # Beyond three deviations linear: one moment that cannot be met must not decide everything else.
    cost = np.where(off < ROBUST, off**2 / 2.0, ROBUST * off - ROBUST**2 / 2.0)
    return np.asarray(-(weight * cost).sum(axis=1))


def read_rows(setting: Setting) -> tuple[Table, Table]:
    """Inputs and figures of every town run so far; InvalidInput where the folder has those of
    another fit.
    """
    check_rows(setting.folder, _name_fit(setting))
    table, width = read_table(setting.folder, _list_columns()), len(names())
    return to_inputs(table[:, :width]), table[:, width:]


def begin_rows(setting: Setting) -> None:
    """Keep in the folder which fit its rows are of; InvalidInput as `read_rows`."""
    claim_rows(setting.folder, _name_fit(setting))


def _name_fit(setting: Setting) -> dict[str, object]:
    """What makes the rows of one fit those of no other."""
    return {
        "town": load(setting.scenario).hash,
        "residents": setting.residents or "as in the town",
        "years": setting.years,
        "waves": f"of {setting.wave}" if setting.open_ended else plan_sizes(setting),
        "model version": MODEL_VERSION,
    }


def _list_columns() -> list[str]:
    """Columns of the rows: parameters, then figures."""
    parts = [f"{target.id}.{part or 'value'}" for target in all_targets() for part in target.parts]
    return [*names(), *(name.replace(",", " ") for name in parts)]


def run_wave(
    setting: Setting,
    inputs: Table,
    done: int,
    advance: Callable[[], None],
    others: Sequence[Mapping[str, float]] = ({},),
) -> None:
    """Run towns with these inputs and add a row for each to the file.

    others: values of numbers that are not fitted, of the first town of the folder and so on.
    """
    values = to_values(inputs)
    tasks = [
        Task(
            setting.scenario,
            1 + done + k,
            {
                **others[(done + k) % len(others)],
                **dict(zip(names(), map(float, row), strict=True)),
            },
            setting.residents,
            setting.years,
        )
        for k, row in enumerate(values)
    ]

    def advancing() -> Generator[list[float]]:
        """Rows of towns as they come, each noted once it is kept."""
        for k, figures in measure_towns(tasks, setting.workers):
            yield [*map(float, values[k]), *map(float, figures)]
            advance()

    with closing(advancing()) as lived:
        add_rows(setting.folder, _list_columns(), lived)


def sample(
    surrogate: Surface,
    start: Table,
    count: int,
    seed: int,
    *,
    steps: int = CHAIN_STEPS,
    known: Callable[[Table], NDArray[np.bool_]] = lambda inputs: np.ones(len(inputs), bool),
) -> Table:
    """Draw inputs (count, parameters) from the likelihood of a surface: many chains of
    differential evolution, which begin near `start` and stay where something is `known`.
    """
    rng = np.random.default_rng(seed)
    size = start.shape[1]
    here = start[rng.integers(start.shape[0], size=CHAINS)] + rng.normal(0.0, 0.02, (CHAINS, size))
    here = np.clip(here, -1.0, 1.0)
    level = weigh(surrogate.predict(here), surrogate.error)
    kept: list[Table] = []
    for step in range(steps):
        a, b = here[rng.permutation(CHAINS)], here[rng.permutation(CHAINS)]
        jump = (
            # Now and then a whole step, which jumps between separate regions of likelihood.
            1.0 if step % 10 == 9 else 2.38 / np.sqrt(2 * size) * rng.uniform(0.3, 1.2, (CHAINS, 1))
        )
        some = rng.random((CHAINS, size)) < rng.choice([0.2, 0.5, 1.0])
        there = here + some * (jump * (a - b) + rng.normal(0.0, 0.01, here.shape))
        ahead = weigh(surrogate.predict(np.clip(there, -1.0, 1.0)), surrogate.error)
        # Outside the bounds there is no likelihood, rather than that of the edge.
        ahead[(np.abs(there) > 1.0).any(axis=1) | ~known(there)] = -np.inf
        better = np.log(rng.random(CHAINS)) < ahead - level
        here, level = np.where(better[:, None], there, here), np.where(better, ahead, level)
        # The first half forgets where the chains began.
        if step >= steps // 2 and step % 10 == 0:
            kept.append(here.copy())
    pool = np.vstack(kept)
    return np.asarray(pool[rng.permutation(pool.shape[0])[:count]])


def _propose(old: Table, seen: Table, count: int, seed: int) -> Table:
    """Inputs of the next wave: most drawn from the likelihood, some searched for near the best
    towns.
    """
    searched = max(1, round(SEARCHED * count))
    best = old[np.argsort(-weigh(seen))[: max(20, CHAINS // 2)]]
    with quieten():
        surrogate = Surrogate(old, seen)
        return np.vstack(
            [
                find_candidates(surrogate, old, seen, searched, seed),
                sample(surrogate, best, count - searched, seed),
            ]
        )


def plan_sizes(setting: Setting) -> list[int]:
    """Towns in each wave; the last one gives the posterior."""
    return [
        setting.first_wave,
        *[setting.wave] * (setting.waves - 1),
        max(setting.draws * 4 // 3, setting.draws),
    ]


def fit(
    setting: Setting, tell: Callable[[str], None], advance: Callable[[], None]
) -> tuple[Table, Table]:
    """Run all waves that are still missing; inputs and figures of the posterior draws."""
    begin_rows(setting)
    ends = np.cumsum(plan_sizes(setting))
    for wave, end in enumerate(ends):
        x, y = read_rows(setting)
        if len(x) >= end:
            continue
        begin = int(end - plan_sizes(setting)[wave])
        tell(f"wave {wave + 1} of {len(ends)}: {say_count(int(end) - len(x), 'town')}")
        if wave == 0:
            inputs = 2.0 * qmc.LatinHypercube(len(names()), seed=1).random(int(end)) - 1.0
            # One town has the values of the evidence, which random points would hardly come near.
            inputs[0] = find_shipped()
        else:
            # Earlier waves alone: with rows of its own, a resumed wave would have other inputs.
            old, seen = x[:begin], y[:begin]
            inputs = _propose(old, seen, int(end) - begin, wave)
        # The inputs are the same each time, so that those with a row are simply left out.
        run_wave(setting, inputs[len(x) - begin :], len(x), advance)
    x, y = read_rows(setting)
    last = slice(int(ends[-2]), int(ends[-1]))
    # More were run than are kept: the least likely ones go.
    order = np.argsort(-weigh(y[last]))[: setting.draws]
    return x[last][order], y[last][order]
