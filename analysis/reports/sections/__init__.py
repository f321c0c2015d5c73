"""Sections that pages are put together from."""
