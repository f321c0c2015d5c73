"""Kinwell: simulate a town's mental health, person by person, so that people can decide with open
eyes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.2.0"

if TYPE_CHECKING:
    from sim.agents.agents import Peer, Professional, Resident
    from sim.community import MODEL_VERSION, Community
    from sim.scenario.designs.sweep import load_sweep
    from sim.scenario.library import load
    from sim.scenario.scenario import Scenario
    from sim.studies.explaining.plan import plan_explanation
    from sim.studies.running.runner import run_scenarios as run
    from sim.studies.sweeps.sampling import make_points, write_points
    from sim.studies.sweeps.sweep import outcomes as read_outcomes
    from sim.studies.sweeps.sweep import problem as make_problem

_HOME = {
    "Community": ("sim.community", "Community"),
    "MODEL_VERSION": ("sim.community", "MODEL_VERSION"),
    "Peer": ("sim.agents.agents", "Peer"),
    "Professional": ("sim.agents.agents", "Professional"),
    "Resident": ("sim.agents.agents", "Resident"),
    "Scenario": ("sim.scenario.scenario", "Scenario"),
    "load": ("sim.scenario.library", "load"),
    "load_sweep": ("sim.scenario.designs.sweep", "load_sweep"),
    "make_points": ("sim.studies.sweeps.sampling", "make_points"),
    "make_problem": ("sim.studies.sweeps.sweep", "problem"),
    "plan_explanation": ("sim.studies.explaining.plan", "plan_explanation"),
    "read_outcomes": ("sim.studies.sweeps.sweep", "outcomes"),
    "run": ("sim.studies.running.runner", "run_scenarios"),
    "write_points": ("sim.studies.sweeps.sampling", "write_points"),
}

__all__ = [
    "MODEL_VERSION",
    "Community",
    "Peer",
    "Professional",
    "Resident",
    "Scenario",
    "__version__",
    "load",
    "load_sweep",
    "make_points",
    "make_problem",
    "plan_explanation",
    "read_outcomes",
    "run",
    "write_points",
]


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: `import sim` stays fast."""
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOME[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
