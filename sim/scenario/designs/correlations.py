"""How the uncertainties of a sweep hang together: correlations of their normal scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sim.scenario.designs.factors import Page, Uncertainty

CORRELATIONS_PATH = ("vary", "correlations")


def read_correlations(
    page: Page, uncertainties: Sequence[Uncertainty]
) -> tuple[tuple[str, str, float], ...]:
    """Read `vary.correlations`; what is wrong with it stands on the page."""
    data = page.document.data["vary"].get("correlations", [])
    if not isinstance(data, list):
        page.complain(CORRELATIONS_PATH, "must be a list, such as `- {between: [a, b], r: 0.5}`")
        return ()
    # A list of values has no distribution, and so no normal score to correlate.
    names = [each.id for each in uncertainties if each.family]
    named = page.document.data["vary"].get("parameters")
    broken = set(named if isinstance(named, dict) else ()) - {each.id for each in uncertainties}
    read = (
        _read_pair(page, (*CORRELATIONS_PATH, str(k)), item, names, broken)
        for k, item in enumerate(data)
    )
    found = [pair for pair in read if pair is not None]
    # Correlations that are sound pair by pair may have no joint distribution.
    if found and factor_correlations(names, found) is None:
        page.complain(
            CORRELATIONS_PATH,
            "these correlations cannot hold together",
            "make the largest of them smaller",
        )
    return tuple(found)


def _read_pair(
    page: Page, here: tuple[str, ...], item: Any, names: Collection[str], broken: Collection[str]
) -> tuple[str, str, float] | None:
    """One pair; None where it is wrong.

    What is wrong with the `broken` parameters is reported already.
    """
    pair = (
        page.mapping(here, item, ("between", "r")).get("between")
        if isinstance(item, dict)
        else None
    )
    if isinstance(pair, list) and set(broken) & set(map(str, pair)):
        return None
    if (
        not isinstance(pair, list)
        or len(pair) != 2
        or pair[0] == pair[1]
        # Looked for in a list: what a stranger writes here need not be hashable.
        or not all(each in list(names) for each in pair)
    ):
        page.complain(
            here, "needs `between` with two of `vary.parameters` that have distributions, and `r`"
        )
        return None
    r = page.number((*here, "r"), item.get("r"))
    if not -1 < r < 1:
        page.complain((*here, "r"), f"must be between -1 and 1 (got {r:g})")
        return None
    return str(pair[0]), str(pair[1]), r


def check_correlated(page: Page, kind: str) -> None:
    """Complain of correlations in a design that can have none."""
    if kind == "latin_hypercube":
        return
    why = (
        "Sobol indices and Morris effects presume independence"
        if kind in {"sobol", "morris"}
        else f"a {kind} has none"
    )
    page.complain(CORRELATIONS_PATH, f"correlations need a latin_hypercube: {why}", on_key=True)


def factor_correlations(
    names: Sequence[str], pairs: Sequence[tuple[str, str, float]]
) -> list[list[float]] | None:
    """Cholesky factor of the correlation matrix, rows in the order of names.

    None where there is none.
    """
    # As sets: r of a and b is r of b and a. Pairs that nobody names are uncorrelated.
    given: Mapping[frozenset[str], float] = {frozenset(pair[:2]): pair[2] for pair in pairs}
    rows: list[list[float]] = []
    for i, name in enumerate(names):
        row = [0.0] * len(names)
        for j in range(i):
            known = sum(row[k] * rows[j][k] for k in range(j))
            row[j] = (given.get(frozenset((name, names[j])), 0.0) - known) / rows[j][j]
        left = 1.0 - sum(value * value for value in row[:i])
        # Not positive definite: no normal distribution has these correlations.
        if left <= 1e-9:
            return None
        row[i] = math.sqrt(left)
        rows.append(row)
    return rows
