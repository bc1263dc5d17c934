"""The renderers: pure functions from a report to a text."""
