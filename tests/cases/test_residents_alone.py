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
