"""What can be declared: the keys of a scenario, with types, units and bounds."""
