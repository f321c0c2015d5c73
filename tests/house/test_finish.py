"""Nothing is left half done or silenced, and every test can fail."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SILENCED = re.compile(r"#\s*noqa|#\s*type:\s*ignore|#\s*pyright:\s*ignore|#\s*pragma:\s*no cover")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
ASSERTING = ("assert", "raises", "warns", "check", "expect", "fail")


def offending_lines(texts, pattern, paths):
    here = "tests/house/test_finish.py"
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in paths
        if path.as_posix() != here
        for number, line in enumerate(texts[path].splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [SILENCED, UNFINISHED], ids=["silenced", "unfinished"])
def test_no_line_is_silenced_or_unfinished(texts, trees, pattern):
    assert not offending_lines(texts, pattern, trees)


def does_nothing(node):
    body = [
        n for n in node.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
    ]
    return not body or (len(body) == 1 and isinstance(body[0], ast.Pass))


def functions_with_class(tree):
    for holder in ast.walk(tree):
        for node in ast.iter_child_nodes(holder):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node, holder


def is_protocol(holder):
    return isinstance(holder, ast.ClassDef) and any(
        ast.unparse(base).split("[")[0].endswith("Protocol") for base in holder.bases
    )


def test_no_function_is_a_stub(modules):
    stubs = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules.items()
        for node, holder in functions_with_class(tree)
        if does_nothing(node) and not is_protocol(holder)
        if not any(
            "overload" in ast.unparse(d) or "abstractmethod" in ast.unparse(d)
            for d in node.decorator_list
        )
    ]
    assert not stubs


def asserts(node):
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            return True
        if isinstance(inner, ast.Call):
            called = (
                inner.func.attr
                if isinstance(inner.func, ast.Attribute)
                else getattr(inner.func, "id", "")
            )
            if called.lstrip("_").startswith(ASSERTING):
                return True
    return False


def test_every_test_asserts_something(trees):
    empty = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in trees.items()
        if path.parts[0] == "tests"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and not asserts(node)
    ]
    assert not empty


CLOCKS = re.compile(r"\b(process_time|thread_time|perf_counter)\b")


def bounds_seconds(node):
    """Whether an assertion holds a clock against a number: a busy machine fails it."""
    return (
        isinstance(node, ast.Assert)
        and isinstance(node.test, ast.Compare)
        and CLOCKS.search(ast.unparse(node.test)) is not None
        and any(isinstance(side, ast.Constant) for side in node.test.comparators)
    )


def test_no_test_bounds_seconds(trees):
    """Speed is held against a piece of work in the same process: `cost` in tests/conftest.py."""
    bounded = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        if path.parts[0] == "tests"
        for node in ast.walk(tree)
        if bounds_seconds(node)
    ]
    assert not bounded
    (planted,) = ast.parse("assert time.process_time() - began < 1.0").body
    assert bounds_seconds(planted)


def test_every_xfail_and_skip_gives_its_reason(trees):
    silent = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        if path.parts[0] == "tests"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in ("pytest.mark.xfail", "pytest.mark.skip", "pytest.mark.skipif")
        if not any(keyword.arg == "reason" for keyword in node.keywords)
    ]
    assert not silent


def test_public_functions_say_what_they_do(modules):
    bare = []
    for path, tree in modules.items():
        for node, holder in functions_with_class(tree):
            public = not node.name.startswith("_") and isinstance(holder, ast.Module | ast.ClassDef)
            public = public and not (
                isinstance(holder, ast.ClassDef) and holder.name.startswith("_")
            )
            if public and not ast.get_docstring(node) and not is_protocol(holder):
                bare.append(f"{path}:{node.lineno} {node.name}")
    assert not bare


def list_defined(tree):
    """Names of constants, functions and classes of a module; what decorates registers them."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name


def find_unused(trees):
    """Names of the packages that their module does not read and nobody imports or names."""
    named, imported = set(), set()
    for node in (inner for tree in trees.values() for inner in ast.walk(tree)):
        if isinstance(node, ast.Attribute):
            named.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            imported |= {(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named.update([node.value] if node.value.isidentifier() else [])
    for path, tree in trees.items():
        if path.parts[0] not in ("sim", "analysis"):
            continue
        module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        loads = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
        read = {node.id for node in loads if isinstance(node.ctx, ast.Load)}
        for name in list_defined(tree):
            used = name.startswith("__") or name in read | named
            if not used and (module, name) not in imported:
                yield f"{path} {name}"


def test_nothing_is_defined_that_nobody_uses(trees):
    assert not list(find_unused(trees))
    planted = ast.parse("LEFT = 2\nUSED = 3\nprint(USED)")
    assert list(find_unused({Path("sim/left.py"): planted})) == ["sim/left.py LEFT"]


def test_random_numbers_come_from_one_place(texts, modules):
    """A generator made anywhere else would be shared by scenarios that must not disturb each other."""
    made = re.compile(
        r"default_rng|np\.random\.(?!Generator)|^\s*import random\b|^\s*from random import",
        re.MULTILINE,
    )
    model = [
        path
        for path in modules
        if path.parts[:2] in {("sim", "week"), ("sim", "services"), ("sim", "society")}
        or path.name == "community.py"
    ]
    assert not [str(path) for path in model if made.search(texts[path])]
