"""Predictions of trials and how they came out."""
