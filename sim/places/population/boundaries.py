"""Boundaries of districts from GeoJSON files in the data of a place."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput, Problem
from sim.places.folder import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.places.folder import Home

Ring = list[list[float]]
POLYGONS = ("Polygon", "MultiPolygon")
NO_FEATURES = (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What reading features meets where a file has none, or others than these."""


def read_boundaries(home: Home, codes: Mapping[str, str]) -> dict[str, list[Ring]]:
    """Outer rings of each district by name; `codes` says which name a code has.

    A feature belongs to a district if any of its properties is the district's code. Empty where
    there is no GeoJSON; InvalidInput where a file is none.
    """
    found: dict[str, list[Ring]] = {}
    files = [*home.file(DATA).glob("*.geojson"), *home.folder.glob("*.geojson")]
    # In order, so that the same files give the same map.
    for file in sorted(files):
        try:
            features = json.loads(file.read_text(encoding="utf-8"))["features"]
            for feature in features:
                _add(found, feature, codes)
        except RecursionError:
            raise InvalidInput(Problem(str(file), 0, 0, "", "is nested far too deeply")) from None
        except NO_FEATURES as error:
            told = str(error)[:120]
            said = f"is not GeoJSON with features ({type(error).__name__}: {told})"
            hint = "a FeatureCollection of polygons, in longitude and latitude"
            raise InvalidInput(Problem(str(file), 0, 0, "", said, hint)) from None
    return found


def _add(found: dict[str, list[Ring]], feature: dict[str, Any], codes: Mapping[str, str]) -> None:
    shape = feature["geometry"]
    stated = {str(value) for value in (feature.get("properties") or {}).values()}
    names = {codes[code] for code in stated if code in codes}
    if shape is None or shape["type"] not in POLYGONS or not names:
        return
    # Outer rings alone: a hole in a district is no border that a reader looks for.
    parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    rings = [[[float(x), float(y)] for x, y, *_ in polygon[0]] for polygon in parts]
    if not all(isfinite(x) and isfinite(y) for ring in rings for x, y in ring):
        raise ValueError("a coordinate is not finite")
    found.setdefault(names.pop(), []).extend(rings)
