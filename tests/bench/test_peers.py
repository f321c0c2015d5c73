"""Other tools' small week is the yardstick's: the same town within chance, where the tool is installed."""

import sys
from pathlib import Path

import pytest

PEERS = Path(__file__).with_name("peers")


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("mesa_frames_week", "mesa_frames"),
        ("starsim_week", "starsim"),
        ("laser_week", "laser.core"),
    ],
)
def test_a_peer_lives_the_week_of_the_yardstick(name, package, plain_mesa, monkeypatch):
    pytest.importorskip(package)
    monkeypatch.syspath_prepend(PEERS)
    peer = __import__(name)
    town = plain_mesa.Town(1_000, 1)
    for _ in range(26):
        town.step()
    ours = town.datacollector.get_model_vars_dataframe().iloc[-1]
    _, theirs = peer.run(1_000, 26, 1)
    assert theirs["symptoms"] == pytest.approx(ours["symptoms"], abs=0.5)
    assert theirs["in_care"] == ours["in_care"] == 25
    assert theirs["qalys"] == pytest.approx(ours["qalys"], rel=0.05)
    assert 0 < theirs["admissions"] < 4 * ours["admissions"]


def test_the_comparison_prints_a_row_for_each_tool_and_leaves_out_what_is_missing(
    monkeypatch, capsys
):
    monkeypatch.syspath_prepend(PEERS)
    compare = __import__("compare")
    took = {"kinwell_week": 2e-7, "plain_mesa": 3e-6, "laser_week": 1e-7}
    monkeypatch.setattr(compare, "run_apart", lambda _, name, *__: took.get(name))
    monkeypatch.setattr(sys, "argv", ["compare.py", "1000"])
    compare.main()
    printed = capsys.readouterr().out
    assert "| kinwell_week | 200 |" in printed
    assert "| plain_mesa | 3,000 |" in printed
    assert "| starsim_week | - |" in printed
