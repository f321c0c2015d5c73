"""Natural experiments: towns with and without a change, before and after it."""
