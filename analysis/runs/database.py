"""Reads `runs.db` into pandas frames: documented columns, titles and units from the outcome
registry.
"""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.runs.columns import check_numbers, spell_all_controls, spell_controls
from analysis.runs.window import Window, sum_window
from analysis.text.titles import tell_apart
from sim.errors import InvalidInput, Refused
from sim.outcomes import BY_KEY, KEYS
from sim.scenario.files.user_path import read_path
from sim.scenario.schema.branching import lay_over
from sim.store.attached import Part, connect_parts
from sim.store.connection import connect_to_read, explain_content, explain_database, refuse_missing
from sim.store.selection import Selection, mark_draw, read_selection
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def locate(source: object) -> Path:
    """Find the database of a result: something with `.database`, a directory, or a path to the
    file.

    Raises `InvalidInput` where there is none.
    """
    if isinstance(source, Stored):
        return source.path
    given = getattr(source, "database", source)
    if not isinstance(given, str | Path):
        message = f"expected a result, a directory or a runs.db, not {type(source).__name__}"
        raise Refused(message)
    path = read_path(given)
    path = path / "runs.db" if path.is_dir() else path
    if not path.is_file():
        raise refuse_missing(path)
    return path


def parse(resolved: str) -> dict[str, Any]:
    """Read a stored scenario, JSON or YAML, into plain mappings; ValueError where it is neither."""
    try:
        found = json.loads(resolved)
    except ValueError:
        # Only databases that keep YAML need the slower reader.
        from sim.scenario.files.yaml_document import parse_value

        try:
            found = parse_value(resolved, "a scenario")
        except InvalidInput as error:
            raise ValueError(str(error)) from error
    if not isinstance(found, dict):
        raise TypeError("a scenario is no mapping")
    return dict(spell_all_controls(found))


def describe(columns: Sequence[str]) -> pd.DataFrame:
    """List title, unit, better direction and sentence of outcome columns, indexed by key."""
    rows = {key: BY_KEY[key]._asdict() for key in columns if key in BY_KEY}
    return pd.DataFrame.from_dict(rows, orient="index").drop(columns=["key"], errors="ignore")


WAIT_OUTCOMES = {"wait_median", "wait_90th"}
"""Outcomes that have no value where nobody got a place."""
FINGERPRINT = r"-[0-9a-f]{10}$"
LADDER = ("poorest", "second", "middle", "fourth", "richest", "neither", "symptoms", "severe")
"""First words of groups that have an order, fifths of income and severity at the start."""


def rank_group(name: str) -> tuple[float, str]:
    """Rank a group among those of its dimension: incomes from the poorest, severity from none, ages
    by number, others by name.
    """
    word = name.split(maxsplit=1)[0] if name.split() else name
    if word in LADDER:
        return float(LADDER.index(word)), name
    digits = re.match(r"\d+", name)
    return (float(digits.group()) if digits else 0.0), name


EVERYTHING = Selection()
ALL_WEEKS = 2**31


@dataclass(frozen=True)
class Stored:
    """One database of runs, read lazily, or several read as one.

    `runs` has one row per finished run: key, name (of the scenario), hash, seed, draw ("" where
    parameters were not varied) and the versions it ran with. parts: databases that are read
    together, `path` the first of them. only: scenarios that are looked at. window: weeks that
    count, of runs whose weeks were kept. notes: what every page must say of this choice.
    """

    path: Path
    selection: Selection = EVERYTHING
    parts: tuple[Part, ...] = ()
    only: frozenset[str] | None = None
    window: Window | None = None
    notes: tuple[str, ...] = ()

    def _connect(self) -> sqlite3.Connection:
        return connect_parts(self.parts) if self.parts else connect_to_read(self.path)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        """Run one SQL query."""
        with closing(self._connect()) as connection, explain_database(self.path):
            found = pd.read_sql_query(sql, connection, params=tuple(parameters))
        with explain_content(self.path):
            return spell_controls(check_numbers(found))

    def read_rows(self, table: str) -> tuple[pd.DataFrame, str]:
        """Rows of a table as far as they can be read, and what stopped it: empty if nothing did."""
        rows: list[tuple[Any, ...]] = []
        stopped = ""
        with closing(self._connect()) as connection, explain_database(self.path):
            columns = [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")')]
            # Text in another encoding is reported where it is read; here its bytes are written out.
            connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
            try:
                # What came before the damage stays in the list.
                rows.extend(connection.execute(f'SELECT * FROM "{table}"'))
            except sqlite3.DatabaseError as error:
                stopped = f"{table}: {error} after {len(rows):,} rows"
        frame = pd.DataFrame.from_records(rows, columns=columns, coerce_float=False)
        return frame, stopped

    @cached_property
    def tables(self) -> frozenset[str]:
        """The names of the tables that are there."""
        where = "sqlite_temp_master" if self.parts else "sqlite_master WHERE type = 'table'"
        return frozenset(self.query(f"SELECT name FROM {where}")["name"])

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """Scenarios by hash: name, title and the resolved declaration; the newest of each name is
        current.

        A scenario of a sweep is stored with a fingerprint in its name, which is left out where
        nothing else has the name.
        """
        found = self.query("SELECT rowid AS position, * FROM scenarios ORDER BY rowid").set_index(
            "hash", drop=False
        )
        stems = found["name"].str.replace(FINGERPRINT, "", regex=True)
        alone = stems.map(stems.value_counts()) == 1
        return found.assign(stored_name=found["name"], name=stems.where(alone, found["name"]))

    @cached_property
    def all_runs(self) -> pd.DataFrame:
        """Every selected run, done or failed, of the newest version of each scenario."""
        runs = self._select(self.query("SELECT * FROM runs"))
        known = dict(zip(self.scenarios["hash"], self.scenarios["name"], strict=True))
        by_name = {name: key for key, name in known.items()}
        runs["hash"] = [key if key in known else by_name.get(key, key) for key in runs["scenario"]]
        runs["name"] = [known.get(key, key) for key in runs["hash"]]
        # Later rows win: of several versions of a name the newest counts.
        newest = {name: key for key, name in known.items()}
        runs = runs[runs["name"].map(newest).fillna(runs["hash"]) == runs["hash"]]
        if self.only is not None:
            runs = runs[runs["name"].isin(self.only)]
        if self.window is not None:
            runs = runs[(runs["keep"] == "weekly") | (runs["status"] == "failed")]
        # A draw of every parameter is a long text, which tables would otherwise repeat in each of
        # their rows.
        draws = pd.Categorical([_plain_draw(draw) for draw in runs["draw"]])
        return runs.assign(draw=draws).reset_index(drop=True)

    def _select(self, runs: pd.DataFrame) -> pd.DataFrame:
        marks, version, seeds = self.selection
        if seeds is not None:
            runs = runs[runs["seed"].isin(list(seeds))]
        if version is not None:
            runs = runs[runs["model_version"].astype(str) == version]
        if marks is not None:
            known = {draw: mark_draw(_plain_draw(draw)) for draw in runs["draw"].unique()}
            runs = runs[runs["draw"].map(known).isin(list(marks))]
        return runs.reset_index(drop=True)

    @cached_property
    def runs_with_weeks(self) -> frozenset[str]:
        """Keys of finished runs whose weeks were kept; of the others there are totals."""
        return frozenset(self.runs.loc[self.runs["keep"] == "weekly", "key"])

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Finished runs."""
        return self.all_runs[self.all_runs["status"] == "done"].reset_index(drop=True)

    @cached_property
    def failed(self) -> pd.DataFrame:
        """Runs that failed."""
        return self.all_runs[self.all_runs["status"] == "failed"].reset_index(drop=True)

    @cached_property
    def names(self) -> list[str]:
        """Scenarios in the order in which they were declared."""
        present = set(self.all_runs["name"])
        ordered = [str(name) for name in self.scenarios["name"] if name in present]
        return list(dict.fromkeys(ordered))

    @cached_property
    def declared(self) -> Mapping[str, dict[str, Any]]:
        """Each scenario as it ran, by name."""
        used = self.all_runs.drop_duplicates("name").set_index("name")["hash"]
        with explain_content(self.path):
            return {
                name: parse(str(self.scenarios.at[used[name], "resolved"])) for name in self.names
            }

    @cached_property
    def later(self) -> Mapping[str, dict[str, Any]]:
        """Each scenario as it is from its branch on, by the option that it takes; as it is declared
        where it has no branch.
        """
        return {name: _take_option(found) for name, found in self.declared.items()}

    def call(self, name: str) -> str:
        """The name of a scenario here, from that or from the name with a fingerprint under which it
        is stored.
        """
        known = self.scenarios.loc[self.scenarios["stored_name"] == name, "name"]
        return name if known.empty or name in set(self.scenarios["name"]) else str(known.iloc[-1])

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Titles by name; of those that share one, with the values that tell them apart."""
        return tell_apart(self.declared)

    def title(self, name: str) -> str:
        """The title of a scenario, its name where it has none."""
        return self.titles[name]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per finished run: name, seed, draw and every outcome over the horizon, but for
        those of `unrecorded`.
        """
        return self._summary.drop(columns=list(self.unrecorded), errors="ignore")

    @cached_property
    def _summary(self) -> pd.DataFrame:
        if self.window is not None:
            kept = [name for name in self.query("SELECT * FROM weekly LIMIT 0") if name in KEYS]
            return self._with_runs(sum_window(self.query, self.window, kept))
        return self._with_runs(self.query("SELECT * FROM summary"))

    @cached_property
    def unrecorded(self) -> tuple[str, ...]:
        """Outcomes that came after these runs: some of them were made before there was such a row.

        A wait is empty where nobody got a place, and counts as recorded.
        """
        found = self._summary
        empty = {
            key for key in KEYS if key in found.columns and found[key].isna().any()
        } - WAIT_OUTCOMES
        return tuple(key for key in KEYS if key in empty or key not in found.columns)

    def weekly(self, keys: Sequence[str]) -> pd.DataFrame:
        """One row per finished run and week: name, seed, draw, week and the outcomes asked for."""
        columns = ", ".join(f'"{key}"' for key in keys)
        first, end = self.window or (0, ALL_WEEKS)
        return self._with_runs(
            self.query(
                f"SELECT run, week, {columns} FROM weekly WHERE week >= ? AND week < ?"
                " ORDER BY run, week",
                (first, end),
            )
        )

    def yearly(self, key: str) -> pd.DataFrame:
        """One row per year of each run whose weeks were not kept: an outcome that is valued, as
        `amount` and `discounted` at the rates of its scenario.
        """
        if "yearly" not in self.tables:
            columns = ["name", "seed", "draw", "run", "year", "amount", "discounted"]
            return pd.DataFrame(columns=columns)
        sql = f'SELECT run, year, "{key}" AS amount, "{key}_discounted" AS discounted FROM yearly'
        return self._with_runs(self.query(sql))

    def rows(self, table: str) -> pd.DataFrame:
        """A table of rows per run (subgroups, decisions, places) with name, seed and draw; what is
        kept for the whole horizon alone has no rows in a window.
        """
        if table not in self.tables:
            return pd.DataFrame(columns=["name", "seed", "draw", "run"])
        found = self._with_runs(self.query(f'SELECT * FROM "{table}"'))
        if self.window is None:
            return found
        if "week" not in found.columns:
            return found.iloc[:0]
        return found[(found["week"] >= self.window.first) & (found["week"] < self.window.end)]

    def spending(
        self, by: Sequence[str], accounts: Collection[str] = (), categories: Collection[str] = ()
    ) -> pd.DataFrame:
        """Spending (everything in the ledger but income) summed by run and the columns asked for.

        `by` may name week, year (counted from 0, 52 weeks each), account, payer, category. Where
        accounts or categories are named, only what is booked under any of them counts.
        """
        where, bound = "category <> 'income'", [*accounts, *categories]
        if bound:
            marks = (", ".join("?" * len(names)) for names in (accounts, categories))
            where += " AND (account IN ({}) OR category IN ({}))".format(*marks)
        return self._ledger(by, where, tuple(bound))

    def income(self, by: Sequence[str]) -> pd.DataFrame:
        """Income of funds summed by run and the columns asked for."""
        return self._ledger(by, "category = 'income'")

    def _ledger(
        self, by: Sequence[str], where: str, bound: tuple[object, ...] = ()
    ) -> pd.DataFrame:
        if self.window is not None:
            where, bound = f"{where} AND week >= ? AND week < ?", (*bound, *self.window)
        year = f"week / {WEEKS_PER_YEAR}"
        listed = "".join(f", {f'{year} AS year' if column == 'year' else column}" for column in by)
        groups = "".join(f", {year if column == 'year' else column}" for column in by)
        kept = "SUM(discounted)" if self._keeps_discounted else "NULL"
        sql = (
            f"SELECT run{listed}, SUM(amount) AS amount, {kept} AS discounted FROM ledger"
            f" WHERE {where} GROUP BY run{groups}"
        )
        if (sql, bound) not in self._sums:
            self._sums[sql, bound] = self._with_runs(self.query(sql, bound))
        return self._sums[sql, bound]

    @cached_property
    def _keeps_discounted(self) -> bool:
        return "discounted" in self.query("SELECT * FROM ledger LIMIT 0").columns

    @cached_property
    def _sums(self) -> dict[tuple[str, tuple[object, ...]], pd.DataFrame]:
        """Sums of the ledger already made: one takes seconds where runs are many."""
        return {}

    def _with_runs(self, frame: pd.DataFrame) -> pd.DataFrame:
        who = self.runs[["key", "name", "seed", "draw"]].rename(columns={"key": "run"})
        return who.merge(frame, on="run", how="inner")


def _take_option(declared: dict[str, Any]) -> dict[str, Any]:
    branch = declared.get("branch") or {}
    changes = (branch.get("options") or {}).get(branch.get("take"))
    return lay_over(declared, changes) if isinstance(changes, dict) else declared


def _plain_draw(draw: object) -> str:
    text = "" if draw is None else str(draw)
    return "" if text in ("", "None", "nan", "{}", "null") else text


def open_runs(source: object) -> Stored:
    """Open the runs of a result, a directory or a database file: all that are stored.

    Runs that somebody has chosen already stay chosen.
    """
    if isinstance(source, Stored):
        return source
    return Stored(locate(source))


def open_selection(source: object) -> Stored:
    """Open the runs that a result asked for, or that were asked for last in a folder.

    Runs of other parameter draws, or of another version of the model, are left out.
    """
    if isinstance(source, Stored):
        return source
    path = locate(source)
    with (
        closing(connect_to_read(path)) as connection,
        explain_database(path),
        explain_content(path),
    ):
        selection = read_selection(connection)
    marks = getattr(source, "marks", None)
    if marks is not None:
        selection = Selection(frozenset(marks), getattr(source, "model_version", "") or None)
    seeds = getattr(source, "seeds", None)
    return Stored(path, selection._replace(seeds=frozenset(seeds) if seeds else None))
