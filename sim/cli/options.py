"""Options that commands which run share: replicates, what is changed, where results go."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.studies.sweeps.parameter_draws import Covered

SCALE = "scale"
"""What `--scale` is called among the values that are changed."""


def _keep_scale(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    """Check the scale of towns and keep it for `_add_scale`."""
    if value is not None and not ctx.resilient_parsing:
        from sim.scenario.scaling import parse_scale

        parse_scale(value)
        ctx.meta[SCALE] = value


def _add_scale(ctx: click.Context, _: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """A scale is one more thing that is changed: results of it have a folder of their own."""
    return (*value, f"{SCALE}={ctx.meta[SCALE]}") if SCALE in ctx.meta else value


SEED_OPTION = click.option(
    "-s", "--seed", type=click.IntRange(0, 2**53), default=1, show_default=True, help="First seed."
)
WORKERS_OPTION = click.option(
    "-j",
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    help="Worker processes.  [default: every core]",
)
JSON_FILE = click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write JSON to a file, or to - here.",
)
OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for results.  [default: results/NAME]",
)
REPLICATES = (
    click.option(
        "-n",
        "--replicates",
        type=click.IntRange(min=1),
        default=30,
        show_default=True,
        help="Replicates: seeds in a row.",
    ),
    SEED_OPTION,
    WORKERS_OPTION,
)
"""How many replicates, from which seed, by how many processes."""
CHANGES = (
    click.option(
        "--scale",
        metavar="SHARE",
        is_eager=True,
        expose_value=False,
        callback=_keep_scale,
        help="Scale people, posts, beds, places and funds together, such as 10%.",
    ),
    click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="PATH=VALUE",
        callback=_add_scale,
        help="Change a value, such as population.residents=2000.",
    ),
    click.option(
        "--uncertainty",
        type=click.Choice(["chance", "evidence", "posterior"]),
        default="chance",
        show_default=True,
        help=(
            "What differs between replicates beside the seed: nothing, ranges of the evidence, or"
            " the fitted numbers too."
        ),
    ),
    click.option(
        "--draws",
        type=click.IntRange(min=1),
        default=None,
        help="Draws that replicates are spread over.  [default: 10]",
    ),
)
"""What is changed, and what differs between replicates."""
PLACE_OPTIONS = (
    OUTPUT,
    click.option(
        "--keep",
        type=click.Choice(["weekly", "summary"]),
        default="weekly",
        show_default=True,
        help="All weeks, or totals.",
    ),
    JSON_FILE,
)
"""Where results go."""


class Common(NamedTuple):
    """What the options say that `run` and `compare` share."""

    replicates: int
    seed: int
    workers: int | None
    sets: tuple[str, ...]
    uncertainty: Covered
    draws: int | None
    output: Path | None
    keep: str
    json_file: str | None


def add_common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that `run` and `compare` share; the command takes them as one, `common`."""

    @wraps(command)
    def gather(**given: Any) -> Any:
        common = Common(**{name: given.pop(name) for name in Common._fields})
        return command(common=common, **given)

    for option in reversed((*REPLICATES, *CHANGES, *PLACE_OPTIONS)):
        gather = option(gather)
    return gather
