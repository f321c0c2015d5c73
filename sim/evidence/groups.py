"""Groups of parameters: frozen rows of numbers that take the values of the records they are named
after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Group = TypeVar("Group")


def fill(cls: type[Group], prefix: str, raw: Mapping[str, float], **derived: object) -> Group:
    """Fill a group: derived fields as given, the others from the records of the same name in one
    file (`prefix`).
    """
    fields: tuple[str, ...] = getattr(cls, "_fields", ())
    return cls(
        **{name: derived[name] if name in derived else raw[f"{prefix}.{name}"] for name in fields}
    )
