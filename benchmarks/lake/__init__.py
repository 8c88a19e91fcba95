"""Measurements of lakes: the same answers as a store's, what is read, and a cluster that loses a worker."""
