"""What is stored of runs, and what pairs of runs say."""
