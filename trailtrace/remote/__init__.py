"""Objects in buckets: where they are, what is listed of them, and how they are read."""
