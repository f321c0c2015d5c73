"""Where runs are kept: one SQLite database per study, written by one process, opened by
anything.
"""

from sim.store.database import Code, Failure, RunRecord, Store
from sim.store.metadata import describe_tables, write_metadata, write_whole

__all__ = [
    "Code",
    "Failure",
    "RunRecord",
    "Store",
    "describe_tables",
    "write_metadata",
    "write_whole",
]
