"""Runs of the main script and of the notebook: how they end, what they report, what they import."""
