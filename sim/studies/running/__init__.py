"""Running replicates: workers, folders, progress, interruption, resumption."""
