"""The tables that a sweep adds to `runs.db`: what was varied, its points, and their runs."""

from __future__ import annotations

from sim.store.table import RUN, Column, Table

SWEEP_TABLES = (
    Table(
        "sweeps",
        "Sweeps: what was varied, and how.",
        (
            Column("name", "TEXT NOT NULL", "Name: the file's, without its ending."),
            Column("title", "TEXT", "Title for people."),
            Column("summary", "TEXT", "What it is for."),
            Column(
                "fingerprint",
                "TEXT NOT NULL",
                "Fingerprint of the sweep and of the model that it was made for.",
            ),
            Column("document", "TEXT NOT NULL", "The sweep as it was declared, as JSON."),
            Column(
                "factors",
                "TEXT NOT NULL",
                "What varies: name, kind (policy or world), ends, unit, as JSON.",
            ),
            Column("points", "INTEGER NOT NULL", "Points of the design."),
            Column("runs", "INTEGER NOT NULL", "Runs asked for, those for pairing included."),
        ),
        key=("name",),
        clustered=False,
    ),
    Table(
        "points",
        "One row per point of a sweep's design.",
        (
            Column("sweep", "TEXT NOT NULL", "The sweep: `sweeps.name`."),
            Column(
                "point",
                "INTEGER NOT NULL",
                "Place in the design, 0 first; the order that SALib expects.",
            ),
            Column("scenario", "TEXT NOT NULL", "The scenario at this point: `scenarios.hash`."),
            Column("settings", "TEXT NOT NULL", "The varied values by name, as JSON."),
        ),
        key=("sweep", "point"),
    ),
    Table(
        "point_runs",
        "Which runs belong to which point of a sweep.",
        (
            Column("sweep", "TEXT NOT NULL", "The sweep: `sweeps.name`."),
            Column("point", "INTEGER NOT NULL", "The point: `points.point`."),
            Column("seed", "INTEGER NOT NULL", "Seed; every point has the same ones."),
            Column(
                "role",
                "TEXT NOT NULL",
                "point, or reference: the scenario it is paired with, under the same draw.",
            ),
            RUN,
        ),
        key=("sweep", "point", "seed", "role"),
    ),
)
