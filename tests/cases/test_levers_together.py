"""Case 22: levers are tried as a sweep sets them, together."""

from __future__ import annotations

import pytest

from sim.errors import InvalidInput
from sim.scenario.designs.levers.combinations import MOST_COMBINED, find_clashes, list_combinations
from sim.scenario.designs.sweep import load_sweep
from sim.scenario.library import load


def test_combinations_that_cannot_be_are_told_with_their_place(enter, kinwell):
    enter("22")
    for words in (("check", "sweep.yaml"), ("sweep", "sweep.yaml", "-o", "r", "-j", 1)):
        found = kinwell(*words)
        assert found.exit_code == 2
        assert "sweep.yaml:5" in found.stderr
        assert "week 5" in found.stderr
        assert "week 3" in found.stderr


def test_combinations_that_can_be_are_not_refused_because_one_lever_alone_cannot(enter):
    folder = enter("22")
    (folder / "p.yaml").write_text(
        (folder / "p.yaml")
        .read_text()
        .replace("from: week 0, until: week 6", "from: week 8, until: week 12")
    )
    text = (folder / "sweep.yaml").read_text().replace("[week 1, week 5]", "[week 1, week 2]")
    (folder / "sweep.yaml").write_text(text)
    assert len(load_sweep("sweep.yaml").levers) == 2


def test_a_value_that_fits_nowhere_is_blamed_alone(enter, kinwell):
    folder = enter("22")
    text = (folder / "sweep.yaml").read_text()
    (folder / "sweep.yaml").write_text(text.replace("[week 1, week 5]", "[week 1, soon]"))
    found = kinwell("check", "sweep.yaml")
    assert found.exit_code == 2
    assert "must be a week or a date" in found.stderr
    assert "services.peer-specialists.until =" not in found.stderr


def test_a_range_is_tried_at_its_ends(enter, kinwell):
    folder = enter("22")
    text = "kind: sweep\ntitle: T\nscenario: p.yaml\nvary: {policy: {services.peer-specialists.from: {from: week 1, to: week 9}}}\n"
    (folder / "s.yaml").write_text(text + "design: {kind: latin_hypercube, points: 8}\n")
    found = kinwell("check", "s.yaml")
    assert found.exit_code == 2
    assert "after its beginning" in found.stderr


def test_of_many_combinations_those_of_one_part_are_all_tried():
    axes = [
        (f"services.{name}.{key}", list(range(6)))
        for name in ("a", "b", "c")
        for key in ("from", "until")
    ]
    tried = list(list_combinations(axes))
    assert len(tried) < 3 * MOST_COMBINED
    for name in "abc":
        seen = {(row[f"services.{name}.from"], row[f"services.{name}.until"]) for row in tried}
        assert len(seen) == 36


def test_a_clash_names_the_levers_that_it_takes():
    base = load("peer-pilot")
    axes = [
        ("services.peer-specialists.from", ["week 1", "week 90"]), ("services.peer-specialists.caseload", [8, 9]),
        ("services.peer-specialists.until", ["week 80", "week 100"]),
    ]  # fmt: skip
    (clash,) = find_clashes(base, axes)
    assert clash.setting == {
        "services.peer-specialists.from": "week 90",
        "services.peer-specialists.until": "week 80",
    }


def test_a_point_that_cannot_be_made_is_named_by_file_and_row(enter, kinwell):
    folder = enter("22")
    rows = [f"week {k},week 300" for k in range(300)] + ["week 9,week 3"]
    path = "services.peer-specialists"
    (folder / "points.csv").write_text(f"{path}.from,{path}.until\n" + "\n".join(rows) + "\n")
    (folder / "s.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: p.yaml\ndesign: {kind: points, file: points.csv}\n"
    )
    found = kinwell("sweep", "s.yaml", "-o", "r", "-j", 1)
    assert found.exit_code == 2
    assert "week 9" in found.stderr
    assert "week 3" in found.stderr
    assert "points.csv:302" in found.stderr


def test_a_point_that_is_there_twice_is_said(enter, kinwell):
    folder = enter("22")
    text = "kind: sweep\ntitle: T\nscenario: p.yaml\nvary: {policy: {services.peer-specialists.caseload: [8, 8.0, 9]}}\ndesign: grid\n"
    (folder / "s.yaml").write_text(text)
    assert "twice" in kinwell("check", "s.yaml").output
    (folder / "points.csv").write_text(
        "services.peer-specialists.caseload,symptoms.noise\n8,0.5\n8,0.50\n"
    )
    (folder / "f.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: p.yaml\ndesign: {kind: points, file: points.csv}\n"
    )
    found = kinwell("check", "f.yaml")
    assert "points.csv:3" in found.output
    assert "line 2" in found.output


@pytest.mark.parametrize("values", [40, 200])
def test_check_of_a_wide_sweep_takes_little_time(enter, cost, values):
    folder = enter("22")
    levers = "\n".join(
        f"    services.{name}.caseload: [{', '.join(str(k + 1) for k in range(values))}]"
        for name in ("peer-specialists", "psychiatry")
    )
    (folder / "s.yaml").write_text(
        f"kind: sweep\ntitle: T\nscenario: p.yaml\nvary:\n  policy:\n{levers}\ndesign: grid\n"
    )
    load_sweep("s.yaml")
    assert cost(lambda: load_sweep("s.yaml")) < 250


def test_contradictions_of_a_file_are_all_told_at_once(enter):
    folder = enter("22")
    path = "services.peer-specialists"
    (folder / "points.csv").write_text(
        f"{path}.from,{path}.until\nweek 5,week 3\nweek 1,week 3\nweek 6,week 2\n"
    )
    (folder / "s.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: p.yaml\ndesign: {kind: points, file: points.csv}\n"
    )
    with pytest.raises(InvalidInput) as error:
        load_sweep("s.yaml")
    assert {problem.line for problem in error.value.problems} == {2, 4}


def test_values_of_levers_of_other_parts_meet_each_other_too_and_soon():
    """A check of a sweep takes a second, so two levers of ten values have no trials of their own."""
    axes = [(f"services.{name}.from", list(range(10))) for name in "abcdefghijklm"]
    tried = list(list_combinations(axes))
    assert len(tried) <= 13 * 13
    for one, other in ((0, 12), (3, 4), (11, 12)):
        seen = {(row[axes[one][0]], row[axes[other][0]]) for row in tried}
        assert len(seen) == 100
    (long,) = [list(list_combinations([("a", list(range(90))), ("b", [1, 2, 3])]))]
    assert {row["a"] for row in long} == set(range(90))
    assert {(row["a"], row["b"]) for row in long} >= {(0, 3), (89, 1), (89, 3)}
