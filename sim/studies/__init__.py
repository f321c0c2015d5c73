"""Many communities: runs over seeds, scenarios and parameters, and what is made of them."""
