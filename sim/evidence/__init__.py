"""The numbers of the model: value, range, unit, grade and source of each, and the parameters made
of them.
"""
