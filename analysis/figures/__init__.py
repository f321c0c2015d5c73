"""Figures: one way to draw a thing, for every page."""
