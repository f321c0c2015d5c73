"""A small borough in the tidy form: three wards, two of other boundaries, figures of its own."""

import re

import pytest

from sim.places.building import build_place
from sim.places.folder import open_place

HEAD = "table,area,age,sex,group,measure,value,low,high,year,source,area_name,file,line\n"
PLACE = "kind: place\ntitle: Borough\nprofile: uk\narea: E08000009\nscale: 61%\n"
BOROUGH, NATION = "E08000009", "E92000001"
WARDS = {"E05000001": "North", "E05000002": "Middle", "E05000003": "South"}
OTHER = {"E05011111": "Hill", "E05011112": "Vale"}
AGES = ("0-11", "12-17", "18-24", "25-34", "35-49", "50-64", "65-79", "80+")


def tables():
    rows = []

    def add(table, area, value, *, age="", sex="", group="", measure="persons", year=2021):
        name = (WARDS | OTHER).get(area, "Borough")
        rows.append(
            f"{table},{area},{age},{sex},{group},{measure},{value},,,{year},a table,{name},t.csv,1"
        )

    for w, ward in enumerate(WARDS):
        for a, age in enumerate(AGES):
            for s, sex in enumerate(("female", "male")):
                add("population", ward, 100 + 31 * w + 17 * a + 7 * s, age=age, sex=sex)
        for k, group in enumerate(("asian", "white")):
            add("ethnicity", ward, 900 + 100 * w + 50 * k, group=f"ethnicity={group}")
        for k, group in enumerate(("easy", "hard")):
            add("rurality", ward, 900 + 100 * w + 50 * k, group=f"rurality={group}")
        add("income", ward, 40_000 - 5_000 * w, measure="median")
        for year, score in ((2019, 10 + w * w), (2023, 20 - w)):
            add("deprivation", ward, score, group="index=imd", measure="score", year=year)
    for w, ward in enumerate(OTHER):
        add("deprivation", ward, 20 + 10 * w, group="index=imd", measure="score", year=2025)
    for area, value in ((BOROUGH, 12.0), (NATION, 10.0), ("X1", 9.0)):
        add("register", area, value / 100, group="condition=depression", measure="share", year=2022)
    add("talking_therapies", "X1", 77, group="step=referrals_received", measure="count")
    return HEAD + "\n".join(rows) + "\n"


class Borough:
    """Its folder; called with lines of place.yaml, which replace those of the same keys, it is
    opened with them. What was built stays built.
    """

    def __init__(self, folder):
        self.folder, self.built = folder, {}
        (folder / "tables.csv").write_text(tables(), encoding="utf-8")

    def __call__(self, more=""):
        keys = set(re.findall(r"^(\w+):", more, re.MULTILINE))
        kept = [line for line in PLACE.splitlines() if line.split(":")[0] not in keys]
        text = "\n".join([*kept, more]) + "\n"
        (self.folder / "place.yaml").write_text(text, encoding="utf-8")
        return open_place(str(self.folder))

    def build(self, more=""):
        """The text of its town."""
        if more not in self.built:
            home = self(more)
            build_place(home)
            self.built[more] = home.file("town.yaml").read_text(encoding="utf-8")
        return self.built[more]


@pytest.fixture(scope="module")
def borough(tmp_path_factory):
    return Borough(tmp_path_factory.mktemp("borough"))
