"""How a town begins: initial world and burn-in."""
