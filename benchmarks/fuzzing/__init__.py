"""Files for the fuzz target, and what is promised of them."""
