"""What a run is known by: the same scenario, parameters, seed and model always have the same
key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

Draw = Mapping[str, float]


def spell_draw(draw: Draw | None) -> str | None:
    """Spell a parameter draw so that equal draws are equal text; a draw of nothing is no draw."""
    return (
        None
        if not draw
        # Sorted, and as floats: 1 and 1.0, in whatever order, are one draw.
        else json.dumps({name: float(draw[name]) for name in sorted(draw)}, separators=(",", ":"))
    )


def make_key(scenario_hash: str, seed: int, draw: str | None, model_version: str) -> str:
    """Make the key of a run: the same scenario, seed, draw and model always have the same one."""
    # Other rules give other numbers, so that the version is part of what a run is.
    text = json.dumps([scenario_hash, seed, draw, model_version])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
