"""Grading again whenever a file is saved: which saves count, one round at a time, and what each one changed."""
