"""Figures of an economic evaluation: the plane, acceptability with loss, budgets, what matters."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter

from analysis.economics.cea import measure_loss, share_best
from analysis.figures.figure import Figure, draw_figure
from analysis.figures.lettering import spell_label
from analysis.figures.style import BLACK, GREY, LINE, PALETTE, pick_look
from analysis.text.tables import Table
from analysis.text.wording import round_figures, say_money, say_number, write_plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.economics.valuation import Evaluation

HATCHES = (
    "",
    "///",
    "\\\\",
    "xx",
    "--",
    "||",
    "++",
)  # dots would make a file of hundreds of kilobytes


MOST_FIGURES = 8
"""Figures of a tick at most."""
OF_A_STEP = 0.01
"""Share of the step between ticks by which what is written may be off."""


class _Spoken(FuncFormatter):
    """Writes the ticks of an axis as prose writes numbers, with as many figures as they have: a
    mark at 12,500 is not called 12,000.
    """

    def format_ticks(self, values: list[float]) -> list[str]:
        places = np.unique(np.asarray(values, dtype=float))
        # An axis may have one tick, or none.
        apart = np.diff(places).min() if places.size > 1 else np.abs(places).max(initial=0.0)
        figures = next(
            (
                count
                for count in range(2, MOST_FIGURES)
                if all(
                    abs(round_figures(value, count) - value) <= OF_A_STEP * apart
                    for value in places.tolist()
                )
            ),
            MOST_FIGURES,
        )
        return [say_number(float(value), figures) for value in values]


def say_ticks(axes: Any, axis: str) -> None:
    """Write the ticks of an axis, `x` or `y`, as prose writes numbers."""
    getattr(axes, f"{axis}axis").set_major_formatter(_Spoken(lambda value, _: say_number(value)))


def _paint_plane(
    canvas: Any,
    wtp: float | None,
    costs: NDArray[np.float64],
    names: Sequence[str],
    effects: NDArray[np.float64],
    currency: str,
) -> None:
    axes = canvas.add_subplot()
    axes.axhline(0, color=BLACK, linewidth=1)
    axes.axvline(0, color=BLACK, linewidth=1)
    # Hundreds of marks show what thousands would, in a page that stays small.
    step = max(1, len(costs) // 500)
    for place, name in enumerate(names[1:], start=1):
        colour, _, marker = pick_look(place - 1)
        small = {"markersize": 4, "alpha": 0.55, "linestyle": "none", "label": spell_label(name)}
        axes.plot(effects[::step, place], costs[::step, place], marker, color=colour, **small)
        axes.plot(
            effects[:, place].mean(),
            costs[:, place].mean(),
            marker,
            color=colour,
            markersize=11,
            markeredgecolor=BLACK,
        )
    axes.margins(0.12)
    axes.autoscale_view()
    if wtp is not None:
        look = {"color": GREY, "linestyle": "--", "linewidth": 1}
        axes.axline((0, 0), slope=wtp, label=f"{say_money(wtp, currency)} a QALY", **look)
    say_ticks(axes, "y")
    axes.set_xlabel("Difference in QALYs")
    axes.set_ylabel(f"Difference in cost ({currency})")
    axes.legend(loc="lower center", ncols=2, bbox_to_anchor=(0.45, 1.0), handlelength=1.5)


def _count_lines(names: Sequence[str]) -> int:
    """Lines of a legend in which two names stand beside each other, each as it is wrapped."""
    return -(-len(names) // 2) * max(spell_label(name).count("\n") + 1 for name in names)


def draw_plane(
    evaluation: Evaluation,
    currency: str,
    wtp: float | None,
    called: Mapping[str, str] = MappingProxyType({}),
) -> Figure:
    """Draw the cost-effectiveness plane: every replicate of every scenario as a difference from the
    reference, and the line of a worth of a QALY where one is declared.

    called: what scenarios are called whose names say nothing to a reader.
    """
    names = [called.get(name, name) for name in evaluation.names]
    costs = evaluation.cost - evaluation.cost[:, :1]
    effects = evaluation.effect - evaluation.effect[:, :1]

    rows = [
        [name, write_plain(float(effects[:, i].mean())), write_plain(float(costs[:, i].mean()))]
        for i, name in enumerate(names)
        if i
    ]
    table = Table(
        f"Mean differences from {names[0]}, discounted",
        ["Scenario", "QALYs", f"Cost, {currency}"],
        rows,
    )
    parts = "; ".join(f"{row[0]} {row[1]} QALYs and {row[2]} {currency}" for row in rows)
    line = "" if wtp is None else f", with the line of {say_money(wtp, currency)} a QALY"
    alt = f"Cost-effectiveness plane of {len(costs)} replicates{line}. Means: {parts}."
    return draw_figure(
        "Cost-effectiveness plane: small marks are replicates, large ones means.",
        alt,
        table,
        partial(
            _paint_plane, wtp=wtp, costs=costs, names=names, effects=effects, currency=currency
        ),
        height=3.2 + 0.2 * _count_lines(names),
    )


def _paint_acceptability(
    canvas: Any,
    names: Sequence[str],
    shares: NDArray[np.float64],
    losses: NDArray[np.float64],
    wtp: NDArray[np.float64],
    currency: str,
) -> None:
    panels = canvas.subplots(2, 1, sharex=True)
    for place, name in enumerate(names):
        colour, dash, marker = pick_look(place)
        for axes, values in zip(panels, (shares, losses), strict=True):
            axes.plot(
                wtp,
                values[:, place],
                color=colour,
                linestyle=dash,
                marker=marker,
                markevery=6,
                markersize=5,
                label=spell_label(name),
            )
    panels[0].set_ylabel("Share where best")
    panels[0].set_ylim(-0.03, 1.03)
    panels[1].set_ylabel(f"Expected loss\n({currency})")
    panels[1].set_xlabel(f"Willingness to pay for a QALY ({currency})")
    for axes in panels:
        axes.grid(color=LINE)
    say_ticks(panels[1], "y")
    say_ticks(panels[1], "x")
    panels[0].legend(loc="lower center", ncols=2, bbox_to_anchor=(0.45, 1.0))


def draw_acceptability(
    evaluation: Evaluation,
    currency: str,
    most: float,
    called: Mapping[str, str] = MappingProxyType({}),
) -> Figure:
    """Draw how often each scenario is the best over willingness to pay, and beside it what choosing
    it would forgo.

    called: as of `draw_plane`.
    """
    names = [called.get(name, name) for name in evaluation.names]
    wtp = np.linspace(0.0, most, 31)
    benefits = [evaluation.net_benefit(float(value)) for value in wtp]
    shares, losses = (
        np.array([share_best(nmb) for nmb in benefits]),
        np.array([measure_loss(nmb) for nmb in benefits]),
    )

    shown = range(0, len(wtp), 5)
    cells = [
        [f"{share:.3f}; {write_plain(loss)}" for share, loss in zip(*pair, strict=True)]
        for pair in zip(shares, losses, strict=True)
    ]
    rows = [[write_plain(wtp[i]), *cells[i]] for i in shown]
    table = Table(
        "Share of draws in which each is best; expected loss", [f"{currency} a QALY", *names], rows
    )
    alt = _say_acceptability(names, shares, say_money(most, currency))
    found = {"shares": shares, "losses": losses, "wtp": wtp}
    return draw_figure(
        "Which scenario is best, how often, and what a wrong choice would cost.",
        alt,
        table,
        partial(_paint_acceptability, names=names, currency=currency, **found),
        height=4.2 + 0.2 * _count_lines(names),
    )


def _say_acceptability(names: Sequence[str], shares: NDArray[np.float64], most: str) -> str:
    first, last = names[int(shares[0].argmax())], names[int(shares[-1].argmax())]
    return (
        f"Two panels over willingness to pay from 0 to {most}. Above, how often each of"
        f" {len(names)} scenarios is the best: {first} most often at 0, {last} most often at the"
        f" top ({shares[-1].max():.0%}). Below, the expected loss of choosing each; the lowest line"
        " is the best choice."
    )


def _paint_budget(canvas: Any, wide: pd.DataFrame, currency: str) -> None:
    axes = canvas.add_subplot()
    above, below = np.zeros(len(wide)), np.zeros(len(wide))
    for place, payer in enumerate(wide.columns):
        values = wide[payer].to_numpy(dtype=float)
        # Stacked apart, or what is saved would be drawn over what is spent.
        start = np.where(values >= 0, above, below)
        axes.bar(
            range(len(wide)),
            values,
            0.6,
            bottom=start,
            color=PALETTE[place % 5],
            hatch=HATCHES[place % 7],
            edgecolor="white",
            label=spell_label(str(payer)),
        )
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    axes.axhline(0, color=BLACK, linewidth=1)
    axes.set_xticks(range(len(wide)), list(wide.index))
    axes.set_xlim(-0.7, max(len(wide), 2) - 0.3)
    axes.set_ylabel(f"More (+) or less spent, {currency}")
    say_ticks(axes, "y")
    axes.margins(y=0.1)
    axes.legend(loc="lower center", ncols=3, bbox_to_anchor=(0.45, 1.0))


def draw_budget(
    impact: pd.DataFrame, name: str, reference: str, currency: str, years: Mapping[int, str]
) -> Figure:
    """Draw the difference in spending by year, stacked by payer. years: what each is called, since
    the last one may be shorter.
    """
    part = impact[(impact["scenario"] == name) & (impact["payer"] != "all")]
    part = part.assign(year=part["year"].map(years))
    wide = part.pivot_table(index="year", columns="payer", values="difference", sort=False)
    # Payers for whom nothing changes would only fill the legend.
    wide = wide.loc[:, (wide.abs() > 0).any()] if (wide.abs() > 0).any(axis=None) else wide

    rows = [
        [str(payer), *(write_plain(float(value)) for value in wide[payer])]
        for payer in wide.columns
    ]
    table = Table(
        f"Spending of {name} less {reference}, {currency}, not discounted",
        ["Payer", *map(str, wide.index)],
        rows,
    )
    sums = wide.sum(axis=1)
    alt = (
        f"Stacked bars of who pays more or less under {name} than under {reference}, by year. In"
        " all: "
        + "; ".join(
            f"{str(year).lower()} {say_number(float(total), signed=True)} {currency}"
            for year, total in sums.items()
        )
    )
    return draw_figure(
        "Budget impact by year and payer, not discounted.",
        alt + ".",
        table,
        partial(_paint_budget, wide=wide, currency=currency),
    )


def _paint_tornado(
    canvas: Any, ordered: Sequence[tuple[str, float, float]], centre: float, unit: str
) -> None:
    axes = canvas.add_subplot()
    for place, (_, low, high) in enumerate(ordered):
        axes.barh(
            place,
            low - centre,
            0.6,
            left=centre,
            color=PALETTE[1],
            hatch="///",
            edgecolor="white",
            label="low end" if not place else None,
        )
        axes.barh(
            place,
            high - centre,
            0.6,
            left=centre,
            color=PALETTE[0],
            label="high end" if not place else None,
        )
    axes.axvline(centre, color=BLACK, linewidth=1)
    axes.set_yticks(range(len(ordered)), [row[0] for row in ordered])
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.locator_params(axis="x", nbins=4)
    say_ticks(axes, "x")
    axes.legend(loc="lower center", ncols=2, bbox_to_anchor=(0.4, 1.0))


def draw_tornado(
    rows: Sequence[tuple[str, float, float]], centre: float, title: str, unit: str
) -> Figure:
    """Draw how far each parameter moves a result: name, result at its low end, result at its high
    end.
    """
    ordered = sorted(rows, key=lambda row: -abs(row[2] - row[1]))[:12]

    # One number at both ends is what a fit leaves that sees nothing but chance.
    cells = [
        [name, *(write_plain(end) if low != high else "–" for end in (low, high))]
        for name, low, high in ordered
    ]
    blank = "; – where nothing can be told from chance" * any("–" in row for row in cells)
    table = Table(f"{title}{blank}", ["Parameter", "At its low end", "At its high end"], cells)
    alt = (
        f"Tornado: {title.lower()}. The parameter that moves it most is {ordered[0][0]}, "
        f"from {say_number(ordered[0][1])} to {say_number(ordered[0][2])}."
    )
    return draw_figure(
        title,
        alt,
        table,
        partial(_paint_tornado, ordered=ordered, centre=centre, unit=unit),
        height=1.0 + 0.3 * len(ordered),
    )
