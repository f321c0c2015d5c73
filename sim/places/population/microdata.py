"""Published samples of person records, such as the American PUMS: how age, sex, work, insurance and
groups hang together, where tables say each by itself.

Only the declared columns are read, and only sums of weights leave this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field

from sim.errors import InvalidInput, Problem
from sim.places.declaration import refuse
from sim.places.population.grid import FEMALE_FIRST, FIXED_DIMENSIONS
from sim.places.tables.privacy import NAME_COLUMNS, PRIVACY_HINT
from sim.places.tables.raw import plain_name
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import find_shelf
from sim.scenario.schema.field_types import Count, Declared, Text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from sim.places.folder import Home
    from sim.places.population.grid import Grid

MICRODATA = "microdata"
OLDEST_OF_RECORDS = 130


def _spell_code(value: Any) -> Any:
    """A code as files spell it or not: 2, 02 and 2.0 are one."""
    text = str(value).strip()
    return text.removesuffix(".0").lstrip("0") or "0" if text else ""


def _check_ages(ages: tuple[int, int]) -> tuple[int, int]:
    """Ages that somebody can have, the youngest first."""
    if not ages[0] <= ages[1] <= OLDEST_OF_RECORDS:
        raise refuse(f"must be the youngest and the oldest age, {OLDEST_OF_RECORDS} at most")
    return ages


Code = Annotated[str, BeforeValidator(_spell_code)]


class Category(Declared):
    """Whose records are of a category: all conditions hold."""

    is_: Text = Field(alias="is", description="Name of the category.")
    where: dict[str, tuple[Code, ...]] = Field(
        default_factory=dict, description="Codes by column, of which the record has one of each."
    )
    ages: Annotated[tuple[Count, Count], AfterValidator(_check_ages)] = Field(
        default=(0, OLDEST_OF_RECORDS), description="Youngest and oldest age, both included."
    )


class Recode(Declared):
    """What the columns of a sample mean."""

    kind: Literal["recode"]
    title: Text
    publisher: Text
    weight: Text = Field(description="Column of the persons that a record stands for.")
    age: Text = Field(description="Column of the age in years.")
    sex: tuple[Category, ...] = Field(description="female and male; the first that holds counts.")
    dimensions: dict[str, tuple[Category, ...]] = Field(
        description="Work, insurance and groups, likewise."
    )

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        categories = [*self.sex, *(one for some in self.dimensions.values() for one in some)]
        named = (self.weight, self.age, *(name for one in categories for name in one.where))
        return list(dict.fromkeys(named))


class Sample(NamedTuple):
    """Persons by age in years, sex and category, with the weight of each record.

    age, sex: (records,), sex as position in FEMALE_FIRST. weight: persons. categories: names
    (records,) by dimension, empty where none holds. title: the sample in words.
    """

    age: NDArray[np.int64]
    sex: NDArray[np.int64]
    weight: NDArray[np.float64]
    categories: dict[str, NDArray[np.str_]]
    title: str

    def blend(self, seed: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
        """A seed in which the categories of each age and sex are as in the sample.

        The mean weight of one record is given to what the seed has, for each age and sex, so that
        what no record shows stays possible. What the sample does not tell stays as it is.
        """
        names = [name for name in grid.dimensions if name in self.categories]
        if not names:
            return seed
        axes = [grid.axis(name) - 1 for name in names]
        base = seed[0]
        others = tuple(k for k in range(2, base.ndim) if k not in axes)
        lent = base.sum(axis=others, keepdims=True)
        lent = lent / lent.sum(axis=tuple(axes), keepdims=True)
        counts = self._count(names, grid).reshape(lent.shape) + self.weight.mean() * lent
        shares = counts / counts.sum(axis=tuple(axes), keepdims=True)
        rest = base.sum(axis=tuple(axes), keepdims=True)
        return np.asarray(np.broadcast_to(shares * rest, seed.shape), dtype=np.float64)

    def _count(self, names: list[str], grid: Grid) -> NDArray[np.float64]:
        """Persons by age step, sex and the named dimensions; records of other categories are left
        out.
        """
        steps = np.searchsorted(np.array(grid.starts), self.age, side="right") - 1
        known = (steps >= 0) & (self.sex >= 0)
        where = [steps, self.sex]
        for name in names:
            order = {category: k for k, category in enumerate(grid.dimensions[name])}
            at = np.array([order.get(category, -1) for category in self.categories[name]])
            known &= at >= 0
            where.append(at)
        table = np.zeros((len(grid.starts), 2, *(len(grid.dimensions[name]) for name in names)))
        np.add.at(table, tuple(part[known] for part in where), self.weight[known])
        return table


def list_recodes() -> list[str]:
    """Names of the recodes that come with Kinwell."""
    return sorted(file.stem for file in (find_shelf() / "places" / "microdata").glob("*.yaml"))


def read_recode(home: Home, name: str) -> Recode:
    """A recode that ships, or a file in the place's folder; InvalidInput says what is wrong."""
    known = list_recodes()
    file = (
        find_shelf() / "places" / "microdata" / f"{name}.yaml" if name in known else home.file(name)
    )
    if not file.is_file():
        said = f"there is no recode {name!r}{suggest(name, known)}"
        hint = f"shipped are {', '.join(known)}; or a YAML file in the place's folder"
        raise InvalidInput(home.explain((MICRODATA, "recode"), said, hint))
    document = read_document(file, show_path(file))
    recode = define_other(Recode, "recode", document, "would say `kind: recode`")
    wrong = [
        f"{name} has no category {one.is_!r}; there are {', '.join(FIXED_DIMENSIONS[name])}"
        for name in FIXED_DIMENSIONS.keys() & recode.dimensions.keys()
        for one in recode.dimensions[name]
        if one.is_ not in FIXED_DIMENSIONS[name]
    ]
    wrong += [f"sex has no {one.is_!r}" for one in recode.sex if one.is_ not in FEMALE_FIRST]
    if wrong:
        raise InvalidInput([Problem.of_file(show_path(file), "dimensions", said) for said in wrong])
    return recode


def read_sample(home: Home) -> Sample | None:
    """The place's sample of persons; None where it names none. InvalidInput says what is wrong."""
    given = home.place.microdata
    if given is None:
        return None
    recode = read_recode(home, given.recode)
    only = {column: {_spell_code(code) for code in codes} for column, codes in given.only.items()}
    if not home.file(given.file).is_file():
        said = f"there is no file {given.file!r} in the folder of the place"
        raise InvalidInput(home.explain((MICRODATA, "file"), said, "a CSV file in UTF-8"))
    rows = _read_rows(home.file(given.file), [*recode.columns, *only])
    for column, codes in only.items():
        rows = rows[rows[column].map(_spell_code).isin(codes)]
    numbers = rows[[recode.age, recode.weight]].apply(_read_numbers)
    sound = numbers.notna().all(axis=1) & (numbers[recode.weight] > 0)
    rows, numbers = rows[sound], numbers[sound]
    if rows.empty:
        hint = "look at `only`, and at the columns of age and weight"
        said = f"{given.file} has no such persons"
        raise InvalidInput(home.explain((MICRODATA, "only" if only else "file"), said, hint))
    age = numbers[recode.age].to_numpy(dtype=np.int64)
    codes_of = rows.map(_spell_code)
    sexes = sort_records(recode.sex, codes_of, age)
    return Sample(
        age,
        np.array([FEMALE_FIRST.index(one) if one else -1 for one in sexes], dtype=np.int64),
        numbers[recode.weight].to_numpy(dtype=np.float64),
        {name: sort_records(some, codes_of, age) for name, some in recode.dimensions.items()},
        f"{recode.title}, {len(rows):,} records",
    )


def sort_records(
    categories: tuple[Category, ...], codes: pd.DataFrame, age: NDArray[np.int64]
) -> NDArray[np.str_]:
    """The first category that holds for each record, empty where none does."""
    conditions = []
    for one in categories:
        holds = (age >= one.ages[0]) & (age <= one.ages[1])
        for column, accepted in one.where.items():
            holds &= codes[column].isin(accepted).to_numpy()
        conditions.append(holds)
    return np.select(conditions, [one.is_ for one in categories], default="")


def _read_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    return pd.to_numeric(column, errors="coerce")


def _read_rows(file: Path, columns: list[str]) -> pd.DataFrame:
    """The declared columns of a file, as text; records with names are refused."""
    import pandas as pd

    shown = show_path(file)
    try:
        header = list(pd.read_csv(file, nrows=0, encoding="utf-8-sig").columns)
        named = [name for name in header if NAME_COLUMNS.fullmatch(plain_name(name))]
        if named:
            said = "looks like records of persons with names and is refused"
            raise InvalidInput(Problem.of_file(shown, MICRODATA, said, PRIVACY_HINT))
        missing = [name for name in columns if name not in header]
        if missing:
            said = f"has no column {', '.join(missing)}"
            raise InvalidInput(
                Problem.of_file(shown, MICRODATA, said, "another recode, or another file")
            )
        return pd.read_csv(
            file, usecols=columns, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except (OSError, ValueError) as error:
        said = f"cannot be read ({str(error).splitlines()[0][:120]})"
        hint = "a CSV file in the place's folder, in UTF-8"
        raise InvalidInput(Problem.of_file(shown, MICRODATA, said, hint)) from None
