"""Who lives here and who knows whom: the columns of the town and how they are built."""
