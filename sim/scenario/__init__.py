"""Declarations and their files: what a user writes, checked, and what the model reads."""
