"""Many points of a design, each replicated."""
