"""Compilation: sorting as NumPy sorts, and the same decisions with compilation off."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core import event

from sim.community import Community
from sim.engine import compiled_cache
from sim.engine.compiled_cache import CheckedCacheFile, is_compiled_before, list_sources
from sim.engine.kernels import loop, part, rule, table
from sim.engine.priority_queue import order_by
from sim.scenario.library import load
from sim.studies.running.compiling import compile_first

pytestmark = pytest.mark.core

DECISIONS = """
import hashlib
import numpy as np
from sim.community import Community
from sim.scenario.library import load
town = Community(load("peer-pilot").with_({"population.residents": 60, "warm_up": 4, "horizon": 12,
    "services.peer-specialists.from": -3, "services.recovery-groups.from": -3}), rng=5)
town.run()
r = town.world.residents
print(*(int(getattr(r, name).astype(np.int64).sum()) for name in
    ("alive", "care_service", "care_sessions", "wait_service", "stay", "admissions", "happened", "close_ties", "peer", "episode")))
for name in ("distress", "loneliness", "stigma", "coping", "event_load"):
    print(name, *(f"{x:.4f}" for x in getattr(r, name)))
"""


@given(st.lists(st.floats(-1e6, 1e6), max_size=200))
def test_order_is_that_of_sorting(values):
    rank = np.array(values, np.float64)
    order = order_by(rank)
    assert sorted(order.tolist()) == list(range(rank.size))
    assert np.array_equal(rank[order], np.sort(rank))


@rule
def double(x):
    """Twice a number."""
    return 2.0 * x


@part
def put_double(i, column):
    """Write twice a row's number into it."""
    column[i] = double(column[i])


@table
def double_all(column):
    """Twice every number of a column."""
    for i in range(column.size):
        put_double(i, column)


def test_rules_parts_and_tables_work_alone_and_together():
    column = np.array([1.0, 2.5])
    double_all(column)
    assert column.tolist() == [2.0, 5.0]
    assert double(4.0) == 8.0


@loop
def divide(a, b):
    """One number by another, as the loops do it."""
    return a / b


@pytest.mark.parametrize("name", ["crisis-care", "disaster", "grant-end"])
def test_no_week_waits_for_a_compiler_once_a_town_is_prepared(name):
    """Crises that services meet, and lists that close: loops that an ordinary week never enters."""
    compile_first(lambda _: None)
    town = Community(load(name).with_({"population.residents": 300}), rng=1).prepare()
    compiled = []

    class Listener(event.Listener):
        def on_start(self, started):
            compiled.append(str(started.data["dispatcher"]))

        def on_end(self, ended):
            pass

    with event.install_listener("numba:compile", Listener()):
        town.run()
    assert not compiled


def test_division_by_zero_is_infinite_as_in_numpy_not_an_error():
    assert divide(1.0, 0.0) == np.inf


def test_a_loop_of_the_week_knows_that_it_was_compiled():
    order_by(np.array([2.0, 1.0]))
    assert is_compiled_before(order_by)


@pytest.mark.slow
def test_a_rule_changed_in_another_file_is_compiled_anew(project, tmp_path):
    """UCLA-3 is scored by a loop of sim.week.record.counts with a rule of sim.engine.random: Numba alone would look at the first file only."""
    shutil.copytree(project / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    code = """
import numpy
from sim.engine.compiled_cache import is_compiled_before
from sim.evidence.parameters import make_parameters
from sim.week.record.counts import score_all
print(is_compiled_before(score_all), score_all(numpy.zeros(1, numpy.float32), make_parameters({}).health)[0])
"""

    def score():
        given = {
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "NUMBA_CACHE_DIR": str(tmp_path / "kept"),
        }
        said = subprocess.run(
            [sys.executable, "-c", code],
            env=given,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        return said[0] == "True", float(said[1])

    first, again = score(), score()
    assert (first[0], again[0]) == (False, True)
    assert first[1] == again[1]
    rules = tmp_path / "sim" / "engine" / "fast_math.py"
    text = rules.read_text("utf-8")
    rules.write_text(text.replace("return 1.0 / (1.0 + exp(-x))", "return 0.0 * x"), "utf-8")
    assert text != rules.read_text("utf-8")
    assert score() == (False, 3.0)


def test_loops_see_only_what_the_checksum_covers(project):
    """A loop freezes the constants that it sees: their file must be one of those that it is made of."""
    stray, looked_at = [], 0
    for file in sorted((project / "sim").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        compiled = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and {"rule", "part", "inner", "table", "loop"} & marks_of(node)
        ]
        seen = {n.id for f in compiled for n in ast.walk(f) if isinstance(n, ast.Name)}
        looked_at += bool(seen)
        for node in tree.body if seen else ():
            if isinstance(node, ast.ImportFrom) and node.module.startswith("sim."):
                for name in node.names:
                    parts = [*node.module.split("."), name.name]
                    homes = [project.joinpath(*parts[:k]).with_suffix(".py") for k in (-1, None)]
                    homes = [home for home in homes if home.is_file()]
                    if (name.asname or name.name) in seen and not {*homes} <= list_sources(file):
                        stray.append(f"{file}: {name.name}")
    assert looked_at > 15
    assert stray == []


@pytest.mark.slow
def test_groups_that_loops_are_given_are_declared_where_the_checksum_looks():
    """Compiled code knows the places of a group's fields, so that their order is part of it."""
    program = """
from numba import types
from sim import load, Community
from sim.engine import compiled_cache
import sys
from pathlib import Path
town = Community(load("baseline").with_({"population.residents": 60, "warm_up": 0, "horizon": 2}))
town.run()
groups, left = set(), []
for module in [m for name, m in sys.modules.items() if name.startswith("sim.")]:
    for loop in [one for one in vars(module).values() if not isinstance(one, type)]:
        left += [kind for sig in getattr(loop, "signatures", ()) for kind in sig]
while left:
    kind = left.pop()
    left += list(getattr(kind, "types", ()))
    if isinstance(kind, types.BaseNamedTuple):
        groups.add(kind.instance_class.__module__)
print(*sorted(groups - set(compiled_cache.GROUPS)), "|", len(groups))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=250
    )
    stray, count = run.stdout.split("|")
    assert stray.split() == []
    assert int(count) >= 1


def test_a_rule_elsewhere_leaves_other_loops_alone(project):
    rules = project / "sim" / "week" / "resident" / "symptoms.py"
    assert rules in list_sources(project / "sim" / "week" / "resident" / "phases.py")
    for other in ("week/money/payments.py", "week/supply/workforce.py", "state/ties.py"):
        assert rules not in list_sources(project / "sim" / other)


def test_where_numba_gives_no_hold_on_its_cache_nothing_is_kept(monkeypatch):
    compiled_cache._refuse.cache_clear()
    monkeypatch.setattr(compiled_cache, "_ASKED", ("_a_name_of_another_numba",))
    with pytest.warns(RuntimeWarning, match="compiled anew in every process"):
        found = loop(divide.py_func)
    assert type(found._cache).__name__ == "NullCache"
    assert not is_compiled_before(found)
    assert found(3.0, 2.0) == 1.5
    compiled_cache._refuse.cache_clear()


def marks_of(function):
    return {mark.id for mark in function.decorator_list if isinstance(mark, ast.Name)}


def decide(**environment):
    given = {**os.environ, **environment}
    run = subprocess.run(
        [sys.executable, "-c", DECISIONS],
        env=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=250,
    )
    head, *rows = run.stdout.splitlines()
    return head, {row.split()[0]: np.array(row.split()[1:], float) for row in rows}


@pytest.mark.slow
def test_with_compilation_off_decisions_are_the_same_and_states_equal_up_to_rounding():
    compiled, plain = decide(), decide(NUMBA_DISABLE_JIT="1")
    assert plain[0] == compiled[0]
    for name, column in compiled[1].items():
        assert np.allclose(plain[1][name], column, atol=2e-4), name


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda _: b"",
        lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
    ],
    ids=["cut short", "empty", "a bit flipped"],
)
@pytest.mark.parametrize("ending", ["*.nbi", "*.nbc"])
def test_damaged_compiled_code_is_compiled_anew(tmp_path, monkeypatch, damage, ending):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    first = loop(divide.py_func)
    assert first(3.0, 2.0) == 1.5
    (kept,) = tmp_path.rglob(ending)
    kept.write_bytes(damage(kept.read_bytes()))
    again = loop(divide.py_func)
    assert again(3.0, 2.0) == 1.5
    assert again.stats.cache_misses
    third = loop(divide.py_func)
    assert third(3.0, 2.0) == 1.5
    assert third.stats.cache_hits


def test_a_loop_from_disk_is_compiled_into_others_from_what_is_read_then(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    assert loop(divide.py_func)(3.0, 2.0) == 1.5
    kept = loop(divide.py_func)

    def halve_twice(value):
        return kept(kept(value, 2.0), 2.0)

    read = []
    parse = compiled_cache.parse_bitcode
    monkeypatch.setattr(compiled_cache, "parse_bitcode", lambda text: read.append(1) or parse(text))
    assert kept(3.0, 2.0) == 1.5
    assert (kept.stats.cache_hits, len(read)) == ({next(iter(kept.overloads)): 1}, 0)
    caller = loop(halve_twice)
    assert caller(8.0) == 2.0
    assert read
    again = loop(halve_twice)
    assert again(8.0) == 2.0
    assert again.stats.cache_hits


NOWHERE = """
import os, sys, tempfile, warnings
from numba.core import caching
class Nowhere(caching.UserProvidedCacheLocator):
    @classmethod
    def from_function(cls, function, file):
        return super().from_function(function, file) if os.environ.get("NUMBA_CACHE_DIR") else None
caching.CacheImpl._locator_classes = [Nowhere]
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    from sim.engine.random import draw_for
    import numpy as np
    draw_for(np.arange(3, dtype=np.uint32), np.uint64(1), np.uint64(1), np.uint64(0), (np.uint64(1), np.uint64(0)))
print(*sorted({str(warning.message) for warning in told}), sep="\\n")
print(os.environ.get("NUMBA_CACHE_DIR", "none"))
"""


def run_without_a_cache(**environment):
    given = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    run = subprocess.run(
        [sys.executable, "-c", NOWHERE],
        env=given | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


def test_with_nowhere_to_keep_compiled_code_a_start_keeps_its_own():
    *told, folder = run_without_a_cache()
    (note,) = told
    assert note.startswith("compiled code is kept for this start alone: set NUMBA_CACHE_DIR")
    assert "kinwell-compiled-" in folder
    assert not Path(folder).exists()


def test_compiled_code_that_cannot_be_kept_costs_no_run():
    nowhere = {"_cache_path": "/nonexistent", "_index_name": "loop.nbi", "_source_stamp": "1"}
    kept = CheckedCacheFile(SimpleNamespace(**nowhere, _version="1"), "sum")
    with pytest.warns(RuntimeWarning, match=r"cannot be kept in /nonexistent \(No such file"):
        kept.save("signature", b"code")
    assert kept.load("signature") is None


@part
def _add_twice(a, b):
    """A part that is written into a loop twice, with a variable of its own and a branch."""
    more = a * b
    more = min(more, 3.0)
    return a + more


@loop
def _use_part(values, out):
    for i in range(values.size):
        out[i] = _add_twice(_add_twice(values[i], 2.0), 0.5)


def test_a_part_that_is_written_into_a_loop_twice_keeps_its_variables_apart():
    values = np.array([0.5, 1.0, 5.0])
    out = np.empty(3)
    _use_part(values, out)
    # 0.5 + 1 = 1.5, + 0.75; 1 + 2 = 3, + 1.5; 5 + 3 = 8, + 3
    assert out.tolist() == [2.25, 4.5, 11.0]


def test_a_part_is_copied_without_a_copy_of_all_its_variables():
    """The statements are new, so that renaming in one place changes no other; variables would be
    copied with every block, a third of the compilation."""
    from numba.core import inline_closurecall
    from numba.core.compiler import run_frontend

    block = next(iter(run_frontend(_add_twice.py_func).blocks.values()))
    copied = inline_closurecall.copy.deepcopy(block)
    assert copied.scope is block.scope
    assert len(copied.body) == len(block.body)
    assert not any(one is other for one, other in zip(copied.body, block.body, strict=True))
