"""Which of many varied parameters can be told to matter: those whose link with the decision chance
would not bring about.

With hundreds of parameters and some dozens of draws, a few seem to matter by chance alone. Rank
correlations are therefore tested with the share of false discoveries held (Benjamini & Hochberg
1995, J R Stat Soc B 57:289-300). What is left out is not shown to be without influence: more draws,
or a sweep of fewer parameters, would tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy  # its parts load when they are used: they are heavy

from analysis.economics.cea import check_draws
from analysis.economics.inputs import read_finite
from sim.evidence.loader import all_evidence
from sim.scenario.schema.fields import Structure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import ArrayLike

FEW_FACTORS = 8
"""Parameters up to which nothing is left out."""
FEWEST_DRAWS = 30
"""Draws of the parameters below which nothing is said about them."""
PLAIN_STRUCTURE = Structure().model_dump()
READ_BY_SWITCH = {
    "care.additive_limit": ("gains", "additive"),
    "crisis.crisis_most": ("crisis_link", "logistic"),
    "social.contagion": ("contagion", "off"),
    "social.contagion_on": ("contagion", "on"),
}
"""Parameters that one position of a structural switch reads."""
FALSE_SHARE = 0.1
"""Share of the parameters found that may be there by chance."""


def leave_out_unread(
    parameters: pd.DataFrame, declared: Iterable[Mapping[str, Any]]
) -> pd.DataFrame:
    """Parameters (draws, some) without those that no scenario reads: of other services, currencies
    and structures than theirs.
    """
    scenarios = list(declared)
    kinds = {
        str(word)
        for scenario in scenarios
        for service in (scenario.get("services") or {}).values()
        for word in (service.get("kind"), service.get("own_kind"))
    }
    currencies = {str(scenario.get("currency", "")) for scenario in scenarios}
    positions = {
        item
        for scenario in scenarios
        for item in {**PLAIN_STRUCTURE, **(scenario.get("structure") or {})}.items()
    }
    read = []
    for name in map(str, parameters.columns):
        room, *rest = name.split(".")
        if room == "services":
            acts = rest[0] in kinds
        elif room == "prices" and name in all_evidence():
            acts = all_evidence()[name].unit.split()[0] in currencies
        else:
            acts = name not in READ_BY_SWITCH or READ_BY_SWITCH[name] in positions
        read += [name] if acts else []
    return parameters[read]


def screen_parameters(
    parameters: pd.DataFrame, nmb: ArrayLike, false_share: float = FALSE_SHARE
) -> list[str]:
    """Names of the parameters that can be told to matter for a decision, the strongest first; all
    of them where few were varied.

    parameters: (draws, parameters). nmb: (draws, strategies). A parameter counts by its strongest
    rank correlation with the net benefit of a strategy less that of the first.
    """
    values = check_draws(nmb, "net benefit")
    # Ranks, because net benefits are skewed and one extreme draw would decide a correlation.
    ranks = scipy.stats.rankdata(read_finite(parameters, "parameters"), axis=0)
    gains = scipy.stats.rankdata(values[:, 1:] - values[:, :1], axis=0)
    chances = np.ones(ranks.shape[1])
    for gain in gains.T:
        # A strategy that never differs from the first has no ranks to correlate.
        if np.ptp(gain) > 0:
            links = np.corrcoef(gain, ranks, rowvar=False)[0, 1:] if ranks.shape[1] else np.empty(0)
            # The strongest of several links counts, hence times their number (Bonferroni).
            chances = np.minimum(chances, _find_chances(links, len(values)) * gains.shape[1])
    order = np.argsort(chances, kind="stable")
    if len(order) > FEW_FACTORS:
        adjusted = scipy.stats.false_discovery_control(np.minimum(chances, 1.0))
        order = order[adjusted[order] <= false_share]
    return [str(parameters.columns[k]) for k in order]


def _find_chances(
    links: np.ndarray[Any, np.dtype[np.float64]], draws: int
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Chance of a rank correlation at least as strong where there is none (t approximation)."""
    # A perfect correlation would divide by 0.
    strength = np.clip(np.abs(links), 0.0, 1.0 - 1e-12)
    t = strength * np.sqrt(max(draws - 2, 1) / (1.0 - strength**2))
    return np.asarray(2.0 * scipy.stats.t.sf(t, max(draws - 2, 1)))
