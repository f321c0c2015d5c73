"""Options that commands which run share: replicates, what is changed, where results go."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.errors import InvalidInput
from sim.scenario.files.user_path import read_path
from sim.studies.bounds import LARGEST_SEED, REPLICATES_AT_MOST, WORKERS_AT_MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.runs.joining import View
    from sim.studies.sweeps.parameter_draws import Covered


class HomePath(click.Path):
    """A path whose leading ~ is the home folder, also where the shell left it because of quotes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a path as the user means it."""
        if not str(value).strip():
            # A variable of the shell that is not set; it would be taken for the folder one is in.
            self.fail("the name is empty: give a file or a folder", param, ctx)
        home = isinstance(value, str) and value.startswith("~")
        return super().convert(str(read_path(value)) if home else value, param, ctx)


class Written(HomePath):
    """A file, or a folder of files, that the command writes; a place where it cannot is refused
    before anything runs, and so is a file that holds something else.

    holds: what is written there, "JSON" or "page"; empty where any file is added to.
    """

    def __init__(self, *given: Any, holds: str = "", **more: Any) -> None:
        super().__init__(*given, **more)
        self.holds = holds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the path, and look whether it can be written."""
        found = super().convert(value, param, ctx)
        # Completion in a shell parses half a command, which must not be refused.
        if str(found) != "-" and not (ctx and ctx.resilient_parsing):
            from sim.store.files import check_output

            check_output(read_path(str(found)), self.holds, folder=not self.file_okay)
        return found


def whole(least: int = 1, most: int = REPLICATES_AT_MOST) -> click.IntRange:
    """A whole number within bounds that no study is beyond."""
    return click.IntRange(least, most)


SCALE = "scale"
"""What `--scale` is called among the values that are changed."""


def _keep_scale(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    """Check the scale of towns and keep it for `_add_scale`."""
    # Completion in a shell parses half a command, which must not be refused.
    if value and not ctx.resilient_parsing:
        from sim.scenario.scaling import parse_scale

        parse_scale(value)
        ctx.meta[SCALE] = value


def read_scale() -> str | None:
    """The scale that the running command was given."""
    scale: str | None = click.get_current_context().meta.get(SCALE)
    return scale


def _add_scale(ctx: click.Context, _: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """A scale is one more thing that is changed: results of it have a folder of their own."""
    return (*value, f"{SCALE}={ctx.meta[SCALE]}") if SCALE in ctx.meta else value


SEED_OPTION = click.option(
    "-s", "--seed", type=whole(0, LARGEST_SEED), default=1, show_default=True, help="First seed."
)
WORKERS_OPTION = click.option(
    "-j",
    "--workers",
    type=whole(most=WORKERS_AT_MOST),
    default=None,
    help="Worker processes.  [default: every core]",
)
JSON_FILE = click.option(
    "--json",
    "json_file",
    type=Written(dir_okay=False, allow_dash=True, holds="JSON"),
    help="Write JSON to a file, or to - here.",
)
JSON_HERE = click.option(
    "--json",
    "json_file",
    is_flag=False,
    flag_value="-",
    default=None,
    metavar="[FILE]",
    help="Print JSON, or write it to a file.",
)
OUTPUT = click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=Written(path_type=Path, file_okay=False),
    default=None,
    help="Folder for results.  [default: results/NAME]",
)
UNCERTAINTIES = ("chance", "evidence", "posterior")
BESIDE_THE_SEED = (
    "What differs between replicates beside the seed: nothing, ranges of the evidence, or the"
    " fitted numbers too."
)
SPREAD_OVER = "Draws that replicates are spread over.  [default: 10]"


def uncertainty_option(
    said: str = BESIDE_THE_SEED, known: Sequence[str] = UNCERTAINTIES, **settings: Any
) -> Callable[..., Any]:
    """The option that says which uncertainty beside chance is covered."""
    return click.option("--uncertainty", type=click.Choice(known), help=said, **settings)


def draws_option(
    said: str = SPREAD_OVER, *short: str, least: int = 1, **settings: Any
) -> Callable[..., Any]:
    """The option that says how many parameter draws there are."""
    return click.option(*short, "--draws", type=whole(least), help=said, **settings)


REPLICATES = (
    click.option(
        "-n",
        "--replicates",
        type=whole(),
        default=30,
        show_default=True,
        help="Replicates: seeds in a row.",
    ),
    SEED_OPTION,
    WORKERS_OPTION,
)
"""How many replicates, from which seed, by how many processes."""
SCALE_OPTION = click.option(
    "--scale",
    metavar="SHARE",
    is_eager=True,
    expose_value=False,
    callback=_keep_scale,
    help="Scale people, posts, beds, places and funds together, such as 10%.",
)
CHANGES = (
    SCALE_OPTION,
    click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="PATH=VALUE",
        callback=_add_scale,
        help="Change a value, such as population.residents=2000.",
    ),
    uncertainty_option(default="chance", show_default=True),
    draws_option(default=None),
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


YEARLY = "yearly"
VIEWED = ("only", "from", "to")
"""What of a folder of results is looked at, as it is kept for `read_view`."""


def keep_viewed(ctx: click.Context, option: click.Parameter, value: object) -> None:
    """Keep what was asked for in the context of the command, for `read_view` and the like."""
    # An empty text is kept, and refused by whoever reads it: somebody's variable was not set.
    if value not in {None, False} and not ctx.resilient_parsing:
        ctx.meta[str(option.name)] = value


def add_view(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose scenarios and weeks of what is stored."""
    shared: dict[str, Any] = {"expose_value": False, "callback": keep_viewed}
    options = (
        click.option(
            "--only", metavar="A,B", help="Only these scenarios, beside the reference.", **shared
        ),
        click.option(
            "--from",
            metavar="WEEK",
            help="First week that counts, such as week 0, from the weeks that were kept.",
            **shared,
        ),
        click.option(
            "--to",
            metavar="WEEK",
            help="Week before which it ends: --from week 0 --to week 52 is the first year.",
            **shared,
        ),
    )
    # Decorators apply from the last to the first: reversed, the help keeps the order above.
    for option in reversed(options):
        command = option(command)
    return command


def read_view() -> View:
    """Read what the running command was asked to look at."""
    from analysis.runs.joining import View

    found = click.get_current_context().meta
    only, first, end = (found.get(name) for name in VIEWED)
    names = [name.strip() for name in (only or "").split(",")]
    if only is not None and not all(names):
        raise InvalidInput(f"--only {only}: name scenarios with commas between them, such as a,b")
    return View(tuple(dict.fromkeys(names)) if only is not None else (), first, end)


class Viewing(click.Command):
    """A command that takes `--from week 0` in two words, as scenario files spell a week."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Join the words of a week."""
        joined: list[str] = []
        for word in args:
            pending = len(joined) > 1 and joined[-2] in {"--from", "--to"}
            named = pending and joined[-1].lower() in {"week", "year"} and word.isdigit()
            counted = pending and joined[-1].isdigit() and word.lower() in UNITS_OF_TIME
            if named or counted:
                joined[-1] = f"{joined[-1]} {word}"
            else:
                joined.append(word)
        return super().parse_args(ctx, joined)


UNITS_OF_TIME = {"week", "weeks", "year", "years"}


def take_together(
    name: str, group: Any, *options: Callable[..., Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add options that a command takes as one argument: a named tuple with a field for each."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        """Give a command the options."""

        @wraps(command)
        def gather(**given: Any) -> Any:
            """Call the command with what the options say put together."""
            fields = {field: given.pop(field) for field in group._fields}
            return command(**{name: group(**fields)}, **given)

        for option in reversed(options):
            gather = option(gather)
        return gather

    return add


add_common = take_together("common", Common, *REPLICATES, *CHANGES, *PLACE_OPTIONS)
"""Adds the options that `run` and `compare` share."""


def check_json(file: str | None) -> None:
    """Refuse, before anything is computed, a file in which JSON cannot be written."""
    if file in (None, "-"):
        return
    from sim.store.files import JSON, check_output

    check_output(read_path(file), JSON)


def settle_json(
    names: Sequence[str], json_file: str | None, wanted: int
) -> tuple[list[str], str | None]:
    """Files and JSON file; `--json` right before a scenario is a switch, not that file's name.

    wanted: how many files there are to be, 0 for any number of them.
    """
    found = list(names)
    if json_file not in (None, "-"):
        lacking = len(found) < wanted if wanted else not found or _is_document(json_file)
        found, json_file = ([json_file, *found], "-") if lacking else (found, json_file)
    wanted = wanted or max(len(found), 1)
    if len(found) != wanted:
        raise click.UsageError(
            f"needs {'a scenario' if wanted == 1 else 'two scenarios'} (got {len(found)})"
        )
    return found, json_file


def _is_document(name: str) -> bool:
    """Whether something that is checked has this name, and nothing that JSON may be written to."""
    from sim.scenario.library import list_shipped
    from sim.store.files import BEGINNINGS, JSON, check_is_ours

    if name in list_shipped():
        return True
    try:
        check_is_ours(read_path(name), *BEGINNINGS[JSON])
    except InvalidInput:
        return True
    return False


def check_outcomes(outcomes: Sequence[str]) -> Sequence[str]:
    """Outcomes that there are; InvalidInput says which may have been meant."""
    from sim.outcomes import KEYS
    from sim.scenario.diagnostics.suggestions import suggest_value

    for outcome in outcomes:
        if outcome not in KEYS:
            near = suggest_value(outcome, KEYS)
            raise InvalidInput(f"--outcome {outcome}: there is no such outcome{near}")
    return outcomes
