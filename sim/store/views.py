"""Views for people who open `runs.db` in Datasette or any SQLite browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.outcomes import BY_KEY, KEYS
from sim.scenario.diagnostics.comparability import SHARED_KEYS
from sim.store.schema import BY_NAME, TABLES
from sim.store.table import RUN, Column
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

# Runs of an earlier scenario of the name stay stored, and are not compared any more.
CURRENT = """
SELECT runs.key AS run, runs.scenario AS hash, scenarios.name AS scenario, runs.seed, runs.draw,
       CASE WHEN runs.draw IS NULL THEN 'as they are' ELSE 'drawn' END AS parameters,
       runs.model_version
FROM runs JOIN scenarios ON scenarios.hash = runs.scenario
WHERE runs.status = 'done' AND scenarios.rowid IN (SELECT max(rowid) FROM scenarios GROUP BY name)
"""

# Divided by the number of all runs: one that paid nothing in a year has no row and counts as 0.
COSTS_QUERY = f"""
WITH counted AS (
  SELECT scenario, parameters, model_version, count(*) AS runs FROM current_runs
  GROUP BY scenario, parameters, model_version
)
SELECT current_runs.scenario AS scenario, ledger.payer AS payer,
       ledger.week / {WEEKS_PER_YEAR} + 1 AS year,
       sum(ledger.amount) / counted.runs AS mean_cost, counted.runs AS runs,
       counted.parameters AS parameters, counted.model_version AS model_version
FROM ledger JOIN current_runs USING (run) JOIN counted
  ON counted.scenario = current_runs.scenario AND counted.parameters = current_runs.parameters
    AND counted.model_version = current_runs.model_version
WHERE ledger.category <> 'income'
GROUP BY counted.scenario, counted.parameters, counted.model_version, ledger.payer,
  ledger.week / {WEEKS_PER_YEAR}
"""


def _write_columns(key: str) -> str:
    better = {"fewer": "<", "more": ">"}.get(BY_KEY[key].better)
    # The mean of comparisons, 1 or 0; a tie is no replicate in which either does better.
    share = f'avg(ours."{key}" {better} theirs."{key}")' if better else "NULL"
    return (
        f'avg(theirs."{key}") AS "r_{key}", avg(ours."{key}" - theirs."{key}") AS "d_{key}",'
        f' {share} AS "s_{key}"'
    )


def _write_choice(letter: str) -> str:
    return (
        "CASE outcomes.key "
        + " ".join(f"WHEN '{key}' THEN \"{letter}_{key}\"" for key in KEYS)
        + " END"
    )


def write_comparison() -> str:
    """Write the view that pairs every scenario with every other by seed and draw, one row per
    outcome.
    """
    columns = ",\n  ".join(_write_columns(key) for key in KEYS)
    shared = ", ".join(f"json_extract(resolved, '$.{key}')" for key in SHARED_KEYS)
    # Draws by IS and not by =: NULL stands for parameters as they are, and equals nothing.
    return f"""
WITH stored AS MATERIALIZED (SELECT * FROM current_runs JOIN summary USING (run)),
towns AS MATERIALIZED (
  SELECT hash, CASE WHEN json_valid(resolved) THEN json_array({shared}) END AS shared FROM scenarios
),
paired AS (
  SELECT ours.scenario AS scenario, theirs.scenario AS against, count(*) AS replicates,
  ours.parameters AS parameters, ours.model_version AS model_version,
  {columns}
  FROM stored AS ours JOIN stored AS theirs
    ON theirs.seed = ours.seed AND theirs.draw IS ours.draw AND theirs.scenario <> ours.scenario
      AND theirs.model_version = ours.model_version
    JOIN towns AS here ON here.hash = ours.hash
    JOIN towns AS there ON there.hash = theirs.hash AND there.shared IS here.shared
  GROUP BY ours.scenario, theirs.scenario, ours.parameters, ours.model_version
)
SELECT scenario, against, outcomes.title AS outcome, outcomes.unit AS unit, replicates,
  {_write_choice("r")} AS reference_mean,
  {_write_choice("d")} AS mean_difference,
  {_write_choice("s")} AS share_of_replicates_better,
  outcomes.key AS key, parameters, model_version
FROM paired CROSS JOIN outcomes
ORDER BY scenario, against, outcomes.rowid
"""


# A left join: runs that are still to come have no row yet.
DESIGN = """
SELECT point_runs.run, point_runs.sweep, point_runs.point, point_runs.role, point_runs.seed,
       coalesce(runs.status, 'left') AS status, points.settings
FROM point_runs JOIN points USING (sweep, point) LEFT JOIN runs ON runs.key = point_runs.run
"""


WEEKS_PER_QUARTER = 13
"""Weeks between the rows of a service."""
HIRING_COLUMNS = ("posts", "posts_fte", "filled", "filled_fte", "hired", "left", "in_training")
CARE_COLUMNS = ("places", "enrolled", "waiting", "started", "gave_up", "sessions")


def write_quarters(table: str, by: Sequence[str], means: Sequence[str], median: str) -> str:
    """Write the view that averages a table over the runs whose weeks were kept, by scenario, `by`
    and quarter: a run without a row counts as 0. `median` is the median of the runs that have it.
    """
    # SQLite has no median: `middle` takes the mean of the one or two values in the middle.
    who = ", ".join(("scenario", "parameters", "model_version", *by, "quarter"))
    grouped = ", ".join(f"rows.{key}" for key in who.split(", "))
    averages = ",\n  ".join(f'sum(rows."{key}") / counted.runs AS "{key}"' for key in means)
    return f"""
WITH rows AS (
  SELECT current_runs.scenario, current_runs.parameters, current_runs.model_version,
    stored.week / {WEEKS_PER_QUARTER} + 1 AS quarter, stored.*
  FROM "{table}" AS stored JOIN current_runs USING (run)
),
counted AS (
  SELECT scenario, parameters, model_version, count(*) AS runs FROM current_runs
  WHERE run IN (SELECT run FROM places)
  GROUP BY scenario, parameters, model_version
),
ranked AS (
  SELECT {who}, "{median}" AS value, count(*) OVER (PARTITION BY {who}) AS known,
    row_number() OVER (PARTITION BY {who} ORDER BY "{median}") AS place
  FROM rows WHERE "{median}" IS NOT NULL
),
middle AS (
  SELECT {who}, avg(value) AS "{median}" FROM ranked
  WHERE place IN ((known + 1) / 2, (known + 2) / 2) GROUP BY {who}
),
averaged AS (
  SELECT {grouped}, max(rows.week) AS week,
  {averages},
  counted.runs AS runs
  FROM rows JOIN counted USING (scenario, parameters, model_version)
  GROUP BY {grouped}
)
SELECT {", ".join(("scenario", *by, "quarter", "week", *means, median, "runs"))},
  parameters, model_version
FROM averaged LEFT JOIN middle USING ({who})
ORDER BY {who}
"""


class View(NamedTuple):
    """A stored question, and what its answer means column by column."""

    query: str
    description: str
    columns: tuple[Column, ...]


SCENARIO = Column("scenario", "TEXT", "Name of the scenario.")
SEED_COLUMN = Column("seed", "INTEGER", "Seed; runs that share seed and draw are one replicate.")

PARAMETERS = Column("parameters", "TEXT", "As they are, or drawn; the two are never mixed.")
VERSION = Column("model_version", "TEXT", "Version of the model's rules; never mixed either.")

RUNS_COUNTED = Column("runs", "INTEGER", "Runs that the mean is over.", "runs")
QUARTER_COLUMN = Column("quarter", "INTEGER", "Quarter of the horizon, 1 first.", "quarters")


def _take(table: str, *names: str) -> tuple[Column, ...]:
    """Columns of a table, as they are described there."""
    there = {column.name: column for column in BY_NAME[table].columns}
    return tuple(there[name] for name in names)


VIEWS: dict[str, View] = {
    "current_runs": View(
        CURRENT,
        "Finished runs of the newest version of each scenario.",
        (
            RUN,
            Column("hash", "TEXT", "Fingerprint of the scenario: `scenarios.hash`."),
            SCENARIO,
            SEED_COLUMN,
            Column("draw", "TEXT", "Parameters drawn instead of their evidence values, as JSON."),
            PARAMETERS,
            VERSION,
        ),
    ),
    "comparison": View(
        write_comparison(),
        "Every scenario against every other, same replicates: mean difference, share of replicates"
        " better.",
        (
            SCENARIO,
            Column("against", "TEXT", "Name of the scenario it is compared with."),
            Column("outcome", "TEXT", "Title of the outcome."),
            Column("unit", "TEXT", "Unit of the two means."),
            Column("replicates", "INTEGER", "Pairs of runs with the same seed and draw.", "pairs"),
            Column("reference_mean", "REAL", "Mean over replicates of the scenario compared with."),
            Column(
                "mean_difference",
                "REAL",
                "Mean over replicates of the paired difference, the scenario less the other.",
            ),
            Column(
                "share_of_replicates_better",
                "REAL",
                "Replicates in which the scenario does better; empty where no way is good. Fewer"
                " admissions for want of beds count here, which `kinwell compare` tells apart.",
                "share",
            ),
            Column("key", "TEXT", "The outcome: `outcomes.key`."),
            PARAMETERS,
            VERSION,
        ),
    ),
    "design": View(
        DESIGN,
        "Every run of every sweep with the values that were varied: join it with summary by run.",
        (
            RUN,
            Column("sweep", "TEXT", "The sweep: `sweeps.name`."),
            Column("point", "INTEGER", "Place in the design, 0 first."),
            Column("role", "TEXT", "point, or reference: the scenario it is paired with."),
            SEED_COLUMN,
            Column("status", "TEXT", "done, failed, or left where it was not run yet."),
            Column("settings", "TEXT", "The varied values by name, as JSON."),
        ),
    ),
    "hiring_plan": View(
        write_quarters("posts", ("service", "role"), HIRING_COLUMNS, "recruiting_from"),
        "Posts wanted, filled, hired, left and in training by service, role and quarter: means of"
        " the runs whose weeks were kept.",
        (
            SCENARIO,
            *_take("posts", "service", "role"),
            QUARTER_COLUMN,
            *_take("posts", "week", *HIRING_COLUMNS),
            Column(
                "recruiting_from",
                "REAL",
                "First week of the quarter in which a post stood empty, the median of runs in"
                " which any did; empty where none.",
                "weeks",
            ),
            RUNS_COUNTED,
            PARAMETERS,
            VERSION,
        ),
    ),
    "care_by_quarter": View(
        write_quarters("places", ("service",), CARE_COLUMNS, "wait_in_quarter"),
        "Places, people enrolled and waiting, who got a place and who gave up, by service and"
        " quarter: means of the runs whose weeks were kept.",
        (
            SCENARIO,
            *_take("places", "service"),
            QUARTER_COLUMN,
            *_take("places", "week", *CARE_COLUMNS),
            Column(
                "wait_in_quarter",
                "REAL",
                "Median wait of those who got a place, the median of runs in which anybody did.",
                "weeks",
            ),
            RUNS_COUNTED,
            PARAMETERS,
            VERSION,
        ),
    ),
    "costs_by_payer_year": View(
        COSTS_QUERY,
        "Mean cost per run by payer and year, not discounted.",
        (
            SCENARIO,
            Column("payer", "TEXT", "Who paid."),
            Column("year", "INTEGER", "Year of the horizon, 1 first.", "years"),
            Column(
                "mean_cost",
                "REAL",
                "Mean over runs, in the scenario's currency and price year.",
                "currency",
            ),
            RUNS_COUNTED,
            PARAMETERS,
            VERSION,
        ),
    ),
}

COLUMNS: dict[str, tuple[Column, ...]] = {table.name: table.columns for table in TABLES} | {
    name: view.columns for name, view in VIEWS.items()
}
"""Columns of every table and view."""
