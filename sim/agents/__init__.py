"""The Mesa adapter: residents, peers and professionals as agents, which are views onto rows of
columns.
"""
