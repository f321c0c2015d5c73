"""Plant each fault of the zoo, one after the other, and run the test that should see it.

A program of its own, with compilation switched off: a changed line acts at once. Prints a line of
JSON for each fault. Numbers as arguments choose faults by their place in the list.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
FAULTS = importlib.import_module("faults").FAULTS


@contextlib.contextmanager
def planted(fault):
    """Run a module anew with one line changed, wherever its names are used; put it back after."""
    module = importlib.import_module(fault.module)
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert source.count(fault.right) >= 1, f"{fault.module} has no {fault.right!r}"
    before = dict(vars(module))
    rewrite(module, source.replace(fault.right, fault.wrong), before)
    changed = dict(vars(module))
    try:
        yield
    finally:
        vars(module).update(before)
        hand_round({name: (changed[name], before[name]) for name in before})


def rewrite(module, source, before):
    exec(compile(source, module.__file__, "exec"), vars(module))
    hand_round({name: (before[name], vars(module)[name]) for name in before})


def hand_round(changes):
    """Put the new object of each name wherever a module of ours holds the old one."""
    ours = [
        module
        for module in list(sys.modules.values())
        if str(getattr(module, "__file__", None) or "").startswith(f"{ROOT}/")
    ]
    swap = {id(old): new for old, new in changes.values() if callable(old) and old is not new}
    for module in ours:
        for name, value in list(vars(module).items()):
            if id(value) in swap:
                vars(module)[name] = swap[id(value)]


def run(*checks):
    """Which tests failed: their ids, and pytest's exit code."""
    failed = []

    class Watch:
        def pytest_runtest_logreport(self, report):
            if report.failed:
                failed.append(report.nodeid)

    quiet = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main([*quiet, *(str(ROOT / check) for check in checks)], [Watch()])
    return {"code": int(code), "failed": failed, "said": said.getvalue()[-1500:]}


if __name__ == "__main__":
    chosen = [FAULTS[int(place)] for place in sys.argv[1:]] or FAULTS
    for fault in chosen:
        with planted(fault):
            sys.stdout.write(json.dumps({"kind": fault.kind, **run(fault.check)}) + "\n")
