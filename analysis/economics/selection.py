"""Ranking and selection: which of several scenarios is best, with as few paired replicates as it
takes.

The procedure of Kim and Nelson (2001, ACM Transactions on Modeling and Computer Simulation 11,
251–273): whoever is behind another by more than chance could explain is left out, the others are
run on. Common random numbers enter by the variance of paired differences. With the stated
confidence the one that is left is the best, if it is better than each of the others by the
indifference zone; else it is within that zone of the best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Selection:
    """What the first replicates tell about the spread of differences.

    first: (replicates, scenarios) of the goal. indifference: a difference that
    would not matter, in the unit of the goal. confidence: that the best is not left out.
    """

    def __init__(
        self, first: NDArray[np.float64], indifference: float, confidence: float = 0.95
    ) -> None:
        replicates, count = first.shape
        if replicates < 2:
            message = f"two replicates at least tell how much differences vary, not {replicates}"
            raise ValueError(message)
        self.indifference = indifference
        # All pairs at once: common random numbers make differences far less variable than the
        # mixes.
        differences = first[:, :, None] - first[:, None, :]
        self.variance = differences.var(axis=0, ddof=1)
        left = max(count - 1, 1)
        # Shared among the rivals (Bonferroni), so that the confidence is that of the whole choice.
        share = 2.0 * (1.0 - confidence) / left
        eta = 0.5 * (share ** (-2.0 / (replicates - 1)) - 1.0)
        # The paper's squared h with c = 1, for which the region that decides is a closed triangle.
        self.reach = 2.0 * max(eta, 0.0) * (replicates - 1)

    def find_left(
        self, means: NDArray[np.float64], replicates: int, alive: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Who may still be the best (scenarios,), given means over so many replicates of those who
        were still in.
        """
        # The paper's d/2r (h² S²/d² - r), multiplied out: the square of a tiny zone would be 0.
        with np.errstate(over="ignore"):
            still = self.reach * self.variance / self.indifference
        # The allowance shrinks with every replicate and ends at 0, so that the procedure ends.
        slack = np.maximum(0.0, 0.5 * (still / replicates - self.indifference))
        behind = means[:, None] < means[None, :] - slack
        # The means of whoever is out come from fewer replicates and leave nobody out any more.
        behind[:, ~alive] = False
        return np.asarray(alive & ~behind.any(axis=1))
