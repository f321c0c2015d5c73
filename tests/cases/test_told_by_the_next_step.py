"""What is advised can be done: by the page of an explanation, by status, by an option, by a setting of the environment."""

from __future__ import annotations

import sqlite3

import pytest

import sim
from analysis.reports.context import open_context
from analysis.reports.sections.why import fill_why
from sim.errors import InvalidInput
from sim.store import Store
from sim.studies.audit.run import read_scenarios
from sim.studies.explaining.plan import check_explainable
from sim.studies.running.progress import summarise

TINY = {"population.residents": 60, "warm_up": "1 week", "horizon": "3 weeks"}


def give(name, changes):
    return sim.load("baseline").with_({**TINY, "name": name, "title": name, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"services.psychiatry.caseload": 5}, "the two differ before week 0"),
        (
            {
                "branch": {
                    "at": "week 1",
                    "options": {
                        "stay": {"title": "Stay"},
                        "stop": {"services": {"psychiatry": {"until": "week 2"}}},
                    },
                    "take": "stop",
                }
            },
            "scenarios that branch",
        ),
        ({"services.psychiatry.until": "week 1"}, ""),
    ],
)
def test_a_page_names_explain_only_where_it_is_not_refused(tmp_path, changes, said):
    sim.run([give("town", {}), give("other", changes)], 2, workers=1, into=tmp_path / "r")
    missing = fill_why(open_context(tmp_path / "r", "town", "other"))["missing"]
    found = {one.name: one for one in read_scenarios(tmp_path / "r")}
    if not said:
        assert "kinwell explain" in missing
        check_explainable(found["town"], found["other"])
        return
    assert said in missing
    assert "kinwell explain" not in missing
    with pytest.raises(sim.errors.Refused):
        check_explainable(found["town"], found["other"])


def fail(folder, first):
    """Let the runs of a folder have failed, from this seed on."""
    with sqlite3.connect(folder / "runs.db") as store:
        store.execute("UPDATE runs SET status = 'failed' WHERE seed >= ?", (first,))
        store.execute(
            "INSERT INTO failures (run, scenario, seed, stage, message, traceback, command)"
            " SELECT key, 'town', seed, 'week 1', 'out of order', '', 'kinwell run x' FROM runs"
            " WHERE seed >= ? ORDER BY seed",
            (first,),
        )


def test_status_tells_the_failures_of_the_study_that_was_asked_for_last(tmp_path):
    town, folder = give("town", {}), tmp_path / "r"
    sim.run(town, 2, seed=1, workers=1, into=folder)
    fail(folder, first=2)
    assert (found := summarise(folder)).failed == 1
    assert [one.partition("\n")[0] for one in found.failures] == ["town, seed 2: out of order"]
    sim.run(town, 2, seed=5, workers=1, into=folder)
    now = summarise(folder)
    assert (now.done, now.failures) == (2, ())
    assert now.other_failures == found.failures


def test_status_reads_the_words_of_the_failures_that_it_shows_alone(tmp_path, monkeypatch):
    town, folder = give("town", {}), tmp_path / "r"
    sim.run(town, 24, seed=1, workers=1, into=folder)
    fail(folder, first=1)
    with sqlite3.connect(folder / "runs.db") as store:
        # The study that was asked for last had the later half of the seeds.
        store.execute("UPDATE plans SET seed = 13, replicates = 12")
    asked = []
    query = Store.query
    monkeypatch.setattr(Store, "query", lambda *words: asked.append(query(*words)) or asked[-1])
    found = summarise(folder)
    seeds = [
        [int(one.partition("seed ")[2].partition(":")[0]) for one in each]
        for each in (found.failures, found.other_failures)
    ]
    assert seeds == [list(range(13, 23)), list(range(1, 11))]
    texts = [row for rows in asked for row in rows if "repeat it with" in str(row)]
    assert len(texts) == len(found.failures) + len(found.other_failures)


def test_an_option_that_is_empty_is_told_how_it_stays_as_it_is(tmp_path):
    (tmp_path / "town.yaml").write_text(
        "extends: baseline\ntitle: A\nbranch: {at: week 4, options: {stay: {}, stop: {title: B}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as refused:
        sim.load(tmp_path / "town.yaml")
    (told,) = refused.value.problems
    assert (told.path, told.message) == ("branch.options.stay", "is empty")
    assert "{title: Stay as planned}" in told.hint


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("NUMBA_NUM_THREADS", ["0", "two", "1.5", "-1", "9" * 400], ["1", " 2 ", ""]),
        ("NUMBA_DISABLE_JIT", ["yes", "²"], ["0", "1"]),
        ("NUMBA_OPT", ["9"], ["3", "max"]),
        ("NUMBA_THREADING_LAYER", ["threads"], ["workqueue", "omp"]),
    ],
)
def test_a_setting_that_the_compiler_cannot_read_is_told(name, wrong, right, kinwell, monkeypatch):
    for given in wrong:
        monkeypatch.setenv(name, given)
        told = kinwell("status", "nowhere")
        assert told.exit_code == 2
        assert f"{name}: must be " in told.stderr
        assert f"unset {name}" in told.stderr
    for given in right:
        monkeypatch.setenv(name, given)
        assert name not in kinwell("status", "nowhere").stderr
