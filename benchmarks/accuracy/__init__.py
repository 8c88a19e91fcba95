"""How right trailtrace's answers are: an organisation with known origins, and the measuring against it."""
