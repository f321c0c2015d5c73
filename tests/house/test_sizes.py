"""The house stays readable: short modules, short functions, modules that are nouns."""

from __future__ import annotations

import ast
import statistics

MODULE_LINES, MEDIAN_LINES, FUNCTION_LINES = 400, 150, 40
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "common", "base"}


def functions(tree):
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_modules_are_short(modules, texts):
    long = {
        str(path): lines
        for path in modules
        if (lines := len(texts[path].splitlines())) > MODULE_LINES
    }
    assert not long


def test_half_the_modules_are_shorter_still(modules, texts):
    assert (
        statistics.median(
            len(texts[path].splitlines()) for path in modules if len(texts[path].splitlines()) > 3
        )
        <= MEDIAN_LINES
    )


def test_functions_fit_a_screen(modules):
    long = {
        f"{path} {node.name}": lines
        for path, tree in modules.items()
        for node in functions(tree)
        if (lines := node.end_lineno - node.lineno + 1) > FUNCTION_LINES
    }
    assert not long


def test_no_module_is_a_drawer(modules):
    assert not [str(path) for path in modules if path.stem in DRAWERS]


def names_beside(path, modules):
    """Modules and packages that share a folder with this module."""
    plain = {
        other.stem
        for other in modules
        if other.parent == path.parent and other.name != "__init__.py"
    }
    packages = {
        other.parent.name
        for other in modules
        if other.name == "__init__.py" and other.parent.parent == path.parent
    }
    return plain | packages


def public_functions(tree):
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def taken_from_own_modules(tree):
    """Names that a package takes out of a module of the same name: `from sim.run import run`."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if (alias.asname or alias.name) == node.module.rsplit(".", 1)[-1]
    }


def test_no_public_function_bears_the_name_of_a_module_beside_it(modules):
    """A package that offers `run` from its module `run` hides the module behind the function."""
    clashes = []
    for path, tree in modules.items():
        offered = public_functions(tree) | (
            taken_from_own_modules(tree) if path.name == "__init__.py" else set()
        )
        clashes += [f"{path}: {name}" for name in offered & names_beside(path, modules)]
    assert not clashes


def test_no_folder_holds_more_than_fourteen_modules(modules):
    """A folder that can be read at a glance: what is more has rooms of its own."""
    held = {}
    for path in modules:
        if path.name != "__init__.py":
            held.setdefault(path.parent, []).append(path.stem)
    assert not {str(folder): len(names) for folder, names in held.items() if len(names) > 14}


def test_no_function_takes_more_than_eight_arguments(modules):
    """What is given together goes as a group: of `sim.state.groups` for rules, of options for
    commands (`sim.cli.options.take_together`).
    """
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules.items()
        for node in functions(tree)
        if len([a for a in node.args.args + node.args.kwonlyargs if a.arg != "self"]) > 8
    ]
    assert not long


def test_no_code_is_kept_from_the_formatter(modules, texts):
    assert not [str(path) for path in modules if "# fmt: " in texts[path]]
