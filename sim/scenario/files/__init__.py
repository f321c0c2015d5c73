"""How a scenario is read: YAML with places in the file, one parent at most."""
