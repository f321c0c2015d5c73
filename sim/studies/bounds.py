"""How many runs, from which seeds and by how many processes anybody may ask for."""

REPLICATES_AT_MOST = 1_000_000
"""Also of parameter draws, points and towns: a longer list would fill the memory before a run."""
LARGEST_SEED = 2**53
"""The largest whole number that JSON and tables hold to the last digit."""
WORKERS_AT_MOST = 10_000
