"""Every figure of the benchmark comes from a fresh process."""

from fake_community import FakePopulation, FakeScenario

from sim.studies import benchmark

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
