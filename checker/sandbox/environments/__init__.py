"""Environments built on demand from a list of packages: resolved, installed and kept."""
