"""What can be offered: kinds of services by family, the catalogue of all, and the rows that the
week reads.
"""
