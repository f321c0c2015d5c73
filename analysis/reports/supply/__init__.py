"""What is short, beds or places, and what that does to the figures beside it."""
