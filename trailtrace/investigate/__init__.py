"""Answers questions from a store: what a target names, and who is behind it."""
