"""A real place from its own published tables: reading them, building its people, fitting its
levels.
"""
