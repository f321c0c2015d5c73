"""How pages and figures look: few colours that pass 3:1 on white, and that never carry meaning
alone.
"""

from __future__ import annotations

from typing import Any

BLUE, VERMILLION, GREEN, PURPLE, BLACK = "#0072b2", "#c64f00", "#007d5b", "#a8527f", "#1a1a1a"
GREY, LINE = "#595959", "#d0d0d0"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, BLACK)
Dash = str | tuple[int, tuple[int, ...]]
DASHES: tuple[Dash, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

WIDTH, HEIGHT = 5.2, 3.1

FIGURE_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "kinwell",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "text.parse_math": False,
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": BLACK,
    "axes.axisbelow": True,
    "text.color": BLACK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.dpi": 96,
    "path.simplify": True,
}


def measure_contrast(colour: str, ground: str = "#ffffff") -> float:
    """Measure the contrast of two colours as WCAG defines it, 1 to 21."""
    light, dark = sorted((_measure_luminance(colour), _measure_luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _measure_luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def pick_look(place: int) -> tuple[str, Dash, str]:
    """Pick colour, dash and marker of the n-th series; no two of the first 35 look alike."""
    return PALETTE[place % len(PALETTE)], DASHES[place % len(DASHES)], MARKERS[place % len(MARKERS)]
