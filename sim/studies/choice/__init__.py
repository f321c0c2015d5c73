"""Which mix of programmes? All mixes that a budget, staff and constraints allow, and those that one
constraint alone forbids.
"""
