"""Scenarios as YAML: whole, with origins, and new ones to begin with."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from sim.errors import InvalidInput, Problem
from sim.scenario.diagnostics.inactive import say_no_caseload
from sim.scenario.files.user_path import read_path
from sim.scenario.library import find_shelf, list_shipped
from sim.scenario.reference.json_schema import SCHEMA_FILE
from sim.scenario.schema.names import say_unfit

if TYPE_CHECKING:
    from sim.scenario.files.yaml_document import Document, Keys

DEFAULT = "default"
BLANK = ("us", "uk")
"""Countries of which there is a county to fill in."""
UNTITLED = "A county to fill in"

SCENARIO_TEMPLATE = """\
# yaml-language-server: $schema={schema}
#
# Only what differs from the scenario below is written here. Mappings merge with it, everything else
# replaces; nothing is deleted: `enabled: false` switches a thing off.
extends: {parent}
title: {title}
summary: Say in a sentence or two what is different here.

# Remove the # in front of what you need. All keys, with their meaning: kinwell schema --keys
#
#services:
#  helping-hands:
#    kind: one_to_one_peer # or individual_therapy, primary_care, psychiatry, recovery_group
#    where: everywhere # or neighbourhoods, such as [east]
#    audience: {{after: crisis, within: 26 weeks}}
#    from: week 8 # or a date, such as 2024-03-01
#    ramp: 26 weeks
#    staff: {{peer: 2}}
#    caseload: 12 # places for each post
#    supervision: fortnightly
#
#funds:
#  new-grant: {{source: grant, from: week 0, to: week 104,
#    amount: {currency} 150_000 per year, only_for: [helping-hands]}}
#
#shocks:
#  hard-winter: {{kind: adversity, at: week 40, until: week 53, life_events: 1.5}}
#
#partnerships:
#  # with: employer, school, health_provider, business or organisation
#  works: {{with: employer, for: [helping-hands], from: week 8, reach: 1%}}
#
#governance:
#  review_every: 26 weeks
#  rules:
#    expand-if-kept:
#      when: {{kpi: engagement, service: helping-hands, above: 60%, for: 2 reviews}}
#      do: {{expand: helping-hands, by: 50%}}
#      once: true
"""


def fill_blank(profile: str, title: str, folder: Path) -> str:
    """The text of a whole county to fill in, us or uk, to be written into `folder`."""
    text = (find_shelf() / "blank" / f"{profile}.yaml").read_text(encoding="utf-8")
    # The first line says where the schema is, which depends on the folder.
    head, rest = text.split("\n", 1)
    schema = f"{head.split('$schema=')[0]}$schema={_find_schema(folder)}"
    return f"{schema}\n{rest}".replace(f"\ntitle: {UNTITLED}\n", f"\ntitle: {quote(title)}\n", 1)


def choose_new_file(name: str) -> Path:
    """The file of a new scenario; InvalidInput where it cannot have that name."""
    path = read_path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    # Spaces are for the file alone: the scenario's name has dashes for them.
    said = say_unfit(path.stem.replace(" ", "-"))
    if said or name.endswith(("/", os.sep)):
        hint = "choose a plain name, such as my-scenario"
        problem = Problem("", 0, 0, "", f"{name!r} cannot be the name of a file: {said}", hint)
        raise InvalidInput(problem)
    # File systems of macOS and Windows do not tell case apart.
    if path.stem.casefold() in {known.casefold() for known in list_shipped()}:
        said = (
            f"{path.stem} is a scenario that comes with Kinwell: a file of its name would hide it"
        )
        raise InvalidInput(Problem(str(path), 0, 0, "", said, "choose another name"))
    return path


def fill_template(title: str, parent: str, currency: str, folder: Path) -> str:
    """A new scenario's text, to be written into `folder`."""
    return SCENARIO_TEMPLATE.format(
        schema=_find_schema(folder), parent=quote(parent), title=quote(title), currency=currency
    )


def _find_schema(folder: Path) -> str:
    """Where the schema is, seen from a folder."""
    try:
        schema = os.path.relpath(find_shelf() / SCHEMA_FILE, folder)
    except ValueError:
        # On another drive there is no relative path.
        schema = (find_shelf() / SCHEMA_FILE).as_posix()
    return schema.replace(os.sep, "/")


def quote(text: str) -> str:
    """Text as one YAML value, quoted where it must be."""
    stream = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.width, yaml.default_flow_style = 10_000, True
    # In a list, as a lone scalar would be followed by the mark of the document's end.
    yaml.dump([text], stream)
    return stream.getvalue().strip()[1:-1]


def write_yaml(resolved: dict[str, Any], comments: dict[Keys, str] | None = None) -> str:
    """Plain data as YAML, with a comment behind each value that has one."""
    stream = StringIO()
    yaml = YAML()
    yaml.width = 10_000
    yaml.dump(_annotate(resolved, (), comments or {}), stream)
    return stream.getvalue()


def _annotate(value: Any, path: Keys, comments: dict[Keys, str]) -> Any:
    if isinstance(value, list):
        items = CommentedSeq(value)
        items.fa.set_flow_style()
        return items
    if not isinstance(value, dict):
        return value
    mapping = CommentedMap()
    for key, inner in value.items():
        # Left out where the evidence has a usual one: read again, 0 would be taken for meant.
        if key == "caseload" and inner == 0 and say_no_caseload(str(value.get("kind"))):
            continue
        here = (*path, key)
        mapping[key] = _annotate(inner, here, comments)
        if here in comments and not isinstance(inner, dict):
            mapping.yaml_add_eol_comment(comments[here], key, column=44)
    return mapping


def trace_origins(resolved: dict[str, Any], document: Document, path: Keys = ()) -> dict[Keys, str]:
    """Where each single value came from: `file:line`, or that it is a default."""
    origins: dict[Keys, str] = {}
    for key, value in resolved.items():
        here = (*path, key)
        if isinstance(value, dict):
            origins |= trace_origins(value, document, here)
        else:
            place = document.places.get(here)
            origins[here] = (
                f"{place.file}:{place.value_line}"
                if place
                else "the file's name"
                if here == ("name",)
                else DEFAULT
            )
    return origins
