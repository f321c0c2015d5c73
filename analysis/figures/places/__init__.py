"""Figures of a place: its districts, its people by age and sex."""
