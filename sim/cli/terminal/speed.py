"""What `kinwell bench` takes and prints: sizes of towns, and what was measured of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZES = "1000,10000,100000,1000000"
SPEED_COLUMNS = (
    ("residents", "residents", 10, ","),
    ("threads", "threads", 7, "d"),
    ("ns_per_agent_week", "ns per agent-week", 17, ".1f"),
    ("plain_mesa_ns_per_agent_week", "plain Mesa", 10, ".0f"),
    ("ratio", "ratio", 6, ".1f"),
    ("thread_speedup", "one thread", 10, ".2f"),
    ("against_10_000", "10,000", 6, ".2f"),
    ("all_services_ratio", "all services", 12, ".2f"),
    ("build_seconds", "build s", 8, ".2f"),
    ("bytes_per_resident", "bytes each", 10, ".0f"),
    ("bytes_moved", "moved a week", 12, ".0f"),
    ("bandwidth_floor_ns", "floor ns", 8, ".1f"),
)


def parse_sizes(sizes: str) -> list[int]:
    """Read numbers of residents that commas separate.

    Raises `InvalidInput` for anything else, and for a size that is there twice.
    """
    try:
        found = [int(text.replace("_", "")) for text in sizes.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1 or len(set(found)) < len(found):
        raise InvalidInput(
            f"--sizes {sizes}: give numbers of residents separated by commas, each once, such as"
            f" {SIZES}"
        )
    return found


def head_columns() -> str:
    """Give the line above the entries."""
    return "  ".join(f"{title:>{width}}" for _, title, width, _ in SPEED_COLUMNS)


def say_entry(entry: Mapping[str, object]) -> str:
    """Say a size and a number of threads in a line; what was not measured is a dash."""
    cells = (
        ("-" if entry[key] is None else format(entry[key], form), width)
        for key, _, width, form in SPEED_COLUMNS
    )
    return "  ".join(f"{cell:>{width}}" for cell, width in cells)


def say_start(entry: Mapping[str, object]) -> str:
    """Say what columns mean, and what is measured once: compilation, starts and a sweep."""
    compiling = say_seconds(entry["compile_seconds_cold"], ".1f")
    warm = say_seconds(entry["startup_seconds_warm"], ".1f")
    imported, helped = (say_seconds(entry[f"{key}_seconds"], ".2f") for key in ("import", "help"))
    sweep = say_seconds(entry["sweep_seconds"], ",.1f")
    rate = ", at the rate at which a few run" if entry["sweep_seconds"] is not None else ""
    return (
        "ratio: times as fast as plain Mesa's small week; one thread: times as fast as that; 10,000"
        " and all services: time as a multiple of a town of 10,000's, of the baseline's services'\n"
        f"compilation once: {compiling}, start {warm} after that; import sim {imported}, kinwell"
        f" --help {helped}\n"
        f"a sweep of 1,000 runs of 1,000 residents for 156 weeks {sweep}{rate}"
    )


def say_seconds(seconds: object, form: str) -> str:
    """Say a time; one that other work on the machine outweighed was not measured."""
    return "not measured" if seconds is None else f"{seconds:{form}} s"
