"""A town with other people and the same services is told, with what changes them together."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sim.cli import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--set", "population.residents=2000"), "`--scale 20%` changes all together"),
        (("--set", "population.residents=12500"), "`--scale 125%` changes all together"),
        (("--scale", "20%"), ""),
        (("--set", "population.residents=10000"), ""),
        # whoever changes services as well has thought of them
        (("--set", "population.residents=2000", "--set", "services.psychiatry.caseload=9"), ""),
    ],
)
def test_residents_alone_leave_services_as_they_are(words, told):
    asked = CliRunner().invoke(main, ["run", "baseline", "-n", "1", "--dry-run", *words])
    assert asked.exit_code == 0, asked.output
    assert told in asked.output
    assert ("have the services, beds and funds of 10,000" in asked.output) == bool(told)


def test_one_resident_alone_is_one_person():
    words = ["run", "baseline", "-n", "1", "--dry-run", "--set", "population.residents=1"]
    asked = CliRunner().invoke(main, words)
    assert "note: at this size 1 person has the services, beds and funds of 10,000" in asked.output


def test_claims_tell_it_too_and_name_no_option_that_they_lack(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.cli.claiming._score", lambda *_: [])
    words = ["claims", "-o", str(tmp_path / "r"), "--set"]
    alone = CliRunner().invoke(main, [*words, "population.residents=2000"])
    assert "2,000 people have the services, beds and funds of 10,000" in alone.output
    assert "--scale" not in alone.output
    other = CliRunner().invoke(main, [*words, "horizon=52 weeks"])
    assert "services, beds and funds" not in other.output
