"""A database that was cut off (a copy that was interrupted, a full disk) is told as damaged when a
study goes on in it.
"""

import pytest

TOWN = "extends: baseline\ntitle: Town\nhorizon: 2 weeks\nwarm_up: 0 weeks\npopulation: {residents: 50}\n"
SWEEP = (
    "kind: sweep\ntitle: Caseload\nscenario: town.yaml\ndesign: grid\nreplicates: 2\n"
    "vary: {policy: {services.psychiatry.caseload: [3, 50, 100]}}\n"
)


@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_going_on_in_a_database_that_was_cut_off_is_refused_in_words(kinwell, left, tmp_path):
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "town.yaml").write_text(TOWN, encoding="utf-8")
    (folder / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    sweep, into = str(folder / "sweep.yaml"), str(folder / "out")
    assert kinwell("sweep", sweep, "-o", into, "-j", "1").exit_code == 0
    database = folder / "out" / "runs.db"
    whole = database.read_bytes()
    for other in database.parent.glob("runs.db-*"):
        other.unlink()
    database.write_bytes(whole[: int(left * len(whole))])
    result = kinwell("sweep", sweep, "-o", into, "-j", "1")
    assert result.exit_code == 2
    assert "not a readable database" in result.output
    assert "unexpected" not in result.output
