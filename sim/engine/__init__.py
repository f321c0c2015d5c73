"""Nothing of the model: how a rule becomes fast, columns, random numbers."""
