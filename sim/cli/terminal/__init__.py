"""What reaches the terminal: plain text, and what the machine lacks in a sentence."""
