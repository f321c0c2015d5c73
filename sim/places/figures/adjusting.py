"""Fit a place in its folder, keep what was found, and hold local figures against the model."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput, Problem, spell
from sim.evidence.loader import all_evidence
from sim.evidence.posterior import read_posterior
from sim.places.building import locate, read_cells
from sim.places.figures.definitions import all_levers
from sim.places.figures.fitting import DRAWS_ENOUGH, fit_levels
from sim.places.figures.records import FitRecord
from sim.places.figures.targets import list_aims
from sim.places.folder import FITTED, HELD_OUT, POSTERIOR, TOWN
from sim.scenario.library import check_text
from sim.store import read_written, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.places.figures.fitting import Fit
    from sim.places.figures.targets import Aim
    from sim.places.folder import Home
    from sim.scenario.scenario import Scenario

MARK = "# Fitted by `kinwell place fit`; fitted again they are written anew."


def find_aims(home: Home) -> list[Aim]:
    """Local figures of a place; InvalidInput where it has none that levels could be fitted to."""
    cells = read_cells(home)
    areas = locate(home, cells)
    return list_aims(home, cells, areas)


def adjust_place(
    home: Home, seed: int, workers: int, advance: Callable[[], None]
) -> dict[str, Any]:
    """Fit levels, and write fit.json, posterior.csv and the values into the town of the place.

    Nothing is written where the fit is refused.
    """
    home.check_can_write()
    # Without what an earlier fit wrote, or levers would be moved on top of it.
    text, town = _read_unfitted(home)
    found = fit_levels(town, home.place, find_fitted(home), seed, workers, advance)
    record = describe_fit(found)
    moved = {name: value for name, (value, shift) in found.levers.items() if shift}
    write_whole(home.file(TOWN), text + write_levers(moved))
    write_whole(home.file(POSTERIOR), write_draws(found.posterior))
    write_whole(home.file(FITTED), json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return record


def predict_half(
    home: Home, seed: int, workers: int, advance: Callable[[], None]
) -> dict[str, Any]:
    """Fit levels to every other figure, predict the rest, and write how they came out; the place's
    own fit stays as it is.
    """
    home.check_can_write()
    aims = hold_half(find_fitted(home))
    _, town = _read_unfitted(home)
    record = describe_fit(fit_levels(town, home.place, aims, seed, workers, advance))
    write_whole(home.file(HELD_OUT), json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return record


def find_fitted(home: Home) -> list[Aim]:
    """Local figures of a place; InvalidInput where levels are to be fitted to none of them."""
    aims = find_aims(home)
    if not any(aim.fit for aim in aims):
        said = "there are no local figures to fit to"
        hint = "give some as `local` in place.yaml; `kinwell place definitions` lists what can be"
        raise InvalidInput(home.explain(("local",), said, hint))
    return aims


def hold_half(aims: Sequence[Aim]) -> list[Aim]:
    """The figures with every other one of those to fit held out, the second first."""
    fitted = [aim.name for aim in aims if aim.fit]
    if len(fitted) < 2:
        said = f"half of the figures cannot be held out: {len(fitted)} of them is fitted to"
        raise InvalidInput(Problem.of_file("place.yaml", "local", said, "two and more are needed"))
    # Not by chance: the same figures are held out every time, so that fits can be compared.
    held = set(fitted[1::2])
    return [aim._replace(fit=False) if aim.name in held else aim for aim in aims]


def _read_unfitted(home: Home) -> tuple[str, Scenario]:
    """The town without what an earlier fit wrote, as text and as it would run."""
    town = home.file(TOWN)
    if not town.is_file():
        hint = f"`{spell('place', 'build', home.spelling)}` builds it"
        raise InvalidInput(Problem.of_file(str(town), "", "the place has not been built", hint))
    text = strip_fitted(town.read_text(encoding="utf-8"))
    checked = check_text(text, town)
    if checked.scenario is None:
        raise InvalidInput(checked.problems)
    return text, checked.scenario


def strip_fitted(text: str) -> str:
    """The town without what an earlier fit wrote into it."""
    return text.split(f"\n{MARK}", maxsplit=1)[0].rstrip("\n") + "\n"


def write_levers(values: dict[str, float]) -> str:
    """Fitted values as the last lines of the town; nothing where none moved."""
    if not values:
        return ""
    lines = [f"  {name}: {value:.6g}" for name, value in values.items()]
    return "\n".join(["", MARK, "parameters:", *lines, ""])


def write_draws(rows: Sequence[dict[str, float]]) -> str:
    """Draws as CSV: a column for each parameter, a row for each draw."""
    out = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[f"{row[name]:.6g}" for name in names] for row in rows])
    return out.getvalue()


def _plain(value: float) -> float | None:
    return round(value, 8) if math.isfinite(value) else None


def _describe_figures(found: Fit) -> list[dict[str, Any]]:
    """Each local figure with what the town gave before and after, and whether it is met."""
    return [
        describe_aim(aim)
        | {
            "before": _plain(before),
            "after": _plain(after),
            "low": _plain(low),
            "high": _plain(high),
        }
        | {"inside": bool(aim.low <= after <= aim.high)}
        for aim, before, after, low, high in zip(
            found.aims, found.before, found.after, found.low, found.high, strict=True
        )
    ]


def describe_fit(found: Fit) -> dict[str, Any]:
    """What a fit found, as plain data."""
    evidence, shipped = all_evidence(), all_levers()
    figures = _describe_figures(found)
    levers = [
        {
            "id": name,
            "value": value,
            "shift": shift,
            "evidence": evidence[name].value,
            "meaning": shipped[name].meaning if name in shipped else evidence[name].meaning,
        }
        for name, (value, shift) in found.levers.items()
    ]
    held = [one for one in figures if not one["fit"] and one["after"] is not None]
    covered = [one for one in held if one["low"] <= one["aim"] <= one["high"]]
    return {
        "figures": figures,
        "levers": levers,
        "warnings": list(found.warnings),
        "effective_before": found.effective[0],
        "effective": found.effective[1],
        "draws": len(found.posterior),
        "enough": DRAWS_ENOUGH,
        "weighted": found.weighted,
        "held_out": {
            "figures": len(held),
            "inside": sum(bool(one["inside"]) for one in held),
            "covered": len(covered),
        },
        "room": {name: _plain(value) for name, value in found.room.items()},
        "scale": found.scale,
        "towns": found.towns,
    }


def describe_aim(aim: Aim) -> dict[str, Any]:
    """A local figure, as plain data."""
    return {
        "name": aim.name,
        "title": aim.definition.title,
        "unit": aim.definition.unit,
        "mode": aim.mode,
        "published": aim.published,
        "national": aim.national,
        "aim": aim.value,
        "aim_low": aim.low,
        "aim_high": aim.high,
        "fit": aim.fit,
        "year": aim.year,
        "source": aim.source,
        "traps": aim.definition.traps,
    }


def check_figures(home: Home) -> dict[str, Any]:
    """Every local figure beside what the last fit found for it."""
    aims = find_aims(home)
    file = home.file(FITTED)
    again = spell("place", "fit", home.spelling)
    fitted = read_written(file, FitRecord, again) if file.is_file() else {}
    known = {one["name"]: one for one in fitted.get("figures", [])}
    figures = []
    notes = []
    for aim in aims:
        now, then = describe_aim(aim), known.get(aim.name)
        # What was found for another published figure says nothing about this one.
        same = (
            then is not None and then["published"] == now["published"] and then["fit"] == now["fit"]
        )
        if then is not None and not same:
            notes.append(f"{aim.name} has changed since the fit: fit again")
        blank = {"before": None, "after": None, "inside": False}
        figures.append(now | {key: then[key] for key in blank} if same and then else now | blank)
    if not home.file(TOWN).is_file():
        notes.append(
            f"the place has not been built: `{spell('place', 'build', home.spelling)}` builds it"
        )
    elif not fitted:
        notes.append(f"nothing has been fitted yet: `{spell('place', 'fit', home.spelling)}`")
    draws = len(read_posterior())
    return {
        "figures": figures,
        "warnings": fitted.get("warnings", []),
        "notes": notes,
        "draws": draws,
        "held_out": fitted.get("held_out", {}),
        "levers": [one["id"] for one in fitted.get("levers", []) if one["shift"]],
    }
