"""Areas of other boundaries in terms of districts, by a lookup table."""

import pytest

from sim.errors import InvalidInput
from sim.places.building import build_place, read_cells
from sim.places.lookup import read_lookup
from sim.places.tables.tidy import TIDY_COLUMNS, read_tidy
from sim.scenario.library import load

HEAD = ",".join((*TIDY_COLUMNS, "area_name", "file", "line")) + "\n"
TABLE = "from,to,share\nE05011111,E05000001,75%\nE05011111,E05000002,0.25\n"
DECLARED = "districts: {lookup: lookup.csv}\n"


def write(borough, text):
    (borough.folder / "lookup.csv").write_text(text, encoding="utf-8")
    return borough(DECLARED)


def test_counts_are_divided_and_shares_are_means_by_residents(borough):
    rows = [
        "population,E05011111,,,,persons,1000,,,2025,s,Hill,u.csv,2",
        "population,E05011112,,,,persons,3000,,,2025,s,Vale,u.csv,3",
        "prevalence,E05011111,,,condition=lonely,share,0.1,,,2025,s,Hill,u.csv,4",
        "prevalence,E05011112,,,condition=lonely,share,0.2,,,2025,s,Vale,u.csv,5",
        "prevalence,E05011112,,,condition=asthma,share,,,,2025,s,Vale,u.csv,6",
        "prevalence,E05011111,,,condition=asthma,share,0.5,,,2025,s,Hill,u.csv,7",
    ]
    home = write(borough, TABLE + "E05011112,E05000002,50%\n")
    more = home.file("more.csv")
    more.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    cells = read_lookup(home).translate(read_tidy(more))
    found = {(c.area, c.table, c.group): c.value for c in cells}
    assert found["E05000001", "population", ""] == 750
    assert found["E05000002", "population", ""] == 250 + 1500
    lonely = "prevalence", "condition=lonely"
    assert found["E05000001", *lonely] == pytest.approx(0.1)
    assert found["E05000002", *lonely] == pytest.approx((0.1 * 250 + 0.2 * 1500) / 1750)
    assert found["E05000002", "prevalence", "condition=asthma"] is None
    assert not any(area.startswith("E0501") for area, *_ in found)


def test_deprivation_of_new_wards_reaches_the_districts(borough):
    build_place(write(borough, TABLE + "E05011112,E05000003,1\n"))
    hoods = load(borough.folder / "town.yaml").neighbourhoods
    assert [hoods[name].deprivation for name in ("north", "middle", "south")] == [0, 0, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from,to\nE05011111,E05000001\n", "no column share"),
        ("from,to,share\n", "has no lines"),
        ("from,to,share\nE05011111,E05000001,about half\n", "lookup.csv:2.*between 0 and 1"),
        ("from,to,share\nE05011111,E05000001,0.8\nE05011111,E05000002,0.3\n", "sum to 1.1"),
        ("from,to,share\nE05011111,E05000001,.5\nE05011111,E05000001,.5\n", "stands there twice"),
        ("from,to,share\n,E05000001,1\n", "names no area"),
        ("from,to,share\nE05011111,E05999999,1\n", "lookup.csv:2.*none of the districts"),
        ("from,to,share\nE05011199,E05000001,1\n", "no table has it"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_line(borough, text, said):
    home = write(borough, text)
    with pytest.raises(InvalidInput, match=said):
        build_place(home)


def test_a_table_that_is_not_there_is_refused(borough):
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_cells(borough(DECLARED.replace("lookup.csv", "absent.csv")))
