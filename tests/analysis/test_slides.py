"""Figures as files: named plainly, nobody lost, nothing overwritten, the same bytes each time."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner
from PIL import Image

from analysis.figures.figure import draw_figure
from analysis.figures.lettering import (
    ROW_WIDTH,
    can_draw,
    clip_label,
    find_fonts,
    isolate,
    spell_label,
    spell_signs,
    wrap,
)
from analysis.figures.slide import draw_slide
from analysis.reports import slides
from analysis.text.tables import Table
from sim.cli import main
from sim.errors import InvalidInput

NAMES = ("_lead", "日本", "مدينة", "$a_1$ to $b", "🙂")


@pytest.fixture
def legend():
    """A figure whose legend names five lines."""

    def paint(canvas):
        axes = canvas.add_subplot()
        for place, name in enumerate(NAMES):
            axes.plot([0, 1], [place, place], label=spell_label(name))
        axes.legend()

    alt = "Five lines, each with a name of another script"
    return draw_figure("Five names.", alt, Table("Names", ["a"], [["b"]]), paint)


def test_a_slide_says_its_title_and_shows_everybody(legend):
    slide = draw_slide(legend, "From $15 to $12, _all of it_", "svg")
    text = slide.content.decode()
    assert "<dc:title>From $15 to $12, _all of it_</dc:title>" in text
    assert legend.alt in text
    assert text.count('id="legend_1"') == 1
    legend_part = text.split('id="legend_1"')[1]
    assert legend_part.count('id="text_') == len(NAMES) + 2  # title and explanation
    assert draw_slide(legend, "From $15 to $12, _all of it_", "svg") == slide


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pictures_have_the_shape_of_a_slide(legend, kind, begins):
    slide = draw_slide(legend, "A title", kind)
    assert slide.content.startswith(begins)
    assert draw_slide(legend, "A title", kind).content == slide.content
    if kind == "png":
        size = Image.open(io.BytesIO(slide.content)).size
        assert size[0] >= 1600
        assert size[0] / size[1] == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.parametrize("name", ["peer-specialists-and-" * 5, "日本" * 50, "a name of words " * 6])
def test_a_long_name_is_broken_and_whole(name):
    label = spell_label(name)
    assert label.replace("\n", "").replace(" ", "") == name.replace(" ", "")
    assert max(len(line) for line in label.split("\n")) <= 26
    assert spell_label("baseline") == "baseline"


def test_long_labels_of_rows_keep_both_ends():
    one, two = (clip_label(f"neighbourhood: {'a' * 60}-{end}") for end in ("east", "west"))
    assert len(one) == ROW_WIDTH
    assert one.startswith("neighbourhood: aaa")
    assert one.endswith("a-east")
    assert two.endswith("a-west")
    assert clip_label("age: 18-64") == "age: 18-64"


def test_letters_without_a_font_are_told_and_signs_are_spelled():
    assert find_fonts("Grün, Жук, مدينة") == ([], "")
    families, missing = find_fonts("\U0001f642\U00016e40")
    assert not any(name.startswith("Last Resort") for name in families)
    if "\U0001f642" in missing:
        assert spell_signs("a \U0001f642", missing) == "a [slightly smiling face]"
    assert spell_signs("\U00016e40", "\U00016e40") == "\U00016e40"
    assert not can_draw("\U00016e40")


def test_titles_are_broken_by_how_wide_they_are():
    assert wrap("one two three", 7) == "one two\nthree"
    assert wrap("日本 日本", 8) == "日本\n日本"
    assert isolate("plain") == "plain"
    assert isolate("مدينة") != "مدينة"


def test_export_writes_the_figures_of_the_report_and_says_so(make_runs):
    folder = make_runs(replicates=2)
    made = CliRunner().invoke(main, ["export", str(folder), "--figures", "svg"])
    assert made.exit_code == 0, made.output
    written = {path.name for path in (folder / "figures").iterdir()}
    assert {"pilot-admissions-by-replicate.svg", "pilot-budget.svg"} <= written
    assert {"cost-effectiveness-plane.svg", "acceptability.svg"} <= written
    assert all(str(folder / "figures" / name) in made.output for name in written)
    both = CliRunner().invoke(main, ["export", str(folder), "--figures", "png", "--csv"])
    assert both.exit_code == 2


def test_no_file_is_overwritten(make_runs, legend, monkeypatch):
    folder = make_runs(replicates=2)
    named = [slides.Named(stem, "A title", legend) for stem in ("one", "two")]
    monkeypatch.setattr(slides, "list_figures", lambda _: named)
    target = folder / "slides"
    assert [path.name for path in slides.write_slides(folder, "svg", target).new] == [
        "one.svg",
        "two.svg",
    ]
    again = slides.write_slides(folder, "svg", target)
    assert not again.new
    assert len(again.same) == 2
    (target / "one.svg").write_text("mine")
    (target / "two.svg").unlink()
    with pytest.raises(InvalidInput, match=r"one\.svg is there already, and holds something else"):
        slides.write_slides(folder, "svg", target)
    assert (target / "one.svg").read_text() == "mine"
    assert not (target / "two.svg").exists()
