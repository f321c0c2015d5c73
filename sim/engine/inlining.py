"""How Numba writes what loops call into them: without copying, optimising or translating what
nobody uses.
"""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

from numba.core import inline_closurecall
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.targetconfig import TargetConfig
from numba.core.typed_passes import AnnotateTypes


class _Copying:
    """What stands for the module `copy` where Numba copies blocks."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(block: Any, memo: dict[int, Any] | None = None) -> Any:
        """A block whose statements are its own and whose variables are those of the original."""
        scope = getattr(block, "scope", None)
        return copy.deepcopy(block, memo if scope is None else {id(scope): scope})


# For each part Numba copies every block of it, and with every block all variables of the part,
# whose number grows with the blocks: a third of the compilation of a week. The copies of the
# variables are thrown away unread, since those of the loop take their place.
def copy_statements_alone() -> None:
    """Let Numba copy the statements of a part alone; a version of Numba that does not copy so is
    left as it is.
    """
    module: Any = inline_closurecall
    if getattr(module, "copy", None) is copy:
        module.copy = _Copying


# Numba compares the options of two functions some hundred thousand times, all thirty of them even
# where none is set.
def compare_what_is_set() -> None:
    """Let Numba compare options by those that either function sets; a version of Numba that keeps
    them otherwise is left as it is.
    """
    options: Any = TargetConfig
    if hasattr(options(), "_values"):
        options.__eq__ = _are_alike
        options.__hash__ = _mix


def _are_alike(these: Any, others: Any) -> bool:
    """Whether two sets of options say the same, by default or not."""
    if type(these) is not type(others):
        return False
    named = these._values.keys() | others._values.keys()
    return all(getattr(these, name) == getattr(others, name) for name in named)


def _mix(options: Any) -> int:
    # Numba's own is a number for each class as well: it mixes names alone.
    return hash(type(options))


_NOWHERE = SimpleNamespace(set_env=lambda _name, _environment: None)


class _Inlined(JITCodeLibrary):
    """The code of a function that only compiled code calls: it becomes machine code as a piece of
    the loops in which it stands.
    """

    @property
    def codegen(self) -> Any:
        """Who is told where the function lies in memory."""
        return _NOWHERE

    def _finalize_final_module(self) -> None:
        # No machine code, which nobody would enter. What it is made of is optimised all the same: a
        # loop around functions that were not takes up to 1.8 times as long.
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Its place in memory: none."""
        self._ensure_finalized()
        return 0


@register_pass(mutates_CFG=False, analysis_only=True)
class _KeepForLoops(AnalysisPass):
    """Lets what a function is lowered to wait for the loops that call it."""

    _name = "keep_for_loops"

    def __init__(self) -> None:
        """Nothing to keep."""
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Give it a library of its kind; nothing of the function changes."""
        state.library = _Inlined(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class KeptForLoops(CompilerBase):
    """Compiles functions that only compiled code calls."""

    def define_pipelines(self) -> list[Any]:
        """Numba's passes, and the one that keeps a function for loops."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_KeepForLoops, AnnotateTypes)
        passes.finalize()
        return [passes]
