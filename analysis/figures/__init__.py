"""Figures: one way to draw a thing, for every page."""

import logging

# What it says of a folder for its settings that it cannot write concerns no reader of a report.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
