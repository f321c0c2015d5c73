"""Pages of the site that are made from code and notebooks, and links that lead out of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from mkdocs.structure.files import File

from sim.evidence.loader import all_evidence, all_kinds, find_likes
from sim.outcomes import OUTCOMES
from sim.store.schema import TABLES
from sim.store.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

PYTHON = {
    "Scenarios": ("sim.load", "sim.Scenario.with_", "sim.Scenario.resolved"),
    "Communities": ("sim.Community", "sim.Resident", "sim.Peer", "sim.Professional"),
    "Runs": ("sim.run", "sim.studies.running.results_folder.RunSet"),
    "Sweeps": (
        "sim.load_sweep",
        "sim.make_points",
        "sim.make_problem",
        "sim.read_outcomes",
        "sim.write_points",
    ),
    "Comparisons": ("analysis.compare", "analysis.figures.drawn_comparison.DrawnComparison"),
    "Explanations": ("sim.plan_explanation", "analysis.explain"),
    "Economics": (
        "analysis.evaluate",
        "analysis.budget_impact",
        "analysis.cea",
        "analysis.voi",
        "analysis.equity",
    ),
    "Reports": ("analysis.write_report",),
}
"""What is public, by subject."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here."""
    made = {
        "reference/outcomes.md": write_outcomes(),
        "reference/numbers.md": write_numbers(),
        "reference/kinds.md": write_kinds(),
        "reference/database.md": write_database(),
        "reference/python.md": write_python(),
    }
    for path in sorted((Path(config["docs_dir"]) / "notebooks").glob("*.ipynb")):
        made[f"notebooks/{path.stem}.md"] = write_notebook(path)
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Say where a file of the project is, instead of a link that leads out of the site."""
    inside = {file.src_uri for file in files if not file.inclusion.is_excluded()}
    here = Path(config["docs_dir"], page.file.src_uri).parent

    def keep(match: re.Match[str]) -> str:
        text, target = match[1], match[2].split("#")[0]
        if target.startswith(("http", "mailto:")) or not target:
            return match[0]
        path = (here / target).resolve()
        root = Path(config["docs_dir"]).resolve()
        if path.is_relative_to(root) and path.relative_to(root).as_posix() in inside:
            return match[0]
        told = path.relative_to(root.parent).as_posix()
        return f"{text} (`{told}`)" if told not in text else text

    return re.sub(r"(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)", keep, markdown)


def tabulate(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; what would break a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    cells = [[" ".join(str(cell).split()).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def write_outcomes() -> str:
    """Every outcome."""
    rows = [
        (f"`{each.key}`", each.title, each.unit, each.better, each.over_time, each.sentence)
        for each in OUTCOMES
    ]
    heads = ("key", "title", "unit", "better", "over the weeks", "what it is")
    return f"# Outcomes\n\n{tabulate(heads, rows)}"


def write_numbers() -> str:
    """Every record of the evidence, with its range and source, and every source with what rests on
    it.
    """
    rooms: dict[str, list[tuple[object, ...]]] = {}
    cited: dict[str, list[str]] = {}
    for record in all_evidence().values():
        area = f"{record.low:g} to {record.high:g}"
        row = (f"`{record.id}`", f"{record.value:g}", area, record.unit, record.grade)
        rooms.setdefault(record.id.split(".")[0], []).append((*row, record.meaning, record.source))
        for source in re.findall(r"\b[A-Z]{2}-\d{2}\b|\b[a-z]+(?:_[a-z0-9]+)+\b", record.source):
            cited.setdefault(source, []).append(record.id)
    heads = ("id", "value", "95 % range", "unit", "grade", "meaning", "source")
    parts = [f"## {room}\n\n{tabulate(heads, rows)}" for room, rows in rooms.items()]
    known = all_kinds()
    sources = [
        (f"`{source}`", ", ".join(f"`{each}`" for each in dict.fromkeys(ids)))
        for source, ids in sorted(cited.items())
        if source not in known
    ]
    parts.append(
        f"## Records, and what rests on them\n\n{tabulate(('record', 'read by'), sources)}"
    )
    return "# Evidence: every number\n\n" + "\n".join(parts)


def write_kinds() -> str:
    """Every kind of service, what it is and what people call it."""
    rows = [
        (
            f"`{kind}`",
            words.meaning,
            ", ".join(words.leads),
            words.shape,
            ", ".join(f"`{each}`" for each in find_likes(kind)[1:]),
            ", ".join(words.synonyms),
        )
        for kind, words in all_kinds().items()
    ]
    heads = ("kind", "what it is", "led by", "sized by", "numbers also of", "also called")
    return f"# Kinds of service\n\n{tabulate(heads, rows)}"


def write_database() -> str:
    """Every table and view of runs.db."""
    parts = []
    for name, description, columns in [
        *((each.name, each.description, each.columns) for each in TABLES),
        *((f"{name} (view)", each.description, each.columns) for name, each in VIEWS.items()),
    ]:
        rows = [(f"`{each.name}`", each.type, each.unit, each.description) for each in columns]
        table = tabulate(("column", "type", "unit", "what it is"), rows)
        parts.append(f"## {name}\n\n{description}\n\n{table}")
    return "# The database\n\n" + "\n".join(parts)


def write_python() -> str:
    """The public names of both packages, which mkdocstrings fills in."""
    parts = [
        f"## {subject}\n\n" + "\n\n".join(f"::: {name}" for name in names)
        for subject, names in PYTHON.items()
    ]
    return "# Python\n\n" + "\n\n".join(parts) + "\n"


def write_notebook(path: Path) -> str:
    """A notebook as Markdown, with what its cells showed."""
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        parts += [_show(output.get("data", {})) for output in cell.get("outputs", [])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _show(data: dict[str, Any]) -> str:
    if "text/html" in data:
        return "\n".join(line for line in data["text/html"].splitlines() if line.strip())
    return f"```text\n{data['text/plain']}\n```" if "text/plain" in data else ""
