"""Environments that are made on demand, from a list of packages: resolved, installed and kept."""
