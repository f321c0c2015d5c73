"""Residents and ties of a community as data frames, with the unit and the meaning of every
column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.schema.groups import list_groups
from sim.society.network_statistics import KIND_NAMES, list_ties
from sim.state.codes import TieKind, list_words
from sim.state.residents import columns

if TYPE_CHECKING:
    import pandas as pd

    from sim.week.world import World


class ResidentTable:
    """All residents of a community, those who died included (`alive` is 0)."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __len__(self) -> int:
        return int(self._world.residents.key.size)

    def __repr__(self) -> str:
        return f"<{len(self)} residents in week {self._world.week}; frame() gives a table>"

    def frame(self) -> pd.DataFrame:
        """A copy of every column, one row per resident, in the order of their rows.

        A column with slots is spread out: care_service_1, care_service_2 and so on. Codes, such as
        those of employment, are categories in words.
        `attrs["units"]` and `attrs["meanings"]` hold unit and meaning by column, `attrs["week"]`
        the week that comes next.
        """
        import pandas as pd

        data: dict[str, Any] = {}
        units, meanings = {}, {}
        for column in columns():
            values = getattr(self._world.residents, column.name)
            for slot in range(column.slots):
                name = column.name if column.slots == 1 else f"{column.name}_{slot + 1}"
                data[name] = values if column.slots == 1 else values[:, slot]
                if column.code is not None:
                    data[name] = pd.Categorical.from_codes(values, list(list_words(column.code)))
                units[name], meanings[name] = column.unit, column.meaning
        for name, words in self._name_groups().items():
            if name not in data:
                data[name], units[name], meanings[name] = words, "", f"Named group: {name}"
        # Copied: a table that is kept must not change when the town goes on.
        frame = pd.DataFrame(data, index=pd.RangeIndex(len(self), name="resident"), copy=True)
        frame.attrs = {"units": units, "meanings": meanings, "week": self._world.week}
        return frame

    def _name_groups(self) -> dict[str, pd.Categorical]:
        """Category of everybody in each dimension of named groups."""
        import pandas as pd

        groups = list_groups(self._world.scenario.neighbourhoods)
        shape = [len(categories) for categories in groups.values()]
        codes = np.unravel_index(self._world.residents.member, shape) if shape else ()
        return {
            name: pd.Categorical.from_codes(code, categories=list(categories))
            for (name, categories), code in zip(groups.items(), codes, strict=True)
        }


class TieTable:
    """All ties between residents of a community, each once."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __len__(self) -> int:
        # Every tie stands in both lists.
        return int(np.count_nonzero(self._world.ties.kind != TieKind.NONE)) // 2

    def __repr__(self) -> str:
        return f"<{len(self)} ties in week {self._world.week}; frame() gives a table>"

    def frame(self) -> pd.DataFrame:
        """One row per tie: a, b (rows of residents, a < b), kind (in words) and since (week,
        negative before the start).
        """
        import pandas as pd

        a, b, kind, since = list_ties(self._world.ties)
        words = pd.Categorical.from_codes(kind.astype(np.int8), categories=list(KIND_NAMES))
        frame = pd.DataFrame({"a": a, "b": b, "kind": words, "since": since})
        meanings = {
            "a": "Row of one resident",
            "b": "Row of the other",
            "kind": "What ties them",
            "since": "Week in which the tie began",
        }
        frame.attrs = {
            "units": {"a": "row", "b": "row", "kind": "", "since": "week"},
            "meanings": meanings,
            "week": self._world.week,
        }
        return frame
