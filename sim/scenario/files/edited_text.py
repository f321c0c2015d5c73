"""The text of a scenario file with single values changed: comments, order and layout stay as they
are.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.scenario.files.yaml_document import Keys


def put(text: str, path: Keys, value: Any) -> str:
    """The text with a value at a path, which is made where it is not there; InvalidInput never:
    check the result.
    """
    return edit(text, {path: value})


def remove(text: str, path: Keys) -> str:
    """The text without what stands at a path, and without mappings that this leaves empty."""
    return edit(text, {path: None})


def edit(text: str, changes: Mapping[Keys, Any]) -> str:
    """The text with several values changed at once; None removes. What is not touched keeps every
    byte.
    """
    # Edited with plain line ends and given back with those that the file had.
    if "\r\n" in text:
        return edit(text.replace("\r\n", "\n"), changes).replace("\n", "\r\n")
    editor = _open_editor()
    data = editor.load(text)
    # Once without any change: what the editor alters in layout by itself is known from this.
    before = _dump(editor, data)
    for path, value in changes.items():
        if value is None:
            _remove(data, path)
        else:
            _put(data, path, value)
    return _carry_over(text, before, _dump(editor, data))


def _open_editor() -> YAML:
    editor = YAML()
    editor.preserve_quotes = True
    # So wide that no line of the author is folded.
    editor.width = 100_000
    editor.indent(mapping=2, sequence=4, offset=2)
    return editor


def _dump(editor: YAML, data: Any) -> str:
    stream = StringIO()
    editor.dump(data, stream)
    return stream.getvalue()


def _put(data: Any, path: Keys, value: Any) -> None:
    for key in path[:-1]:
        held = _find_key(data, key)
        if not isinstance(data.get(held), dict):
            data[held] = CommentedMap()
        data = data[held]
    data[_find_key(data, path[-1])] = _dress(value)


def _remove(data: Any, path: Keys) -> None:
    holders = [data]
    for key in path[:-1]:
        inner = holders[-1].get(_find_key(holders[-1], key))
        if not isinstance(inner, dict):
            return
        holders.append(inner)
    for holder, key in zip(reversed(holders), reversed(path), strict=True):
        # Upwards, so that a mapping that is left empty goes too: an empty one is an error when
        # read.
        holder.pop(_find_key(holder, key), None)
        if len(holder):
            return


def _find_key(data: Any, key: str) -> Any:
    """The key as the file has it: sizes of households are numbers there."""
    return next((known for known in data if str(known) == key), key)


def _dress(value: Any) -> Any:
    """Plain data as written by hand: lists and small mappings of single values on one line."""
    if isinstance(value, list):
        items = CommentedSeq([_dress(inner) for inner in value])
        items.fa.set_flow_style()
        return items
    if isinstance(value, dict):
        mapping = CommentedMap({key: _dress(inner) for key, inner in value.items()})
        if (
            not any(isinstance(inner, dict) for inner in value.values())
            and len(value) <= MOST_IN_A_LINE
        ):
            mapping.fa.set_flow_style()
        return mapping
    return value


MOST_IN_A_LINE = 3
"""A mapping of so few single values stands on one line."""


def _carry_over(text: str, before: str, after: str) -> str:
    """What changed from `before` to `after`, in a text that `before` was made from and differs from
    in layout only.
    """
    if text == before:
        return after
    # By lines: a change keeps every other line of the author, in whatever layout.
    old, made, new = text.splitlines(True), before.splitlines(True), after.splitlines(True)
    layout = _list_changes(made, old)
    edits = _list_changes(made, new)
    # Where both changed a line, the new value counts and the layout is the editor's.
    kept = [change for change in layout if not any(_overlap(change, other) for other in edits)]
    both = sorted(
        [(start, end, old[low:high]) for start, end, low, high in kept]
        + [(start, end, new[low:high]) for start, end, low, high in edits]
    )
    lines: list[str] = []
    at = 0
    for start, end, replacement in both:
        lines += [*made[at:start], *replacement]
        at = end
    return "".join([*lines, *made[at:]])


Change = tuple[int, int, int, int]


def _list_changes(before: Sequence[str], after: Sequence[str]) -> list[Change]:
    matched = SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    return [(i, j, k, m) for word, i, j, k, m in matched if word != "equal"]


def _overlap(change: Change, other: Change) -> bool:
    # Changes that touch count too: one of them would be put in the middle of the other.
    return change[0] <= other[1] and other[0] <= change[1]
