"""Calibration: targets, moments, search, posterior."""
