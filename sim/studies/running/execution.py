"""How runs are executed, whichever they are: none of it changes a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.provenance import count_cores
from sim.studies.running.worker import ENGINE

if TYPE_CHECKING:
    from sim.studies.running.progress import Progress


@dataclass(frozen=True)
class Execution:
    """How runs are executed and what is said of it.

    progress: who is told how far it is; without it, whatever suits the terminal. command: what
    makes the same runs again, as it is stored and shown. retry_failed: whether runs that failed
    before are tried again; None for what is usual (scenarios yes, sweeps no). cluster: address of a
    Dask scheduler. failures_at_most: failed runs that end the study. engine: module of the model.
    """

    progress: Progress | None = None
    command: str | None = None
    retry_failed: bool | None = None
    cluster: str | None = None
    failures_at_most: int | None = None
    engine: str = ENGINE

    def count_workers(self, asked: int | None) -> int:
        """Worker processes: those asked for, every core, or the threads of the cluster."""
        if self.cluster is None:
            return asked or count_cores()
        from sim.studies.running.cluster import count_threads

        return count_threads(self.cluster)
