"""Levers of a sweep before it runs: what they cannot be together, and what of them never acts."""
