"""Draw docs/pictures/demo.svg from the runs of `make demo`, and print what it shows in words."""

from __future__ import annotations

import sys
from pathlib import Path

import analysis
from analysis.figures.comparison import draw_dots

PICTURE = Path(__file__).with_name("demo.svg")


def main(
    results: str = "results/demo",
    scenario: str = "peer-pilot",
    outcome: str = "expected_admissions",
) -> None:
    """Write the picture of one paired difference."""
    figure = draw_dots(analysis.compare(results, against="baseline"), scenario, outcome)
    PICTURE.write_bytes(figure.svg)
    print(f"{PICTURE.name}: {figure.title}\n{figure.alt}")


if __name__ == "__main__":
    main(*sys.argv[1:])
