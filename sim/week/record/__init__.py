"""What is recorded of a week."""
