import subprocess
import sys

import pytest

from sim.errors import InvalidInput
from sim.scenario.library import find_shelf, list_shipped, load, name_of

SHIPPED = list_shipped()


def test_what_is_shipped():
    assert {"us-town", "baseline", "peer-pilot", "funding-cut", "cut-with-peers"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_are_sound_and_begin_with_their_schema(name):
    scenario = load(name)
    assert scenario.name == name
    assert load(f"{name}.yaml") == load(find_shelf() / f"{name}.yaml") == scenario
    first = (find_shelf() / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=schema/scenario.schema.json"


def test_shipped_replicates_share_their_past():
    assert (
        len(
            {
                load(name).past_hash
                for name in ("baseline", "peer-pilot", "funding-cut", "cut-with-peers")
            }
        )
        == 1
    )
    assert len({load(name).hash for name in SHIPPED}) == len(SHIPPED)


def test_the_cut_is_a_cut_of_what_the_town_has():
    cut = load("funding-cut").shocks["public-cut"]
    assert (cut.fund, cut.at, cut.by) == ("public-funds", 26, 0.3)
    both = load("cut-with-peers")
    assert both.services == load("peer-pilot").services
    assert both.shocks == load("funding-cut").shocks


def test_public_funds_roughly_cover_what_fees_do_not():
    """Within a quarter, at the fees of a town that uses nine tenths of its places about as often as a run shows."""
    town = load("baseline")
    pay = sum(
        posts * town.prices.pay[role].per_week * 52
        for service in town.services.values()
        for role, posts in service.staff.items()
    )
    sessions = {"community-therapy": 160 * 44, "psychiatry": 180 * 10, "primary-care": 1350 * 5.8}
    fees = sum(0.9 * count * town.services[name].fee.amount for name, count in sessions.items())
    net = pay * (1 + town.prices.overhead) - fees
    assert town.funds["public-funds"].amount.per_week * 52 == pytest.approx(net, rel=0.25)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("baselin", "did you mean 'baseline'"),
        ("", "name or the path"),
        ("a\0b", "name or the path"),
        ("nowhere/x.yaml", "no such file"),
    ],
)
def test_unknown_names_are_told(name, words):
    with pytest.raises(InvalidInput, match=words):
        load(name)


def test_a_file_beside_is_offered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("title: x\n")
    with pytest.raises(InvalidInput, match=r"the file 'mine\.yaml'"):
        load("mine")


def test_a_folder_does_not_hide_a_shipped_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "baseline").mkdir()
    assert load("baseline").name == "baseline"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a b.yaml", "a-b"),
        ("x.resolved.yaml", "x"),
        ("x.yml", "x"),
        (".yaml", "scenario"),
        ("c:d", "c-d"),
    ],
)
def test_names_come_from_files(tmp_path, file, name):
    assert name_of(tmp_path / file) == name


def test_loading_is_quick_and_light(cost):
    assert min(cost(lambda: load("cut-with-peers")) for _ in range(3)) < 20
    program = "import sys; from sim.scenario.library import load; load('cut-with-peers'); print(*[m for m in ('numpy', 'numba', 'mesa', 'pandas') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=find_shelf().parent,
        ).stdout.split()
        == []
    )
