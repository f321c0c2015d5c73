"""Local figures: what they count, what the model gives for them, and levels fitted to them."""
