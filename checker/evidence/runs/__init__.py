"""Runs of student code, and the facts that follow from them."""
