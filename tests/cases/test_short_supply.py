"""A service that closes shortens its list: whoever compares is told, in words and as data."""

from __future__ import annotations

import json

from click.testing import CliRunner

import sim
from sim.cli import main


def test_a_service_that_closes_is_named_beside_the_shorter_list(tmp_path):
    small = {"population.residents": 300, "warm_up": 4, "horizon": 30}
    town = sim.load("baseline").with_(small)
    closed = town.with_({"name": "closed", "services.primary-care.until": 10})
    sim.run([town, closed], replicates=2, seed=1, workers=1, into=tmp_path / "r")
    folder = str(tmp_path / "r")
    told = CliRunner().invoke(main, ["compare", folder]).stdout
    wanted = "closed, without places at the end: primary-care (2 of 2 replicates; 0 with"
    assert wanted in " ".join(told.split())
    data = json.loads(CliRunner().invoke(main, ["compare", folder, "--json", "-"]).stdout)
    assert [said for said in data["short_supply"] if said.startswith(wanted)]
