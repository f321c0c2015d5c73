"""Stored runs for other programs: CSV and Parquet tables with a dictionary, and RO-Crate metadata.

Values are never rounded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from analysis.runs.database import Stored, open_runs
from sim.errors import InvalidInput, KinwellError
from sim.scenario.schema.names import make_plain
from sim.store import write_whole
from sim.store.connection import ANOTHER_FOLDER, explain_content, explain_files
from sim.store.files import check_content, check_is_ours
from sim.store.schema import BY_NAME
from sim.units import show_controls

if TYPE_CHECKING:
    from collections.abc import Mapping

# Full-width signs too: some spreadsheets read them as the plain ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""
CRATE = "ro-crate-metadata.json"
OF_OURS = b'"@id": "#kinwell"'
"""What the metadata of our folders hold, and nobody else's."""
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
CRATE_VERSION = "https://w3id.org/ro/crate/1.1"


class Exported(NamedTuple):
    """Files that were written, and what of a damaged database could not be read."""

    files: list[Path]
    lost: list[str]


def export_tables(
    source: object, into: Path | None = None, kind: str = "csv", encoding: str = "utf-8"
) -> Exported:
    """Write every table of a database to a folder, as CSV or Parquet.

    Runs carry their scenario's name. Of a damaged table the rows before the damage are written.
    encoding: of CSV; `utf-8-sig` is what Excel knows for UTF-8.
    """
    stored = open_runs(source)
    folder = into or stored.path.parent / kind
    files, lost = [], []
    # Only tables of ours: the names of others would choose files. Read before a folder is made,
    # which would stay where there is nothing to export.
    tables = sorted(stored.tables & set(BY_NAME))
    for table in tables:
        # All of them before any is written.
        check_table(folder / f"{table}.{kind}", "run", BY_NAME[table].names[0])
    for name in _list_sweeps(stored):
        check_table(_name_design(folder, name, kind), "run")
    with explain_files(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for table in tables:
            frame, stopped = stored.read_rows(table)
            lost += [stopped] if stopped else []
            path = folder / f"{table}.{kind}"
            files.append(write_frame(_name_runs(stored, table, frame), path, encoding))
        designs, stopped_too = _write_designs(stored, folder, kind, encoding)
    return Exported([*files, *designs], [*lost, *stopped_too])


def check_table(path: Path, *firsts: str) -> None:
    """Refuse a table of the user's own, such as a file of points: it begins with other columns."""
    if path.suffix == ".parquet":
        check_content(path, lambda file: _read_first_column(file) in firsts, ANOTHER_FOLDER)
        return
    ends = [f"{first}{end}" for first in firsts for end in (",", "\n")]
    check_is_ours(path, *ends, hint=ANOTHER_FOLDER)


def _read_first_column(file: Path) -> str | None:
    """Name of the first column of a Parquet file; None where it has none, or is no such file."""
    from pyarrow import parquet

    try:
        names = parquet.read_schema(file).names
    # The reader's failures are ValueErrors, and OSErrors for a file that is cut short.
    except (ValueError, OSError):
        return None
    return str(names[0]) if names else None


def _name_runs(stored: Stored, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of runs with scenario and seed, where these can be read."""
    if table != "runs" and "run" in frame.columns:
        try:
            names, runs = stored.scenarios["stored_name"].to_dict(), stored.all_runs
        except KinwellError:
            return frame
        who = runs[["key", "seed"]].rename(columns={"key": "run"})
        who.insert(1, "scenario", [names.get(key, key) for key in runs["hash"]])
        # Kept also where the run is unknown: export saves what there is.
        frame = who.merge(
            frame.drop(
                columns=[column for column in ("scenario", "seed") if column in frame.columns]
            ),
            on="run",
            how="right",
        )
    return frame


def _write_designs(
    stored: Stored, folder: Path, kind: str, encoding: str
) -> tuple[list[Path], list[str]]:
    """Write the design of each sweep: one row per run, one column per value that was varied."""
    written: list[Path] = []
    try:
        for name in _list_sweeps(stored):
            path = _name_design(folder, name, kind)
            written.append(write_frame(_read_design(stored, name), path, encoding))
    except InvalidInput as error:
        return written, [f"designs of sweeps: {error}"]
    return written, []


def _list_sweeps(stored: Stored) -> list[str]:
    """Names of the sweeps of a database."""
    if "sweeps" not in stored.tables:
        return []
    return [str(name) for name in stored.query("SELECT name FROM sweeps ORDER BY name")["name"]]


def _name_design(folder: Path, sweep: str, kind: str) -> Path:
    return folder / f"design-{make_plain(sweep)}.{kind}"


def _read_design(stored: Stored, name: str) -> pd.DataFrame:
    with explain_content(stored.path):
        frame = stored.query(
            "SELECT * FROM design WHERE sweep = ? ORDER BY point, role, seed", (name,)
        )
        settings = pd.DataFrame([json.loads(str(text)) for text in frame.pop("settings")])
        return pd.concat([frame, settings], axis=1)


def make_harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would take for a formula, marked as the text that it is; headings
    too.
    """
    texts = frame.select_dtypes(["object", "string", "category"]).columns
    marked = frame.assign(**{str(name): [_mark(cell) for cell in frame[name]] for name in texts})
    return marked.rename(columns=_mark)


def _mark(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = show_controls(cell)
    # Spaces before a formula do not stop a spreadsheet.
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def write_frame(frame: pd.DataFrame, path: Path, encoding: str = "utf-8") -> Path:
    """Write a frame whole or not at all, and not in place of a table of something else."""
    if len(frame.columns):
        check_table(path, str(frame.columns[0]))
    beside = path.with_name(f".{path.name}.new")
    try:
        if path.suffix == ".csv":
            make_harmless(frame).to_csv(beside, index=False, encoding=encoding)
        else:
            _unmix(frame).to_parquet(beside, index=False)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _unmix(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose columns are of one kind each: where somebody has put text among numbers, or
    bytes, all are text, as in CSV; what is missing stays missing.
    """
    mixed = [
        name
        for name in frame.columns
        if pd.api.types.is_object_dtype(frame[name])
        and {type(value) for value in frame[name].dropna()} - {str}
    ]
    text = {name: frame[name].map(str, na_action="ignore") for name in mixed}
    return frame.assign(**text) if text else frame


def export_crate(source: object, into: Path | None = None) -> list[Path]:
    """Write RO-Crate metadata (Process Run Crate) for the files of a folder of results.

    Without `into` the metadata stands beside the database, where the files it names are.
    """
    stored = open_runs(source)
    folder = stored.path.parent
    target = (into or folder) / CRATE
    check_content(target, lambda file: OF_OURS in file.read_bytes(), ANOTHER_FOLDER)
    files = [
        path
        for path in sorted(folder.rglob("*"))
        # Neither itself nor what is being written at this moment.
        if path.is_file() and path.name != CRATE and not path.name.startswith(".")
    ]
    with explain_content(stored.path):
        content = {
            "@context": f"{CRATE_VERSION}/context",
            "@graph": _list_entities(stored, folder, files),
        }
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"{target.parent}: cannot write here ({error.strerror}); choose another folder with -o"
        ) from error
    write_whole(target, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return [target]


def _list_entities(stored: Stored, folder: Path, files: list[Path]) -> list[Mapping[str, Any]]:
    """Everything that the crate describes: itself, the runs, the program, the files."""
    named = [path.relative_to(folder).as_posix() for path in files]
    return [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": CRATE_VERSION},
            "about": {"@id": "./"},
        },
        _describe_dataset(stored, named),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        *_describe_runs(stored.runs, named),
        *(
            {
                "@id": name,
                "@type": "File",
                "name": Path(name).name,
                "contentSize": str((folder / name).stat().st_size),
            }
            for name in named
        ),
    ]


def _list_starts(runs: pd.DataFrame) -> list[str]:
    """When runs began, in order; one empty text where there are none."""
    return sorted(str(value) for value in runs["started"]) if len(runs) else [""]


def _describe_dataset(stored: Stored, named: list[str]) -> Mapping[str, Any]:
    """The crate as a data set."""
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Simulated replicates: {', '.join(_list_titles(stored))}",
        "description": f"{len(stored.runs)} finished runs of {len(stored.names)} scenarios.",
        "datePublished": _list_starts(stored.runs)[-1][:10],
        "license": "https://spdx.org/licenses/MIT",
        "conformsTo": {"@id": PROFILE},
        "hasPart": [{"@id": name} for name in named],
        "mentions": {"@id": "#run"},
    }


def _describe_runs(runs: pd.DataFrame, named: list[str]) -> list[Mapping[str, Any]]:
    """The runs as one action, from scenarios to results, and the program that made them."""
    versions = _read_versions(runs)
    inputs = [name for name in named if name.endswith((".yaml", ".yml"))]
    return [
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"{len(runs)} runs",
            "instrument": {"@id": "#kinwell"},
            "startTime": _list_starts(runs)[0],
            "endTime": _find_end(runs),
            "object": [{"@id": name} for name in inputs],
            "result": [{"@id": name} for name in named if name not in inputs],
        },
        {
            "@id": "#kinwell",
            "@type": "SoftwareApplication",
            "name": "Kinwell",
            "softwareVersion": versions.get("kinwell", ""),
            "softwareRequirements": versions,
        },
    ]


def _find_end(runs: pd.DataFrame) -> str:
    """When the last run ended: its start and the time it took."""
    if not len(runs):
        return ""
    began = pd.to_datetime(runs["started"], format="ISO8601", utc=True)
    ends = began + pd.to_timedelta(runs["seconds"].astype(float), unit="s")
    return str(ends.max().isoformat())


def _list_titles(stored: Stored) -> list[str]:
    """Titles of sweeps and of scenarios, each once."""
    sweeps = (
        [str(title) for title in stored.query("SELECT title FROM sweeps")["title"]]
        if "sweeps" in stored.tables
        else []
    )
    towns = (str(stored.declared[name].get("title") or name) for name in stored.names)
    return list(dict.fromkeys([*sweeps, *towns]))


def _read_versions(runs: Any) -> dict[str, str]:
    if "versions" not in runs.columns or not len(runs):
        return {}
    found = json.loads(str(runs["versions"].iloc[-1]))
    return {str(key): str(value) for key, value in dict(found).items()}
