"""Grading again whenever a file is saved: the saves that count, one round at a time, and the changes by each round."""
