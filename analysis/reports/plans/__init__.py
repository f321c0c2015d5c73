"""What a planner needs beside the outcomes: money, people, and decisions that can wait."""
