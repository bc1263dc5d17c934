"""A submission as one safe, read-only tree with its history."""
