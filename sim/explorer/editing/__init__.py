"""What is on the table: drafts of programmes, their fields, and what can be added to them."""
