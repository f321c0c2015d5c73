"""Moments that nothing was set to: counted as docs/calibration.md says, on histories that can be
checked by hand, and named by no number, scenario or target of the calibration.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import sim.evidence
from sim.state.codes import Event
from sim.studies.calibration import check
from sim.studies.calibration.moments import held_out
from sim.studies.calibration.targets import all_targets, held_out_targets
from tests.sim.studies.test_moments import fall_severely_ill, make_history


def test_depression_of_the_young_is_of_those_below_eighteen():
    history = make_history()
    history.age[:] = (13.0, 15.0, 16.9, 40.0)
    history.episode[30:34, 0] = 1
    history.episode[30:34, 3] = 1
    # at the end of the second year the third is of age
    assert held_out.count_ill(history)["H01"][0] == pytest.approx((1 / 3 + 0.0 + 0.0) / 3)


def test_who_is_young_or_old_is_so_in_the_last_week_of_the_year():
    """Four who turn 18 or 60 between weeks 50 and 51, or between 51 and 52: the last week is 51."""
    history = make_history(weeks=60)
    just, not_yet = 50.5 / 52.18, 51.5 / 52.18
    history.age[:] = (18.0 - just, 18.0 - not_yet, 60.0 - just, 60.0 - not_yet)
    history.episode[30, :2] = 1
    for note in history.lonely:
        note[:] = (3.0, 3.0, 7.0, 5.0)
    # Of the two youngest one is of age, and of the two oldest one is sixty.
    assert held_out.count_ill(history)["H01"] == (1.0,)
    assert held_out.count_ill(history)["H04"] == (1.0,)
    assert held_out.score_lonely(history)["H10"] == (7.0, 0.0)
    history.alive[51, 1] = 0
    assert np.isnan(held_out.count_ill(history)["H01"][0])


def test_weeks_ill_are_those_of_the_year():
    history = make_history()
    history.episode[40:60, 0] = 1
    history.episode[0:4, 1] = 1
    # 12 and 4 weeks in the first year, 8 in the second, nobody in the third
    assert held_out.count_ill(history)["H04"][0] == pytest.approx(((12 + 4) / 2 + 8) / 2)


def test_distress_is_compared_between_fifths_of_income():
    history = make_history(people=6)
    history.income[:] = (0, 1, 1, 2, 2, 2)
    history.phq[:] = (20.0, 20.0, 3.0, 20.0, 5.0, 3.0)
    found = held_out.count_ill(history)
    assert found["H03"] == pytest.approx((1 / 2, 1 / 3))
    assert found["H02"] == pytest.approx((4 / 6,))


def test_adequate_are_eight_sessions_of_therapy_or_four_of_other_care():
    history = make_history()
    history.episode[:] = 1
    for person, (therapy, other) in enumerate(((8, 0), (7, 3), (0, 4), (0, 0))):
        history.therapy[:therapy, person] = 1
        history.sessions[: therapy + other, person] = 1
    found = held_out.count_treated(history)
    # nobody is treated in the second and the third year, which leaves those shares of the treated
    # without anybody, and those of all at nothing
    assert found["H06"] == pytest.approx((2 / 3,))
    assert found["H05"] == pytest.approx((3 / 4 / 3,))
    assert found["H07"] == pytest.approx((3 / 4 / 3,))


def test_therapy_of_women_and_of_men():
    history = make_history()
    history.female[:] = (1, 1, 0, 0)
    for year in range(3):
        history.therapy[52 * year + 3, :1] = 1
    assert held_out.count_treated(history)["H08"] == pytest.approx((0.5, 0.0))


def test_loneliness_of_older_people_and_with_a_psychotic_illness():
    history = make_history()
    history.age[:] = (70.0, 80.0, 40.0, 30.0)
    history.psychotic[:] = (0, 0, 1, 1)
    fall_severely_ill(history, 2)
    for note in history.lonely:
        note[:] = (3.0, 5.0, 6.0, 3.0)
    found = held_out.score_lonely(history)
    assert found["H10"] == pytest.approx((4.0, 1.0))
    # the fourth has no severe illness now
    assert found["H11"] == (1.0,)


def test_first_contact_counts_those_never_treated_before():
    history = make_history(people=6)
    history.happened[20, :] |= Event.NEW_EPISODE.value
    history.sessions[60, 0] = 1  # within the year
    history.sessions[80, 1] = 1  # later
    history.had[2] = 1  # ill before
    history.sessions[5, 3] = 1  # treated before
    history.age[4] = 15.0  # not grown
    history.alive[25:, 5] = 0  # lost from sight before anything happens
    assert held_out.contact_soon(history) == pytest.approx(0.5)
    # once lost from sight, neither treated nor untreated
    history.alive[30:, 1] = 0
    assert held_out.contact_soon(history) == pytest.approx(1.0)


def test_change_without_treatment_leaves_out_whoever_is_treated():
    history = make_history()
    history.episode[:, :3] = 1
    history.phq[:, :3] = 20.0
    history.phq[60:, :3] = 15.0
    history.phq[60:, 2] = 0.0
    history.sessions[61, 2] = 1
    history.alive[130:] = 0
    # from week 52 to 62 forty points become thirty; five later quarters change nothing, and the
    # third is no case any more
    before, after = 40.0 + 5 * 30.0, 30.0 + 5 * 30.0
    assert held_out.change_untreated(history) == pytest.approx(after / before - 1.0)


def test_agreement_by_hand():
    first, second = np.array([0, 0, 1, 4]), np.array([0, 1, 1, 4])
    # observed disagreement 1/4; by chance: sum over the margins of |i - j|
    margins = np.array([[0.5, 0.25, 0, 0, 0.25], [0.25, 0.5, 0, 0, 0.25]])
    chance = sum(abs(i - j) * margins[0, i] * margins[1, j] for i in range(5) for j in range(5))
    assert held_out.weigh_agreement(first, second) == pytest.approx(1.0 - 0.25 / chance)
    assert held_out.weigh_agreement(first, first) == 1.0
    assert np.isnan(held_out.weigh_agreement(first * 0, first * 0))


def test_a_shift_of_everybody_is_disagreement():
    one = np.array([1.0, 2.0, 3.0, 4.0])
    assert held_out.correlate_within(one, one) == pytest.approx(1.0)
    assert held_out.correlate_within(one, one[::-1]) == pytest.approx(-1.0)
    # Pearson's correlation would be 1
    assert held_out.correlate_within(one, one + 2.0) == pytest.approx(2 * 1.0 / (2 * 9.0))


def test_a_history_without_anybody_gives_no_number():
    history = make_history()
    history.alive[:] = 0
    found = held_out.measure_held_out(history)
    assert all(np.isnan(part) for parts in found.values() for part in parts)


def test_every_moment_is_measured_in_its_order():
    found = held_out.measure_held_out(make_history())
    assert set(found) == {target.id for target in held_out_targets()}
    for target in held_out_targets():
        assert len(found[target.id]) == len(target.parts) == len(target.value)
        assert all(
            low <= value <= high
            for low, value, high in zip(target.low, target.value, target.high, strict=True)
        )


def test_nothing_that_a_town_is_made_of_names_a_record_that_is_held_out():
    evidence = Path(sim.evidence.__file__).parent
    files = [file for file in evidence.glob("*.yaml") if file.name != "held_out.yaml"]
    files += [
        file
        for file in Path("scenarios").rglob("*.yaml")
        if "trials" not in file.parts and "claims" not in file.parts
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    # LO-14 and LO-16 are told apart from longer names by the word's end
    named = [
        source
        for target in held_out_targets()
        for source in target.sources
        if re.search(rf"\b{re.escape(source)}\b", text)
    ]
    assert named == []
    assert {t.near for t in held_out_targets()} - {""} <= {t.id for t in all_targets()}


def test_a_check_says_how_many_have_no_neighbour():
    verdicts = [
        check.Verdict(target, target.value, target.low, target.high)
        for target in held_out_targets()
    ]
    alone = sum(not target.near for target in held_out_targets())
    said = check.say_held_out(verdicts)
    assert said.startswith(f"{alone} of the {alone} that are near no fitted moment")
    assert "H02 (C04)" in said
