"""One YAML file as plain data, with the place in the file of every key and value.

Never evaluated.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from sim.errors import InvalidInput, Problem
from sim.units import LARGEST_NUMBER, find_control, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ruamel.yaml.nodes import Node

LARGEST_DOCUMENT = 1_000_000
"""Bytes of the largest file that is read."""
LONGEST_FILE = 10_000
"""Lines of the longest file that is read."""
DEEPEST = 16
"""Levels of the deepest nesting that is read."""
MOST_OPEN = 200
"""Brackets open at once, or dashes in a row, in a text that is worth a parser's time: one takes
minutes over thousands. Prose in a note may hold some.
"""

Keys = tuple[str, ...]
VALUELESS = "remove the line, or give it a value; `enabled: false` switches a thing off"
OF_OPTIONS = ("branch", "options")
UNCHANGED = "an option that changes nothing has a title alone: {title: Stay as planned}"
WITHIN_BRACES = "inside {...} a comma begins the next key: write thousands with _, as in 110_000"
_TAG = "tag:yaml.org,2002:"
_PLAIN = {"null", "bool", "int", "float", "str", "timestamp", "map", "seq", "merge"}
_THREE_DIGITS = re.compile(r"\d{3}\b")
_BRACKETS = re.compile(r"[\[\]{}]")
_DASHES = re.compile(r"(?:[-?] +)+")
_CONTROL_IN_FILE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Place(NamedTuple):
    """Where a key and its value stand: file, line and columns, counted from 1."""

    file: str
    line: int
    column: int
    value_line: int
    value_column: int


class Document(NamedTuple):
    """A file (or several, one extending the other): data, places by path, lines by file, what is
    wrong already, and what is to be said of keys that have another name now.

    sized_for: how many people a scenario had where its services were last given a size.
    """

    data: dict[str, Any]
    places: dict[Keys, Place]
    lines: dict[str, list[str]]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    sized_for: int | None = None

    def line(self, file: str, number: int) -> str:
        """The text of a line, short enough to be quoted."""
        lines = self.lines.get(file, [])
        return lines[number - 1][:160] if 0 < number <= len(lines) else ""


def read_text(path: Path, shown: str) -> str:
    """The text of a file; InvalidInput if it is missing, too large, binary, or not UTF-8."""
    hint = ""
    try:
        if path.is_dir():
            message = "is a folder, not a file"
        elif not path.exists():
            message, hint = "there is no such file", "`kinwell new NAME` writes one"
        elif not path.is_file():
            message = "is not an ordinary file"
        # By size before it is read: a file of gigabytes would fill memory first.
        elif (size := path.stat().st_size) > LARGEST_DOCUMENT:
            message, hint = (
                (
                    f"is too large to be a scenario ({size / 1e6:.1f} MB; at most"
                    f" {LARGEST_DOCUMENT / 1e6:.0f} MB)"
                ),
                "a scenario is a few kilobytes of text",
            )
        else:
            return _decode(path.read_bytes())
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
    except UnicodeDecodeError as error:
        message, hint = (
            f"is not UTF-8 text (byte {error.start})",
            "save it as UTF-8; a spreadsheet or a picture is not a scenario",
        )
    except ValueError as error:
        message, hint = str(error), "a scenario is plain text"
    raise InvalidInput(Problem(shown, 0, 0, "", message, hint))


def _decode(raw: bytes) -> str:
    # A mark at the beginning, as Windows writes it, is no part of the text.
    text = raw.decode("utf-8-sig")
    if found := _CONTROL_IN_FILE.search(text):
        raise ValueError(
            "is not a text file (control character in line"
            f" {text.count(chr(10), 0, found.start()) + 1})"
        )
    if not text.strip():
        raise ValueError("is empty")
    if (lines := text.count("\n")) > LONGEST_FILE:
        raise ValueError(
            f"is too long to be a scenario ({lines:,} lines; at most {LONGEST_FILE:,})"
        )
    return text


def read_document(path: Path, shown: str | None = None) -> Document:
    """Data and places of one file.

    What is wrong with single values is kept with them; InvalidInput if it is not YAML.
    """
    shown = shown or str(path)
    return parse_document(read_text(path, shown), shown)


def parse_unsaved(text: str, shown: str) -> Document:
    """Data and places of text that stands in no file yet, read as if it did."""
    try:
        # By way of bytes, as from a file: half a character, which a request may hold, is refused.
        return parse_document(_decode(text.encode()), shown)
    except ValueError as error:
        raise InvalidInput(Problem(shown, 0, 0, "", str(error))) from None


@lru_cache(maxsize=64)
def compose(text: str) -> Node | None:
    """The nodes of a text, which nobody may change: scenarios of one command extend the same files.

    RecursionError where it is nested far too deeply, also before a parser spends minutes on it.
    """
    # Counted on the text, because the parser would take minutes over a thousand brackets.
    depth, deepest = 0, max((len(run[0]) // 2 for run in _DASHES.finditer(text)), default=0)
    for bracket in _BRACKETS.finditer(text):
        depth = max(depth + (1 if bracket[0] in "[{" else -1), 0)
        deepest = max(deepest, depth)
    if deepest > MOST_OPEN:
        raise RecursionError
    # The pure parser keeps line and column of every node; the fast one does not.
    node: Node | None = YAML(typ="safe", pure=True).compose(text)
    return node


def _refuse_older_rules(lines: list[str], shown: str) -> None:
    """By the rules of YAML 1.1, 0150 is 104 and `yes` no word: values would not be as they look."""
    for number, line in enumerate(lines, start=1):
        if line.startswith("%YAML") and line.split()[1:2] != ["1.2"]:
            said = f"files are read as YAML 1.2, and this one says {shorten(line)}"
            raise InvalidInput(Problem(shown, number, 1, "", said, "leave the line out"))
        if line.strip() and not line.startswith(("%", "#")):
            return


def parse_document(text: str, shown: str) -> Document:
    """Data and places of the text of a file; InvalidInput if it is not YAML."""
    lines = text.splitlines()
    _refuse_older_rules(lines, shown)
    try:
        root = compose(text)
    except MarkedYAMLError as error:
        raise InvalidInput(_explain_syntax(error, shown, lines)) from None
    except RecursionError:
        hint = f"a scenario has at most {DEEPEST} levels"
        raise InvalidInput(Problem(shown, 0, 0, "", "is nested far too deeply", hint)) from None
    except (YAMLError, ValueError) as error:
        raise InvalidInput(
            Problem(shown, 0, 0, "", f"is not YAML: {str(error).splitlines()[0]}")
        ) from None
    if root is None:
        raise InvalidInput(
            Problem(
                shown,
                0,
                0,
                "",
                "is empty: there are only comments",
                "`kinwell new NAME` writes a scenario to begin with",
            )
        )
    if not isinstance(root, MappingNode):
        raise InvalidInput(
            Problem(shown, 1, 1, "", "must consist of `key: value` lines", "", lines[0])
        )
    builder = _Builder(shown, lines)
    data = builder.build(root, ())
    return Document(data, builder.places, {shown: lines}, tuple(builder.problems))


def parse_value(text: str, shown: str) -> Any:
    """One value as plain data, read as in a file; InvalidInput says what is wrong with it.

    shown: what the text is called in problems.
    """
    try:
        root = compose(text)
    except (YAMLError, ValueError, RecursionError) as error:
        said = (str(error).splitlines() or ["it is nested too deeply"])[0]
        raise InvalidInput(f"{shown}: the value is not YAML ({said})") from None
    builder = _Builder("", [])
    value = builder.build(root, ()) if root is not None else None
    if builder.problems:
        # Without line and column, which mean nothing in a single value.
        raise InvalidInput([Problem(shown, 0, 0, *each[3:6]) for each in builder.problems])
    return value


def _explain_syntax(error: MarkedYAMLError, shown: str, lines: list[str]) -> Problem:
    """The parser's complaint, with its place and what usually causes it."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    said = (error.problem or error.context or "cannot be read").strip().splitlines()[0]
    hint = "check the indentation, the colons and the quotes around this line"
    if "\\t" in said or "'\t'" in said:
        hint = "indent with spaces, not with tabs"
    elif "alias" in said or "anchor" in said:
        hint = "quote text that begins with * or &"
    elif "another document" in said:
        hint = "one scenario to a file: remove the `---`"
    source = lines[line - 1][:160] if 0 < line <= len(lines) else ""
    return Problem(shown, line, column, "", f"is not valid YAML: {said}", hint, source)


class _Builder:
    """Turns the nodes of one file into plain data and remembers where everything stood."""

    def __init__(self, shown: str, lines: list[str]) -> None:
        self.shown, self.lines = shown, lines
        self.places: dict[Keys, Place] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()
        self._told: set[int] = set()

    def build(self, node: Node, path: Keys) -> Any:
        """Plain data of a node; what is wrong with it goes to `problems`."""
        # A node that was built already can only be an alias.
        if id(node) in self._seen or len(path) > DEEPEST:
            aliased = id(node) in self._seen
            message = (
                "anchors and aliases (& and *) are not used in scenarios"
                if aliased
                else f"is nested more than {DEEPEST} levels deep"
            )
            # An alias is met wherever it is used, and told once.
            if id(node) not in self._told:
                self._complain(
                    node, path, message, "write the value out, or use `extends`" if aliased else ""
                )
            self._told.add(id(node))
            return None
        self._seen.add(id(node))
        if _kind_of(node) not in _PLAIN:
            self._complain(
                node,
                path,
                f"tags such as {shorten(str(node.tag))} are not used in scenarios",
                "write plain text, numbers, lists and mappings",
            )
            return None
        if isinstance(node, MappingNode):
            # What is missing was complained about; None would be taken for a value.
            return {key: value for key, value in self._build_pairs(node, path) if value is not None}
        if isinstance(node, SequenceNode):
            return [
                self._build_item(item, (*path, str(index))) for index, item in enumerate(node.value)
            ]
        return self._build_scalar(node, path)

    def _build_item(self, node: Node, path: Keys) -> Any:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.places[path] = Place(self.shown, line, column, line, column)
        return self.build(node, path)

    def _build_pairs(self, node: MappingNode, path: Keys) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        if not node.value:
            option = len(path) == len(OF_OPTIONS) + 1 and path[:-1] == OF_OPTIONS
            self._complain(node, path, "is empty", UNCHANGED if option else VALUELESS)
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._complain(key_node, path, "a key must be a plain word")
                continue
            key = _join_halves(str(key_node.value))
            here = (*path, key)
            if find_control(key):
                self._complain(key_node, path, "a key must be a plain word")
                continue
            if key in first:
                self._complain(
                    key_node,
                    here,
                    f"is there twice (first in line {first[key]})",
                    "keep one of the two",
                )
                continue
            first[key] = key_node.start_mark.line + 1
            start, value = key_node.start_mark, value_node.start_mark
            self.places[here] = Place(
                self.shown, start.line + 1, start.column + 1, value.line + 1, value.column + 1
            )
            yield key, self.build(value_node, here)

    def _build_scalar(self, node: Node, path: Keys) -> Any:
        kind, text = _kind_of(node), _join_halves(str(node.value))
        if kind == "null":
            place = self.places.get(path)
            self._complain(
                node,
                path,
                "is empty",
                WITHIN_BRACES if _THREE_DIGITS.match(path[-1] if path else "") else VALUELESS,
                place,
            )
            return None
        if kind == "bool":
            return text.lower() in {"true", "yes", "on"}
        if kind not in {"int", "float"}:
            if control := find_control(text):
                said = f"has a control character ({control})"
                self._complain(node, path, said, "text is letters, digits, signs and line ends")
            return text
        try:
            number = (
                _read_int(text)
                if kind == "int"
                else float(
                    text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")
                )
            )
        except ValueError:
            self._complain(node, path, f"is not a number that can be used ({shorten(text)})")
            return None
        if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
            self._complain(node, path, f"must be a finite number (got {shorten(text)})")
            return None
        return number

    def _complain(
        self, node: Node, path: Keys, message: str, hint: str = "", place: Place | None = None
    ) -> None:
        line, column = (
            (place.line, place.column)
            if place
            else (node.start_mark.line + 1, node.start_mark.column + 1)
        )
        source = self.lines[line - 1][:160] if line <= len(self.lines) else ""
        self.problems.append(
            Problem(self.shown, line, column, ".".join(path), message, hint, source)
        )


def _join_halves(text: str) -> str:
    r"""Text in which two escapes that JSON writes one character in, as in `\ud83c\udf89`, are one.

    Half a character alone stays, and is refused.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _kind_of(node: Node) -> str:
    """What YAML 1.2 takes a node for."""
    return str(node.tag or "").removeprefix(_TAG)


def _read_int(text: str) -> int | float:
    """A whole number of YAML 1.2, underscores allowed; absurdly long ones are infinite."""
    plain = text.replace("_", "").lower()
    # Python refuses very long digits, in a message about its own limits.
    if len(plain) > 300:
        return math.inf
    digits = plain.lstrip("+-")
    # Base 0 for prefixes only: it refuses 007, which is a number of YAML 1.2.
    return int(plain, 0 if digits.startswith(("0x", "0o", "0b")) else 10)
