"""Autograders for other systems: the files that install the checker there and start it."""
