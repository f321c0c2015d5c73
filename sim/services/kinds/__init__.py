"""The kinds of service that can be offered, a file for each family."""
