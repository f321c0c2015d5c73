"""Pages: what a funder, a planner and a researcher read."""
