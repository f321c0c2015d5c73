"""What a study declares that can never act: each is valid, and nearly always a slip, since a result
without an effect would not say so.
"""

from sim.studies.trials.inactive.findings import find_inactive_parts

__all__ = ["find_inactive_parts"]
