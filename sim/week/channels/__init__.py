"""Channels by which services reach residents: left alone, noted in a reference, or held at its
values.
"""
