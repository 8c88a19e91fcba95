"""`python -m trailtrace`."""

from trailtrace.cli import main

main()
