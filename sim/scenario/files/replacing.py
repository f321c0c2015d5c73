"""Which mappings of a parent a file may take out whole, instead of merging with them."""

REPLACE = "replace"
"""Key of a mapping that takes the parent's out."""
REPLACEABLE = (
    ("neighbourhoods",),
    ("services",),
    ("funds",),
    ("shocks",),
    ("partnerships",),
    ("population", "ages"),
    ("population", "household_sizes"),
)
"""Mappings of which a file may say `replace: true`."""
