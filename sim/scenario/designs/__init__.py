"""Documents about many runs: sweeps, trials, claims."""
