"""Where runs are kept: one SQLite database per study, written by one process, opened by
anything.
"""

from sim.store.database import Code, Failure, RunRecord, Store
from sim.store.files import Written, read_written, write_new, write_whole
from sim.store.metadata import describe_tables, write_metadata

__all__ = [
    "Code",
    "Failure",
    "RunRecord",
    "Store",
    "Written",
    "describe_tables",
    "read_written",
    "write_metadata",
    "write_new",
    "write_whole",
]
