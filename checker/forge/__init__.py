"""Forges: the services that host repositories and their requests."""
