"""What ages a town keeps, and what happens to people as they grow older."""
