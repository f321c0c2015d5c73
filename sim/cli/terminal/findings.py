"""What a comparison found, on a terminal and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.cli.options import YEARLY
from sim.cli.running import write_json
from sim.errors import Refused

if TYPE_CHECKING:
    from analysis.runs.comparison import Comparison


def tell_comparison(
    comparison: Comparison, stated: dict[str, object], json_file: str | None
) -> None:
    """Write a comparison as JSON, and as text where that does not go to the terminal."""
    from analysis.reports.side_by_side.cover import say_cover
    from analysis.reports.supply.short_supply import list_short_supply

    years = {year: found.to_json() for year, found in _compare_years(comparison)}
    short = list_short_supply(comparison)
    more = {
        "money": list_money(comparison),
        "short_supply": short,
        **({"years": years} if years else {}),
        **({"precision": stated} if stated else {}),
    }
    write_json(comparison.to_json() | more, json_file)
    if json_file == "-":
        return
    click.echo(comparison.table())
    if comparison.pairs.others:
        click.echo(f"\n{say_cover(comparison)}")
    for year, found in _compare_years(comparison):
        click.echo(f"\n{year}\n\n{found.table()}")
    for sentence in short:
        click.echo(f"\n{sentence}")
    _say_money(comparison)
    click.echo("\n" + (f"{stated['reason']}\n" if stated else ""), nl=False)


def _compare_years(comparison: Comparison) -> list[tuple[str, Comparison]]:
    """Every year for itself, where that was asked for; Refused where no weeks were kept."""
    from analysis.reports.side_by_side.years import compare_years

    if YEARLY not in click.get_current_context().meta:
        return []
    found = compare_years(comparison)
    if not found and not comparison.pairs.whole.any():
        raise Refused(
            "--yearly: the weeks of these runs were not kept, only totals: run again with --keep"
            " weekly"
        )
    return [(year.say(), each) for year, each in found]


def list_money(comparison: Comparison) -> list[dict[str, object]]:
    """What each fund of each scenario received, spent and has left by year, as plain data."""
    from analysis.economics.received import receive_and_spend

    frame = receive_and_spend(comparison.pairs)
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _say_money(comparison: Comparison) -> None:
    """Say which funds keep money, or owe some, at the end of the horizon."""
    from analysis.reports.plans.money_received import say_unspent

    for name in comparison.pairs.names:
        if said := say_unspent(comparison.pairs, name):
            click.echo(f"\nMoney received and spent, {name}")
            click.echo("\n".join(f"  {sentence}" for sentence in said))
