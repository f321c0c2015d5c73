"""Kinwell: simulate a town's mental health, person by person, so that people can decide with open eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.postponed import postpone

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sim.agents import Peer, Professional, Resident
    from sim.community import MODEL_VERSION, Community
    from sim.scenario.definition import Scenario
    from sim.scenario.library import load
    from sim.studies.runner import run_scenarios as run

_HOME = {
    "Community": ("sim.community", "Community"),
    "MODEL_VERSION": ("sim.community", "MODEL_VERSION"),
    "Peer": ("sim.agents", "Peer"),
    "Professional": ("sim.agents", "Professional"),
    "Resident": ("sim.agents", "Resident"),
    "Scenario": ("sim.scenario.definition", "Scenario"),
    "load": ("sim.scenario.library", "load"),
    "run": ("sim.studies.runner", "run_scenarios"),
}

__all__ = ["MODEL_VERSION", "Community", "Peer", "Professional", "Resident", "Scenario", "__version__", "load", "run"]

# What Mesa imports for tools that a run never touches waits until somebody does.
postpone("mesa.discrete_space", "mesa.experimental", "mesa.experimental.continuous_space", "mesa.space", "pandas")


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: `import sim` stays fast."""
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOME[name]
    return getattr(import_module(module), attribute)
