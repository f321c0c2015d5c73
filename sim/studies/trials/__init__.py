"""Published trials, replicated in silico."""
