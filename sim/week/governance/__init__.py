"""The committee: what it measures, how it votes, what it decides."""
