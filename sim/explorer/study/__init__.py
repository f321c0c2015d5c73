"""The process that runs studies and draws them, and how the pages talk to it."""
