"""What editors and the page of keys are written from."""
