"""What `check` says: errors at their place, with what to do."""
