"""Packages: their declarations in a project, and the distributions that provide an import."""
