"""Answers as text: JSON for machines, a tree for people. Pure: values in, text out."""
