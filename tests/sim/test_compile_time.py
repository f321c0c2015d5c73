"""What is said of a first compilation follows from what was measured here."""

import time
from functools import cache

import pytest

from sim import compile_time
from sim.compile_time import STEP, announce_compilation, expect_seconds, probe_seconds
from sim.engine import compiled_cache
from sim.studies.running import compiling


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    """As in a start that has said nothing and could keep everything so far."""
    announce_compilation.cache_clear()
    for name in ("_open_scratch", "_say_unkept", "_refuse"):
        monkeypatch.setattr(compiled_cache, name, cache(lambda: None))


def test_a_slower_machine_and_one_processor_take_longer():
    assert expect_seconds(2, 0.4) == pytest.approx(2 * expect_seconds(2, 0.2), abs=STEP)
    assert expect_seconds(1, 0.2) == pytest.approx(2 * expect_seconds(2, 0.2), abs=STEP)
    assert expect_seconds(64, 0.2) == expect_seconds(2, 0.2)


def test_the_reference_machine_takes_what_was_measured():
    assert expect_seconds(1, 0.145) == pytest.approx(65, abs=STEP)
    assert expect_seconds(2, 0.145) == pytest.approx(33, abs=STEP)


def test_a_measurement_compiles_something():
    assert 0.01 < probe_seconds() < 30


def test_an_announcement_names_seconds_and_processors_once(monkeypatch):
    monkeypatch.setattr(compile_time, "probe_seconds", lambda: 0.145)
    said = []
    announce_compilation(8, said.append)
    announce_compilation(8, said.append)
    (sentence,) = said
    assert sentence.startswith("The model is compiled first, this once")
    assert sentence.endswith(
        "about 35 s on two processors of this machine, longer beside other work."
    )


def test_a_first_compilation_says_how_far_it_is(monkeypatch):
    monkeypatch.setattr("sim.community.is_compiled", lambda: False)
    monkeypatch.setattr(compile_time, "probe_seconds", lambda: 0.0001)
    monkeypatch.setattr(compiling, "TICK", 0.02)
    monkeypatch.setattr(compiling, "compile_model", lambda _: time.sleep(0.1))
    said = []
    compiling.compile_first(said.append)
    assert "compiled first" in said[0]
    assert said[1].startswith("compiling: 0 of about 5 s")
    assert said[-1].startswith("Compiled in ")


@pytest.mark.parametrize("why", ["a start of its own", "no room", "the other process had none"])
def test_what_could_not_be_kept_is_not_said_to_be(monkeypatch, why):
    compiled = iter([False, why != "the other process had none"])
    monkeypatch.setattr("sim.community.is_compiled", lambda: next(compiled))
    monkeypatch.setattr(compile_time, "probe_seconds", lambda: 0.0001)
    monkeypatch.setattr(compiling, "compile_model", lambda _: None)
    if why != "the other process had none":
        name = "_open_scratch" if why == "a start of its own" else "_say_unkept"
        used = cache(lambda: None)
        used()
        monkeypatch.setattr(compiled_cache, name, used)
    said = []
    compiling.compile_first(said.append)
    assert said[-1].endswith("not kept: the next start compiles it again.")
    assert ("this once" in said[0]) == (why == "the other process had none")


def test_what_is_kept_is_said_to_be(monkeypatch):
    compiled = iter([False, True])
    monkeypatch.setattr("sim.community.is_compiled", lambda: next(compiled))
    monkeypatch.setattr(compile_time, "probe_seconds", lambda: 0.0001)
    monkeypatch.setattr(compiling, "compile_model", lambda _: None)
    said = []
    compiling.compile_first(said.append)
    assert said[-1].endswith("kept for next time.")


def test_nothing_is_said_where_everything_is_compiled(monkeypatch):
    monkeypatch.setattr("sim.community.is_compiled", lambda: True)
    said = []
    compiling.compile_first(said.append)
    assert said == []
