"""The model with one thing turned that should not matter: rows, keys or streams."""
