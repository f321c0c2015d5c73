"""How Numba writes a part into a loop, without copying what nobody uses.

For each part Numba copies every block of it, and with every block all variables of the part, whose
number grows with the blocks: a third of the compilation of a week. The copies of the variables are
thrown away unread, since those of the loop take their place.
"""

from __future__ import annotations

import copy
from typing import Any

from numba.core import inline_closurecall


class _Copying:
    """What stands for the module `copy` where Numba copies blocks."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(block: Any, memo: dict[int, Any] | None = None) -> Any:
        """A block whose statements are its own and whose variables are those of the original."""
        scope = getattr(block, "scope", None)
        return copy.deepcopy(block, memo if scope is None else {id(scope): scope})


def copy_statements_alone() -> None:
    """Let Numba copy the statements of a part alone; a version of Numba that does not copy so is
    left as it is.
    """
    module: Any = inline_closurecall
    if getattr(module, "copy", None) is copy:
        module.copy = _Copying
