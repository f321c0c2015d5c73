"""Would the answer stand? The same comparison under changes that should not matter, and under those
that might.
"""
