"""The templates that pages are filled from."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from analysis.text.tables import keep_minus


@cache
def open_templates(package: str = "analysis") -> Environment:
    """Open the templates of a package; they escape whatever they are given."""
    templates = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        # A name that nobody filled is an error: a gap in a report would not be noticed.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A minus at the end of a line would part from its amount.
    templates.filters["unbroken"] = lambda text: keep_minus(str(text))
    return templates
