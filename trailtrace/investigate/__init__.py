"""Answers questions from a store: what a target names, and who is behind it."""

from trailtrace.investigate.who_did import who_did

__all__ = ["who_did"]
