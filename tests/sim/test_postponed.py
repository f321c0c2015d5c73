"""Imports that wait: nothing is loaded before somebody looks, and then everything is there."""

import importlib
import inspect
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from sim.engine.lazy_imports import _Waiting, import_part, postpone

pytestmark = pytest.mark.core


@pytest.fixture
def parcel(tmp_path, monkeypatch):
    """A package that counts how often it is loaded, waiting to be."""
    (tmp_path / "parcel").mkdir()
    (tmp_path / "parcel" / "__init__.py").write_text(
        "import builtins\nbuiltins.parcels.append(1)\nfrom parcel.within import WEIGHT\n", "utf-8"
    )
    (tmp_path / "parcel" / "within.py").write_text(
        "import parcel\nWEIGHT = 3\ndef name(): return parcel.__name__\n", "utf-8"
    )
    monkeypatch.setattr("builtins.parcels", [], raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    postpone("parcel", "no_such_parcel")
    importlib.invalidate_caches()
    yield tmp_path / "parcel"
    for name in [name for name in sys.modules if name.split(".")[0] == "parcel"]:
        del sys.modules[name]


def loads():
    import builtins

    return len(builtins.parcels)


def test_a_module_waits_until_it_is_looked_into(parcel):
    import parcel as waiting

    assert inspect.stack()
    assert waiting.__file__ == str(parcel / "__init__.py")
    assert (type(waiting), loads()) == (_Waiting, 0)
    assert not waiting
    assert waiting.WEIGHT == 3
    assert (type(waiting), loads()) == (ModuleType, 1)
    assert waiting
    assert waiting.within.name() == "parcel"
    with pytest.raises(AttributeError, match="has no attribute 'length'"):
        _ = waiting.length
    assert importlib.reload(waiting).WEIGHT == 3


@pytest.mark.usefixtures("parcel")
@pytest.mark.parametrize(
    "line",
    ["from parcel import WEIGHT", "import parcel.within", "from parcel.within import WEIGHT"],
)
def test_every_way_to_take_something_out_of_it_loads_it_first(line):
    import parcel as waiting

    exec(line, {})
    assert (type(waiting), loads(), waiting.WEIGHT) == (ModuleType, 1, 3)


@pytest.mark.usefixtures("parcel")
def test_many_threads_load_it_once():
    import parcel as waiting

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: waiting.WEIGHT, range(40))) == [3] * 40
    assert loads() == 1


def test_one_that_cannot_be_loaded_says_so_at_every_look(parcel):
    (parcel / "within.py").write_text("raise RuntimeError('torn')\n", "utf-8")
    import parcel as waiting

    for _ in range(2):
        with pytest.raises(RuntimeError, match="torn"):
            _ = waiting.WEIGHT
    (parcel / "within.py").write_text("WEIGHT = 4  # mended\n", "utf-8")
    assert waiting.WEIGHT == 4


@pytest.mark.usefixtures("parcel")
def test_a_part_is_imported_alone_for_who_asks_and_with_its_package_for_others(parcel):
    (parcel / "within.py").write_text("WEIGHT = 5\n", "utf-8")
    assert (import_part("parcel", "within").WEIGHT, loads()) == (5, 0)
    import parcel as waiting

    with pytest.raises(ModuleNotFoundError, match=r"parcel\.beside"):
        import_part("parcel", "beside")
    assert loads() == 0
    (parcel / "beside.py").write_text("import builtins\nbuiltins.parcels.append(2)\n", "utf-8")
    importlib.invalidate_caches()
    from parcel import beside

    assert (waiting.WEIGHT, import_part("parcel", "beside")) == (5, beside)
    assert sys.modules["builtins"].parcels == [1, 2]


@pytest.mark.usefixtures("parcel")
def test_a_part_that_comes_with_its_package_is_loaded_once():
    import parcel.within as first
    from parcel import within

    assert within is first is sys.modules["parcel.within"]
    assert first.__spec__.origin == first.__file__
    assert importlib.reload(first).WEIGHT == 3


def test_one_that_is_not_there_is_missed_at_once():
    with pytest.raises(ModuleNotFoundError, match="no_such_parcel"):
        importlib.import_module("no_such_parcel")


def test_a_worker_lives_a_town_without_pandas_networkx_and_scipy():
    code = """
import sys
from sim.engine.lazy_imports import postpone
postpone()
from sim.community import Community
from sim.scenario.library import load
Community(load("baseline").with_({"population.residents": 60, "warm_up": 2}), rng=1).warm_up().step()
unused = {"networkx.algorithms", "numpy.testing", "pandas.core", "scipy._lib._array_api", "scipy.spatial"}
assert unused & {name for name, module in sys.modules.items() if "_later" not in vars(module)} == set()
import networkx, pandas, mesa
assert pandas.DataFrame({"a": [1]}).shape == (1, 1)
from scipy import linalg, special, stats
assert (linalg.det([[2.0]]), special.expit(0.0), stats.norm.cdf(0.0)) == (2.0, 0.5, 0.5)
assert networkx.Graph().size() == 0 and mesa.experimental.continuous_space.ContinuousSpace
print("lived")
"""
    assert run_alone(code) == "lived\n"


@pytest.mark.parametrize("used", ["", "sim.Community; sim.load; sim.run", "import sim.cli"])
def test_importing_sim_leaves_every_other_module_alone(used):
    """A user's pandas is what it is without Kinwell, and so is whatever else finds modules."""
    code = f"""
import sys
finders = list(sys.meta_path)
import sim
{used}
assert sys.meta_path == finders, sys.meta_path
import pandas
assert type(pandas) is type(sys) and "pandas.core" in sys.modules
assert [name for name, m in sys.modules.items() if type(m).__name__ == "_Waiting"] == []
print("alone")
"""
    assert run_alone(code) == "alone\n"


def run_alone(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout or done.stderr
