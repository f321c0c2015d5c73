"""Published tables as they are, and the one tidy form that all of them are brought to."""
