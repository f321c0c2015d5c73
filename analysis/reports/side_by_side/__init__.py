"""Programmes side by side: by year, by size, and what their intervals cover."""
