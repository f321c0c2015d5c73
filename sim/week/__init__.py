"""The week: one file per phase, in the order in which `sim.community` calls them.

calendar, life, social, symptoms, help_seeking, allocation, care, crisis, workforce (with hiring),
money (with treasury), governance, record (with recorder). `world` is what they work on, `founding`
makes it, `phases` lists those that a resident lives through alone.
"""
