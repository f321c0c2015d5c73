"""The tables of `runs.db`: what each holds, column by column, and the statements that make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS
from sim.store.sweep_tables import SWEEP_TABLES
from sim.store.table import RUN, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

# "KINW" in ASCII, by which a database of ours is told from any other.
APPLICATION_ID = 0x4B494E57
SCHEMA_VERSION = 4
READABLE = (1, 2, 3, 4)
"""Versions that can be read.

An older one is brought up to date when something is written into it.
"""
ADDED: dict[int, tuple[str, ...]] = {
    1: ("sweeps", "points", "point_runs", "networks", "yearly", "posts"),
    2: ("yearly", "posts"),
    3: ("posts",),
}
"""Tables that came after each version."""
OF_LISTS = ("started", "gave_up", "wait_in_quarter")
"""Columns of places that came with the record of lists."""
ADDED_COLUMNS: dict[int, dict[str, tuple[str, ...]]] = {
    1: {
        "plans": ("sweep", "draw_marks", "model_version"),
        "ledger": ("discounted",),
        "places": OF_LISTS,
    },
    2: {"plans": ("draw_marks", "model_version"), "ledger": ("discounted",), "places": OF_LISTS},
    3: {"places": OF_LISTS},
}
"""Columns that came after each version, by table; they are the last ones of their tables."""
VALUED = ("qalys", "caregiver_hours", "work_days_lost")
"""Outcomes that are valued in money or health, and therefore kept by year where weeks are not."""


def _outcomes(keys: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(key, "REAL", f"{BY_KEY[key].title}. {BY_KEY[key].sentence}", BY_KEY[key].unit)
        for key in keys
    )


def _valued() -> Iterator[Column]:
    """Two columns for each outcome that is valued: the sum of a year, and its present value."""
    for key in VALUED:
        outcome = BY_KEY[key]
        yield Column(key, "REAL", f"{outcome.title} of the year.", outcome.unit)
        rate = "effects" if key == "qalys" else "costs"
        said = f"{outcome.title} of the year, discounted week by week at the rate for {rate}."
        yield Column(f"{key}_discounted", "REAL", said, outcome.unit)


TABLES: tuple[Table, ...] = (
    Table(
        "scenarios",
        "What was run: every scenario as it ran. The newest row of a name is the one that counts.",
        (
            Column("hash", "TEXT NOT NULL", "Fingerprint of the resolved scenario."),
            Column("name", "TEXT NOT NULL", "Name: the file's, without its ending."),
            Column("title", "TEXT", "Title for people."),
            Column("summary", "TEXT", "What it is, in a sentence or two."),
            Column(
                "past_hash",
                "TEXT",
                "Fingerprint of what acts before week 0; scenarios that share it share their"
                " burn-in.",
            ),
            Column(
                "resolved",
                "TEXT NOT NULL",
                "The whole scenario, runnable as it is (JSON, which is YAML 1.2).",
            ),
        ),
        key=("hash",),
        # By rowid, which says which scenario of a name is the newest.
        clustered=False,
    ),
    Table(
        "runs",
        "One row per finished or failed run.",
        (
            Column(
                "key",
                "TEXT NOT NULL",
                "Fingerprint of scenario, seed, parameter draw and model version.",
            ),
            Column("scenario", "TEXT NOT NULL", "The scenario: `scenarios.hash`."),
            Column(
                "seed",
                "INTEGER NOT NULL",
                "Seed; runs that share seed and draw are one replicate and are compared with each"
                " other.",
            ),
            Column(
                "draw",
                "TEXT",
                "Parameters drawn instead of their evidence values, as JSON; empty where none"
                " were.",
            ),
            Column(
                "draw_index",
                "INTEGER",
                "Position of the draw in its study; empty where parameters were not drawn.",
            ),
            Column(
                "status", "TEXT NOT NULL CHECK (status IN ('done', 'failed'))", "done or failed."
            ),
            Column("keep", "TEXT NOT NULL", "weekly, or summary where only totals were kept."),
            Column(
                "model_version",
                "TEXT NOT NULL",
                "Version of the model's rules; rises when numbers change.",
            ),
            Column("versions", "TEXT NOT NULL", "Python and packages, as JSON."),
            Column("commit", "TEXT", "Git commit of the code, where it ran from a checkout."),
            Column("dirty", "INTEGER", "1 where the checkout differed from its commit."),
            Column("started", "TEXT NOT NULL", "When the run started (UTC)."),
            Column(
                "seconds",
                "REAL NOT NULL",
                "How long it took, its share of the common burn-in included.",
                "seconds",
            ),
        ),
        key=("key",),
        clustered=False,
    ),
    Table(
        "weekly",
        "One row per run and week of the horizon, one column per outcome.",
        (RUN, Column("week", "INTEGER NOT NULL", "Week, 0 first.", "weeks"), *_outcomes(KEYS)),
        key=("run", "week"),
    ),
    Table(
        "yearly",
        "What is valued in money or health, by year, of runs whose weeks were not kept.",
        (
            RUN,
            Column("year", "INTEGER NOT NULL", "Year of the horizon, 0 first.", "years"),
            *_valued(),
        ),
        key=("run", "year"),
    ),
    Table(
        "summary",
        "One row per finished run: every outcome over the horizon.",
        (RUN, *_outcomes(KEYS)),
        key=("run",),
    ),
    Table(
        "subgroups",
        "Outcomes of groups of residents, over the horizon.",
        (
            RUN,
            Column(
                "dimension",
                "TEXT NOT NULL",
                "What the groups differ in, such as age or neighbourhood.",
            ),
            Column("group_name", "TEXT NOT NULL", "The group."),
            Column("residents", "REAL", "Residents in the group.", "people"),
            *_outcomes(GROUP_KEYS),
        ),
        key=("run", "dimension", "group_name"),
    ),
    Table(
        "ledger",
        "Money spent and received (category income), by week; by year where only summaries were"
        " kept.",
        (
            RUN,
            Column("week", "INTEGER NOT NULL", "Week, 0 first.", "weeks"),
            Column("account", "TEXT NOT NULL", "Service or fund."),
            Column("payer", "TEXT NOT NULL", "Who paid, or who gave."),
            Column("category", "TEXT NOT NULL", "What for; income for money received."),
            Column(
                "amount",
                "REAL NOT NULL",
                "Amount, not discounted, in the scenario's currency and price year.",
                "currency",
            ),
            Column(
                "discounted",
                "REAL",
                "A year's amount, discounted week by week at the scenario's rate for costs; empty"
                " where weeks were kept.",
                "currency",
            ),
        ),
        key=("run", "week", "account", "payer", "category"),
    ),
    Table(
        "decisions",
        "What the committee saw and did.",
        (
            RUN,
            Column("week", "INTEGER NOT NULL", "Week of the decision.", "weeks"),
            Column("body", "TEXT", "Who decided."),
            Column("subject", "TEXT", "Service or fund decided on."),
            Column("action", "TEXT", "What was decided."),
            Column(
                "seen", "TEXT", "What the committee saw, as JSON where it is more than one thing."
            ),
            Column("reason", "TEXT", "The rule or circumstance behind it."),
        ),
    ),
    Table(
        "places",
        "Places, people, waits and who gave up, by service and quarter.",
        (
            RUN,
            Column("service", "TEXT NOT NULL", "Service."),
            Column("week", "INTEGER NOT NULL", "Week at which it was looked at.", "weeks"),
            Column("places", "REAL", "Places offered.", "places"),
            Column("enrolled", "REAL", "People enrolled.", "people"),
            Column("waiting", "REAL", "People waiting.", "people"),
            Column("wait_median", "REAL", "Median wait of those who got a place.", "weeks"),
            Column(
                "staff", "REAL", "Full-time equivalents of those in post, volunteers too.", "FTE"
            ),
            Column("vacancies", "REAL", "Posts that stand empty.", "posts"),
            Column("sessions", "REAL", "Sessions held.", "sessions"),
            Column("quality", "REAL", "Quality of the service, 1 as designed."),
            Column("started", "REAL", "People who got a place in the quarter.", "people"),
            Column("gave_up", "REAL", "People who left the list without a place.", "people"),
            Column(
                "wait_in_quarter",
                "REAL",
                "Median wait of those who got a place in the quarter; empty where nobody did.",
                "weeks",
            ),
        ),
        key=("run", "service", "week"),
    ),
    Table(
        "posts",
        "Posts of each service by role and quarter: wanted, filled, hired, left, in training.",
        (
            RUN,
            Column("service", "TEXT NOT NULL", "Service."),
            Column("role", "TEXT NOT NULL", "Role."),
            Column("week", "INTEGER NOT NULL", "Last week of the quarter.", "weeks"),
            Column("posts", "REAL", "Posts wanted: funded, started and open.", "posts"),
            Column("posts_fte", "REAL", "Full-time equivalents of the posts wanted.", "FTE"),
            Column("filled", "REAL", "People in post.", "people"),
            Column("filled_fte", "REAL", "Full-time equivalents of the people in post.", "FTE"),
            Column("hired", "REAL", "People who began in the quarter.", "people"),
            Column(
                "left",
                "REAL",
                "People who left a post in the quarter, closed posts included.",
                "people",
            ),
            Column("in_training", "REAL", "People in post who are still being trained.", "people"),
            Column(
                "recruiting_from",
                "REAL",
                "First week of the quarter at whose end a post stood open and empty; empty where"
                " none did.",
                "weeks",
            ),
        ),
        key=("run", "service", "role", "week"),
    ),
    Table(
        "networks",
        "A sample of the town's network at the end of one run of each scenario: its lowest seed"
        " whose weeks were kept.",
        (
            RUN,
            Column(
                "residents",
                "TEXT NOT NULL",
                "A few hundred residents as JSON: key, neighbourhood (0 first), lonely, ill, in"
                " care.",
            ),
            Column(
                "ties",
                "TEXT NOT NULL",
                "Ties as JSON: two places in `residents`, kind (1 home, 2 friend, 3 work or school,"
                " 4 group).",
            ),
        ),
        key=("run",),
    ),
    Table(
        "failures",
        "Runs that failed: where, why, and the command that repeats them.",
        (
            RUN,
            Column("scenario", "TEXT NOT NULL", "Name of the scenario."),
            Column("seed", "INTEGER NOT NULL", "Seed."),
            Column(
                "stage", "TEXT NOT NULL", "building, burn-in, running, outcomes, storing or worker."
            ),
            Column("message", "TEXT NOT NULL", "What went wrong, in one line."),
            Column("traceback", "TEXT NOT NULL", "Where in the code."),
            Column("command", "TEXT NOT NULL", "The command that repeats the run."),
        ),
        key=("run",),
    ),
    Table(
        "plans",
        "What was asked for, each time something was run into this database.",
        (
            Column("id", "INTEGER PRIMARY KEY", "Order."),
            Column("started", "TEXT NOT NULL", "When (UTC)."),
            Column(
                "command",
                "TEXT NOT NULL",
                "The command; the same again continues where it stopped.",
            ),
            Column("scenarios", "TEXT NOT NULL", "Hashes of the scenarios, as JSON."),
            Column("seed", "INTEGER NOT NULL", "First seed."),
            Column("replicates", "INTEGER NOT NULL", "Seeds, one after the other."),
            Column("draws", "INTEGER NOT NULL", "Parameter draws; 0 where none were."),
            Column("workers", "INTEGER NOT NULL", "Worker processes."),
            Column("sweep", "TEXT", "The sweep: `sweeps.name`; empty where scenarios were run."),
            Column(
                "draw_marks",
                "TEXT",
                "Fingerprints of the parameter draws, as JSON; an empty one is the parameters as"
                " they are.",
            ),
            Column("model_version", "TEXT", "Version of the model's rules."),
        ),
    ),
    *SWEEP_TABLES,
    Table(
        "outcomes",
        "The dictionary of outcomes.",
        (
            Column("key", "TEXT NOT NULL", "Column in weekly, summary and subgroups."),
            Column("title", "TEXT NOT NULL", "Title for people."),
            Column("unit", "TEXT NOT NULL", "Unit."),
            Column("direction", "TEXT NOT NULL", "Which way is good: fewer, more or neither."),
            Column("over_time", "TEXT NOT NULL", "How weeks become one number: sum, mean or end."),
            Column("sentence", "TEXT NOT NULL", "What it is."),
            Column("by_group", "INTEGER NOT NULL", "1 where it is also kept for subgroups."),
        ),
        key=("key",),
        clustered=False,
    ),
    Table(
        "dictionary",
        "What every column of every table means.",
        (
            Column("table", "TEXT NOT NULL", "Table."),
            Column("column", "TEXT NOT NULL", "Column."),
            Column("unit", "TEXT NOT NULL", "Unit."),
            Column("description", "TEXT NOT NULL", "What it means."),
        ),
        key=("table", "column"),
        clustered=False,
    ),
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}


def write_create(table: Table) -> str:
    """Write the statement that creates a table."""
    lines = [f'"{column.name}" {column.type}' for column in table.columns]
    if table.key:
        lines.append("PRIMARY KEY (" + ", ".join(f'"{name}"' for name in table.key) + ")")
    # Stored in the order of the key: rows of a run stand together, and no second index is kept.
    rowid = " WITHOUT ROWID" if table.key and table.clustered else ""
    return f'CREATE TABLE "{table.name}" (\n  ' + ",\n  ".join(lines) + f"\n){rowid}"


def write_insert(table: Table) -> str:
    """Write the statement that puts one row in, replacing one with the same key."""
    marks = ", ".join("?" * len(table.columns))
    columns = ", ".join(f'"{name}"' for name in table.names)
    return f'INSERT OR REPLACE INTO "{table.name}" ({columns}) VALUES ({marks})'


INDEXES = (
    "CREATE INDEX runs_by_replicate ON runs (scenario, seed)",
    "CREATE INDEX decisions_by_run ON decisions (run)",
    "CREATE INDEX points_by_run ON point_runs (run)",
)
