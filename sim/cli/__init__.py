"""The command line: commands in sections, loaded when they are asked for.

Errors in words, never a traceback.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import traceback
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

from sim.cli.terminal.machine import check_environment, explain_machine, is_misnamed
from sim.cli.terminal.streams import ReaderGone, plain_output
from sim.engine.lazy_imports import postpone
from sim.errors import KinwellError
from sim.studies.running.interrupt import INTERRUPTED, SigintHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Entry(NamedTuple):
    """Where a command is, in which section of the help it stands, and what it does in a line."""

    module: str
    section: str
    summary: str


OBJECTS_BETWEEN_LOOKS = 50_000
"""New objects after which Python looks for garbage: imports make hundreds of thousands that stay,
and looking through them at every 700 takes a twentieth of a small run.
"""
COMMAND_SECTIONS = ("Plan", "Run", "Read", "Inspect")
REGISTRY: dict[str, Entry] = {
    "new": Entry("planning", "Plan", "Write a commented scenario to begin with."),
    "check": Entry("planning", "Plan", "Find every error in scenarios, with its place."),
    "show": Entry(
        "planning", "Plan", "Show a scenario as it will run, and where each value came from."
    ),
    "assess": Entry(
        "assessing", "Plan", "Show needs and gaps of a town before any programme starts."
    ),
    "diff": Entry("planning", "Plan", "Say what differs between two scenarios."),
    "place": Entry("place", "Plan", "Build a town from the tables of a real place, and fit it."),
    "run": Entry("running", "Run", "Run scenarios and store every run."),
    "compare": Entry("comparing", "Run", "Compare scenarios, paired by seed."),
    "sweep": Entry(
        "sweeping", "Run", "Run a scenario at many points: levers, uncertainties, or both."
    ),
    "trial": Entry("trials", "Run", "Repeat published trials and natural experiments in towns."),
    "calibrate": Entry(
        "calibrating", "Run", "Fit the model to the real place, or check how far it is."
    ),
    "choose": Entry("assessing", "Run", "Find the best mix of programmes under a budget."),
    "claims": Entry("claiming", "Run", "Test common claims with the model, under two conditions."),
    "status": Entry("reading", "Read", "Say what is done, left and failed in a folder of results."),
    "explore": Entry(
        "planning", "Plan", "Move levers on a page of this machine, and watch replicates arrive."
    ),
    "report": Entry("reading", "Read", "Write a report for a funder, a planner or a researcher."),
    "explain": Entry("auditing", "Read", "Say what carries a difference, channel by channel."),
    "audit": Entry("auditing", "Read", "Test a comparison: would its answer stand?"),
    "export": Entry("reading", "Read", "Write results as CSV, Parquet or a research object."),
    "evidence": Entry(
        "inspecting", "Inspect", "Show every parameter: value, range, source, grade."
    ),
    "schema": Entry("planning", "Inspect", "Print the JSON Schema of a scenario, for editors."),
    "ledger": Entry("trials", "Inspect", "Say how predictions of trials agree with results."),
    "verify": Entry("inspecting", "Inspect", "Run stored runs again and compare."),
    "bench": Entry("inspecting", "Inspect", "Measure speed and memory on this machine."),
    "doctor": Entry("inspecting", "Inspect", "Check this machine for problems."),
}


class Commands(click.Group):
    """Commands of the registry: listed without being loaded, and every error told in words."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands whose module is there."""
        there = [
            name
            for name, entry in REGISTRY.items()
            # Found, not imported: the help must not load what the commands need.
            if find_spec(f"{__name__}.{entry.module}") is not None
        ]
        return [*there, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in REGISTRY or cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(import_module(f"{__name__}.{REGISTRY[cmd_name].module}"), cmd_name, None)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant, and say which one may have been meant."""
        from sim.scenario.diagnostics.suggestions import suggest

        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(
                f"there is no command '{args[0][:80]}'{suggest(args[0], self.list_commands(ctx))}",
                ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands under their sections."""
        present = self.list_commands(ctx)
        for section in COMMAND_SECTIONS:
            rows = [
                (name, REGISTRY[name].summary)
                for name in present
                if REGISTRY[name].section == section
            ]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **extra: Any
    ) -> NoReturn:
        """Run a command and leave with its exit code."""
        # Otherwise click ends the process itself, with its own words for errors.
        extra["standalone_mode"] = False
        # Without arguments of its own this is the program itself, which ends here.
        if args is None:
            postpone()
            gc.set_threshold(OBJECTS_BETWEEN_LOOKS)

        def run() -> object:
            check_environment()
            return super(Commands, self).main(args, prog_name or "kinwell", **extra)

        with SigintHandler(last=args is None) as presses, plain_output():
            sys.exit(_tell_errors(run, presses))


def _tell_errors(command: Callable[[], object], presses: SigintHandler) -> int:
    """Run a command; what goes wrong is reported in words, and the exit code given."""
    try:
        code = command()
    except click.ClickException as error:
        _ask_for_quotes(error).show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        code = INTERRUPTED
    except KinwellError as error:
        click.echo(_say_known(error), err=True)
        code = error.exit_code
    except ReaderGone:
        code = 0
    except Exception as error:
        # An import that Ctrl-C breaks off may call it an error of its own.
        raise SystemExit(INTERRUPTED if presses.pressed else _tell_other(error)) from error
    # click hands on what a command returned, and that need not be an exit code.
    return code if isinstance(code, int) else 0


def _say_known(error: KinwellError) -> str:
    """What went wrong; where only the whole command repeats a fault of the model, that too."""
    if not error.repeated_as_given:
        return f"{error}"
    from sim.cli.running import spell_command

    return f"{error}\nRepeat it with: {spell_command()}"


def _ask_for_quotes(error: click.ClickException) -> click.ClickException:
    """Where one word too many was given, say how a name with spaces is written."""
    begins = "Got unexpected extra argument"
    if not isinstance(error, click.UsageError) or not error.ctx:
        return error
    arguments = [p for p in error.ctx.command.params if isinstance(p, click.Argument)]
    first = error.ctx.params.get(arguments[-1].name or "") if arguments else None
    if not first or not error.message.startswith(begins):
        return error
    rest = error.message.partition("(")[2].removesuffix(")")
    said = f"{error.message}; a name with spaces is quoted: '{first} {rest}'"
    return click.UsageError(said, error.ctx)


def _tell_other(error: Exception) -> int:
    """What the machine lacks in a sentence; what nobody expected with a file of details."""
    said = explain_machine(error)
    if said is None:
        return _tell_unexpected(error)
    click.echo(said, err=True)
    return 2 if is_misnamed(error) else 1


def _tell_unexpected(error: Exception) -> int:
    """One line for the user, the details in a file."""
    details = "".join(traceback.format_exception(error))
    said = (str(error).splitlines() or [""])[0][:200]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="kinwell-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(f"kinwell {' '.join(sys.argv[1:])}\n\n{details}")
            where = f"details are in {file.name}"
    except OSError:
        where = "details could not be written"
    click.echo(f"kinwell: unexpected {type(error).__name__}: {said} ({where})", err=True)
    return 1


def _show_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from sim import __version__

        click.echo(f"kinwell {__version__}")
        ctx.exit()


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Simulate a town's mental health, person by person.

    What would this programme, this cut, this idea change, and at what cost? Begin with: kinwell
    compare baseline peer-pilot funding-cut
    """
    # As no-color.org asks: any value but an empty one.
    if os.environ.get("NO_COLOR"):
        ctx.color = False
