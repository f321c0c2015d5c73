"""The estimate before a study is near what the study then takes."""

from fake_community import FakePopulation, FakeScenario

from sim.studies.dry_run import estimate_study
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.running.runner import run_scenarios

TOWNS = [FakeScenario("baseline", horizon=104), FakeScenario("pilot", effect=1.0, horizon=104)]


def test_it_counts_runs_and_shared_warm_ups():
    found = estimate_study(TOWNS, 10, 4, engine="fake_community")
    assert (found.runs, found.residents, found.workers) == (20, 100, 4)
    assert found.weeks == 10 * (5 + 2 * 104)
    crossed = estimate_study(TOWNS, 10, 4, draws=3, engine="fake_community")
    assert crossed.runs == 60


def test_workers_beyond_the_replicates_do_not_count():
    assert estimate_study(TOWNS, 2, 64, engine="fake_community").workers == 2


def test_summaries_need_far_less_disk():
    whole, small = (
        estimate_study(TOWNS, 1000, 2, keep=keep, engine="fake_community").bytes
        for keep in ("weekly", "summary")
    )
    assert small < whole / 10


def test_the_disk_needed_is_of_the_right_size(tmp_path):
    made = run_scenarios(
        TOWNS,
        20,
        1,
        1,
        tmp_path / "out",
        execution=Execution(progress=Silence(), engine="fake_community"),
    )
    estimated = estimate_study(TOWNS, 20, 1, engine="fake_community").bytes
    assert 0.3 < made.database.stat().st_size / estimated < 1.5


def test_a_huge_town_is_probed_small(monkeypatch):
    built = []
    import fake_community

    class Watched(fake_community.Community):
        def __init__(self, scenario, *args, **options):
            built.append(scenario.population.residents)
            super().__init__(scenario, *args, **options)

    monkeypatch.setattr(fake_community, "Community", Watched)
    town = FakeScenario("baseline", population=FakePopulation(10_000_000))
    found = estimate_study([town], 1, 1, engine="fake_community")
    assert max(built) == 50_000
    assert found.residents == 10_000_000
    assert found.seconds > 0
