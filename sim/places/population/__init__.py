"""The people of a place: fitted to its tables, whole numbers, district by district."""
