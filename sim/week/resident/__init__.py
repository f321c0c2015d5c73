"""What a resident goes through in a week, a file for each rule."""
