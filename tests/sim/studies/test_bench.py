"""Every figure of the benchmark comes from a fresh process."""

from fake_community import FakePopulation, FakeScenario

from sim.cli.terminal.speed import say_start
from sim.community import Community
from sim.scenario.library import load
from sim.studies import benchmark
from sim.studies.memory_traffic import LINE_BYTES, measure_traffic

FIELDS = {
    "residents",
    "weeks",
    "threads",
    "ns_per_agent_week",
    "plain_mesa_ns_per_agent_week",
    "ratio",
    "build_seconds",
    "bytes_per_resident",
    "compile_seconds_cold",
    "startup_seconds_warm",
    "all_services_ratio",
    "bytes_moved",
    "bandwidth_floor_ns",
    "import_seconds",
    "help_seconds",
    "thread_speedup",
    "against_10_000",
    "sweep_seconds",
}


def test_one_entry_per_size_and_thread_count(monkeypatch, tmp_path):
    yardstick = tmp_path / "plain_mesa.py"
    yardstick.write_text(
        "def run(n_residents, weeks, seed):\n    return n_residents * weeks * 1e-6\n"
    )
    monkeypatch.setattr(benchmark, "YARDSTICK", yardstick)

    def town(residents):
        return FakeScenario("baseline", population=FakePopulation(residents))

    (entry,) = benchmark.measure_speed(town, [300], [1], weeks=4, engine="fake_community")
    assert set(entry) >= FIELDS
    assert abs(entry["plain_mesa_ns_per_agent_week"] - 1000) < 1e-6
    assert entry["ratio"] == entry["plain_mesa_ns_per_agent_week"] / entry["ns_per_agent_week"]
    assert entry["startup_seconds_warm"] > 0


def test_without_a_checkout_there_is_no_yardstick(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "YARDSTICK", tmp_path / "absent.py")
    assert benchmark._measure_plain(100) is None


def test_a_week_moves_at_least_what_residents_hold_and_less_than_all_of_it_many_times():
    town = Community(load("baseline").with_({"population.residents": 500, "warm_up": 2}), rng=1)
    held = sum(
        column.nbytes
        for table in (town.world.residents, town.world.ties)
        for column in table.by_name().values()
    )
    moved, floor = measure_traffic(town)
    ties = int((town.world.ties.neighbour < 500).sum())
    assert held / 500 < moved < 2 * held / 500 + 2 * LINE_BYTES + LINE_BYTES * ties / 500
    assert floor > 0
    assert town.week == -1


def test_threads_are_compared_with_one_and_sizes_with_the_usual_one():
    alone = {}
    usual = benchmark._compare(benchmark.USUAL_SIZE, 1, 200.0, 5_000.0, alone)
    large = benchmark._compare(1_000_000, 1, 150.0, None, alone)
    both = benchmark._compare(1_000_000, 2, 100.0, None, alone)
    assert (usual["ratio"], usual["thread_speedup"], usual["against_10_000"]) == (25.0, None, 1.0)
    assert (large["ratio"], large["thread_speedup"], large["against_10_000"]) == (None, None, 0.75)
    assert (both["thread_speedup"], both["against_10_000"]) == (1.5, None)


def _time_sweeps(monkeypatch, few, many, first=60.0):
    """Let sweeps take these seconds, try by try; the first, which is not counted, takes long."""
    seconds = {benchmark.FEW_RUNS: [first, *few], benchmark.MANY_RUNS: list(many)}
    monkeypatch.setattr(
        benchmark, "_ask", lambda _, asked, __: {"seconds": seconds[asked["runs"]].pop(0)}
    )
    return benchmark._measure_sweep(FakeScenario("baseline"), "fake_community", 2)["sweep_seconds"]


def test_the_time_of_a_sweep_is_a_rate_without_the_start(monkeypatch):
    more = 0.01 * (benchmark.MANY_RUNS - benchmark.FEW_RUNS)
    found = _time_sweeps(monkeypatch, (3.0, 9.0, 3.5), (8.0, 3.0 + more, 7.0))
    assert abs(found - 10.0) < 1e-9
    assert benchmark._measure_sweep(FakeScenario("baseline"), "fake_community", 0) == {
        "sweep_seconds": None
    }


def test_a_difference_that_cannot_be_right_is_not_measured(monkeypatch):
    assert _time_sweeps(monkeypatch, (9.0, 9.0, 9.0), (8.0, 8.5, 9.0)) is None
    starts = iter((0.0, 2.0, 10.0, 15.0))
    monkeypatch.setattr(benchmark, "_ask", lambda *_: {})
    monkeypatch.setattr(benchmark, "_measure_command", lambda *_: 0.5)
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: next(starts))
    found = benchmark._measure_start(FakeScenario("baseline"), "fake_community")
    assert found["compile_seconds_cold"] is None
    said = say_start(found | {"sweep_seconds": None})
    assert "compilation once: not measured, start 5.0 s" in said
    assert said.endswith("156 weeks not measured")
    assert " 90.0 s, at the rate" in say_start(found | {"sweep_seconds": 90.0})
