"""The commands of ``checker feedback``."""
