"""The figures of a report as files: each with a title for a slide and a plain name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from analysis.figures.comparison import draw_dots, draw_fan
from analysis.figures.economics import draw_acceptability, draw_budget, draw_plane
from analysis.figures.lettering import isolate
from analysis.figures.slide import draw_slide
from analysis.reports.context import HEADLINE, open_context
from analysis.reports.planner import draw_need, draw_yearly_flow, say_year
from analysis.reports.researcher import draw_group_effects, draw_parameter_effects, find_most_worth
from analysis.reports.sections.network import draw_stored_network
from analysis.reports.side_by_side.sizes import fill_sizes
from analysis.reports.supply.bed_limits import choose_gain, say_bed_limit
from analysis.text.wording import say_interval
from sim.errors import InvalidInput
from sim.outcomes import BY_KEY
from sim.scenario.schema.names import clip, make_plain
from sim.store.connection import explain_files
from sim.store.files import write_bytes
from sim.units import end_at_word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.figures.figure import Figure
    from analysis.figures.slide import Kind
    from analysis.reports.context import ReportContext

LONGEST_HEADLINE = 44
"""Letters of a scenario's title in a headline; what is longer is cut."""
STEM_ROOM = 40
"""Letters of a file's name that say what the figure is."""


class Named(NamedTuple):
    """A figure, what its file is called, and its title on a slide."""

    stem: str
    headline: str
    figure: Figure


class Written(NamedTuple):
    """Files that were written, those that were there already and are the same, and what to say."""

    new: list[Path]
    same: list[Path]
    notes: list[str]


def write_slides(source: object, kind: Kind, into: Path | None = None) -> Written:
    """Write every figure of the report of a result into a folder, `figures` beside the database.

    Nothing is overwritten: raises `InvalidInput`, before anything is written, where a file of the
    same name holds something else.
    """
    case = open_context(source)
    folder = into or case.stored.path.parent / "figures"
    drawn = {f"{named.stem}.{kind}": named for named in list_figures(case)}
    slides = {name: draw_slide(each.figure, each.headline, kind) for name, each in drawn.items()}
    same: list[Path] = []
    other: list[Path] = []
    with explain_files(folder):
        for name, slide in slides.items():
            path = folder / name
            if path.exists():
                (same if _is_same(path, slide.content) else other).append(path)
    if other:
        raise InvalidInput(
            "\n".join(
                [
                    *(f"{path} is there already, and holds something else" for path in other),
                    "Nothing was written: choose another folder with -o, or move these away",
                ]
            )
        )
    new = [folder / name for name in slides if folder / name not in same]
    with explain_files(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for path in new:
        write_bytes(path, slides[path.name].content)
    missing = "".join(sorted({letter for slide in slides.values() for letter in slide.missing}))
    return Written(new, same, [_say_missing(missing, kind)] if missing else [])


def _is_same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _say_missing(letters: str, kind: Kind) -> str:
    said = f"no font of this machine has {letters[:20]}"
    if kind == "svg":
        return f"{said}: who opens these files needs one"
    return f"{said}: install one, or take --figures svg, which leaves letters to the reader's fonts"


def list_figures(case: ReportContext) -> list[Named]:
    """List the figures of a report: of each programme its own, of all together each once."""
    found: dict[str, Named] = {}
    for name in case.pairs.others:
        for figure in (*_list_own(replace(case, focus=name)), *_list_shared(case, name)):
            found.setdefault(figure.stem, figure)
    return list(found.values())


def _list_own(case: ReportContext) -> Iterator[Named]:
    """Figures about the focus."""
    title, against = _shorten(case.title(case.focus)), _shorten(case.title(case.reference))
    weekly = bool(case.pairs.whole.any())
    span = say_year(case.weeks)
    headlines = {
        "admissions-by-replicate": _say_effect(case, title),
        "admissions-by-week": f"{title}: expected admissions over time, against {against}",
        "admissions-by-group": f"{title}: for whom {_call_gain(case)} change, against {against}",
        "people-waiting": f"{title}: people waiting over time, against {against}",
        "way-through-care": f"{title} and {against}: who asks, waits, starts and leaves in {span}",
        "need-by-neighbourhood": f"{title}: people in need and not in care, by neighbourhood",
        "budget": f"{title}: who pays more and who less, by year",
        "network": f"{title}: residents and their ties at the end",
        "parameters-that-matter": f"{title}: which parameters move the answer most",
    }
    figures = {
        "admissions-by-replicate": draw_dots(case.comparison, case.focus, HEADLINE),
        "admissions-by-week": _draw_weeks(case, HEADLINE),
        "admissions-by-group": draw_group_effects(case),
        "people-waiting": _draw_weeks(case, "waiting"),
        "way-through-care": draw_yearly_flow(case) if weekly else None,
        "need-by-neighbourhood": draw_need(case),
        "budget": _draw_money(case),
        "network": draw_stored_network(case),
        "parameters-that-matter": draw_parameter_effects(case, case.worth),
    }
    for what, figure in figures.items():
        if figure is not None:
            yield Named(f"{_call(case.focus)}-{what}", headlines[what], figure)


def _list_shared(case: ReportContext, name: str) -> Iterator[Named]:
    """Figures about all programmes at once; made with the first of them."""
    if name != case.pairs.others[0]:
        return
    plane = draw_plane(case.evaluation, case.currency, case.worth, case.called)
    yield Named("cost-effectiveness-plane", "What each programme costs, and what it gains", plane)
    if most := find_most_worth(case):
        headline = "Which programme is best, and what a wrong choice would cost"
        yield Named(
            "acceptability",
            headline,
            draw_acceptability(case.evaluation, case.currency, most, case.called),
        )
    for place, family in enumerate(fill_sizes(case), start=1):
        yield Named(f"what-more-money-buys-{place}", family.title, family.figure)


def _draw_weeks(case: ReportContext, key: str) -> Figure | None:
    return draw_fan(case.comparison, case.focus, key, case.weeks)


def _draw_money(case: ReportContext) -> Figure | None:
    if not len(case.impact):
        return None
    return draw_budget(case.impact, case.focus, case.reference, case.currency, case.years)


def _call(name: str) -> str:
    """The beginning of a file's name, after a scenario."""
    return clip(make_plain(name), STEM_ROOM)


def _shorten(title: str) -> str:
    return isolate(end_at_word(title, LONGEST_HEADLINE))


def _call_gain(case: ReportContext) -> str:
    """What the figure of groups is of."""
    return "admissions" if choose_gain(case) == HEADLINE else "emergency visits"


def _say_effect(case: ReportContext, title: str) -> str:
    """The headline of the dots: the difference, or that it cannot be told."""
    found = case.comparison.differences[case.focus][HEADLINE]
    unit = BY_KEY[HEADLINE].title.lower()
    if found.share_same == 1:
        return f"{title}: no change in {unit} over {case.horizon}"
    if found.low <= 0.0 <= found.high:
        return f"{title}: more or fewer {unit}, it cannot be told ({case.horizon})"
    way = "fewer" if found.mean < 0 else "more"
    low, high = sorted((abs(found.low), abs(found.high)))
    said = say_interval(abs(found.mean), low, high, figures=2)
    amount, _, ends = said.rstrip(")").partition(" (")
    beds = "; beds have a part in it" if say_bed_limit(case.comparison, case.focus) else ""
    return f"{title}: {amount} {way} {unit} over {case.horizon} ({ends}){beds}"
