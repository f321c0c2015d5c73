"""The moments of the real place, measured in a simulated town."""
