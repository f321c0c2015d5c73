"""Economic evaluation: cost-effectiveness, value of information, budget impact, equity."""
